/** The operations by which people, not strategies, say who gets work. */
import { absenceOf, lackOfRoom, unavailability } from '../../routing/availability.js';
import type { WorkId } from '../../kernel/ids.js';
import type { PullRequest, PullResult, TransferRequest, TransferResult } from '../ledger.js';
import { dropHold, takeHold } from './agent-acts.js';
import { leaveLine, type AgentRecord, type QueueRecord } from './state.js';
import type { Turn } from './turn.js';

export function transfer(turn: Turn, request: TransferRequest): TransferResult {
  const { state, nowMs } = turn;
  const work = state.works.get(request.work);
  if (work?.phase.type !== 'active') return { type: 'gone' };
  const { agent: from } = work.phase;
  if (from.id === request.to) return { type: 'transferred' };
  if (from.id !== request.from) return { type: 'elsewhere', agent: from.id };
  const to = state.agents.get(request.to);
  if (to?.configured !== true) return { type: 'refused', why: { type: 'unknown-agent' } };
  const why = request.ignorePresence
    ? lackOfRoom(to.capacity, to.load, work.channel)
    : unavailability(to, work.channel, nowMs);
  if (why !== undefined) return { type: 'refused', why };
  const talkMs = Math.max(0, request.talkMs);
  from.talkMs += talkMs;
  from.fairTalkMs += talkMs;
  dropHold(turn, from, work.id, nowMs);
  work.phase = { type: 'active', agent: to, losers: [] };
  takeHold(turn, to, work, 'active');
  countAsTaken(to);
  return { type: 'transferred' };
}

export function pull(turn: Turn, request: PullRequest): PullResult {
  const { state } = turn;
  const agent = state.agents.get(request.agent);
  const known = [...(agent?.holds.values() ?? [])].find(({ token }) => token === request.token);
  if (known !== undefined) return pulled(turn, known.work);
  const queue = state.queues.get(request.queue);
  if (queue === undefined) return { type: 'unknown-queue' };
  if (agent?.configured !== true) return { type: 'refused', why: { type: 'unknown-agent' } };
  const why = whyNotPull(turn, agent, queue, request.ignorePresence);
  if (why !== undefined) return { type: 'refused', why };
  const work = request.work === undefined ? queue.waiting[0] : state.works.get(request.work);
  if (work === undefined && request.work === undefined) return { type: 'nothing-waiting' };
  if (work?.queue !== queue || work.phase.type !== 'waiting') return { type: 'not-waiting' };
  leaveLine(queue, work);
  work.attempt += 1;
  if (request.as === 'offered') {
    work.phase = { type: 'offered', agents: new Set([agent]), passed: new Set() };
    queue.offered.add(work);
  } else {
    work.phase = { type: 'active', agent, losers: [] };
    queue.active.add(work);
    countAsTaken(agent);
  }
  takeHold(turn, agent, work, request.as);
  const hold = agent.holds.get(work.id);
  if (hold !== undefined) hold.token = request.token;
  return pulled(turn, work.id);
}

function pulled({ state }: Turn, id: WorkId): PullResult {
  return { type: 'pulled', work: id, attempt: state.works.get(id)?.attempt ?? 1 };
}

function whyNotPull(
  { nowMs }: Turn,
  agent: AgentRecord,
  queue: QueueRecord,
  ignorePresence: boolean,
): Extract<PullResult, { type: 'refused' }>['why'] | undefined {
  if (!agent.memberships.some((member) => member.queue === queue)) return { type: 'not-a-member' };
  const absence = ignorePresence ? undefined : absenceOf(agent, queue.channel, nowMs, queue.id);
  return absence ?? lackOfRoom(agent.capacity, agent.load, queue.channel);
}

function countAsTaken(agent: AgentRecord): void {
  agent.missesInARow = 0;
  agent.callsTaken += 1;
  agent.fairCalls += 1;
}
