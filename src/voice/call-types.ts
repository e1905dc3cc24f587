/** The words of a call's life: what happens to it ({@link CallInput}), what it does ({@link CallCommand}), what it is. */
import type { EventBody } from '../kernel/events.js';
import type {
  Destination as ConfiguredDestination,
  MenuConfig,
  RecordingPolicy,
  Strategy,
  VoicemailConfig,
} from '../config/routing-config.js';
import type { AgentId, DeviceId, LegId, PlaceId, QueueId, TrunkId, VoicemailId, WorkId } from '../kernel/ids.js';
import type { AcceptResult, AssignResult, DeclineCause, EnqueueResult } from '../ledger/ledger.js';
import type { Decision } from '../routing/decision.js';
import type { HuntPlan, RingTarget } from '../routing/hunt-plan.js';
import type { GivenParty } from './call-attended.js';
import type { RecordingAct } from './call-recording.js';
import type { PlaceEvent, RecordingRequest, SpyMode } from './media.js';
import type { Programme } from './programme.js';
import type { LegEvent, ReasonHeader, ReferTarget, RequestToken } from './signalling.js';
import type { Counterpart, SoundState } from './sound.js';

/** Where the call is meant to go. A queue's rules travel with the call, so that a reload never changes a running one. */
export type Destination =
  | { readonly kind: 'queue'; readonly rules: QueueRules }
  | { readonly kind: 'agent'; readonly agent: AgentId; readonly ignorePresence: boolean }
  | { readonly kind: 'number'; readonly number: string; readonly trunk: TrunkId }
  | { readonly kind: 'menu'; readonly menu: MenuConfig; readonly language: string }
  | { readonly kind: 'voicemail'; readonly box: VoicemailConfig; readonly language: string }
  /** A supervisor hears the agent's call. */
  | { readonly kind: 'supervise'; readonly agent: AgentId }
  /** Played to the end; then the call is over. */
  | { readonly kind: 'message'; readonly prompt: string; readonly language: string };

export interface QueueRules {
  readonly queue: QueueId;
  readonly strategy: Strategy;
  readonly ringTimeoutMs: number;
  readonly maxWaitMs: number;
  readonly wrapUpMs: number;
  readonly overflow: ConfiguredDestination;
  /** Both parties stay on a media server from the first to the last. */
  readonly isAnchored?: boolean;
  readonly recording?: RecordingPolicy;
  /** Prompt that both parties hear before a recording begins. */
  readonly recordingNotice?: string;
  /** Of its prompts. */
  readonly language?: string;
  /** Who waits is answered and hears this; without it they hear the ringing tone of their own network. */
  readonly waiting?: WaitingSound;
}

/** Who may be called back, and how. */
export interface CallbackRules {
  readonly trunk: TrunkId;
  readonly attempts: number;
  readonly callerId?: string;
  /** Of the trunk: what may be dialled by it. */
  readonly allowedPrefixes: readonly string[];
}

export interface WaitingSound {
  readonly music: string;
  readonly language: string;
  readonly welcome?: string;
  readonly announce?: { readonly position: boolean; readonly expectedWait: boolean; readonly everyMs: number };
  readonly callback?: CallbackRules;
  readonly keys: {
    readonly callback?: string;
    readonly voicemail?: { readonly key: string; readonly box: VoicemailId };
  };
}

/** Where a caller goes when nobody took the call. */
export type OverflowTo = Destination | { readonly kind: 'reject' };

/**
 * Where a destination of the configuration leads at a time, by the configuration that was in force when the call arrived.
 * @param options.language of the menu that the caller came by; it goes before that of a queue
 */
export type Routes = (
  to: ConfiguredDestination,
  options: { readonly atMs: number; readonly language?: string },
) => OverflowTo;

/** What the digits lead to that an agent sends a call on to; `undefined` where they may not dial. */
export type DialledBy = (agent: AgentId, dialled: string, atMs: number) => Destination | undefined;

export interface CallState {
  readonly call: WorkId;
  readonly arrivedMs: number;
  readonly caller: CallerSide;
  readonly destination: Destination;
  /** The ledger's name for what the call is to it now. */
  readonly work: WorkId;
  readonly nextWork: number;
  /** The agent who sent the caller on, and takes them back if nobody answers. */
  readonly recallTo?: AgentId;
  readonly routes: Routes;
  /** Where an agent may send the call on to. */
  readonly dialled?: DialledBy;
  readonly phase: Phase;
  /** Every outbound leg that is not over yet. */
  readonly legs: ReadonlyMap<LegId, OutLeg>;
  /** Number of the next outbound leg. */
  readonly nextLeg: number;
  readonly sound: SoundState;
  /** What the caller hears while waiting; absent as long as that is the ringing tone of their own network. */
  readonly tune?: Programme;
  /** The caller has gone and is to be called when an agent has accepted. */
  readonly callback?: {
    readonly number: string;
    readonly trunk: TrunkId;
    readonly callerId?: string;
    readonly attemptsLeft: number;
  };
  /** Where the caller goes who is leaving the line for it by a key. */
  readonly leavingFor?: ConfiguredDestination;
  /** Where who watches was told to listen. */
  readonly watchedPlace?: PlaceId;
}

export interface CallerSide {
  readonly leg: LegId;
  readonly state: 'ringing' | 'answered' | 'over';
  /** Absent when the caller leaves the offer to us (RFC 3261 §13.2.1). */
  readonly sdpOffer?: string;
  readonly from: string;
  /** The agent who dials, and the work id under which this call takes room from them. */
  readonly dialler?: Dialler;
}

/**
 * The agent who dials. Without `work` this call takes no room: it is part of another one that the agent has on hold, and
 * takes its room over when that one ends first.
 */
export interface Dialler {
  readonly agent: AgentId;
  readonly work?: WorkId;
  /** Pause after the work that was taken over. Milliseconds. */
  readonly wrapUpMs?: number;
}

export type Phase =
  /** The dialling agent's own room is being asked for. */
  | { readonly name: 'starting' }
  /** In line, or an agent's room is being asked for; nobody rings. */
  | { readonly name: 'waiting' }
  | { readonly name: 'offering'; readonly attempt: number; readonly offers: ReadonlyMap<AgentId, Offer> }
  /** An outside number rings. */
  | { readonly name: 'dialling'; readonly leg: LegId }
  | {
      readonly name: 'talking';
      readonly peer: LegId;
      readonly agent?: AgentId;
      readonly sinceMs: number;
      /** Who has put the other one on hold. */
      readonly onHoldBy?: LegId;
      /** Present while it is being recorded, or is to be as soon as nobody is `unaware` of it. */
      readonly recording?: { readonly isPaused: boolean; readonly unaware: readonly LegId[] };
      /** Keys that the agent has pressed, as far as they may become {@link InCallKeys}. */
      readonly keys?: string;
      /** The agent among the two whom a supervisor hears. */
      readonly watched?: AgentId;
    }
  /** An agent has accepted and hears ringing; the customer's phone is being rung. */
  | { readonly name: 'calling-back'; readonly agent: AgentId; readonly agentLeg: LegId; readonly leg: LegId }
  /** Nobody answered there; after a while the call gets in line again. */
  | { readonly name: 'resting' }
  /** The caller hears a menu, for the `tries`th time. */
  | { readonly name: 'menu'; readonly menu: MenuConfig; readonly language: string; readonly tries: number }
  /** The caller hears the greeting, and speaks after the tone. */
  | {
      readonly name: 'voicemail';
      readonly box: VoicemailConfig;
      readonly language: string;
      readonly recordingSinceMs?: number;
    }
  /** A supervisor hears what is said at a place, once there is one. */
  | { readonly name: 'spying'; readonly agent: AgentId; readonly mode: SpyMode; readonly on?: PlaceId }
  /** The caller hears something to its end, and then the call is over. */
  | { readonly name: 'parting' }
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
  /** Whose SDP it was rung with. */
  readonly rungWith: Counterpart;
  readonly state: OutLegState;
}

export type OutLegState =
  /** Rings as soon as the place whose offer it gets is open. */
  | { readonly name: 'preparing'; readonly place: PlaceId; readonly target: Pick<RingTarget, 'route'> }
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
  /** The caller is to be told where they stand. */
  | { readonly name: 'announce' }
  /** The customer's phone has rung long enough, or it is time to call again. */
  | { readonly name: 'callback' }
  /** No key was pressed in a menu. */
  | { readonly name: 'menu' }
  /** Media servers that were down may be back. */
  | { readonly name: 'media' }
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
  /** First in line, and nobody could be offered it. */
  | { readonly type: 'nobody-free' }
  | { readonly type: 'position'; readonly position?: number; readonly expectedWaitMs?: number }
  | { readonly type: 'leg'; readonly leg: LegId; readonly event: LegEvent }
  | { readonly type: 'place'; readonly place: PlaceId; readonly event: PlaceEvent }
  | { readonly type: 'timer'; readonly timer: Timer }
  /** The answer to `claim-callback`. */
  | { readonly type: 'callback-claimed'; readonly number: string; readonly isNew: boolean }
  /** Where a supervisor's agent is heard; absent when there is nothing more to hear. */
  | { readonly type: 'watched'; readonly place?: PlaceId }
  /** Supervisors watch the agent from now on, or no more. */
  | { readonly type: 'watch'; readonly agent?: AgentId }
  /** The agent's other call has ended: its room is this one's from now on. */
  | { readonly type: 'inherit'; readonly work: WorkId; readonly wrapUpMs: number }
  /** Another call takes over the party who talks with this leg. */
  | { readonly type: 'give-away'; readonly leg: LegId }
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
  | { readonly type: 'close-place'; readonly place: PlaceId }
  /** Whether the number waits to be called back already; answered by `callback-claimed`. */
  | { readonly type: 'claim-callback'; readonly queue: QueueId; readonly number: string }
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
