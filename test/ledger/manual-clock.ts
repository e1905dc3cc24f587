import type { Clock } from '../../src/kernel/clock.js';

export interface ManualClock extends Clock {
  /** Moves time on, firing what falls due on the way at its own time. */
  advance(ms: number): void;
  /** How many timers are set. */
  readonly pending: number;
}

export function createManualClock(startMs = Date.parse('2026-01-05T09:00:00Z')): ManualClock {
  const timers = new Set<{ readonly atMs: number; readonly fire: () => void }>();
  let nowMs = startMs;

  function takeDue(untilMs: number): { readonly atMs: number; readonly fire: () => void } | undefined {
    const [first] = [...timers].filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
    if (first !== undefined) timers.delete(first);
    return first;
  }

  return {
    now: () => nowMs,
    after(delayMs, fire) {
      const timer = { atMs: nowMs + Math.max(0, delayMs), fire };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (let timer = takeDue(untilMs); timer !== undefined; timer = takeDue(untilMs)) {
        nowMs = Math.max(nowMs, timer.atMs);
        timer.fire();
      }
      nowMs = untilMs;
    },
    get pending() {
      return timers.size;
    },
  };
}
