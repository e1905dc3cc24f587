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
  /** How often it has been shut: whoever finds another number than before has waited, or asked twice. */
  timesShut(): number;
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
  const { gate, enter, leave } = createGate();
  let isStopped = false;
  const timer = createDueTimer(clock, () => {
    run(expire, undefined).catch(onError);
  });

  const runNow: Run = async (script, request) => {
    for (;;) {
      const reply = await runner.run(script, request);
      if (reply.type === 'done') {
        post(reply.notices);
        timer.set(reply.nowMs, isStopped ? undefined : reply.dueMs);
        return reply.result;
      }
      await runNow(expire, undefined);
    }
  };

  const run: Run = async (script, request) => {
    for (;;) {
      await enter();
      try {
        return await runNow(script, request);
      } catch (error) {
        if (isStopped || !deps.waits || !isUnavailable(error)) throw error;
        gate.shut();
        deps.onAway();
      } finally {
        leave();
      }
    }
  };

  return {
    run,
    runNow,
    gate,
    stop() {
      isStopped = true;
      timer.set(0, undefined);
      gate.open();
    },
  };
}

function createGate(): { gate: Gate; enter: () => Promise<void>; leave: () => void } {
  let isShut = false;
  let timesShut = 0;
  let underWay = 0;
  const opened: (() => void)[] = [];
  const quiet: (() => void)[] = [];
  const gate: Gate = {
    isOpen: () => !isShut,
    open() {
      isShut = false;
      for (const resolve of opened.splice(0)) resolve();
    },
    shut() {
      isShut = true;
      timesShut += 1;
    },
    timesShut: () => timesShut,
    async whenQuiet() {
      if (underWay > 0) await new Promise<void>((resolve) => quiet.push(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return {
    gate,
    async enter() {
      while (isShut) await new Promise<void>((resolve) => opened.push(resolve));
      underWay += 1;
    },
    leave() {
      underWay -= 1;
      if (underWay === 0) for (const resolve of quiet.splice(0)) resolve();
    },
  };
}

/** One timer for what next falls due in the store. */
function createDueTimer(clock: Clock, fire: () => void): { set(nowMs: number, dueMs: number | undefined): void } {
  let timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  return {
    set(nowMs, dueMs) {
      if (dueMs === timer?.atMs) return;
      timer?.cancel();
      timer = undefined;
      if (dueMs === undefined) return;
      const cancel = clock.after(dueMs - nowMs, () => {
        timer = undefined;
        fire();
      });
      timer = { atMs: dueMs, cancel };
    },
  };
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof SwitchboardError && error.code === 'LEDGER_UNAVAILABLE';
}
