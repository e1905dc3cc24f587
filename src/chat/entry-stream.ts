/**
 * What is said in one chat, to one socket, each entry once and in order. The reader holds a place in the log instead of a
 * queue of its own: one that reads slowly costs no more than what its socket may hold, and goes on where it is.
 */
import type { ConversationId } from '../kernel/ids.js';
import type { MessageLog } from './message-log.js';
import type { SocketWriter } from './socket-writer.js';
import type { Audience, Entry } from './transcript-store.js';

const BATCH = 20;

export interface EntryStreamOptions<Message extends object> {
  readonly writer: SocketWriter<Message>;
  readonly log: Pick<MessageLog, 'read' | 'lastSeq' | 'listen'>;
  readonly conversation: ConversationId;
  readonly audience: Audience;
  /** The last entry that the reader has. */
  readonly after: number;
  /** The message that an entry comes to. */
  readonly toMessage: (entry: Entry) => Message;
  readonly onError: (error: unknown) => void;
}

/** @returns the function that ends it, to be called when the socket ends too */
export function streamEntries<Message extends object>(options: EntryStreamOptions<Message>): () => void {
  const { writer, log, conversation, audience, toMessage, onError } = options;
  let seen = options.after;
  let isReading = false;
  let isEnded = false;

  async function pump(): Promise<void> {
    if (isReading) return;
    isReading = true;
    try {
      for (let newest = log.lastSeq(conversation); seen < newest && canGoOn(); newest = log.lastSeq(conversation)) {
        const entries = await log.read({ conversation, after: seen, limit: BATCH, audience });
        if (isEnded) return;
        for (const entry of entries) {
          seen = entry.seq;
          writer.send(toMessage(entry));
        }
        // Those that are missing are not for this reader.
        if (entries.length < BATCH) seen = Math.max(seen, newest);
      }
    } catch (error) {
      onError(error);
    } finally {
      isReading = false;
    }
  }

  const canGoOn = (): boolean => !isEnded && writer.hasRoom();
  const ends = [
    log.listen(conversation, { entry: () => void pump(), marked: () => undefined }),
    writer.onRoom(() => void pump()),
  ];
  void pump();
  return () => {
    isEnded = true;
    for (const end of ends) end();
  };
}
