/** The ledger's state as others may see it: copies, so that nobody holds on to a record. */
import type { AgentSnapshot, HoldSnapshot, LedgerSnapshot, QueueSnapshot } from '../ledger.js';
import { agentIdsOf, type AgentRecord, type HoldRecord, type MemoryState, type QueueRecord } from './state.js';

export function snapshotOf(state: MemoryState, nowMs: number): LedgerSnapshot {
  return {
    atMs: nowMs,
    agents: Array.from(state.agents.values(), agentSnapshot),
    queues: Array.from(state.queues.values(), queueSnapshot),
  };
}

function agentSnapshot(agent: AgentRecord): AgentSnapshot {
  return {
    agent: agent.id,
    presence: agent.presence,
    ...(agent.pending && { pending: agent.pending }),
    ...(agent.absences.length > 0 && { absences: agent.absences }),
    reachable: [...agent.reachable].sort(),
    channelsOff: [...agent.channelsOff].sort(),
    holds: Array.from(agent.holds.values(), holdSnapshot),
    ...(agent.backOff && { backOff: agent.backOff }),
    missesInARow: agent.missesInARow,
    callsTaken: agent.callsTaken,
    talkMs: agent.talkMs,
    idleSinceMs: agent.idleSinceMs,
  };
}

function holdSnapshot({ work, channel, weight, state, sinceMs, expiresMs }: HoldRecord): HoldSnapshot {
  return { work, channel, weight, state, sinceMs, ...(expiresMs !== undefined && { expiresMs }) };
}

function queueSnapshot(queue: QueueRecord): QueueSnapshot {
  return {
    queue: queue.id,
    waiting: queue.waiting.map(({ id, enqueuedAt, score }) => ({ work: id, enqueuedAt, score })),
    offered: Array.from(queue.offered).flatMap((work) =>
      work.phase.type === 'offered'
        ? [{ work: work.id, attempt: work.attempt, agents: agentIdsOf(work.phase.agents) }]
        : [],
    ),
    active: queue.active.size,
  };
}
