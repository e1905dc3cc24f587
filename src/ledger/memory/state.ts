/** The records of the ledger in memory, and the few things that are always true of them. */
import type { Capacity, Channel } from '../../config/routing-config.js';
import type { AgentId, QueueId, WorkId } from '../../kernel/ids.js';
import type { AgentState, DeclineCause, Load, Presence, ScheduledAbsence } from '../../routing/availability.js';
import { createDueTimes, type DueTimes } from './due-times.js';
import type { HoldState, LedgerQueue, LedgerSite } from '../ledger.js';

export interface MemoryState {
  readonly agents: Map<AgentId, AgentRecord>;
  readonly queues: Map<QueueId, QueueRecord>;
  readonly works: Map<WorkId, WorkRecord>;
  readonly due: DueTimes<DueItem>;
  backOff: LedgerSite['backOff'];
  missesUntilAway: number;
  /** Counts what was put in line, so that what came in the same millisecond is served in the order of its coming. */
  arrivals: number;
}

export interface AgentRecord extends AgentState {
  readonly id: AgentId;
  /** False once a reload has dropped the agent; the record stays until its last hold has ended. */
  configured: boolean;
  capacity: Capacity;
  presence: Presence;
  pending: Presence | undefined;
  absences: readonly ScheduledAbsence[];
  readonly channelsOff: Set<Channel>;
  readonly reachable: Set<Channel>;
  backOff: { readonly cause: DeclineCause; readonly untilMs: number } | undefined;
  missesInARow: number;
  readonly holds: Map<WorkId, HoldRecord>;
  load: Load;
  memberships: MemberRecord[];
  idleSinceMs: number;
  callsTaken: number;
  talkMs: number;
  /** The counters that strategies order by: like those above, but lifted when the agent comes back (see ledger.ts). */
  fairCalls: number;
  fairTalkMs: number;
}

export interface HoldRecord {
  readonly work: WorkId;
  readonly channel: Channel;
  readonly weight: number;
  readonly interruptible: boolean;
  state: HoldState;
  sinceMs: number;
  expiresMs: number | undefined;
  /** Of the pull that brought it. */
  token?: string;
}

export interface MemberRecord {
  readonly queue: QueueRecord;
  readonly agent: AgentRecord;
  readonly order: number;
  readonly priority: number;
  /** Number of the last offer that this member got in this queue; kept by `round-robin` alone. */
  lastTurn: number;
  /** Whether the agent is there for the queue's channel, busy or not. */
  there: boolean;
}

export interface QueueRecord {
  readonly id: QueueId;
  /** False once a reload has dropped the queue; the record stays, without members, until its last work is gone. */
  configured: boolean;
  settings: LedgerQueue;
  channel: Channel;
  members: MemberRecord[];
  turns: number;
  /** Sorted by score, then by arrival. */
  readonly waiting: WorkRecord[];
  readonly offered: Set<WorkRecord>;
  readonly active: Set<WorkRecord>;
}

export interface WorkRecord {
  readonly id: WorkId;
  readonly channel: Channel;
  /** None for work that was assigned. */
  queue: QueueRecord | undefined;
  readonly priority: number;
  readonly enqueuedAt: number;
  readonly arrival: number;
  score: number;
  readonly offerTtlMs: number;
  attempt: number;
  phase: WorkPhase;
}

export type WorkPhase =
  | { readonly type: 'waiting' }
  | { readonly type: 'offered'; readonly agents: Set<AgentRecord>; readonly passed: Set<AgentRecord> }
  | { readonly type: 'active'; readonly agent: AgentRecord; readonly losers: readonly AgentId[] }
  | { readonly type: 'wrap-up'; readonly agent: AgentRecord };

export type DueItem =
  | { readonly type: 'offer' | 'wrap-up'; readonly work: WorkId; readonly agent: AgentId }
  | { readonly type: 'back-off' | 'break' | 'schedule'; readonly agent: AgentId };

export function createMemoryState(): MemoryState {
  return {
    agents: new Map(),
    queues: new Map(),
    works: new Map(),
    due: createDueTimes(),
    backOff: { busy: 0, declined: 0, 'no-answer': 0, unreachable: 0 },
    missesUntilAway: 0,
    arrivals: 0,
  };
}

export function createAgentRecord(id: AgentId, capacity: Capacity, nowMs: number): AgentRecord {
  return {
    id,
    configured: true,
    capacity,
    presence: { state: 'offline' },
    pending: undefined,
    absences: [],
    channelsOff: new Set(),
    reachable: new Set(),
    backOff: undefined,
    missesInARow: 0,
    holds: new Map(),
    load: loadOf([]),
    memberships: [],
    idleSinceMs: nowMs,
    callsTaken: 0,
    talkMs: 0,
    fairCalls: 0,
    fairTalkMs: 0,
  };
}

export function createQueueRecord(id: QueueId, settings: LedgerQueue): QueueRecord {
  return {
    id,
    configured: true,
    settings,
    channel: settings.channel ?? 'voice',
    members: [],
    turns: 0,
    waiting: [],
    offered: new Set(),
    active: new Set(),
  };
}

export function loadOf(holds: Iterable<HoldRecord>): Load {
  const counts = { voice: 0, chat: 0, ticket: 0 };
  let all = 0;
  let firm = 0;
  for (const hold of holds) {
    counts[hold.channel] += 1;
    all += hold.weight;
    if (!hold.interruptible) firm += hold.weight;
  }
  return { counts, all, firm };
}

export function dueKey(item: DueItem): string {
  return item.type === 'offer' || item.type === 'wrap-up'
    ? `${item.type} ${item.work} ${item.agent}`
    : `${item.type} ${item.agent}`;
}

/** Puts work into the line of its queue; answers its place, from 1. */
export function joinLine(queue: QueueRecord, work: WorkRecord): number {
  let low = 0;
  let high = queue.waiting.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = queue.waiting[middle];
    if (other !== undefined && isServedBefore(other, work)) low = middle + 1;
    else high = middle;
  }
  queue.waiting.splice(low, 0, work);
  return low + 1;
}

export function leaveLine(queue: QueueRecord, work: WorkRecord): void {
  const index = queue.waiting.indexOf(work);
  if (index >= 0) queue.waiting.splice(index, 1);
}

function isServedBefore(a: WorkRecord, b: WorkRecord): boolean {
  return a.score < b.score || (a.score === b.score && a.arrival < b.arrival);
}

export function isIdle(queue: QueueRecord): boolean {
  return queue.waiting.length + queue.offered.size + queue.active.size === 0;
}

export function agentIdsOf(agents: Iterable<AgentRecord>): AgentId[] {
  return Array.from(agents, (agent) => agent.id);
}

/** A queue that a reload has dropped stays until its last work is gone. */
export function dropIfOver(state: MemoryState, queue: QueueRecord): void {
  if (!queue.configured && isIdle(queue) && state.queues.get(queue.id) === queue) state.queues.delete(queue.id);
}
