/** Matches the lines of work of other systems whenever the ledger says that it may: no polling. */
import type { QueueId, WorkId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { Ledger, LedgerNotice } from '../ledger/ledger.js';
import { createLineMatcher } from '../ledger/line-matcher.js';
import type { UntimedInput } from './item-types.js';
import type { Items } from './items.js';
import { isItemWork } from './work-names.js';

export interface WorkDispatcherOptions {
  readonly ledger: Ledger;
  readonly items: Pick<Items, 'deliver' | 'adopt' | 'agentAbsent'>;
  readonly isItemLine: (queue: QueueId) => boolean;
  readonly log: Logger;
}

/** @returns the function that stops it */
export function startWorkDispatcher({ ledger, items, isItemLine, log }: WorkDispatcherOptions): () => void {
  const offer: MakeOffer = async (work, input) => {
    if (items.deliver(work, input)) return;
    // The news that this work has just come to this controller may be on its way.
    await new Promise((resolve) => setImmediate(resolve));
    // An offer to nobody would keep its agents' room until it expires.
    if (!items.deliver(work, input)) await ledger.abandon(work);
  };

  /** @returns whether there may be more to match */
  async function matchOne(queue: QueueId): Promise<boolean> {
    const result = await ledger.match(queue);
    // Its owner is told by the ledger, and alone decides on it.
    if (result.type === 'offered-elsewhere') return true;
    if (result.type !== 'offered') return false;
    const { work, attempt, agents, decision } = result;
    await offer(work, { type: 'offered', attempt, agents, decision });
    return true;
  }

  const lines = createLineMatcher({ matchOne, log });
  const unsubscribe = ledger.subscribe((notice) => {
    if (notice.type === 'matchable') for (const queue of notice.queues.filter(isItemLine)) lines.match(queue);
    else heed(notice, { items, offer, log });
  });
  return () => {
    lines.stop();
    unsubscribe();
  };
}

type MakeOffer = (work: WorkId, input: UntimedInput) => Promise<void>;

function heed(
  notice: Exclude<LedgerNotice, { type: 'matchable' }>,
  { items, offer, log }: Pick<WorkDispatcherOptions, 'items' | 'log'> & { readonly offer: MakeOffer },
): void {
  switch (notice.type) {
    case 'offered':
      if (!isItemWork(notice.work)) return;
      offer(notice.work, notice).catch((error: unknown) => log.error({ err: error }, 'an offer came to nothing'));
      return;
    case 'extendable':
      for (const { work } of notice.works) if (isItemWork(work)) items.deliver(work, { type: 'more-agents-free' });
      return;
    case 'expired': {
      const { expiry } = notice;
      if (expiry.type !== 'offer' || !isItemWork(expiry.work)) return;
      items.deliver(expiry.work, { type: 'offer-expired', agent: expiry.agent, attempt: expiry.attempt });
      return;
    }
    case 'presence':
      if (notice.presence.state === 'offline') items.agentAbsent(notice.agent);
      return;
    case 'adopted':
      items.adopt(notice.works.filter(({ work }) => isItemWork(work)));
      return;
    case 'taken':
      if (isItemWork(notice.work)) items.deliver(notice.work, { type: 'taken', agent: notice.agent });
      return;
    default:
      return;
  }
}
