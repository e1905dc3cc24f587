/** Writes entries down in batches: one write at a time, and what comes meanwhile goes with the next. */
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { ConversationId } from '../kernel/ids.js';
import type { Entry, TranscriptStore } from './transcript-store.js';

export interface TranscriptWriter {
  /** Resolves to `true` when it is written down, `false` when it is dropped; it is tried until then, or the writer is closed. */
  write(entry: Entry): Promise<boolean>;
  /** The same for an entry that was given before; at once when that has been written. */
  written(conversation: ConversationId, seq: number): Promise<boolean>;
  /** What is not written yet of that conversation never is: another controller has it. */
  drop(conversation: ConversationId): void;
  /** Resolves when all that was given until now is written down. */
  flushed(): Promise<void>;
  unwritten(): number;
  /** One last try. */
  close(): Promise<void>;
}

interface WriterDeps {
  readonly store: TranscriptStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Resolves when what is written cannot come between what another controller writes. */
  readonly whenSure?: () => Promise<void>;
}

interface Pending {
  readonly entry: Entry;
  readonly done: Promise<boolean>;
  readonly resolve: (isWritten: boolean) => void;
}

const MAX_BATCH = 500;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;

export function createTranscriptWriter(deps: WriterDeps): TranscriptWriter {
  return new Writer(deps);
}

class Writer implements TranscriptWriter {
  readonly #deps: WriterDeps;
  #pending: readonly Pending[] = [];
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
  }

  write(entry: Entry): Promise<boolean> {
    let resolve: Pending['resolve'] = () => undefined;
    const done = new Promise<boolean>((settle) => (resolve = settle));
    this.#pending = [...this.#pending, { entry, done, resolve }];
    this.#running ??= this.#run();
    return done;
  }

  written(conversation: ConversationId, seq: number): Promise<boolean> {
    const isIt = ({ entry }: Pending): boolean => entry.seq === seq && entry.conversation === conversation;
    return this.#pending.find(isIt)?.done ?? Promise.resolve(true);
  }

  drop(conversation: ConversationId): void {
    const dropped = this.#pending.filter(({ entry }) => entry.conversation === conversation);
    this.#pending = this.#pending.filter((each) => !dropped.includes(each));
    for (const { resolve } of dropped) resolve(false);
  }

  async flushed(): Promise<void> {
    await this.#pending.at(-1)?.done;
  }

  unwritten(): number {
    return this.#pending.length;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake?.();
    await this.#running;
    const lost = this.#pending.length;
    if (lost > 0) this.#deps.log.error({ entries: lost }, 'transcripts are lost: the store does not take them');
  }

  async #run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (this.#pending.length > 0) {
      if (await this.#writeBatch()) {
        retryMs = FIRST_RETRY_MS;
        continue;
      }
      if (this.#isClosed) break;
      await this.#pause(retryMs);
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
    }
    this.#running = undefined;
  }

  /** @returns whether it was written */
  async #writeBatch(): Promise<boolean> {
    if (!this.#isClosed) await this.#deps.whenSure?.();
    const batch = this.#pending.slice(0, MAX_BATCH);
    try {
      await this.#deps.store.append(batch.map(({ entry }) => entry));
    } catch (error) {
      this.#deps.log.error({ err: error, entries: this.#pending.length }, 'transcripts cannot be written');
      return false;
    }
    const written = new Set(batch);
    this.#pending = this.#pending.filter((each) => !written.has(each));
    for (const { resolve } of batch) resolve(true);
    return true;
  }

  /** Until the time is over, or the writer is closed. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
