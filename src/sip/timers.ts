/** Timers that can be counted, so that a test can ask whether any is left, and that die with the leg they belong to. */
import type { Clock } from '../kernel/clock.js';

export interface TimerScope {
  after(delayMs: number, fire: () => void): () => void;
  /** Forgets all timers of this scope; later ones are not started. */
  end(): void;
}

export interface Timers {
  scope(): TimerScope;
  count(): number;
}

export function createTimers(clock: Clock): Timers {
  let running = 0;
  return {
    count: () => running,
    scope() {
      const cancels = new Set<() => void>();
      let ended = false;
      return {
        after(delayMs, fire) {
          if (ended) return () => undefined;
          running += 1;
          const forget = () => {
            if (cancels.delete(cancel)) running -= 1;
          };
          const stop = clock.after(delayMs, () => {
            forget();
            fire();
          });
          const cancel = () => {
            forget();
            stop();
          };
          cancels.add(cancel);
          return cancel;
        },
        end() {
          ended = true;
          for (const cancel of cancels) cancel();
        },
      };
    },
  };
}
