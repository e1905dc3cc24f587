/**
 * What is written down of an item, for controllers other than the one that has it, and for who asks later. The ledger knows
 * who holds what; here stands what it does not: whose item it is, and what has become of one that has ended.
 */
import type { Channel } from '../config/routing-config.js';
import type { AgentId, ItemId, QueueId } from '../kernel/ids.js';
import type { AdoptedWork } from '../ledger/ledger.js';
import type { ItemPhase, ItemState, LineRules } from './item-types.js';

export interface ItemRecord {
  readonly id: ItemId;
  /** The controller that has it. */
  readonly node: string;
  readonly queue: QueueId;
  readonly channel: Channel;
  readonly priority: number;
  readonly sinceMs: number;
  readonly phase:
    | { readonly name: 'waiting'; readonly untilMs: number }
    | {
        readonly name: 'offered';
        readonly untilMs: number;
        readonly attempt: number;
        readonly offers: readonly { readonly agent: AgentId; readonly untilMs: number }[];
      }
    | Extract<ItemPhase, { name: 'active' | 'ended' }>;
}

export interface ItemRecords {
  /**
   * Writes the first record of an item. @param over an ended one, read before, in whose place it may come
   * @returns what stands in the way: the item is known already
   */
  claim(record: ItemRecord, over?: ItemRecord): Promise<ItemRecord | undefined>;
  /**
   * In place of the last one. @param holder whose item it is so far; absent: whoever's
   * @returns `false` when it is another one's by now, or has ended: nothing is written
   */
  put(record: ItemRecord, holder?: string): Promise<boolean>;
  /** Ended ones are known for a day. */
  get(id: ItemId): Promise<ItemRecord | undefined>;
  /** All that have not ended, by whichever controller. */
  running(): Promise<readonly ItemRecord[]>;
}

/** How long an ended item is known. Milliseconds. */
export const KEPT_MS = 24 * 60 * 60_000;

export function recordOf({ id, line, sinceMs, priority, phase }: ItemState, node: string): ItemRecord {
  const { queue, channel } = line;
  return { id, node, queue, channel, priority, sinceMs, phase: storedPhase(phase) };
}

function storedPhase(phase: ItemPhase): ItemRecord['phase'] {
  switch (phase.name) {
    case 'waiting':
      return { name: 'waiting', untilMs: phase.untilMs };
    case 'offered': {
      const offers = [...phase.offers].map(([agent, { untilMs }]) => ({ agent, untilMs }));
      return { name: 'offered', untilMs: phase.untilMs, attempt: phase.attempt, offers };
    }
    case 'active':
    case 'ended':
      return phase;
  }
}

/** An item as its next controller takes it up: whose it is says the ledger, since when says the record. */
export function takenUp(
  record: ItemRecord,
  found: AdoptedWork,
  line: LineRules,
  atMs: number,
): { readonly state: ItemState; readonly isNews: boolean } {
  const { id, priority, sinceMs, phase: last } = record;
  const known = { id, priority, sinceMs, line };
  const untilMs = last.name === 'waiting' || last.name === 'offered' ? last.untilMs : atMs + line.maxWaitMs;
  const [agent] = found.agents;
  if (found.phase === 'waiting' || agent === undefined) {
    return { state: { ...known, phase: { name: 'waiting', untilMs } }, isNews: false };
  }
  if (found.phase === 'active') {
    const isNews = last.name !== 'active';
    const since = last.name === 'active' ? last.sinceMs : atMs;
    return { state: { ...known, phase: { name: 'active', agent, sinceMs: since } }, isNews };
  }
  const { attempt } = found;
  const offer = { state: 'standing', untilMs: atMs + line.offerTimeoutMs } as const;
  const offers = new Map(found.agents.map((each) => [each, offer]));
  const isNews = last.name !== 'offered' || last.attempt !== attempt;
  return { state: { ...known, phase: { name: 'offered', untilMs, attempt, offers } }, isNews };
}
