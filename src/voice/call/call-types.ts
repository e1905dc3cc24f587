/** What a call is: where it goes, by which rules, and in which phase. */
import type {
  Destination as ConfiguredDestination,
  MenuConfig,
  RecordingPolicy,
  VoicemailConfig,
} from '../../config/routing-config.js';
import type { Strategy } from '../../config/staffing.js';
import type { AgentId, DeviceId, LegId, PlaceId, QueueId, TrunkId, VoicemailId, WorkId } from '../../kernel/ids.js';
import type { DeclineCause } from '../../ledger/ledger.js';
import type { HuntPlan, RingTarget } from '../../routing/hunt-plan.js';
import type { SpyMode } from '../media.js';
import type { Programme } from '../sound/programme.js';
import type { Counterpart, Party, SoundState } from '../sound/sound.js';

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
  /** How long the customer's phone rings. */
  readonly ringTimeoutMs: number;
  /** From an attempt that came to nothing until the call gets in line again. */
  readonly retryAfterMs: number;
  readonly callerId?: string;
  /** Of the trunk: what may be dialled by it. */
  readonly allowedPrefixes: readonly string[];
  /** From the request until nobody is called any more. */
  readonly giveUpAfterMs: number;
  /** Nobody is called outside these hours; without them at any time. `changesAtMs`: when they next open or close. */
  readonly hours?: (atMs: number) => { readonly isOpen: boolean; readonly changesAtMs?: number };
  /** What becomes of who waits when they close. */
  readonly whenClosed: 'wait' | 'give-up';
}

/** A caller who is to be called. */
export interface Callback {
  readonly number: string;
  readonly rules: CallbackRules;
  readonly attemptsLeft: number;
  readonly requestedAtMs: number;
  readonly untilMs: number;
  /** The caller has been told, and sent away. */
  readonly isHome: boolean;
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
  readonly callback?: Callback;
  /** The caller was to be called back and has rung in again: when they hang up in line, they are to be called. */
  readonly keptCallback?: Callback;
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
      /** The agent among those who talk whom a supervisor hears. */
      readonly watched?: AgentId;
      /** Whom an agent of the two has brought in. Nobody is on hold then: who holds has left the room for as long. */
      readonly third?: Third;
    }
  /** An agent has accepted and hears ringing; the customer's phone is being rung. */
  | {
      readonly name: 'calling-back';
      readonly agent: AgentId;
      readonly agentLeg: LegId;
      /** The customer's; absent until it is certain that nobody else calls them. */
      readonly leg?: LegId;
    }
  /** Nobody answered there, or nobody may be called now; after a while the call gets in line again. */
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

/** The third of a conference. */
export interface Third {
  readonly leg: LegId;
  readonly agent?: HeldAgent;
  /** For people: the agent, or the number. */
  readonly name: string;
  /** The leg of the agent who brought them in; when that one leaves, the others go on talking. */
  readonly host: LegId;
  readonly sinceMs: number;
}

/** An agent, and the work by which their room is taken. */
export interface HeldAgent {
  readonly agent: AgentId;
  readonly work: WorkId;
}

/** A party on its way from one call to another. */
export interface GivenParty {
  readonly leg: LegId;
  readonly session: GivenSession;
  readonly agent?: HeldAgent;
  /** For people: the agent, or the number. */
  readonly name: string;
  /** The leg of the agent who talked with that party, where it comes along: their leg in the other call is on hold. */
  readonly host?: { readonly leg: LegId; readonly session: GivenSession };
}

/** As it is until the other call offers it another, with what is under way in it. */
export type GivenSession = Pick<Party, 'sdp' | 'with' | 'offered' | 'asked'>;

export type RecordingAct = 'start' | 'stop' | 'pause' | 'resume';

export type Timer =
  | { readonly name: 'max-wait' }
  | { readonly name: 'widen' }
  /** The caller is to be told where they stand. */
  | { readonly name: 'announce' }
  /** The customer's phone has rung long enough, or it is time to call again. */
  | { readonly name: 'callback' }
  /** A call back is to be given up, or its hours end. */
  | { readonly name: 'callback-watch' }
  /** No key was pressed in a menu. */
  | { readonly name: 'menu' }
  /** Media servers that were down may be back. */
  | { readonly name: 'media' }
  | { readonly name: 'ring'; readonly agent: AgentId }
  | { readonly name: 'step'; readonly agent: AgentId };
