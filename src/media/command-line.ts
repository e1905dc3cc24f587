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

  /** A command that concerns two places: it waits for what was asked of each before, and holds both up until it is done. */
  addWith(other: CommandLine, command: () => Promise<void>): void {
    if (other === this) return this.add(command);
    const done = new Promise<void>((resolve) => {
      const finish = (): void => {
        this.#whenClosed.delete(finish);
        resolve();
      };
      const othersTurn = other.#turn(() => done);
      this.add(async () => {
        try {
          if (await othersTurn) await command();
        } finally {
          finish();
        }
      });
      if (this.#isClosed) finish();
      else this.#whenClosed.add(finish);
    });
  }

  /** Resolves with `true` at a turn of its own, which lasts as long as `done` does; with `false` when the line has closed. */
  #turn(done: () => Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      const giveUp = (): void => resolve(false);
      if (this.#isClosed) return giveUp();
      this.#whenClosed.add(giveUp);
      this.add(() => {
        this.#whenClosed.delete(giveUp);
        resolve(true);
        return done();
      });
    });
  }
}
