/** Transcripts in this process's memory: gone with it, for trials and tests. */
import type { ConversationId } from '../kernel/ids.js';
import type { ConversationRecord, Entry, TranscriptStore } from './transcript-store.js';

export function createMemoryTranscripts(): TranscriptStore {
  const records = new Map<ConversationId, ConversationRecord>();
  const entries = new Map<ConversationId, Entry[]>();

  const said = (id: ConversationId): readonly Entry[] => entries.get(id) ?? [];
  const ofCustomer = (customer: string): readonly ConversationRecord[] =>
    [...records.values()]
      .filter((record) => record.customer === customer)
      .sort((a, b) => a.openedAtMs - b.openedAtMs || (a.id < b.id ? -1 : 1));
  const drop = (gone: readonly ConversationRecord[]): number => {
    for (const { id } of gone) {
      records.delete(id);
      entries.delete(id);
    }
    return gone.length;
  };

  return {
    async putConversation(record) {
      records.set(record.id, record);
    },
    getConversation: async (id) => records.get(id),
    async append(added) {
      for (const entry of added) {
        const known = entries.get(entry.conversation) ?? [];
        if (known.some(({ seq }) => seq === entry.seq)) continue;
        entries.set(
          entry.conversation,
          [...known, entry].sort((a, b) => a.seq - b.seq),
        );
      }
    },
    read: async ({ conversation, after, limit, audience }) =>
      said(conversation)
        .filter((entry) => entry.seq > after && (audience === 'agents' || entry.audience === 'everybody'))
        .slice(0, limit),
    lastSeq: async (id) => said(id).at(-1)?.seq ?? 0,
    lastAgentOf: async (customer) =>
      ofCustomer(customer).findLast(({ lastAgent }) => lastAgent !== undefined)?.lastAgent,
    exportCustomer: async (customer) => ofCustomer(customer).map((record) => ({ record, entries: said(record.id) })),
    eraseCustomer: async (customer) => drop(ofCustomer(customer)),
    dropClosedBefore: async (atMs) =>
      drop([...records.values()].filter(({ closedAtMs }) => closedAtMs !== undefined && closedAtMs < atMs)),
    close: async () => undefined,
  };
}
