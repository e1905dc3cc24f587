/** Runs scripts one by one: what they set in motion is passed on, what next falls due is waited for, an absent store too. */
import type { Clock } from '../../kernel/clock.js';
import { SwitchboardError } from '../../kernel/errors.js';
import type { Operations } from './operations.js';
import type { Script, ScriptRunner } from './script.js';
import type { StoredNotice } from './stored-notice.js';

export type Run = <Request, Result>(script: Script<Request, Result>, request: Request) => Promise<Result>;

export interface Turns {
  /** While the gate is shut it waits; a store that goes away meanwhile shuts the gate, and the operation is done again. */
  readonly run: Run;
  /** Does not heed the gate. @throws SwitchboardError LEDGER_UNAVAILABLE */
  readonly runNow: Run;
  readonly gate: Gate;
  stop(): void;
}

export interface Gate {
  isOpen(): boolean;
  open(): void;
  /** From now on an absent store is waited for. */
  shut(): void;
  /** Resolves when what was under way has been answered, and whoever asked has gone on from there. */
  whenQuiet(): Promise<void>;
}

export function createTurns(deps: {
  runner: ScriptRunner;
  expire: Operations['expire'];
  clock: Clock;
  post: (notices: readonly StoredNotice[]) => void;
  onError: (error: unknown) => void;
  /** Whether an absent store is waited for; else the operation fails. */
  waits: boolean;
  onAway: () => void;
}): Turns {
  const { runner, expire, clock, post, onError } = deps;
  let timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  let isStopped = false;
  let isShut = false;
  let underWay = 0;
  const opened: (() => void)[] = [];
  const quiet: (() => void)[] = [];

  const runNow: Run = async (script, request) => {
    for (;;) {
      const reply = await runner.run(script, request);
      if (reply.type === 'done') {
        post(reply.notices);
        setTimer(reply.nowMs, reply.dueMs);
        return reply.result;
      }
      await runNow(expire, undefined);
    }
  };

  const run: Run = async (script, request) => {
    for (;;) {
      while (isShut && !isStopped) await new Promise<void>((resolve) => opened.push(resolve));
      underWay += 1;
      try {
        return await runNow(script, request);
      } catch (error) {
        if (isStopped || !deps.waits || !isUnavailable(error)) throw error;
        gate.shut();
        deps.onAway();
      } finally {
        underWay -= 1;
        if (underWay === 0) for (const resolve of quiet.splice(0)) resolve();
      }
    }
  };

  const gate: Gate = {
    isOpen: () => !isShut,
    open() {
      isShut = false;
      for (const resolve of opened.splice(0)) resolve();
    },
    shut() {
      isShut = true;
    },
    async whenQuiet() {
      if (underWay > 0) await new Promise<void>((resolve) => quiet.push(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    },
  };

  function setTimer(nowMs: number, dueMs: number | undefined): void {
    const next = isStopped ? undefined : dueMs;
    if (next === timer?.atMs) return;
    timer?.cancel();
    timer = undefined;
    if (next === undefined) return;
    const cancel = clock.after(next - nowMs, () => {
      timer = undefined;
      run(expire, undefined).catch(onError);
    });
    timer = { atMs: next, cancel };
  }

  return {
    run,
    runNow,
    gate,
    stop() {
      isStopped = true;
      timer?.cancel();
      timer = undefined;
      gate.open();
    },
  };
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof SwitchboardError && error.code === 'LEDGER_UNAVAILABLE';
}
