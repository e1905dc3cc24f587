/** Keeps what is known of each chat beside what was said in it: in order, and again until the store has it. */
import type { Clock } from '../kernel/clock.js';
import type { ConversationId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { ConversationRecord, TranscriptStore } from './transcript-store.js';

export interface RecordKeeper {
  /** The newest of a chat is kept, in place of what was given before and is not written yet. */
  put(record: ConversationRecord): void;
  /** Of a customer who is forgotten nothing more is written; resolves when nothing is under way. */
  dropCustomer(customer: string): Promise<void>;
  /** One last try. */
  close(): Promise<void>;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;

export function createRecordKeeper(deps: {
  readonly store: Pick<TranscriptStore, 'putConversation'>;
  readonly clock: Clock;
  readonly log: Logger;
}): RecordKeeper {
  const { store, clock, log } = deps;
  const due = new Map<ConversationId, ConversationRecord>();
  let running: Promise<void> | undefined;
  let wake: () => void = () => undefined;
  let isClosed = false;

  async function write(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    for (let [record] = due.values(); record !== undefined; [record] = due.values()) {
      try {
        await store.putConversation(record);
        if (due.get(record.id) === record) due.delete(record.id);
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        log.error({ err: error, chats: due.size }, 'the records of chats cannot be written');
        if (isClosed) break;
        await pause(retryMs);
        retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
      }
    }
    running = undefined;
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });
  }

  return {
    put(record) {
      due.set(record.id, record);
      running ??= write();
    },
    async dropCustomer(customer) {
      for (const record of [...due.values()]) if (record.customer === customer) due.delete(record.id);
      await running;
    },
    async close() {
      isClosed = true;
      wake();
      await running;
    },
  };
}
