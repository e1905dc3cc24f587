/** Records of items in the memory of one controller: it is the only one, and forgets them when it stops. */
import type { Clock } from '../kernel/clock.js';
import type { ItemId } from '../kernel/ids.js';
import { KEPT_MS, type ItemRecord, type ItemRecords } from './item-record.js';

/** So many ended items are known at most; the oldest go first. */
const MOST_ENDED = 10_000;

export function createMemoryRecords(clock: Clock): ItemRecords {
  const running = new Map<ItemId, ItemRecord>();
  const ended = new Map<ItemId, ItemRecord>();

  function endedOf(id: ItemId): ItemRecord | undefined {
    const record = ended.get(id);
    const isKnown = record?.phase.name === 'ended' && record.phase.atMs + KEPT_MS > clock.now();
    return isKnown ? record : undefined;
  }

  function keepEnded(record: ItemRecord): void {
    running.delete(record.id);
    ended.set(record.id, record);
    // A map keeps its order of insertion: the first is the oldest.
    const oldest = ended.keys().next().value;
    if (ended.size > MOST_ENDED && oldest !== undefined) ended.delete(oldest);
  }

  return {
    claim(record, over) {
      const inTheWay = running.get(record.id) ?? endedOf(record.id);
      if (inTheWay !== undefined && inTheWay !== over) return Promise.resolve(inTheWay);
      ended.delete(record.id);
      running.set(record.id, record);
      return Promise.resolve(undefined);
    },
    put(record, holder) {
      const last = running.get(record.id);
      const isOthers = last !== undefined && holder !== undefined && last.node !== holder;
      if (isOthers || (last === undefined && endedOf(record.id) !== undefined)) return Promise.resolve(false);
      if (record.phase.name === 'ended') keepEnded(record);
      else running.set(record.id, record);
      return Promise.resolve(true);
    },
    get: (id) => Promise.resolve(running.get(id) ?? endedOf(id)),
    running: () => Promise.resolve([...running.values()]),
  };
}
