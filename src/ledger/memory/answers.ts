/** The operations on work that has been offered or taken, and on work that never stood in line. */
import type { WorkId } from '../../kernel/ids.js';
import { lackOfRoom, unavailability } from '../../routing/availability.js';
import type {
  AbandonResult,
  AcceptResult,
  AssignRequest,
  AssignResult,
  DeclineCause,
  DeclineResult,
  OfferRef,
  ReleaseResult,
} from '../ledger.js';
import { dropHold, forget, leaveQueue, miss, takeHold, updateHold } from './agent-acts.js';
import { agentIdsOf, leaveLine, type WorkRecord } from './state.js';
import type { Turn } from './turn.js';

export function accept(turn: Turn, answer: OfferRef): AcceptResult {
  const work = turn.state.works.get(answer.work);
  if (work === undefined || work.phase.type === 'wrap-up') return { type: 'gone' };
  const { phase } = work;
  if (phase.type === 'active') {
    if (phase.agent.id !== answer.agent) return { type: 'lost', to: phase.agent.id };
    return work.attempt === answer.attempt ? { type: 'won', losers: phase.losers } : { type: 'expired' };
  }
  const winner = turn.state.agents.get(answer.agent);
  const held = winner?.holds.get(work.id);
  if (phase.type !== 'offered' || work.attempt !== answer.attempt || winner === undefined || held === undefined) {
    return { type: 'expired' };
  }
  const losers = [...phase.agents].filter((agent) => agent !== winner);
  work.phase = { type: 'active', agent: winner, losers: agentIdsOf(losers) };
  work.queue?.offered.delete(work);
  work.queue?.active.add(work);
  updateHold(turn, winner, held, { state: 'active', expiresMs: undefined });
  winner.missesInARow = 0;
  winner.callsTaken += 1;
  winner.fairCalls += 1;
  for (const loser of losers) dropHold(turn, loser, work.id, turn.nowMs);
  return { type: 'won', losers: work.phase.losers };
}

export function decline(turn: Turn, answer: OfferRef & { cause: DeclineCause }): DeclineResult {
  const work = turn.state.works.get(answer.work);
  if (work === undefined || work.phase.type === 'wrap-up') return { type: 'gone' };
  const agent = turn.state.agents.get(answer.agent);
  const { phase } = work;
  if (agent === undefined || phase.type !== 'offered' || work.attempt !== answer.attempt || !phase.agents.has(agent)) {
    return { type: 'expired' };
  }
  return { type: 'declined', ...miss(turn, work, agent, answer.cause, turn.nowMs) };
}

export function abandon(turn: Turn, id: WorkId): AbandonResult {
  const work = turn.state.works.get(id);
  if (work === undefined || work.phase.type === 'wrap-up') return { type: 'gone' };
  const { phase } = work;
  if (phase.type === 'active') return { type: 'active', agent: phase.agent.id };
  const agents = phase.type === 'offered' ? [...phase.agents] : [];
  if (work.queue !== undefined) leaveLine(work.queue, work);
  forget(turn, work);
  for (const agent of agents) dropHold(turn, agent, work.id, turn.nowMs);
  return { type: 'abandoned', offeredTo: agentIdsOf(agents) };
}

export function release(turn: Turn, request: { work: WorkId; wrapUpMs: number; talkMs: number }): ReleaseResult {
  const work = turn.state.works.get(request.work);
  if (work?.phase.type !== 'active') return { type: 'gone' };
  const { agent } = work.phase;
  const talkMs = Math.max(0, request.talkMs);
  agent.talkMs += talkMs;
  agent.fairTalkMs += talkMs;
  const held = agent.holds.get(work.id);
  if (request.wrapUpMs > 0 && held !== undefined) {
    work.phase = { type: 'wrap-up', agent };
    leaveQueue(turn, work);
    updateHold(turn, agent, held, { state: 'wrap-up', expiresMs: turn.nowMs + request.wrapUpMs });
  } else {
    forget(turn, work);
    dropHold(turn, agent, work.id, turn.nowMs);
  }
  return { type: 'released', agent: agent.id };
}

export function assign(turn: Turn, request: AssignRequest): AssignResult {
  const { state, nowMs } = turn;
  if (state.works.has(request.work)) return { type: 'duplicate' };
  const agent = state.agents.get(request.agent);
  if (agent?.configured !== true) return { type: 'refused', why: { type: 'unknown-agent' } };
  const why = request.ignorePresence
    ? lackOfRoom(agent.capacity, agent.load, request.channel)
    : unavailability(agent, request.channel, nowMs);
  if (why !== undefined) return { type: 'refused', why };
  const work: WorkRecord = {
    id: request.work,
    channel: request.channel,
    queue: undefined,
    priority: 0,
    enqueuedAt: nowMs,
    arrival: 0,
    score: 0,
    offerTtlMs: request.offerTtlMs,
    attempt: 1,
    phase:
      request.as === 'active'
        ? { type: 'active', agent, losers: [] }
        : { type: 'offered', agents: new Set([agent]), passed: new Set() },
  };
  state.works.set(work.id, work);
  takeHold(turn, agent, work, request.as);
  return { type: 'assigned', attempt: work.attempt };
}
