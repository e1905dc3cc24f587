/** The last entries of one conversation, as many as there is room for, and the names that their senders gave them. */
import type { Entry, Sender } from './transcript-store.js';

export interface Recent {
  add(entry: Entry): void;
  /** All after that number; `undefined` when the first of them is not here any more. */
  after(seq: number): readonly Entry[] | undefined;
  /** The number of what this sender has named so before. */
  repeated(from: Sender, clientId: string): number | undefined;
}

/** Names are small: more of them are kept than of what they name. */
const KEPT_NAMES = 100;

/** @param kept how many entries, and how many characters in all, are kept; the newest always is */
export function createRecent(kept: { entries: number; bytes: number }, initial: readonly Entry[]): Recent {
  const entries: Entry[] = [];
  const names = new Map<string, number>();
  let size = 0;

  function add(entry: Entry): void {
    entries.push(entry);
    size += sizeOf(entry);
    while (entries.length > 1 && (entries.length > kept.entries || size > kept.bytes)) {
      const oldest = entries.shift();
      if (oldest !== undefined) size -= sizeOf(oldest);
    }
    if (entry.clientId === undefined) return;
    names.set(nameOf(entry.from, entry.clientId), entry.seq);
    const [oldestName] = names.keys();
    if (names.size > KEPT_NAMES && oldestName !== undefined) names.delete(oldestName);
  }

  for (const entry of initial) add(entry);
  return {
    add,
    after(seq) {
      const first = entries[0];
      if (first !== undefined && first.seq > seq + 1) return undefined;
      return entries.filter((entry) => entry.seq > seq);
    },
    repeated: (from, clientId) => names.get(nameOf(from, clientId)),
  };
}

/** Two agents may use the same names. */
function nameOf(from: Sender, clientId: string): string {
  return from.kind === 'agent' ? `agent ${from.agent} ${clientId}` : `${from.kind} ${clientId}`;
}

/** About; what else there is of an entry does not vary. */
function sizeOf({ body }: Entry): number {
  return body.kind === 'text' ? body.text.length : body.data.length + body.name.length;
}
