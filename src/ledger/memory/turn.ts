/** One operation's turn at the state: when it is, and what it sets in motion. */
import type { QueueId, WorkId } from '../../kernel/ids.js';
import { unavailability } from '../../routing/availability.js';
import type { LedgerNotice } from '../ledger.js';
import type { AgentRecord, MemoryState, QueueRecord } from './state.js';

export interface Turn {
  readonly state: MemoryState;
  readonly nowMs: number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly effects: Effects;
}

export interface Effects {
  readonly notices: LedgerNotice[];
  /** Agents who may be able to take more than before. */
  readonly freed: Set<AgentRecord>;
  /** Queues with more waiting than before. */
  readonly lengthened: Set<QueueRecord>;
}

export function noEffects(): Effects {
  return { notices: [], freed: new Set(), lengthened: new Set() };
}

/** What subscribers are told of a turn that is over. */
export function noticesOf({ effects, nowMs }: Turn): readonly LedgerNotice[] {
  const matchable = new Set<QueueId>();
  const extendable = new Map<WorkId, number>();
  for (const queue of effects.lengthened) if (queue.waiting.length > 0) matchable.add(queue.id);
  for (const agent of effects.freed) {
    if (!agent.configured) continue;
    for (const { queue } of agent.memberships) {
      if (queue.waiting.length + queue.offered.size === 0) continue;
      if (unavailability(agent, queue.channel, nowMs, queue.id) !== undefined) continue;
      if (queue.waiting.length > 0) matchable.add(queue.id);
      for (const [work, attempt] of couldJoin(queue, agent)) extendable.set(work, attempt);
    }
  }
  const notices = [...effects.notices];
  if (matchable.size > 0) notices.push({ type: 'matchable', queues: [...matchable] });
  if (extendable.size > 0) {
    notices.push({ type: 'extendable', works: Array.from(extendable, ([work, attempt]) => ({ work, attempt })) });
  }
  return notices;
}

/** The attempts that ring for all and not yet, nor before, for this agent. */
function couldJoin(queue: QueueRecord, agent: AgentRecord): [WorkId, number][] {
  if (queue.settings.strategy.kind !== 'ring-to-all') return [];
  return Array.from(queue.offered).flatMap(({ id, attempt, phase }) =>
    phase.type === 'offered' && !phase.agents.has(agent) && !phase.passed.has(agent) ? [[id, attempt]] : [],
  );
}
