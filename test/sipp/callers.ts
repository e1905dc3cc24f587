import { callerArguments, callerScenario, type CallerHabit } from './caller-scenarios.js';
import { startSipp, type SippRun } from './sipp-process.js';
import { byCall, type WireMessage } from './wire-trace.js';

export interface CallerOptions {
  readonly sip: { readonly host: string; readonly port: number };
  readonly habit: CallerHabit;
  /** The numbers they dial, one a call. */
  readonly numbers: readonly string[];
  readonly ratePerSecond?: number;
  /** Calls going on at once; default all. */
  readonly limit?: number;
  readonly host?: string;
  readonly port?: number;
  readonly transport?: 'udp' | 'tcp';
  readonly timeoutSeconds?: number;
  readonly trace?: boolean;
}

export interface CallersDone {
  /** 0 when every call went as the habit says. */
  readonly code: number | null;
  readonly errors: string;
  /** Each call's messages as the caller saw them. */
  readonly calls: WireMessage[][];
}

export interface Callers {
  readonly port: number;
  readonly pid: number;
  /** Resolves when the last call is over. */
  readonly over: Promise<unknown>;
  /** What each has seen so far. */
  calls(): WireMessage[][];
  /** Resolves when the last call is over, its process gone and its files read. */
  done(): Promise<CallersDone>;
  /** The cable pulled. */
  stop(): Promise<void>;
}

export async function startCallers(options: CallerOptions): Promise<Callers> {
  const run = await startSipp({
    scenario: callerScenario(options.habit),
    target: options.sip,
    rows: options.numbers.map((number) => [number]),
    calls: options.numbers.length,
    ratePerSecond: options.ratePerSecond ?? 100,
    limit: options.limit ?? options.numbers.length,
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined ? {} : { port: options.port }),
    transport: options.transport ?? 'udp',
    timeoutSeconds: options.timeoutSeconds ?? 100,
    trace: options.trace ?? true,
    // One URI for the whole run: who signs calls to several numbers needs several runs.
    ...(options.habit.credentials ? { authUri: `${options.numbers[0] ?? ''}@${options.habit.domain}` } : {}),
    extraArguments: callerArguments(options.habit),
  });
  return {
    port: run.port,
    pid: run.pid,
    over: run.exited,
    calls: () => callsOf(run),
    done: () => done(run),
    stop: () => run.stop(),
  };
}

function callsOf(run: SippRun): WireMessage[][] {
  return [...byCall(run.messages()).values()];
}

async function done(run: SippRun): Promise<CallersDone> {
  const exit = await run.exited;
  const calls = callsOf(run);
  await run.stop();
  return { code: exit.code, errors: exit.errors, calls };
}
