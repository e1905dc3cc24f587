/**
 * What is said in the chats of this controller: numbered, told to whoever listens, and written down.
 *
 * - **Numbers.** Every entry of a conversation gets the next one. Whoever was away asks for those after the last one they
 *   have (`read`), and then hears each new one exactly once.
 * - **Repetitions.** A sender names each of their entries (`clientId`); one that comes again, because its receipt was lost,
 *   is not entered again, and gets the receipt of the first. The last hundred names of a conversation are remembered.
 * - **Receipts.** An entry is told to listeners at once; `stored` of its receipt resolves when it is written down, and only
 *   then the sender is told that it has arrived.
 * - **Gaps.** A conversation that is taken up from the store goes on after a gap in its numbers, wider than what can have been
 *   told of it and not been written down: no number ever stands for two entries.
 * - **Memory.** Of each conversation the last entries are kept here, up to a number and a size; older ones are read from
 *   the store. What is not written down yet is bounded too: beyond that nothing more is taken.
 */
import type { Clock } from '../kernel/clock.js';
import type { ConversationId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import { createRecent, type Recent } from './recent-entries.js';
import { createTranscriptWriter } from './transcript-writer.js';
import type { Audience, Body, Entry, Sender, TranscriptStore } from './transcript-store.js';

export interface MessageLog {
  /** To be called before anything else is done with a conversation; `isNew` saves the look into the store. */
  open(id: ConversationId, options: { isNew: boolean }): Promise<void>;
  append(id: ConversationId, said: Said): AppendResult;
  /** Those after `after`, in order, at most `limit`. */
  read(request: {
    conversation: ConversationId;
    after: number;
    limit: number;
    audience: Audience;
  }): Promise<readonly Entry[]>;
  /** The newest number; 0 before the first. */
  lastSeq(id: ConversationId): number;
  /**
   * To be told to whoever has entries up to `after`: less than that when they have some that were never written down, because
   * the controller died that told them. They must forget what they have, and read it anew.
   */
  lastSeqFor(id: ConversationId, after: number): number;
  /** How far a side has received and read. A mark only ever moves forward, and never past what there is. */
  mark(id: ConversationId, side: Side, mark: Partial<Marks>): void;
  marks(id: ConversationId): Readonly<Record<Side, Marks>>;
  /** As they were with the controller that had the conversation before. */
  restoreMarks(id: ConversationId, marks: Readonly<Record<Side, Marks>>): void;
  /** Told of each entry and each mark that moved, in order; the returned function ends it. */
  listen(id: ConversationId, listener: LogListener): () => void;
  /** Out of memory; what was said is in the store. */
  forget(id: ConversationId): void;
  /** Another controller has it: nothing more is written of it here. */
  drop(id: ConversationId): void;
  /** Resolves when all that was said until now is written down. */
  flushed(): Promise<void>;
  /** Resolves when everything is written down, or cannot be. */
  close(): Promise<void>;
}

export interface Said {
  readonly from: Sender;
  readonly body: Body;
  readonly audience?: Audience;
  readonly clientId?: string;
}

export type AppendResult =
  | { readonly type: 'appended' | 'repeated'; readonly seq: number; readonly stored: Promise<void> }
  | { readonly type: 'refused'; readonly why: 'unknown-conversation' | 'store-behind' };

export type Side = 'visitor' | 'agents';

export interface Marks {
  readonly received: number;
  readonly read: number;
}

export interface LogListener {
  entry(entry: Entry): void;
  marked(side: Side, marks: Marks): void;
}

export interface MessageLogDeps {
  readonly store: TranscriptStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Resolves when nobody else can have gone on with the conversation: until then nothing is said to have arrived. */
  readonly whenSure?: (id?: ConversationId) => Promise<void>;
  /** Told of every mark that moved. */
  readonly onMarked?: (id: ConversationId) => void;
  /** Entries that may wait to be written down, over all conversations. */
  readonly maxUnwritten?: number;
  /** Entries and bytes of text that are kept here of each conversation. */
  readonly keep?: { readonly entries: number; readonly bytes: number };
}

interface OpenLog {
  lastSeq: number;
  /** What the store had when it was taken up, and the first number that is given here. */
  readonly gap: { readonly after: number; readonly before: number };
  readonly recent: Recent;
  readonly marks: Record<Side, Marks>;
  readonly listeners: Set<LogListener>;
}

const MAX_UNWRITTEN = 10_000;
const KEEP = { entries: 50, bytes: 8 * 1024 };
const nothing: Marks = { received: 0, read: 0 };

export function createMessageLog(deps: MessageLogDeps): MessageLog {
  const { store, clock, maxUnwritten = MAX_UNWRITTEN, keep = KEEP } = deps;
  const logs = new Map<ConversationId, OpenLog>();
  const writer = createTranscriptWriter(deps);
  const sure = async (id: ConversationId, written: Promise<boolean>): Promise<void> => {
    // Its sender sends it again, to whoever has the conversation now.
    if (!(await written)) return new Promise(() => undefined);
    await deps.whenSure?.(id);
  };
  return {
    async open(id, { isNew }) {
      if (logs.has(id)) return;
      const entries = isNew ? [] : await lastEntries(store, id, keep.entries);
      // Somebody else may have asked for the same meanwhile.
      if (!logs.has(id)) logs.set(id, createOpenLog(entries, keep, isNew ? 0 : maxUnwritten));
    },
    append(id, said) {
      const open = logs.get(id);
      if (open === undefined) return { type: 'refused', why: 'unknown-conversation' };
      const known = repeated(open, said);
      if (known !== undefined) return { type: 'repeated', seq: known, stored: sure(id, writer.written(id, known)) };
      if (writer.unwritten() >= maxUnwritten) return { type: 'refused', why: 'store-behind' };
      const entry = enter(open, id, said, clock.now());
      return { type: 'appended', seq: entry.seq, stored: sure(id, writer.write(entry)) };
    },
    async read({ conversation, after, limit, audience }) {
      const here = logs.get(conversation)?.recent.after(after);
      if (here === undefined) {
        await writer.flushed();
        return store.read({ conversation, after, limit, audience });
      }
      const visible = audience === 'agents' ? here : here.filter((entry) => entry.audience === 'everybody');
      return visible.slice(0, limit);
    },
    lastSeq: (id) => logs.get(id)?.lastSeq ?? 0,
    lastSeqFor(id, after) {
      const open = logs.get(id);
      return open === undefined ? 0 : lastSeqFor(open, after);
    },
    mark(id, side, marks) {
      const open = logs.get(id);
      if (open !== undefined && moveMark(open, side, marks)) deps.onMarked?.(id);
    },
    restoreMarks: (id, marks) => void Object.assign(logs.get(id)?.marks ?? {}, marks),
    marks: (id) => logs.get(id)?.marks ?? { visitor: nothing, agents: nothing },
    listen(id, listener) {
      const open = logs.get(id);
      open?.listeners.add(listener);
      return () => open?.listeners.delete(listener);
    },
    forget: (id) => void logs.delete(id),
    drop(id) {
      logs.delete(id);
      writer.drop(id);
    },
    flushed: () => writer.flushed(),
    close: () => writer.close(),
  };
}

async function lastEntries(store: TranscriptStore, id: ConversationId, count: number): Promise<readonly Entry[]> {
  const after = Math.max(0, (await store.lastSeq(id)) - count);
  return store.read({ conversation: id, after, limit: count, audience: 'agents' });
}

function createOpenLog(entries: readonly Entry[], keep: MessageLogDeps['keep'] & object, width: number): OpenLog {
  const after = entries.at(-1)?.seq ?? 0;
  const lastSeq = after + width;
  return {
    lastSeq,
    gap: { after, before: lastSeq + 1 },
    recent: createRecent(keep, entries),
    marks: { visitor: nothing, agents: nothing },
    listeners: new Set(),
  };
}

function enter(open: OpenLog, id: ConversationId, said: Said, atMs: number): Entry {
  const { from, body, audience = 'everybody', clientId } = said;
  open.lastSeq += 1;
  const named = clientId === undefined ? {} : { clientId };
  const entry: Entry = { conversation: id, seq: open.lastSeq, atMs, from, body, audience, ...named };
  open.recent.add(entry);
  for (const listener of open.listeners) listener.entry(entry);
  return entry;
}

function repeated({ recent }: OpenLog, { from, clientId }: Said): number | undefined {
  return clientId === undefined ? undefined : recent.repeated(from, clientId);
}

function lastSeqFor({ lastSeq, gap }: OpenLog, after: number): number {
  const isLost = after > gap.after && after < gap.before;
  return isLost || lastSeq < gap.before ? gap.after : lastSeq;
}

/** @returns whether it has moved */
function moveMark(open: OpenLog, side: Side, { received = 0, read = 0 }: Partial<Marks>): boolean {
  const before = open.marks[side];
  const upTo = (seq: number, least: number): number => Math.max(least, Math.min(seq, open.lastSeq));
  // What was read has been received.
  const after = { received: upTo(Math.max(received, read), before.received), read: upTo(read, before.read) };
  if (after.received === before.received && after.read === before.read) return false;
  open.marks[side] = after;
  for (const listener of open.listeners) listener.marked(side, after);
  return true;
}
