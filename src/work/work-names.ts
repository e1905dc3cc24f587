/** Names in the ledger that are those of work of other systems: of its lines, and of each item. */
import type { WorkSiteConfig } from '../config/work-config.js';
import { itemId, workId, type ItemId, type QueueId, type WorkId } from '../kernel/ids.js';

/** Works of calls and chats do not begin so. */
const MARK = 'work:';

export function workOf(item: ItemId): WorkId {
  return workId(`${MARK}${item}`);
}

/** Also true of items that other controllers have, or that are over. */
export function isItemWork(work: WorkId): boolean {
  return work.startsWith(MARK);
}

/** Of no use for what is not an item's. */
export function itemOf(work: WorkId): ItemId {
  return itemId(work.slice(MARK.length));
}

export function isItemLine(queue: QueueId, work: WorkSiteConfig | undefined): boolean {
  return work?.queues.has(queue) === true;
}
