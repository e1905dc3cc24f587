/** One input at a time: what handling one brings about at once waits for its turn. */
export class Mailbox<Input> {
  readonly #handle: (input: Input) => void;
  readonly #waiting: Input[] = [];
  #isHandling = false;

  constructor(handle: (input: Input) => void) {
    this.#handle = handle;
  }

  deliver(input: Input): void {
    this.#waiting.push(input);
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#handle(next);
    } finally {
      this.#isHandling = false;
    }
  }
}

/** An input of a `step` without the time, which its runner stamps. */
export type Untimed<Input> = Input extends unknown ? Omit<Input, 'atMs'> : never;
