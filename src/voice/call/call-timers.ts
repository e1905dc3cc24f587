/** The timers of one call, each named by what it is for; setting one again takes the place of the last. */
import type { Clock } from '../../kernel/clock.js';
import type { Timer } from './call-types.js';

export class CallTimers {
  readonly #clock: Clock;
  readonly #onFired: (timer: Timer) => void;
  readonly #running = new Map<string, () => void>();

  constructor(clock: Clock, onFired: (timer: Timer) => void) {
    this.#clock = clock;
    this.#onFired = onFired;
  }

  set(timer: Timer, afterMs: number): void {
    this.clear(timer);
    const key = keyOf(timer);
    const fire = (): void => {
      this.#running.delete(key);
      this.#onFired(timer);
    };
    this.#running.set(key, this.#clock.after(afterMs, fire));
  }

  clear(timer: Timer): void {
    const key = keyOf(timer);
    this.#running.get(key)?.();
    this.#running.delete(key);
  }

  stop(): void {
    for (const forget of this.#running.values()) forget();
    this.#running.clear();
  }
}

function keyOf(timer: Timer): string {
  return 'agent' in timer ? `${timer.name} ${timer.agent}` : timer.name;
}
