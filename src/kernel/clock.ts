/** Where time comes from. Production uses {@link systemClock}; tests bring one they can turn by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Runs `fire` once after `delayMs`; the returned function forgets it and may be called at any time. */
  after(delayMs: number, fire: () => void): () => void;
}

/** The longest delay that Node's timers take (2^31 - 1 ms, 24.8 days); a longer one would fire at once. */
const LONGEST_DELAY_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, Math.min(Math.max(0, delayMs), LONGEST_DELAY_MS));
    return () => clearTimeout(timer);
  },
};
