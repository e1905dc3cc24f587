/** The chats that one page of an agent follows: what was said in them, and what is said from now on. */
import type { ConversationId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { AgentNews } from './agent-news.js';
import type { AgentWriter } from './agent-pages.js';
import { streamEntries } from './entry-stream.js';
import type { MessageLog } from './message-log.js';
import type { Entry } from './transcript-store.js';

export interface AgentWatches {
  /** From the entry after `after` on; one that is followed already begins anew. */
  begin(chat: ConversationId, after: number): void;
  end(chat: ConversationId): void;
  endAll(): void;
}

export function createAgentWatches({
  writer,
  messages,
  log,
}: {
  readonly writer: AgentWriter;
  readonly messages: MessageLog;
  readonly log: Logger;
}): AgentWatches {
  const watched = new Map<ConversationId, () => void>();

  function end(chat: ConversationId): void {
    watched.get(chat)?.();
    watched.delete(chat);
  }

  return {
    begin(chat, after) {
      end(chat);
      const endStream = streamEntries({
        writer,
        log: messages,
        conversation: chat,
        audience: 'agents',
        after,
        toMessage: entryNews,
        onError: (error) => log.error({ err: error, chat }, 'an agent could not be told what was said'),
      });
      const unlisten = messages.listen(chat, {
        entry: () => undefined,
        marked: (side, marks) => writer.sendLatest(`marks ${chat} ${side}`, { type: 'marks', chat, side, ...marks }),
      });
      watched.set(chat, () => {
        endStream();
        unlisten();
      });
    },
    end,
    endAll() {
      for (const chat of [...watched.keys()]) end(chat);
    },
  };
}

function entryNews({ conversation, clientId, ...entry }: Entry): AgentNews {
  return { type: 'entry', chat: conversation, ...entry, ...(clientId === undefined ? {} : { id: clientId }) };
}
