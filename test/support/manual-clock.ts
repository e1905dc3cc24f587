import type { Clock } from '../../src/kernel/clock.js';

/** A clock that stands still until it is turned; due timers fire in the order of their time. */
export interface ManualClock extends Clock {
  /** Moves on by so many milliseconds and lets everything settle that the timers on the way brought about. */
  turn(ms: number): Promise<void>;
  /** How many timers are waiting. */
  pending(): number;
}

export function createManualClock(startMs = 1_700_000_000_000): ManualClock {
  let nowMs = startMs;
  let order = 0;
  const timers = new Map<number, { atMs: number; fire: () => void }>();

  function nextDue(untilMs: number): [number, { atMs: number; fire: () => void }] | undefined {
    let due: [number, { atMs: number; fire: () => void }] | undefined;
    for (const entry of timers) {
      if (entry[1].atMs <= untilMs && (due === undefined || entry[1].atMs < due[1].atMs)) due = entry;
    }
    return due;
  }

  return {
    now: () => nowMs,
    after(delayMs, fire) {
      const id = (order += 1);
      timers.set(id, { atMs: nowMs + Math.max(0, delayMs), fire });
      return () => timers.delete(id);
    },
    async turn(ms) {
      const untilMs = nowMs + ms;
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        timers.delete(due[0]);
        nowMs = Math.max(nowMs, due[1].atMs);
        due[1].fire();
        await settled();
      }
      nowMs = untilMs;
      await settled();
    },
    pending: () => timers.size,
  };
}

/** Resolves when the promises that are ready now, and those that they make ready, have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
