/** The words of a chat's life: what happens to it ({@link ConversationInput}), what it does ({@link ConversationCommand}), what it is. */
import type { Untimed } from '../kernel/mailbox.js';
import type { ChatMessageName } from '../config/chat-config.js';
import type { Strategy } from '../config/staffing.js';
import type { ChatEvent } from '../kernel/chat-events.js';
import type { AgentId, ConversationId, QueueId, WorkId } from '../kernel/ids.js';
import type {
  AcceptResult,
  AdoptedWork,
  AssignResult,
  DeclineCause,
  EnqueueResult,
  RequeueResult,
} from '../ledger/ledger.js';
import type { Decision } from '../routing/decision.js';

/** A department's rules travel with the chat until it is routed again, so that a reload never changes a running one. */
export interface DepartmentRules {
  readonly queue: QueueId;
  readonly name: string;
  readonly strategy: Strategy;
  /** How long an agent has to accept. */
  readonly offerTimeoutMs: number;
  /** In this line; then the overflow. */
  readonly maxWaitMs: number;
  readonly overflow: ChatOverflow;
  readonly wrapUpMs: number;
  /** So long after the agent's last words, with none of the visitor's, the agent's room is free again; 0 never. */
  readonly inactiveAfterMs: number;
  /** So long after it turned inactive a chat is closed; 0 never. */
  readonly closeInactiveAfterMs: number;
  /** How long a visitor whose connection was lost keeps place and agent. */
  readonly lostAfterMs: number;
  /** How long a returning visitor waits for the agent they had, when that one is there but full. */
  readonly ownAgentWaitMs: number;
  /** So long after its close a chat may be taken up again from memory. */
  readonly reopenWithinMs: number;
}

export type ChatOverflow =
  { readonly kind: 'department'; readonly rules: DepartmentRules } | { readonly kind: 'close' };

/** Where a chat is to go. */
export type Route =
  | {
      readonly kind: 'open';
      readonly department: DepartmentRules;
      /** Whose chat it is before it is the department's: a dedicated agent, or the one they had last. */
      readonly person?: { readonly agent: AgentId; readonly why: 'dedicated' | 'last'; readonly waitMs: number };
      /** Added to the department's own; smaller is more urgent. */
      readonly priority: number;
      readonly tags: readonly string[];
    }
  | { readonly kind: 'out-of-hours'; readonly department: DepartmentRules };

export interface ConversationState {
  readonly id: ConversationId;
  /** When it was opened, or last reopened: its age in every line. Milliseconds since the epoch. */
  readonly sinceMs: number;
  readonly isReopened: boolean;
  readonly visitor: { readonly customer?: string; readonly isConnected: boolean };
  /** Absent until it has been routed for the first time. */
  readonly route?: Route;
  /** The department whose line it stands in, or whose chat it is. */
  readonly department?: DepartmentRules;
  /** The agent whom the visitor talked to last. */
  readonly lastAgent?: AgentId;
  /** Of the last work: each stay in a line, and each holding of room, is a work of its own in the ledger. */
  readonly works: number;
  readonly phase: Phase;
}

export type Phase =
  /** Where it is to go is being found out. */
  | { readonly name: 'opened' }
  /** One person's room is being asked for. */
  | {
      readonly name: 'asking';
      readonly work: WorkId;
      readonly agent: AgentId;
      readonly why: AskedFor;
      /** Where it goes back to when a supervisor who takes it has no room. */
      readonly line?: Line;
    }
  | ({ readonly name: 'waiting' } & InLine)
  | ({
      readonly name: 'offered';
      readonly attempt: number;
      readonly offers: ReadonlyMap<AgentId, OfferState>;
      readonly sinceMs: number;
    } & InLine)
  | {
      readonly name: 'talking';
      readonly work: WorkId;
      readonly agent: AgentId;
      readonly sinceMs: number;
      readonly transfer?: Transfer;
    }
  /** The agent's room is free for something else, the chat still theirs. */
  | { readonly name: 'inactive'; readonly agent: AgentId; readonly sinceMs: number }
  | { readonly name: 'closed'; readonly atMs: number }
  /** Out of memory; what was said is in the store. */
  | { readonly name: 'forgotten' };

/** `resume`, `reopen` and `take`: the agent has, or wants, the chat already, and takes it without an offer. */
export type AskedFor = 'dedicated' | 'last' | 'resume' | 'reopen' | 'take';

/** A work that waits or is offered. */
export interface InLine {
  readonly work: WorkId;
  /** Absent for an offer to one person that came from no line. */
  readonly line?: Line;
  /** The line that it is being moved to. */
  readonly moving?: Line;
  /** From 1; known once nobody was free. */
  readonly place?: number;
}

export type Line =
  | { readonly kind: 'department'; readonly queue: QueueId; readonly rules: DepartmentRules; readonly untilMs: number }
  /** Of one person alone. With `isOwn` the chat is theirs already: they take it as soon as there is room. */
  | {
      readonly kind: 'person';
      readonly queue: QueueId;
      readonly agent: AgentId;
      readonly isOwn: boolean;
      readonly untilMs: number;
    };

/** `accepting`: the agent has said yes, and the ledger decides. */
export type OfferState = 'standing' | 'accepting';

/** To a colleague; the agent keeps the chat until it is accepted. */
export type Transfer = { readonly work: WorkId; readonly to: AgentId; readonly note?: string } &
  /** `taking`: a supervisor wants it, and is not asked. */
  (
    | { readonly name: 'asking' | 'taking' }
    | { readonly name: 'offered'; readonly attempt: number; readonly offer: OfferState }
  );

export type TransferTarget =
  | { readonly kind: 'agent'; readonly agent: AgentId }
  | { readonly kind: 'department'; readonly rules: DepartmentRules };

/** Who acts: an agent, or a supervisor in their stead. */
export interface Actor {
  readonly agent: AgentId;
  readonly isSupervisor: boolean;
}

export type Timer =
  | { readonly name: 'line' }
  | { readonly name: 'offer'; readonly agent: AgentId }
  | { readonly name: 'inactive' }
  | { readonly name: 'close' }
  | { readonly name: 'lost' }
  | { readonly name: 'forget' };

export type ConversationInput = { readonly atMs: number } & (
  | { readonly type: 'started' }
  /** Its controller has died: this one goes on, with what the ledger has of it. */
  | { readonly type: 'adopted'; readonly works: readonly AdoptedWork[] }
  | { readonly type: 'routed'; readonly route: Route }
  /** A reload has taken its line away. */
  | { readonly type: 'line-gone' }
  // the ledger's answers, by work: one that is over already changes nothing
  | { readonly type: 'asked'; readonly work: WorkId; readonly result: AssignResult }
  | { readonly type: 'lined-up'; readonly work: WorkId; readonly result: EnqueueResult }
  | { readonly type: 'moved'; readonly work: WorkId; readonly result: RequeueResult }
  /** Also those who join an attempt that runs. */
  | {
      readonly type: 'offered';
      readonly work: WorkId;
      readonly attempt: number;
      readonly agents: readonly AgentId[];
      readonly decision?: Decision;
    }
  | { readonly type: 'offer-expired'; readonly work: WorkId; readonly agent: AgentId; readonly attempt: number }
  | { readonly type: 'more-agents-free'; readonly work: WorkId }
  /** Nobody is free, and this is where it stands. */
  | { readonly type: 'placed'; readonly work: WorkId; readonly place: number }
  | {
      readonly type: 'accept-decided';
      readonly work: WorkId;
      readonly agent: AgentId;
      readonly attempt: number;
      readonly result: AcceptResult;
    }
  // the visitor
  | { readonly type: 'visitor-wrote' }
  | { readonly type: 'visitor-came' }
  | { readonly type: 'visitor-lost' }
  // agents
  | { readonly type: 'accepted'; readonly work: WorkId; readonly agent: AgentId }
  | { readonly type: 'declined'; readonly work: WorkId; readonly agent: AgentId }
  | { readonly type: 'agent-wrote'; readonly agent: AgentId }
  /** Went offline, or all their pages have gone. */
  | { readonly type: 'agent-absent'; readonly agent: AgentId }
  | { readonly type: 'transfer'; readonly by: Actor; readonly to: TransferTarget; readonly note?: string }
  | { readonly type: 'give-back'; readonly by: Actor }
  | { readonly type: 'reopen'; readonly agent: AgentId }
  | { readonly type: 'take'; readonly by: Actor }
  | { readonly type: 'close'; readonly by: { readonly kind: 'visitor' } | ({ readonly kind: 'agent' } & Actor) }
  // time and the world
  | { readonly type: 'timer'; readonly timer: Timer }
  /** A command could not be done for a reason that no state of ours knows. */
  | { readonly type: 'failed' }
  /** The controller stops: everything is given back, and the chat is taken up again when the visitor returns. */
  | { readonly type: 'park' }
);

export type UntimedInput = Untimed<ConversationInput>;

/** Worded by templates.ts. */
export type MessageName = ChatMessageName;

/** Why an agent is offered a chat no longer; `accepted`: it is theirs. */
export type WithdrawnBecause = 'accepted' | 'taken' | 'timed-out' | 'declined' | 'visitor-left' | 'taken-back' | 'over';

/** What an agent asked for and does not get. */
export interface Refusal {
  readonly what: 'transfer' | 'give-back' | 'reopen' | 'close' | 'take';
  readonly why: 'not-yours' | 'not-now' | 'not-there' | 'no-room' | 'declined';
}

export type ConversationCommand =
  | { readonly type: 'find-route' }
  // the ledger
  | {
      readonly type: 'ask-person';
      readonly work: WorkId;
      readonly agent: AgentId;
      readonly as: 'offered' | 'active';
    }
  | {
      readonly type: 'line-up';
      readonly work: WorkId;
      readonly queue: QueueId;
      readonly enqueuedAt: number;
      readonly priority: number;
    }
  | { readonly type: 'move'; readonly work: WorkId; readonly queue: QueueId }
  | { readonly type: 'extend'; readonly work: WorkId; readonly attempt: number }
  | { readonly type: 'accept'; readonly work: WorkId; readonly agent: AgentId; readonly attempt: number }
  | {
      readonly type: 'decline';
      readonly work: WorkId;
      readonly agent: AgentId;
      readonly attempt: number;
      readonly cause: DeclineCause;
    }
  /** Out of line and offers, and out of a hold that was accepted just now. */
  | { readonly type: 'give-up'; readonly work: WorkId }
  | { readonly type: 'release'; readonly work: WorkId; readonly wrapUpMs: number; readonly talkMs: number }
  // agents and visitor
  | {
      readonly type: 'offer';
      readonly agent: AgentId;
      readonly work: WorkId;
      readonly untilMs: number;
      readonly from?: AgentId;
      readonly note?: string;
    }
  | {
      readonly type: 'withdraw';
      readonly agent: AgentId;
      readonly work: WorkId;
      readonly why: WithdrawnBecause;
    }
  | { readonly type: 'refuse'; readonly agent: AgentId; readonly refusal: Refusal }
  | {
      readonly type: 'say';
      readonly message: MessageName;
      readonly agent?: AgentId;
      readonly place?: number;
    }
  /** For agents' eyes alone. */
  | { readonly type: 'note'; readonly agent: AgentId; readonly text: string }
  // time and the world
  | { readonly type: 'set-timer'; readonly timer: Timer; readonly afterMs: number }
  | { readonly type: 'clear-timer'; readonly timer: Timer }
  | { readonly type: 'emit'; readonly event: ChatEvent }
  /** Nothing is left of it in memory. */
  | { readonly type: 'forget' };

export interface ConversationStep {
  readonly state: ConversationState;
  readonly commands: readonly ConversationCommand[];
}
