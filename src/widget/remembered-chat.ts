/** What outlives a page: by it the next page of the site goes on with the chat. Where nothing may be kept, nothing is. */
import type { Outgoing } from './chat-state.js';

export interface RememberedChat {
  /** Shown to the server to go on with the chat. */
  readonly token?: string;
  /** How far the visitor has seen what was said. */
  readonly read?: number;
  /** There is nothing to hear of it until the visitor writes. */
  readonly isClosed?: boolean;
  /** Texts that may not have arrived; files are too large to keep. */
  readonly pending?: readonly Outgoing[];
}

export interface ChatMemory {
  load(): RememberedChat;
  save(chat: RememberedChat): void;
}

/** As much of a browser's Storage as is used. */
export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** @param store undefined, or one that throws, where the visitor does not allow it */
export function createChatMemory(store: () => Store | undefined, key: string): ChatMemory {
  return {
    load() {
      try {
        const kept: unknown = JSON.parse(store()?.getItem(key) ?? '{}');
        return typeof kept === 'object' && kept !== null ? kept : {};
      } catch {
        return {};
      }
    },
    save(chat) {
      try {
        const texts = (chat.pending ?? []).filter(({ body }) => body.kind === 'text');
        store()?.setItem(key, JSON.stringify({ ...chat, pending: texts }));
      } catch {
        // Full or forbidden: the chat lasts as long as this page.
      }
    },
  };
}
