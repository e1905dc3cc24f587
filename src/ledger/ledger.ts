/**
 * The one place that says who is there, what each holds, and who waits.
 *
 * Every operation is atomic and idempotent by (work, attempt); expected outcomes are values, never exceptions.
 * `memory.ts` is the readable reference. Time is the store's own clock. All durations are milliseconds.
 *
 * A hold's life:
 * ```
 *   match/extend        accept            release              endWrapUp | time
 *  ──────────────► offered ─────► active ─────────► wrap-up ──────────────────► (gone)
 *                     │ decline, expire, abandon, another agent's accept
 *                     └──────────────────────────────────────────────────────► (gone)
 * ```
 * A work's life: `waiting → offered → active → (gone)`, and back from `offered` to `waiting` when the last offer of
 * the attempt came to nothing; it keeps its `enqueuedAt`.
 */
import type { Capacity, Channel, QueueConfig } from '../config/routing-config.js';
import type { AgentId, QueueId, WorkId } from '../kernel/ids.js';
import type { Decision } from '../routing/decision.js';

export interface Ledger {
  /** Takes over agents, capacities and queues; running work stays as it is, also above a limit that shrank. */
  configure(site: LedgerSite): Promise<void>;

  setPresence(change: PresenceChange): Promise<PresenceResult>;

  /** Whether work of the channel could reach the agent now (a registered phone, an open chat page). */
  setReachable(change: { agent: AgentId; channel: Channel; reachable: boolean }): Promise<void>;

  /** Puts work in line. `duplicate` when the work is known already, `full` beyond the queue's `maxWaiting`. */
  enqueue(work: NewWork): Promise<EnqueueResult>;

  /** Offers the head of the queue to whom its strategy picks. */
  match(queue: QueueId): Promise<MatchResult>;

  /**
   * Adds agents to a running attempt: who became free meanwhile (ring-to-all), or the next `count` (widening).
   * Without `count` all who are free.
   */
  extend(request: { work: WorkId; attempt: number; count?: number }): Promise<ExtendResult>;

  accept(answer: OfferRef): Promise<AcceptResult>;

  /** An offer came to nothing at this agent. The last one of an attempt puts the work back in line. */
  decline(answer: OfferRef & { cause: DeclineCause }): Promise<DeclineResult>;

  /** The customer gave up before anybody accepted; nobody is blamed. */
  abandon(work: WorkId): Promise<AbandonResult>;

  /** Active work ended. `talkMs` counts towards least-talk-time; `wrapUpMs` 0 frees the agent at once. */
  release(request: { work: WorkId; wrapUpMs: number; talkMs: number }): Promise<ReleaseResult>;

  endWrapUp(agent: AgentId): Promise<{ type: 'ended'; works: readonly WorkId[] } | { type: 'nothing-to-end' }>;

  /** Takes room for work that does not come from a queue: a call between colleagues, a call out, an overflow to an agent. */
  assign(request: AssignRequest): Promise<AssignResult>;

  /** Ends offers and wrap-ups whose time has come; each is handled exactly once, whoever notices first. */
  expire(): Promise<readonly Expiry[]>;

  snapshot(): Promise<LedgerSnapshot>;

  /** Told after an operation has taken effect; returns the function that ends the subscription. */
  subscribe(listener: (notice: LedgerNotice) => void): () => void;

  close(): Promise<void>;
}

export interface LedgerSite {
  readonly agents: ReadonlyMap<AgentId, { readonly capacity: Capacity }>;
  readonly queues: ReadonlyMap<
    QueueId,
    Pick<QueueConfig, 'strategy' | 'members' | 'priority' | 'ageingStepMs' | 'maxWaiting'>
  >;
  readonly backOff: Readonly<Record<DeclineCause, number>>;
  readonly missesUntilAway: number;
}

export type Presence =
  | { readonly state: 'available' }
  | { readonly state: 'away'; readonly reason: string }
  | { readonly state: 'break'; readonly untilMs: number }
  | { readonly state: 'offline' };

export interface PresenceChange {
  readonly agent: AgentId;
  readonly presence: Presence;
  /** Takes effect when the agent holds nothing any more, not now. */
  readonly whenFree?: boolean;
  /** Changes only from one of these states (an agent who is away stays away when a phone registers). */
  readonly onlyFrom?: readonly Presence['state'][];
}

export type PresenceResult =
  | { readonly type: 'changed'; readonly from: Presence; readonly to: Presence }
  | { readonly type: 'pending'; readonly to: Presence }
  | { readonly type: 'unchanged'; readonly presence: Presence }
  | { readonly type: 'unknown-agent' };

export interface NewWork {
  readonly work: WorkId;
  readonly channel: Channel;
  readonly queue: QueueId;
  /** Added to the queue's own; 0 is the usual. Smaller is more urgent. */
  readonly priority?: number;
  /** For work that was in line before (overflow to another queue keeps its age). Milliseconds since the epoch. */
  readonly enqueuedAt?: number;
  /** How long an offer may stand before the ledger itself takes it back; a net under the owner's own timers. */
  readonly offerTtlMs: number;
}

export type EnqueueResult =
  | { readonly type: 'enqueued'; readonly position: number; readonly enqueuedAt: number }
  | { readonly type: 'duplicate' }
  | { readonly type: 'full' }
  | { readonly type: 'unknown-queue' };

export interface OfferRef {
  readonly work: WorkId;
  readonly agent: AgentId;
  readonly attempt: number;
}

export type MatchResult =
  | {
      readonly type: 'offered';
      readonly work: WorkId;
      readonly agents: readonly AgentId[];
      readonly attempt: number;
      readonly decision: Decision;
    }
  | { readonly type: 'nothing-waiting' }
  | { readonly type: 'nobody-free'; readonly work: WorkId; readonly decision: Decision }
  | { readonly type: 'unknown-queue' };

export type ExtendResult =
  | { readonly type: 'extended'; readonly agents: readonly AgentId[]; readonly decision: Decision }
  | { readonly type: 'nobody-free' }
  | { readonly type: 'gone' };

export type AcceptResult =
  | { readonly type: 'won'; readonly losers: readonly AgentId[] }
  | { readonly type: 'lost'; readonly to: AgentId }
  /** The offer is over: it was taken back, declined or belongs to an earlier attempt. */
  | { readonly type: 'expired' }
  /** The work is no more: the customer gave up. */
  | { readonly type: 'gone' };

export type DeclineCause = 'busy' | 'declined' | 'no-answer' | 'unreachable';

export type DeclineResult =
  | {
      readonly type: 'declined';
      /** Offers of this attempt that still stand; at 0 the work waits again. */
      readonly remaining: number;
      /** The agent was put away for missing too many in a row. */
      readonly putAway: boolean;
    }
  | { readonly type: 'expired' }
  | { readonly type: 'gone' };

export type AbandonResult =
  | { readonly type: 'abandoned'; readonly offeredTo: readonly AgentId[] }
  /** Too late: somebody has accepted. */
  | { readonly type: 'active'; readonly agent: AgentId }
  | { readonly type: 'gone' };

export type ReleaseResult = { readonly type: 'released'; readonly agent: AgentId } | { readonly type: 'gone' };

export interface AssignRequest {
  readonly work: WorkId;
  readonly channel: Channel;
  readonly agent: AgentId;
  /** `offered` while it rings (accept and decline as usual, attempt 1), `active` when the agent began it. */
  readonly as: 'offered' | 'active';
  readonly offerTtlMs: number;
  /** Asks for room only, not for presence: an agent who is away may dial out. */
  readonly ignorePresence: boolean;
}

export type AssignResult =
  | { readonly type: 'assigned'; readonly attempt: number }
  | { readonly type: 'refused'; readonly why: Unavailability }
  | { readonly type: 'duplicate' };

/** Why an agent gets no (more) work now; the first that applies, in this order. */
export type Unavailability =
  | { readonly type: 'unknown-agent' }
  | { readonly type: 'presence'; readonly presence: Presence }
  | { readonly type: 'channel-off'; readonly channel: Channel }
  | { readonly type: 'unreachable'; readonly channel: Channel }
  | { readonly type: 'backing-off'; readonly cause: DeclineCause; readonly untilMs: number }
  | { readonly type: 'at-channel-limit'; readonly channel: Channel; readonly holds: number; readonly max: number }
  | { readonly type: 'no-room'; readonly load: number; readonly weight: number; readonly total: number };

export type Expiry =
  | { readonly type: 'offer'; readonly work: WorkId; readonly agent: AgentId; readonly attempt: number }
  | { readonly type: 'wrap-up'; readonly work: WorkId; readonly agent: AgentId };

export type LedgerNotice =
  /** These queues have work and somebody may have become free: match them now. */
  | { readonly type: 'matchable'; readonly queues: readonly QueueId[] }
  | { readonly type: 'presence'; readonly agent: AgentId; readonly presence: Presence }
  | { readonly type: 'expired'; readonly expiry: Expiry };

export type HoldState = 'offered' | 'active' | 'wrap-up';

export interface LedgerSnapshot {
  readonly atMs: number;
  readonly agents: readonly AgentSnapshot[];
  readonly queues: readonly QueueSnapshot[];
}

export interface AgentSnapshot {
  readonly agent: AgentId;
  readonly presence: Presence;
  readonly pending?: Presence;
  readonly reachable: readonly Channel[];
  readonly holds: readonly HoldSnapshot[];
  readonly backOff?: { readonly cause: DeclineCause; readonly untilMs: number };
  readonly missesInARow: number;
  readonly callsTaken: number;
  readonly talkMs: number;
  readonly idleSinceMs: number;
}

export interface HoldSnapshot {
  readonly work: WorkId;
  readonly channel: Channel;
  readonly weight: number;
  readonly state: HoldState;
  readonly sinceMs: number;
  /** Absent for active work, which never ends by time. */
  readonly expiresMs?: number;
}

export interface QueueSnapshot {
  readonly queue: QueueId;
  /** In the order in which they will be served. */
  readonly waiting: readonly { readonly work: WorkId; readonly enqueuedAt: number; readonly score: number }[];
  readonly offered: readonly { readonly work: WorkId; readonly attempt: number; readonly agents: readonly AgentId[] }[];
  readonly active: number;
}
