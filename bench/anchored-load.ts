/** Calls whose sound stays on a media server, at a steady rate: SIPp calls, SIPp answers and hangs up after {@link talkMs}. */
import { startCallers } from '../test/sipp/callers.js';
import type { PhoneBank } from '../test/sipp/phones.js';
import type { PhoneHabit } from '../test/sipp/phone-scenarios.js';
import type { Joins } from './child.js';
import { answerTimes, percentile, talkMs } from './load.js';
import { cpuMs } from './process-usage.js';

/** Who waits on music has been answered long before: only the agent knows when the talk is over. */
export const promptAgents: PhoneHabit = {
  name: 'agent',
  then: { does: 'answer', afterMs: 0 },
  afterAnswer: { does: 'hang-up', afterMs: talkMs },
};

/** SIPp's clock stands still for so long at most; who was answered earlier than that was answered by the media server. */
const sippTickMs = 10;

export interface AnchoredSubject {
  readonly name: string;
  readonly sip: { readonly host: string; readonly port: number };
  readonly number: string;
  readonly phones: PhoneBank;
  /** Callers are to wait on music for so long; it is taken off the delays. */
  readonly musicMs: number;
  /** What its processes are called, and which they are. */
  readonly processes: Readonly<Record<string, number>>;
  /** Of its calls on the media server, since the last time; absent where that is not known. */
  readonly joins?: () => Promise<Joins>;
}

export interface AnchoredResult {
  readonly subject: string;
  readonly rate: number;
  readonly calls: number;
  /** Calls that reached an agent and ended well. */
  readonly done: number;
  readonly failed: boolean;
  /** From the caller's INVITE to the agent's, without the time on music that was asked for. */
  readonly thereP50Ms: number;
  readonly thereP99Ms: number;
  /** From the agent's 200 to the caller's, of callers who were not answered before; NaN when all were. */
  readonly backP50Ms: number;
  /** Of both together; the way there only, where a caller was answered before. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerCall: Readonly<Record<string, number>>;
  /** Calls whose two parties heard each other before they were over; NaN where that is not known. */
  readonly joined: number;
  /** From the command to its effect. */
  readonly joinP50Ms: number;
  /** Joins that the media server refused though neither party had gone: the call has failed. */
  readonly refusedJoins: number;
}

export async function runAnchored(subject: AnchoredSubject, rate: number, seconds: number): Promise<AnchoredResult> {
  const { sip, number, phones, musicMs, processes } = subject;
  const calls = Math.round(rate * seconds);
  const before = phones.messages().length;
  await subject.joins?.();
  const cpuBefore = Object.entries(processes).map(([name, pid]) => [name, cpuMs(pid)] as const);
  const callers = await startCallers({
    sip,
    // The From user goes through to the phone and says which call is which.
    habit: { domain: 'bench.example', from: 'c[pid]x[call_number]', does: { what: 'listen' } },
    numbers: Array.from({ length: calls }, () => number),
    ratePerSecond: rate,
    timeoutSeconds: Math.ceil(seconds + musicMs / 1000 + 6),
  });
  const done = await callers.done();
  const cpu = cpuBefore.map(([name, ms]) => [name, (cpuMs(processes[name] ?? -1) - ms) / calls] as const);
  const joins = await subject.joins?.();
  const atPhone = answerTimes(phones.messages().slice(before));
  const pairs = [...answerTimes(done.calls.flat())].flatMap(([user, caller]) => {
    const phone = atPhone.get(user);
    return phone?.answeredMs === undefined ? [] : [{ caller, phone, answeredMs: phone.answeredMs }];
  });
  const there = pairs.map(({ caller, phone }) => phone.invitedMs - caller.invitedMs - musicMs);
  const back = pairs.map(({ caller, answeredMs }) =>
    caller.answeredMs === undefined || caller.answeredMs < answeredMs - sippTickMs
      ? undefined
      : Math.max(0, caller.answeredMs - answeredMs),
  );
  const both = there.map((ms, index) => ms + (back[index] ?? 0));
  return {
    subject: subject.name,
    rate,
    calls,
    done: pairs.length,
    failed: done.code !== 0 || pairs.length < calls || (joins?.refused ?? 0) > 0,
    thereP50Ms: percentile(there, 0.5),
    thereP99Ms: percentile(there, 0.99),
    backP50Ms: percentile(
      back.filter((ms) => ms !== undefined),
      0.5,
    ),
    p50Ms: percentile(both, 0.5),
    p99Ms: percentile(both, 0.99),
    cpuMsPerCall: Object.fromEntries(cpu),
    joined: joins?.tookMs.length ?? Number.NaN,
    joinP50Ms: percentile(joins?.tookMs ?? [], 0.5),
    refusedJoins: joins?.refused ?? 0,
  };
}

/** Upwards in steps, side by side, each until the first rate at which a call fails, tried twice. Answers the last that went well. */
export async function searchHighest(
  subjects: readonly AnchoredSubject[],
  plan: { readonly from: number; readonly step: number; readonly until: number; readonly seconds: number },
  say: (result: AnchoredResult) => void,
): Promise<readonly AnchoredResult[]> {
  const highest = new Map<string, AnchoredResult>();
  let left = subjects;
  for (let rate = plan.from; rate <= plan.until && left.length > 0; rate += plan.step) {
    for (const subject of left) {
      let run = await runAnchored(subject, rate, plan.seconds);
      say(run);
      await settle();
      if (run.failed) {
        run = await runAnchored(subject, rate, plan.seconds);
        say(run);
        await settle();
      }
      if (run.failed) left = left.filter((each) => each !== subject);
      else highest.set(subject.name, run);
    }
  }
  return subjects.flatMap(({ name }) => highest.get(name) ?? []);
}

/** What a failed run has left rings out. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_500));
