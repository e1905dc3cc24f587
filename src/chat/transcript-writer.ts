/** Writes entries down in batches: one write at a time, and what comes meanwhile goes with the next. */
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { ConversationId } from '../kernel/ids.js';
import type { Entry, TranscriptStore } from './transcript-store.js';

export interface TranscriptWriter {
  /** Resolves when it is written down; never rejects: it is tried until it is, or the writer is closed. */
  write(entry: Entry): Promise<void>;
  /** The same for an entry that was given before; at once when that has been written. */
  written(conversation: ConversationId, seq: number): Promise<void>;
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
}

interface Pending {
  readonly entry: Entry;
  readonly done: Promise<void>;
  readonly resolve: () => void;
}

const MAX_BATCH = 500;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;

export function createTranscriptWriter(deps: WriterDeps): TranscriptWriter {
  return new Writer(deps);
}

class Writer implements TranscriptWriter {
  readonly #deps: WriterDeps;
  readonly #pending: Pending[] = [];
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
  }

  write(entry: Entry): Promise<void> {
    let resolve: () => void = () => undefined;
    const done = new Promise<void>((settle) => (resolve = settle));
    this.#pending.push({ entry, done, resolve });
    this.#running ??= this.#run();
    return done;
  }

  written(conversation: ConversationId, seq: number): Promise<void> {
    const isIt = ({ entry }: Pending): boolean => entry.seq === seq && entry.conversation === conversation;
    return this.#pending.find(isIt)?.done ?? Promise.resolve();
  }

  flushed(): Promise<void> {
    return this.#pending.at(-1)?.done ?? Promise.resolve();
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
    const batch = this.#pending.slice(0, MAX_BATCH);
    try {
      await this.#deps.store.append(batch.map(({ entry }) => entry));
    } catch (error) {
      this.#deps.log.error({ err: error, entries: this.#pending.length }, 'transcripts cannot be written');
      return false;
    }
    this.#pending.splice(0, batch.length);
    for (const { resolve } of batch) resolve();
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
