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
): Promise<{ calls: number; failed: boolean; errors: string; addedMs: number[] }> {
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
  const addedMs = addedDelays(done.calls.flat(), options.phoneMessages().slice(before));
  return { calls, failed: done.code !== 0, errors: done.errors, addedMs };
}

/**
 * For each call the time from the caller's INVITE to its 200, less the time that the phone took from its INVITE to its
 * 200. Both ends read the same clock. Milliseconds.
 */
export function addedDelays(atCaller: readonly WireMessage[], atPhone: readonly WireMessage[]): number[] {
  const caller = answerTimes(atCaller);
  const phone = answerTimes(atPhone);
  return [...caller].flatMap(([user, ms]) => {
    const phoneMs = phone.get(user);
    return phoneMs === undefined ? [] : [ms - phoneMs];
  });
}

/** From INVITE to its 200, by From user. */
function answerTimes(messages: readonly WireMessage[]): Map<string, number> {
  const begun = new Map<string, number>();
  const times = new Map<string, number>();
  for (const message of messages) {
    const user = /sip:([^@]+)@/.exec(message.header('From') ?? '')?.[1];
    if (user === undefined || message.cseq.method !== 'INVITE') continue;
    const start = begun.get(user);
    if (message.method === 'INVITE' && start === undefined) begun.set(user, message.atMs);
    else if (message.status === 200 && start !== undefined && !times.has(user)) times.set(user, message.atMs - start);
  }
  return times;
}

/** The value that the share `p` of all is not above. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * p) - 1)] ?? Number.NaN;
}
