/** Timers that end together: a phone that is switched off leaves none behind. */
export interface Timers {
  /** Runs `fire` once after `delayMs`; the returned function forgets it. */
  after(delayMs: number, fire: () => void): () => void;
  /** Forgets all, and takes no more. */
  stop(): void;
}

export function createTimers(): Timers {
  const running = new Set<NodeJS.Timeout>();
  let stopped = false;
  return {
    after(delayMs, fire) {
      if (stopped) return () => undefined;
      const timer = setTimeout(() => {
        running.delete(timer);
        fire();
      }, delayMs);
      running.add(timer);
      return () => {
        clearTimeout(timer);
        running.delete(timer);
      };
    },
    stop() {
      stopped = true;
      for (const timer of running) clearTimeout(timer);
      running.clear();
    },
  };
}

/** RFC 3261 §17.1.1.1: an estimate of the round trip, the longest pause between retransmissions, and when to give up. */
export const T1_MS = 500;
export const T2_MS = 4_000;
export const GIVE_UP_MS = 64 * T1_MS;

/**
 * Sends again and again, each pause twice the one before, until the returned function is called or time is up.
 * @param longestMs pauses grow no further than this
 */
export function retransmit(
  timers: Timers,
  options: { readonly send: () => void; readonly longestMs: number; readonly onTimeout: () => void },
): () => void {
  let forgetNext = (): void => undefined;
  const again = (pauseMs: number): void => {
    forgetNext = timers.after(pauseMs, () => {
      options.send();
      again(Math.min(pauseMs * 2, options.longestMs));
    });
  };
  const forgetEnd = timers.after(GIVE_UP_MS, () => {
    forgetNext();
    options.onTimeout();
  });
  again(T1_MS);
  return () => {
    forgetNext();
    forgetEnd();
  };
}
