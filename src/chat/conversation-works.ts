/** What a chat has in the ledger, told from its own state: for a store that was away, or has lost it. */
import type { OwnWork } from '../ledger/redis.js';
import type { ConversationState } from './conversation-types.js';

export function worksOf({ phase, sinceMs }: ConversationState, offerTtlMs: number): readonly OwnWork[] {
  const common = { channel: 'chat', enqueuedAt: sinceMs, offerTtlMs } as const;
  switch (phase.name) {
    case 'waiting':
      if (phase.line === undefined) return [];
      return [{ ...common, work: phase.work, queue: phase.line.queue, phase: 'waiting', agents: [] }];
    case 'offered': {
      const { work, attempt, line } = phase;
      const queue = line === undefined ? {} : { queue: line.queue };
      return [{ ...common, ...queue, work, phase: 'offered', attempt, agents: [...phase.offers.keys()] }];
    }
    case 'talking': {
      const { work, agent, transfer } = phase;
      const own: OwnWork = { ...common, work, phase: 'active', agents: [agent] };
      if (transfer?.name !== 'offered') return [own];
      const { attempt, to } = transfer;
      return [own, { ...common, work: transfer.work, phase: 'offered', attempt, agents: [to] }];
    }
    // Who asks for one person's room asks again by itself.
    case 'asking':
    case 'opened':
    case 'inactive':
    case 'closed':
    case 'forgotten':
      return [];
  }
}
