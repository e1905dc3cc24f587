/** Calls at a steady rate from one SIPp to another through the subject, and what the two saw. */
import { callerScenario } from '../test/sipp/caller-scenarios.js';
import { startCallers } from '../test/sipp/callers.js';
import { startSipp } from '../test/sipp/sipp-process.js';
import type { WireMessage } from '../test/sipp/wire-trace.js';

export interface LoadOptions {
  readonly sip: { readonly host: string; readonly port: number };
  readonly number: string;
  readonly ratePerSecond: number;
  readonly seconds: number;
}

export const talkMs = 200;

/** No trace, no measurement but the outcome. */
export async function runUntraced(options: LoadOptions): Promise<{ calls: number; failed: boolean; errors: string }> {
  const calls = Math.round(options.ratePerSecond * options.seconds);
  const run = await startSipp({
    scenario: callerScenario({ domain: 'bench.example', does: { what: 'talk', forMs: talkMs } }),
    target: options.sip,
    rows: [[options.number]],
    calls,
    ratePerSecond: options.ratePerSecond,
    limit: calls,
    trace: false,
    // A call that is not over so soon after the last one began waits for something that does not come.
    timeoutSeconds: Math.ceil(options.seconds + 4),
  });
  const exit = await run.exited;
  await run.stop();
  return { calls, failed: exit.code !== 0, errors: exit.errors };
}

/** Traced: gives every call's {@link addedDelays}. */
export async function runTraced(
  options: LoadOptions & { phoneMessages: () => WireMessage[] },
): Promise<{ calls: number; failed: boolean; errors: string; added: AddedDelay[] }> {
  const calls = Math.round(options.ratePerSecond * options.seconds);
  const before = options.phoneMessages().length;
  const callers = await startCallers({
    sip: options.sip,
    // The From user goes through to the phone and says which call is which.
    habit: { domain: 'bench.example', from: 'c[pid]x[call_number]', does: { what: 'talk', forMs: talkMs } },
    numbers: Array.from({ length: calls }, () => options.number),
    ratePerSecond: options.ratePerSecond,
    timeoutSeconds: Math.ceil(options.seconds + 5),
  });
  const done = await callers.done();
  const added = addedDelays(done.calls.flat(), options.phoneMessages().slice(before));
  return { calls, failed: done.code !== 0, errors: done.errors, added };
}

/**
 * What the subject adds to each call, both ends reading the same clock. Milliseconds: `there` from the caller's INVITE to
 * the phone's, `back` from the phone's 200 to the caller's. What the phone itself takes is in neither.
 */
export function addedDelays(atCaller: readonly WireMessage[], atPhone: readonly WireMessage[]): AddedDelay[] {
  const caller = answerTimes(atCaller);
  const phone = answerTimes(atPhone);
  return [...caller].flatMap(([user, ours]) => {
    const theirs = phone.get(user);
    if (ours.answeredMs === undefined || theirs?.answeredMs === undefined) return [];
    return [{ thereMs: theirs.invitedMs - ours.invitedMs, backMs: ours.answeredMs - theirs.answeredMs }];
  });
}

export interface AddedDelay {
  readonly thereMs: number;
  readonly backMs: number;
}

/** When the INVITE and its first 200 passed, by From user. */
export function answerTimes(messages: readonly WireMessage[]): Map<string, { invitedMs: number; answeredMs?: number }> {
  const times = new Map<string, { invitedMs: number; answeredMs?: number }>();
  for (const message of messages) {
    const user = /sip:([^@]+)@/.exec(message.header('From') ?? '')?.[1];
    if (user === undefined || message.cseq.method !== 'INVITE') continue;
    const known = times.get(user);
    if (message.method === 'INVITE' && known === undefined) times.set(user, { invitedMs: message.atMs });
    else if (message.status === 200 && known !== undefined) known.answeredMs ??= message.atMs;
  }
  return times;
}

/** The value that the share `p` of all is not above. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * p) - 1)] ?? Number.NaN;
}
