/** Matches the lines of chats whenever the ledger says that it may: no polling. */
import type { QueueId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { Ledger, LedgerNotice } from '../ledger/ledger.js';
import { createLineMatcher } from '../ledger/line-matcher.js';
import type { Conversations } from './conversations.js';

export interface ChatDispatcherOptions {
  readonly ledger: Ledger;
  readonly conversations: Pick<Conversations, 'find' | 'agentIs' | 'lineMoved'>;
  /** The line of a department that takes chats, or of one person. */
  readonly isChatQueue: (queue: QueueId) => boolean;
  readonly log: Logger;
}

/** @returns the function that stops it */
export function startChatDispatcher({ ledger, conversations, isChatQueue, log }: ChatDispatcherOptions): () => void {
  /** @returns whether there may be more to match */
  async function matchOne(queue: QueueId): Promise<boolean> {
    const result = await ledger.match(queue);
    if (result.type === 'nobody-free') conversations.lineMoved(queue);
    // Its owner is told by the ledger, and alone decides on it.
    if (result.type === 'offered-elsewhere') return true;
    if (result.type !== 'offered') return false;
    const { work, attempt, agents, decision } = result;
    const conversation = conversations.find(work);
    conversation?.deliver({ type: 'offered', work, attempt, agents, decision });
    // A chat that is over has given its work up already; this is for one whose runner was lost.
    if (conversation === undefined) await ledger.abandon(work);
    return true;
  }

  const lines = createLineMatcher({ matchOne, log });
  const unsubscribe = ledger.subscribe((notice) => {
    if (notice.type === 'matchable') for (const queue of notice.queues.filter(isChatQueue)) lines.match(queue);
    else heed(notice, conversations);
  });
  return () => {
    lines.stop();
    unsubscribe();
  };
}

function heed(
  notice: Exclude<LedgerNotice, { type: 'matchable' }>,
  conversations: ChatDispatcherOptions['conversations'],
): void {
  switch (notice.type) {
    case 'offered':
      conversations.find(notice.work)?.deliver(notice);
      return;
    case 'extendable':
      for (const { work } of notice.works) conversations.find(work)?.deliver({ type: 'more-agents-free', work });
      return;
    case 'expired': {
      if (notice.expiry.type !== 'offer') return;
      const { work, agent, attempt } = notice.expiry;
      conversations.find(work)?.deliver({ type: 'offer-expired', work, agent, attempt });
      return;
    }
    case 'presence':
      conversations.agentIs(notice.agent, notice.presence.state === 'offline' ? 'absent' : 'there');
      return;
    // What a store of this controller's own brings back is its calls; its chats are in the transcripts.
    default:
      return;
  }
}
