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
 *
 * Rules that no single operation shows:
 * - **Time.** What falls due (offers, wrap-ups, back-offs, breaks) happens at its own time and before any later
 *   operation, whoever asks first; a break that is over makes its agent available.
 * - **Schedules** (breaks and duty by the clock) stand beside presence and never change it: who is on a scheduled break
 *   is not there for work, and is what they were before as soon as it is over.
 * - **Misses.** An offer that the agent let pass, or that expired, is a miss, whatever the cause; accepting, or coming
 *   back to `available`, starts the count anew. To lose to another agent, or to a caller who gave up, is none.
 * - **Pending presence** takes effect when the agent holds nothing; any later change of presence forgets it.
 * - **Idle** is an agent from the end of the last work that was taken (its wrap-up included), or from coming out of
 *   `offline`. An offer that came to nothing changes nothing.
 * - **Coming back.** Whoever comes to be there for a queue (available, switched on, reachable) is counted with no fewer
 *   calls, and no less talk, than the least of the members who are there already: else a returning agent would get
 *   every call until the others' lead was made up. What snapshots and reports say of calls and talk is not touched.
 */
import type { Capacity, Channel, QueueConfig } from '../config/routing-config.js';
import type { AgentId, QueueId, WorkId } from '../kernel/ids.js';
import type { DeclineCause, Presence, ScheduledAbsence, Unavailability } from '../routing/availability.js';
import type { Decision } from '../routing/decision.js';
import type { Charge } from './charges.js';

export type { DeclineCause, Presence, ScheduledAbsence, Unavailability };

export interface Ledger {
  /** Takes over agents, capacities and queues; running work stays as it is, also above a limit that shrank. */
  configure(site: LedgerSite): Promise<void>;

  setPresence(change: PresenceChange): Promise<PresenceResult>;

  /**
   * What the agent's schedule says from now on, in place of all it said before. The ledger itself ends an absence at its
   * `untilMs`. Every controller of a site may say the same: repeating it changes nothing.
   */
  setSchedule(change: { agent: AgentId; absences: readonly ScheduledAbsence[] }): Promise<void>;

  /** Whether work of the channel could reach the agent now (a registered phone, an open chat page). */
  setReachable(change: ReachableChange): Promise<void>;

  /** The agent's own switch per channel: off, no work of that channel is offered, whatever the presence. On at first. */
  switchChannel(change: { agent: AgentId; channel: Channel; on: boolean }): Promise<void>;

  /** Puts work in line. `duplicate` when the work is known already, `full` beyond the queue's `maxWaiting`. */
  enqueue(work: NewWork): Promise<EnqueueResult>;

  /** Moves waiting work to the line of another queue, in one act; it keeps its age and its own priority. */
  requeue(move: { work: WorkId; queue: QueueId }): Promise<RequeueResult>;

  /** Where waiting work stands in its line, 1 is the head; `undefined` for what is not waiting. */
  placeInLine(work: WorkId): Promise<number | undefined>;

  /**
   * Offers the head of the queue to whom its strategy picks. One call makes one offer: its owner matches on until the
   * answer is `nothing-waiting` or `nobody-free`, and then waits for a `matchable` notice.
   */
  match(queue: QueueId): Promise<MatchResult>;

  /**
   * To whom the queue would offer now, and why not to the others, whether anything waits or not. Changes nothing. With
   * the strategy `random` all who might be chosen are.
   */
  preview(queue: QueueId): Promise<PreviewResult>;

  /**
   * Adds agents to a running attempt: who became free meanwhile (ring-to-all), or the next `count` (widening).
   * Without `count` all who are free. Who let an offer of this attempt pass is not asked again in it.
   */
  extend(request: { work: WorkId; attempt: number; count?: number }): Promise<ExtendResult>;

  accept(answer: OfferRef): Promise<AcceptResult>;

  /**
   * An offer came to nothing at this agent: a miss, whatever the cause, and a back-off by the cause. The last one of
   * an attempt puts the work back in line; work that was assigned, and has no line, is gone then.
   */
  decline(answer: OfferRef & { cause: DeclineCause }): Promise<DeclineResult>;

  /** The customer gave up before anybody accepted; nobody is blamed. */
  abandon(work: WorkId): Promise<AbandonResult>;

  /** Active work ended. `talkMs` counts towards least-talk-time; `wrapUpMs` 0 frees the agent at once. */
  release(request: { work: WorkId; wrapUpMs: number; talkMs: number }): Promise<ReleaseResult>;

  endWrapUp(agent: AgentId): Promise<{ type: 'ended'; works: readonly WorkId[] } | { type: 'nothing-to-end' }>;

  /** Takes room for work that does not come from a queue: a call between colleagues, a call out, an overflow to an agent. */
  assign(request: AssignRequest): Promise<AssignResult>;

  /**
   * Active work goes from one agent to another, in one act: there is no moment at which nobody, or both, have it. Refused
   * where the other one has no room, it stays as it was. What the first one has done counts for them, without wrap-up.
   */
  transfer(request: TransferRequest): Promise<TransferResult>;

  /**
   * An agent takes work out of a queue that they are member of: the head of its line, or one piece by name. Who let an
   * offer pass a moment ago may: whoever asks is there.
   */
  pull(request: PullRequest): Promise<PullResult>;

  /** Ends offers and wrap-ups whose time has come; each is handled exactly once, whoever notices first. */
  expire(): Promise<readonly Expiry[]>;

  snapshot(): Promise<LedgerSnapshot>;

  /** Told after an operation has taken effect; returns the function that ends the subscription. */
  subscribe(listener: (notice: LedgerNotice) => void): () => void;

  close(): Promise<void>;
}

export interface LedgerSite {
  readonly agents: ReadonlyMap<AgentId, { readonly capacity: Capacity }>;
  readonly queues: ReadonlyMap<QueueId, LedgerQueue>;
  readonly backOff: Readonly<Record<DeclineCause, number>>;
  readonly missesUntilAway: number;
}

/** All work of a queue is of one channel, `voice` unless it says otherwise: its head never blocks others' work. */
export type LedgerQueue = Pick<QueueConfig, 'strategy' | 'members' | 'priority' | 'ageingStepMs' | 'maxWaiting'> & {
  readonly channel?: Channel;
};

export interface ReachableChange {
  readonly agent: AgentId;
  readonly channel: Channel;
  readonly reachable: boolean;
  /** As far as this controller is concerned: the agent is reachable as long as any of the site's says so. */
  readonly here?: true;
}

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
  /** More wait already than `maxWaiting` and those who are free to take some at once. */
  | { readonly type: 'full' }
  /** No such queue for work of this channel. */
  | { readonly type: 'unknown-queue' };

export type RequeueResult =
  | Exclude<EnqueueResult, { type: 'duplicate' }>
  /** The work is offered, taken or no more: nothing that could be moved. */
  | { readonly type: 'not-waiting' };

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
  /** Another controller has the work: it is told by an `offered` notice, and rings the agents. Match on. */
  | {
      readonly type: 'offered-elsewhere';
      readonly work: WorkId;
      readonly agents: readonly AgentId[];
      readonly attempt: number;
    }
  | { readonly type: 'nothing-waiting' }
  | { readonly type: 'nobody-free'; readonly work: WorkId; readonly decision: Decision }
  | { readonly type: 'unknown-queue' };

export type PreviewResult =
  /** `waiting` is how many are in line, and go before what comes now. */
  | { readonly type: 'preview'; readonly waiting: number; readonly decision: Decision }
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

export interface TransferRequest {
  readonly work: WorkId;
  readonly from: AgentId;
  readonly to: AgentId;
  /** Asks for room only, not for presence. */
  readonly ignorePresence: boolean;
  /** Counts towards least-talk-time of the one who gives it away. */
  readonly talkMs: number;
}

export type TransferResult =
  /** Done, now or when the same was asked before. */
  | { readonly type: 'transferred' }
  | { readonly type: 'refused'; readonly why: Unavailability }
  /** Somebody else has it. */
  | { readonly type: 'elsewhere'; readonly agent: AgentId }
  /** Nobody works on it. */
  | { readonly type: 'gone' };

export interface PullRequest {
  readonly agent: AgentId;
  readonly queue: QueueId;
  /** One piece by name; without it the head of the line. */
  readonly work?: WorkId;
  /** Names this act: asked again with the same one, while the agent has what it brought, the answer is the same. */
  readonly token: string;
  /** `active` at once, or `offered` where a phone has to be rung first. */
  readonly as: 'offered' | 'active';
  readonly ignorePresence: boolean;
}

export type PullResult =
  /** Where another controller owns the work, that one is told by a notice: `offered`, or `taken`. */
  | { readonly type: 'pulled'; readonly work: WorkId; readonly attempt: number }
  | { readonly type: 'refused'; readonly why: Unavailability | { readonly type: 'not-a-member' } }
  | { readonly type: 'nothing-waiting' }
  /** The piece asked for does not wait in this queue (any more). */
  | { readonly type: 'not-waiting' }
  | { readonly type: 'unknown-queue' };

export type Expiry =
  | { readonly type: 'offer'; readonly work: WorkId; readonly agent: AgentId; readonly attempt: number }
  | { readonly type: 'wrap-up'; readonly work: WorkId; readonly agent: AgentId };

export type LedgerNotice =
  /** These queues have work and somebody may have become free: match them now. */
  | { readonly type: 'matchable'; readonly queues: readonly QueueId[] }
  /**
   * Somebody became free who does not ring yet for these attempts of ring-to-all queues: `extend` them now. Comes after
   * the `matchable` of the same operation: waiting work goes first, since what rings already has somebody to take it.
   */
  | { readonly type: 'extendable'; readonly works: readonly { readonly work: WorkId; readonly attempt: number }[] }
  /** Work of this controller was offered by another one, or the news of it was lost: ring these agents. */
  | {
      readonly type: 'offered';
      readonly work: WorkId;
      readonly attempt: number;
      readonly agents: readonly AgentId[];
      readonly decision?: Decision;
    }
  /** By way of another controller an agent has pulled work of this one, or has got it by a transfer. */
  | { readonly type: 'taken'; readonly work: WorkId; readonly agent: AgentId; readonly attempt: number }
  | { readonly type: 'presence'; readonly agent: AgentId; readonly presence: Presence }
  | { readonly type: 'expired'; readonly expiry: Expiry }
  /**
   * Work of a controller that has died, or that this one had before it was started anew, belongs to this one now, and to
   * no other. It is told again as long as this one does not say that the work runs here: run it, or end it.
   */
  | { readonly type: 'adopted'; readonly works: readonly AdoptedWork[]; readonly charges: readonly Charge[] }
  /** Another controller is in charge of these, which has taken this one for dead: nothing more is to be done here. */
  | { readonly type: 'charges-lost'; readonly charges: readonly string[] };

export interface AdoptedWork {
  readonly work: WorkId;
  readonly channel: Channel;
  readonly queue?: QueueId;
  readonly phase: 'waiting' | 'offered' | 'active';
  readonly attempt: number;
  readonly enqueuedAt: number;
  /** To whom it is offered, or the one who works on it. */
  readonly agents: readonly AgentId[];
}

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
  /** What the agent's schedule says now; left out when it says nothing. */
  readonly absences?: readonly ScheduledAbsence[];
  readonly reachable: readonly Channel[];
  readonly channelsOff: readonly Channel[];
  readonly holds: readonly HoldSnapshot[];
  readonly backOff?: { readonly cause: DeclineCause; readonly untilMs: number };
  readonly missesInARow: number;
  readonly callsTaken: number;
  readonly talkMs: number;
  /** When the agent last came to hold no work that was taken, or came from offline. */
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
