/** A new configuration over a running ledger: running work stays as it is, and nothing that is held is lost. */
import type { AgentId } from '../../kernel/ids.js';
import { absenceOf } from '../../routing/availability.js';
import type { LedgerQueue, LedgerSite } from '../ledger.js';
import {
  createAgentRecord,
  createQueueRecord,
  isIdle,
  type AgentRecord,
  type MemberRecord,
  type MemoryState,
  type QueueRecord,
} from './state.js';

/** @returns the agents that the site no longer has; who holds nothing may be removed at once */
export function configureState(state: MemoryState, site: LedgerSite, nowMs: number): readonly AgentRecord[] {
  state.backOff = site.backOff;
  state.missesUntilAway = site.missesUntilAway;
  const dropped = configureAgents(state, site, nowMs);
  configureQueues(state, site, nowMs);
  return dropped;
}

function configureAgents(state: MemoryState, site: LedgerSite, nowMs: number): readonly AgentRecord[] {
  const dropped: AgentRecord[] = [];
  for (const [id, { capacity }] of site.agents) {
    const known = state.agents.get(id);
    if (known === undefined) state.agents.set(id, createAgentRecord(id, capacity, nowMs));
    else Object.assign(known, { capacity, configured: true });
  }
  for (const agent of state.agents.values()) {
    agent.memberships = [];
    if (site.agents.has(agent.id)) continue;
    agent.configured = false;
    dropped.push(agent);
  }
  return dropped;
}

function configureQueues(state: MemoryState, site: LedgerSite, nowMs: number): void {
  for (const [id, settings] of site.queues) {
    const queue = state.queues.get(id) ?? createQueueRecord(id, settings);
    state.queues.set(id, queue);
    queue.configured = true;
    queue.settings = settings;
    // Work in hand was let in for the channel it came by: that changes when the queue has run empty.
    if (isIdle(queue)) queue.channel = settings.channel ?? 'voice';
    setMembers(state, queue, settings.members, nowMs);
  }
  for (const queue of [...state.queues.values()]) {
    if (site.queues.has(queue.id)) continue;
    queue.configured = false;
    queue.members = [];
    if (isIdle(queue)) state.queues.delete(queue.id);
  }
}

function setMembers(state: MemoryState, queue: QueueRecord, members: LedgerQueue['members'], nowMs: number): void {
  const before = new Map<AgentId, MemberRecord>(queue.members.map((member) => [member.agent.id, member]));
  queue.members = members.flatMap(({ agent: id, priority }, order) => {
    const agent = state.agents.get(id);
    if (agent?.configured !== true) return [];
    const member: MemberRecord = {
      queue,
      agent,
      order,
      priority,
      lastTurn: before.get(id)?.lastTurn ?? 0,
      there: absenceOf(agent, queue.channel, nowMs, queue.id) === undefined,
    };
    agent.memberships.push(member);
    return [member];
  });
}
