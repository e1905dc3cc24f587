/** The words of a call's life: what happens to it ({@link CallInput}), what it does ({@link CallCommand}), what it is. */
import type { Strategy } from '../config/routing-config.js';
import type { EventBody } from '../kernel/events.js';
import type { AgentId, DeviceId, LegId, QueueId, TrunkId, WorkId } from '../kernel/ids.js';
import type { AcceptResult, AssignResult, DeclineCause, EnqueueResult } from '../ledger/ledger.js';
import type { Decision } from '../routing/decision.js';
import type { HuntPlan, RingTarget } from '../routing/hunt-plan.js';
import type { LegEvent, ReasonHeader, RequestToken } from './signalling.js';

/** Where the call is meant to go. A queue's rules travel with the call, so that a reload never changes a running one. */
export type Destination =
  | { readonly kind: 'queue'; readonly rules: QueueRules }
  | { readonly kind: 'agent'; readonly agent: AgentId; readonly ignorePresence: boolean }
  | { readonly kind: 'number'; readonly number: string; readonly trunk: TrunkId };

export interface QueueRules {
  readonly queue: QueueId;
  readonly strategy: Strategy;
  readonly ringTimeoutMs: number;
  readonly maxWaitMs: number;
  readonly wrapUpMs: number;
  readonly overflow: OverflowTo;
}

/** Where a caller goes when nobody took the call; rules of a queue to overflow to are resolved already. */
export type OverflowTo = Destination | { readonly kind: 'reject' };

export interface CallState {
  readonly call: WorkId;
  readonly arrivedMs: number;
  readonly caller: CallerSide;
  readonly destination: Destination;
  readonly phase: Phase;
  /** Every outbound leg that is not over yet. */
  readonly legs: ReadonlyMap<LegId, OutLeg>;
  /** Number of the next outbound leg. */
  readonly nextLeg: number;
}

export interface CallerSide {
  readonly leg: LegId;
  readonly state: 'ringing' | 'answered' | 'over';
  /** Absent when the caller leaves the offer to us (RFC 3261 §13.2.1). */
  readonly sdpOffer?: string;
  readonly from: string;
  /** The agent who dials, and the work id under which this call takes room from them. */
  readonly dialler?: { readonly agent: AgentId; readonly work: WorkId };
}

export type Phase =
  /** The dialling agent's own room is being asked for. */
  | { readonly name: 'starting' }
  /** In line, or an agent's room is being asked for; nobody rings. */
  | { readonly name: 'waiting' }
  | { readonly name: 'offering'; readonly attempt: number; readonly offers: ReadonlyMap<AgentId, Offer> }
  /** An outside number rings. */
  | { readonly name: 'dialling'; readonly leg: LegId }
  | { readonly name: 'talking'; readonly peer: LegId; readonly agent?: AgentId; readonly sinceMs: number }
  /** Decided; the legs that are left are on their way out. */
  | { readonly name: 'over' };

/** One agent being rung. */
export interface Offer {
  readonly plan: HuntPlan;
  readonly step: number;
  /** The nearest any device came to reaching the person. */
  readonly cause: DeclineCause;
  /** The leg whose answer the ledger is deciding. */
  readonly accepting?: LegId;
}

export interface OutLeg {
  readonly agent?: AgentId;
  readonly device?: DeviceId;
  /** Step of the hunt that rang it. */
  readonly step: number;
  readonly confirmKey?: string;
  readonly state: OutLegState;
}

export type OutLegState =
  | { readonly name: 'ringing'; readonly rang: boolean }
  /** Answered; the key to accept has not been pressed. */
  | { readonly name: 'confirming'; readonly sdp: string }
  /** Answered (and confirmed); the ledger decides. */
  | { readonly name: 'accepting'; readonly sdp: string }
  | { readonly name: 'connected' }
  /** Told to go. */
  | { readonly name: 'leaving' };

export type Timer =
  | { readonly name: 'max-wait' }
  | { readonly name: 'widen' }
  | { readonly name: 'ring'; readonly agent: AgentId }
  | { readonly name: 'step'; readonly agent: AgentId };

export type PlannedOffer = { readonly agent: AgentId; readonly plan: HuntPlan };

export type CallInput = { readonly atMs: number } & (
  | { readonly type: 'started' }
  | { readonly type: 'dialler-room'; readonly result: AssignResult }
  | { readonly type: 'enqueued'; readonly result: EnqueueResult }
  | {
      readonly type: 'offered';
      readonly attempt: number;
      readonly offers: readonly PlannedOffer[];
      readonly decision?: Decision;
    }
  | { readonly type: 'assign-refused'; readonly result: Exclude<AssignResult, { type: 'assigned' }> }
  | {
      readonly type: 'extended';
      readonly attempt: number;
      readonly offers: readonly PlannedOffer[];
      readonly decision?: Decision;
    }
  /** Somebody became free while the attempt runs. */
  | { readonly type: 'more-agents-free' }
  | { readonly type: 'accept-decided'; readonly leg: LegId; readonly agent: AgentId; readonly result: AcceptResult }
  /** The ledger took an offer back by itself. */
  | { readonly type: 'offer-expired'; readonly agent: AgentId; readonly attempt: number }
  /** The answer to `leave-queue`; `too-late` when an agent's acceptance was decided before. */
  | { readonly type: 'left-queue'; readonly outcome: 'left' | 'too-late' }
  | { readonly type: 'leg'; readonly leg: LegId; readonly event: LegEvent }
  | { readonly type: 'timer'; readonly timer: Timer }
  /** The controller stops and the grace period is over. */
  | { readonly type: 'hang-up' }
);

export type CallCommand =
  // the caller
  | { readonly type: 'progress'; readonly status: 180 | 183; readonly sdp?: string }
  | { readonly type: 'answer'; readonly sdp: string }
  | { readonly type: 'reject'; readonly status: number; readonly retryAfterS?: number }
  // legs
  | {
      readonly type: 'ring';
      readonly leg: LegId;
      readonly target: Pick<RingTarget, 'route'>;
      readonly sdpOffer?: string;
    }
  | { readonly type: 'cancel'; readonly leg: LegId; readonly reason?: ReasonHeader }
  | { readonly type: 'bye'; readonly leg: LegId; readonly reason?: ReasonHeader }
  | { readonly type: 'ack'; readonly leg: LegId; readonly sdp: string }
  | { readonly type: 'relay'; readonly to: LegId; readonly token: RequestToken }
  | { readonly type: 'respond'; readonly leg: LegId; readonly token: RequestToken; readonly status: number }
  // the ledger
  | { readonly type: 'take-dialler-room'; readonly agent: AgentId; readonly work: WorkId }
  | { readonly type: 'enqueue'; readonly queue: QueueId; readonly enqueuedAt: number }
  | { readonly type: 'assign'; readonly agent: AgentId; readonly ignorePresence: boolean }
  | { readonly type: 'extend'; readonly attempt: number; readonly count?: number }
  | { readonly type: 'accept'; readonly leg: LegId; readonly agent: AgentId; readonly attempt: number }
  | { readonly type: 'decline'; readonly agent: AgentId; readonly attempt: number; readonly cause: DeclineCause }
  /** Out of line, unless somebody has just accepted; answered by `left-queue`. */
  | { readonly type: 'leave-queue' }
  | { readonly type: 'abandon' }
  | { readonly type: 'release'; readonly work: WorkId; readonly wrapUpMs: number; readonly talkMs: number }
  // time and the world
  | { readonly type: 'set-timer'; readonly timer: Timer; readonly afterMs: number }
  | { readonly type: 'clear-timer'; readonly timer: Timer }
  | { readonly type: 'emit'; readonly event: EventBody }
  /** Nothing is left of the call. */
  | { readonly type: 'forget' };

export interface Step {
  readonly state: CallState;
  readonly commands: readonly CallCommand[];
}
