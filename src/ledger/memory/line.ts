/** The operations that put work in line and offer it. */
import type { QueueId, WorkId } from '../../kernel/ids.js';
import { queueScore } from '../../routing/queue-order.js';
import { choose, chooseMore, type Candidate } from '../../routing/strategies.js';
import type { EnqueueResult, ExtendResult, MatchResult, NewWork, PreviewResult, RequeueResult } from '../ledger.js';
import { takeHold } from './agent-acts.js';
import {
  dropIfOver,
  joinLine,
  leaveLine,
  type AgentRecord,
  type MemoryState,
  type QueueRecord,
  type WorkRecord,
} from './state.js';
import { countFree, decisionOf, survey } from './survey.js';
import type { Turn } from './turn.js';

export function enqueue(turn: Turn, work: NewWork): EnqueueResult {
  const { state, nowMs } = turn;
  if (state.works.has(work.work)) return { type: 'duplicate' };
  const queue = openQueue(state, work.queue, work.channel);
  if (queue === undefined) return { type: 'unknown-queue' };
  if (isFull(queue, nowMs)) return { type: 'full' };
  state.arrivals += 1;
  const record: WorkRecord = {
    id: work.work,
    channel: work.channel,
    queue: undefined,
    priority: work.priority ?? 0,
    enqueuedAt: work.enqueuedAt ?? nowMs,
    arrival: state.arrivals,
    score: 0,
    offerTtlMs: work.offerTtlMs,
    attempt: 0,
    phase: { type: 'waiting' },
  };
  state.works.set(record.id, record);
  return standInLine(turn, record, queue);
}

export function requeue(turn: Turn, move: { work: WorkId; queue: QueueId }): RequeueResult {
  const work = turn.state.works.get(move.work);
  if (work?.queue === undefined || work.phase.type !== 'waiting') return { type: 'not-waiting' };
  const queue = openQueue(turn.state, move.queue, work.channel);
  if (queue === undefined) return { type: 'unknown-queue' };
  if (queue !== work.queue && isFull(queue, turn.nowMs)) return { type: 'full' };
  const left = work.queue;
  leaveLine(left, work);
  dropIfOver(turn.state, left);
  return standInLine(turn, work, queue);
}

export function placeInLine(turn: Turn, id: WorkId): number | undefined {
  const work = turn.state.works.get(id);
  const index = work?.phase.type === 'waiting' ? (work.queue?.waiting.indexOf(work) ?? -1) : -1;
  return index === -1 ? undefined : index + 1;
}

function openQueue(state: MemoryState, id: QueueId, channel: NewWork['channel']): QueueRecord | undefined {
  const queue = state.queues.get(id);
  return queue?.configured === true && queue.channel === channel ? queue : undefined;
}

/** Whoever can be served at once takes no place in line; with ring-to-all one call takes all who are free. */
function isFull(queue: QueueRecord, nowMs: number): boolean {
  const { strategy, maxWaiting } = queue.settings;
  if (queue.waiting.length < maxWaiting) return false;
  const free = countFree(queue, nowMs);
  return queue.waiting.length >= maxWaiting + (strategy.kind === 'ring-to-all' ? Math.min(1, free) : free);
}

function standInLine(
  turn: Turn,
  work: WorkRecord,
  queue: QueueRecord,
): { type: 'enqueued'; position: number; enqueuedAt: number } {
  const { priority, ageingStepMs } = queue.settings;
  work.queue = queue;
  work.score = queueScore({ enqueuedAt: work.enqueuedAt, priority: priority + work.priority, ageingStepMs });
  turn.effects.lengthened.add(queue);
  return { type: 'enqueued', position: joinLine(queue, work), enqueuedAt: work.enqueuedAt };
}

export function match(turn: Turn, id: QueueId): MatchResult {
  const random = turn.random();
  const queue = turn.state.queues.get(id);
  if (queue === undefined) return { type: 'unknown-queue' };
  const work = queue.waiting[0];
  if (work === undefined) return { type: 'nothing-waiting' };
  const found = survey(queue, turn.nowMs);
  const chosen = choose(queue.settings.strategy, found.ordered, random);
  const decision = decisionOf(queue, found, chosen);
  if (chosen.length === 0) return { type: 'nobody-free', work: work.id, decision };
  leaveLine(queue, work);
  queue.offered.add(work);
  work.attempt += 1;
  const agents = new Set<AgentRecord>();
  work.phase = { type: 'offered', agents, passed: new Set() };
  offerTo(turn, work, queue, agents, chosen);
  return { type: 'offered', work: work.id, agents: decision.chosen, attempt: work.attempt, decision };
}

export function preview({ state, nowMs }: Turn, id: QueueId): PreviewResult {
  const queue = state.queues.get(id);
  if (queue === undefined) return { type: 'unknown-queue' };
  const found = survey(queue, nowMs);
  const { strategy } = queue.settings;
  const chosen = strategy.kind === 'random' ? found.ordered : choose(strategy, found.ordered, 0);
  return { type: 'preview', waiting: queue.waiting.length, decision: decisionOf(queue, found, chosen) };
}

export function extend(turn: Turn, request: { work: WorkId; attempt: number; count?: number }): ExtendResult {
  const random = turn.random();
  const work = turn.state.works.get(request.work);
  if (work?.phase.type !== 'offered' || work.attempt !== request.attempt) return { type: 'gone' };
  const { phase, queue } = work;
  if (queue === undefined) return { type: 'nobody-free' };
  const found = survey(queue, turn.nowMs, (agent) => {
    if (phase.agents.has(agent)) return 'being offered this already';
    return phase.passed.has(agent) ? 'let this offer pass' : undefined;
  });
  const chosen = chooseMore(queue.settings.strategy, found.ordered, request.count, random);
  if (chosen.length === 0) return { type: 'nobody-free' };
  offerTo(turn, work, queue, phase.agents, chosen);
  const decision = decisionOf(queue, found, chosen);
  return { type: 'extended', agents: decision.chosen, decision };
}

function offerTo(
  turn: Turn,
  work: WorkRecord,
  queue: QueueRecord,
  agents: Set<AgentRecord>,
  chosen: readonly Candidate[],
): void {
  for (const { order } of chosen) {
    const member = queue.members.find((other) => other.order === order);
    if (member === undefined) continue;
    agents.add(member.agent);
    takeHold(turn, member.agent, work, 'offered');
    if (queue.settings.strategy.kind !== 'round-robin') continue;
    queue.turns += 1;
    member.lastTurn = queue.turns;
  }
}
