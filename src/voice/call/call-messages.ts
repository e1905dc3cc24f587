/** The words of a call's life: what happens to it ({@link CallInput}) and what it does ({@link CallCommand}). */
import type { Untimed } from '../../kernel/mailbox.js';
import type { EventBody } from '../../kernel/events.js';
import type { AgentId, LegId, PlaceId, QueueId, WorkId } from '../../kernel/ids.js';
import type { AcceptResult, AssignResult, DeclineCause, EnqueueResult } from '../../ledger/ledger.js';
import type { PendingCallback } from '../../ledger/callback-book.js';
import type { Decision } from '../../routing/decision.js';
import type { HuntPlan, RingTarget } from '../../routing/hunt-plan.js';
import type { PlaceEvent, RecordingRequest, SpyMode } from '../media.js';
import type { Programme } from '../sound/programme.js';
import type { LegEvent, ReasonHeader, ReferTarget, RequestToken } from '../signalling.js';
import type { CallState, GivenParty, RecordingAct, Timer } from './call-types.js';

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
  /** First in line, and nobody could be offered it. */
  | { readonly type: 'nobody-free' }
  | { readonly type: 'position'; readonly position?: number; readonly expectedWaitMs?: number }
  | { readonly type: 'leg'; readonly leg: LegId; readonly event: LegEvent }
  | { readonly type: 'place'; readonly place: PlaceId; readonly event: PlaceEvent }
  | { readonly type: 'timer'; readonly timer: Timer }
  /** The answer to `claim-callback`. */
  | { readonly type: 'callback-claimed'; readonly number: string; readonly isNew: boolean }
  /** The answer to `resume-callback`: this call's from now on, as it was. */
  | { readonly type: 'callback-resumed'; readonly callback?: PendingCallback }
  /** The answer to `confirm-callback`. */
  | { readonly type: 'callback-confirmed'; readonly isKept: boolean }
  /** See `callbackOver`. */
  | { readonly type: 'callback-over'; readonly why: 'lost' | 'cancelled' | 'left' }
  /** The call begins without a caller: another one, `from`, was to call them back, and is no more. */
  | { readonly type: 'callback-taken-over'; readonly from: WorkId }
  /** Where a supervisor's agent is heard; absent when there is nothing more to hear. */
  | { readonly type: 'watched'; readonly place?: PlaceId }
  /** Supervisors watch the agent from now on, or no more. */
  | { readonly type: 'watch'; readonly agent?: AgentId }
  /** The agent's other call has ended: its room is this one's from now on. */
  | { readonly type: 'inherit'; readonly work: WorkId; readonly wrapUpMs: number }
  /** Another call takes over the party who talks with this leg; this leg too, `withLeaving`, unless it has put them on hold. */
  | { readonly type: 'give-away'; readonly leg: LegId; readonly withLeaving: boolean }
  /** The party whom the agent has asked in another call comes in. */
  | { readonly type: 'third-joined'; readonly agent: AgentId; readonly party: GivenParty }
  /** The answer to `find-dialog`. */
  | {
      readonly type: 'party-taken';
      readonly leg: LegId;
      readonly token: RequestToken;
      readonly agent: AgentId;
      readonly party?: GivenParty;
    }
  | { readonly type: 'record'; readonly act: RecordingAct }
  /** Somebody has it sent on, to where the agent may dial. */
  | { readonly type: 'transfer'; readonly dialled: string }
  /** The controller stops and the grace period is over, or somebody has asked for it. */
  | { readonly type: 'hang-up'; readonly why: 'stopping' | 'asked' }
);

export type UntimedInput = Untimed<CallInput>;

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
  | {
      readonly type: 'respond';
      readonly leg: LegId;
      readonly token: RequestToken;
      readonly status: number;
      readonly sdp?: string;
    }
  /** What has become of the leg's REFER; the last word on it. */
  | { readonly type: 'notify-refer'; readonly leg: LegId; readonly status: number }
  /** The call that has this dialog is asked for its other party (RFC 3891). */
  | {
      readonly type: 'find-dialog';
      readonly leg: LegId;
      readonly token: RequestToken;
      readonly agent: AgentId;
      readonly replaces: NonNullable<ReferTarget['replaces']>;
    }
  /** To the call that asked for it; from now on the leg is that one's. */
  | { readonly type: 'give-party'; readonly party: GivenParty }
  /** The agent's two calls are to become a conference. */
  | { readonly type: 'confer-calls'; readonly agent: AgentId }
  /** A re-INVITE. */
  | { readonly type: 'offer'; readonly leg: LegId; readonly sdp: string }
  // places on media servers
  | { readonly type: 'open-place'; readonly place: PlaceId; readonly sdpOffer?: string; readonly near?: PlaceId }
  | { readonly type: 'describe-place'; readonly place: PlaceId; readonly sdp: string }
  | { readonly type: 'play'; readonly place: PlaceId; readonly what: Programme }
  | { readonly type: 'hush'; readonly place: PlaceId }
  | { readonly type: 'join-places'; readonly place: PlaceId; readonly other: PlaceId }
  | { readonly type: 'part-places'; readonly place: PlaceId }
  /** Into a new file, by its path below the folder of recordings. */
  | { readonly type: 'record'; readonly place: PlaceId; readonly recording: RecordingRequest }
  | { readonly type: 'stop-recording'; readonly place: PlaceId }
  | { readonly type: 'pause-recording'; readonly place: PlaceId; readonly isPaused: boolean }
  | { readonly type: 'spy'; readonly place: PlaceId; readonly on: PlaceId; readonly mode: SpyMode }
  | { readonly type: 'confer'; readonly place: PlaceId; readonly room: string }
  | { readonly type: 'close-place'; readonly place: PlaceId }
  // the site's book of call backs
  /** Unless the number waits already; answered by `callback-claimed`. */
  | { readonly type: 'claim-callback'; readonly callback: PendingCallback }
  /** Takes over what waits for the number; answered by `callback-resumed`. */
  | { readonly type: 'resume-callback'; readonly queue: QueueId; readonly number: string }
  /** Whether it is still this call's; answered by `callback-confirmed`. */
  | { readonly type: 'confirm-callback'; readonly callback: PendingCallback }
  | { readonly type: 'drop-callback'; readonly queue: QueueId; readonly number: string }
  // supervisors
  | { readonly type: 'watch'; readonly agent: AgentId }
  /** Without a place: there is nothing more to hear. */
  | { readonly type: 'tell-watchers'; readonly place?: PlaceId }
  // the ledger; each names the work, since a call that is sent on goes by another name before the last one is dealt with
  | { readonly type: 'take-dialler-room'; readonly agent: AgentId; readonly work: WorkId }
  | { readonly type: 'enqueue'; readonly work: WorkId; readonly queue: QueueId; readonly enqueuedAt: number }
  | { readonly type: 'assign'; readonly work: WorkId; readonly agent: AgentId; readonly ignorePresence: boolean }
  | { readonly type: 'extend'; readonly work: WorkId; readonly attempt: number; readonly count?: number }
  | {
      readonly type: 'accept';
      readonly work: WorkId;
      readonly leg: LegId;
      readonly agent: AgentId;
      readonly attempt: number;
    }
  | {
      readonly type: 'decline';
      readonly work: WorkId;
      readonly agent: AgentId;
      readonly attempt: number;
      readonly cause: DeclineCause;
    }
  /** Out of line, unless somebody has just accepted; answered by `left-queue`. */
  | { readonly type: 'leave-queue'; readonly work: WorkId }
  | { readonly type: 'abandon'; readonly work: WorkId }
  /** `agent`: a consultation of theirs that is going on takes the room over. */
  | {
      readonly type: 'release';
      readonly agent?: AgentId;
      readonly work: WorkId;
      readonly wrapUpMs: number;
      readonly talkMs: number;
    }
  | { readonly type: 'end-wrap-up'; readonly agent: AgentId }
  /** Where the call stands in line and how long it may take; answered by `position`. */
  | { readonly type: 'ask-position'; readonly work: WorkId; readonly queue: QueueId }
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
