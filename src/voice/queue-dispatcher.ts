/** Matches a queue whenever the ledger says that it may: no polling. */
import type { AgentId, QueueId, WorkId } from '../kernel/ids.js';
import type { Ledger, LedgerNotice } from '../ledger/ledger.js';
import { createLineMatcher } from '../ledger/line-matcher.js';
import type { Decision } from '../routing/decision.js';
import type { Logger } from '../kernel/logger.js';

/** The calls as far as the dispatcher sees them; `undefined` when this controller does not run the call. */
export interface OfferTargets {
  find(work: WorkId): OfferTarget | undefined;
}

export interface OfferTarget {
  offered(attempt: number, agents: readonly AgentId[], decision?: Decision): void;
  /** First in line, and nobody is free. */
  nobodyFree(queue: QueueId, decision: Decision): void;
  offerExpired(agent: AgentId, attempt: number): void;
  moreAgentsFree(): void;
}

/** What another dispatcher of the same ledger sees to: its lines, and its work. */
export interface OthersWork {
  queue(queue: QueueId): boolean;
  work(work: WorkId): boolean;
}

export interface QueueDispatcherOptions {
  readonly ledger: Ledger;
  readonly calls: OfferTargets;
  readonly log: Logger;
  /** Absent: everything in the ledger is a call. */
  readonly others?: OthersWork;
}

const nobody: OthersWork = { queue: () => false, work: () => false };

/** @returns the function that stops it */
export function startQueueDispatcher({ ledger, calls, log, others = nobody }: QueueDispatcherOptions): () => void {
  /** @returns whether there may be more to match */
  async function matchOne(queue: QueueId): Promise<boolean> {
    const result = await ledger.match(queue);
    if (result.type === 'nobody-free') calls.find(result.work)?.nobodyFree(queue, result.decision);
    // Its owner is told by the ledger, and alone decides on it.
    if (result.type === 'offered-elsewhere') return true;
    if (result.type !== 'offered') return false;
    const call = calls.find(result.work);
    call?.offered(result.attempt, result.agents, result.decision);
    // A call that is over has been abandoned by its runner already; this is for one whose runner was lost.
    if (call === undefined) await ledger.abandon(result.work);
    return true;
  }

  const lines = createLineMatcher({ matchOne, log });
  const dispatch = {
    match(queue: QueueId) {
      if (!others.queue(queue)) lines.match(queue);
    },
    abandon(work: WorkId) {
      if (others.work(work)) return;
      ledger.abandon(work).catch((error: unknown) => log.error({ err: error, work }, 'abandoning failed'));
    },
  };
  const unsubscribe = ledger.subscribe((notice) => heed(notice, calls, dispatch));
  return () => {
    lines.stop();
    unsubscribe();
  };
}

function heed(
  notice: LedgerNotice,
  calls: OfferTargets,
  dispatch: { match: (queue: QueueId) => void; abandon: (work: WorkId) => void },
): void {
  switch (notice.type) {
    case 'matchable':
      for (const queue of notice.queues) dispatch.match(queue);
      return;
    case 'offered': {
      const call = calls.find(notice.work);
      if (call === undefined) dispatch.abandon(notice.work);
      else call.offered(notice.attempt, notice.agents, notice.decision);
      return;
    }
    case 'extendable':
      for (const { work } of notice.works) calls.find(work)?.moreAgentsFree();
      return;
    case 'expired':
      if (notice.expiry.type !== 'offer') return;
      calls.find(notice.expiry.work)?.offerExpired(notice.expiry.agent, notice.expiry.attempt);
      return;
    case 'presence':
    case 'adopted':
    case 'charges-lost':
    case 'taken':
      return;
  }
}
