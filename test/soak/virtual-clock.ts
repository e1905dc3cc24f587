import type { Clock } from '../../src/kernel/clock.js';

/** A clock for millions of timers: a heap by due time, fired in order, a grain of time at once. */
export interface VirtualClock extends Clock {
  /** Moves on to `untilMs`, letting the promises of each grain settle before the next. */
  runUntil(untilMs: number): Promise<void>;
  pending(): number;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  fire: (() => void) | undefined;
}

export function createVirtualClock(options: { startMs: number; grainMs: number }): VirtualClock {
  const { grainMs } = options;
  const heap = createHeap();
  let nowMs = options.startMs;
  let order = 0;
  let live = 0;
  return {
    now: () => nowMs,
    after(delayMs, fire) {
      const atMs = Math.ceil((nowMs + Math.max(0, delayMs)) / grainMs) * grainMs;
      const timer: Timer = { atMs, order: (order += 1), fire };
      heap.push(timer);
      live += 1;
      return () => {
        if (timer.fire !== undefined) live -= 1;
        timer.fire = undefined;
      };
    },
    async runUntil(untilMs) {
      for (;;) {
        const next = heap.peek();
        if (next === undefined || next.atMs > untilMs) break;
        nowMs = Math.max(nowMs, next.atMs);
        for (let due = heap.peek(); due !== undefined && due.atMs <= nowMs; due = heap.peek()) {
          heap.pop();
          const { fire } = due;
          if (fire === undefined) continue;
          due.fire = undefined;
          live -= 1;
          fire();
        }
        await settled();
      }
      nowMs = untilMs;
    },
    pending: () => live,
  };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A binary heap; the earliest first, and of the same time the first set. Forgotten timers leave when their time comes. */
function createHeap() {
  const items: Timer[] = [];
  const isBefore = (a: Timer, b: Timer) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  const swap = (a: number, b: number) => {
    [items[a], items[b]] = [items[b]!, items[a]!];
  };
  return {
    peek: () => items[0],
    push(timer: Timer) {
      items.push(timer);
      for (let at = items.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (!isBefore(items[at]!, items[parent]!)) break;
        swap(at, parent);
        at = parent;
      }
    },
    pop() {
      const last = items.pop();
      if (last === undefined || items.length === 0) return;
      items[0] = last;
      for (let at = 0; ;) {
        let least = at;
        for (const child of [2 * at + 1, 2 * at + 2]) {
          if (child < items.length && isBefore(items[child]!, items[least]!)) least = child;
        }
        if (least === at) break;
        swap(at, least);
        at = least;
      }
    },
  };
}
