/** Timers that are named by what they are for; setting one again takes the place of the last, and all end together. */
import type { Clock } from './clock.js';

/** Of several of one name, each is about one agent. */
interface Named {
  readonly name: string;
  readonly agent?: string;
}

export class NamedTimers<Timer extends Named> {
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

function keyOf({ name, agent }: Named): string {
  return agent === undefined ? name : `${name} ${agent}`;
}
