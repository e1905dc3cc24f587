/** Commands of one place in the order they were given, from when it is open; those of two places meet where they must. */
export class CommandLine {
  readonly #onFailed: (error: unknown) => void;
  readonly #whenClosed = new Set<() => void>();
  #isClosed = false;
  #open: () => void = () => undefined;
  #tail: Promise<void>;

  constructor(onFailed: (error: unknown) => void) {
    this.#onFailed = onFailed;
    this.#tail = new Promise((resolve) => (this.#open = resolve));
  }

  /** Lets the first command go. */
  open(): void {
    this.#open();
  }

  /** Nothing is carried out any more, and whoever waits for this line goes on without it. */
  close(): void {
    this.#isClosed = true;
    this.#open();
    for (const act of this.#whenClosed) act();
    this.#whenClosed.clear();
  }

  add(command: () => Promise<void>): void {
    this.#tail = this.#tail.then(() => (this.#isClosed ? undefined : command())).catch(this.#onFailed);
  }

  /** A command that concerns several places: it waits for what was asked of each before, and holds all up until it is done. */
  addWith(others: readonly CommandLine[], command: () => Promise<void>): void {
    const done = new Promise<void>((resolve) => {
      const finish = (): void => {
        this.#whenClosed.delete(finish);
        resolve();
      };
      const turns = [...new Set(others)].filter((other) => other !== this).map((other) => other.#turn(() => done));
      this.add(async () => {
        try {
          await Promise.all(turns);
          await command();
        } finally {
          finish();
        }
      });
      if (this.#isClosed) finish();
      else this.#whenClosed.add(finish);
    });
  }

  /** Resolves at a turn of its own, which lasts as long as `done` does, or when the line has closed. */
  #turn(done: () => Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve();
      this.#whenClosed.add(resolve);
      this.add(() => {
        this.#whenClosed.delete(resolve);
        resolve();
        return done();
      });
    });
  }
}
