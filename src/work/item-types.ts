/** The words of an item's life: what happens to it ({@link ItemInput}), what it does ({@link ItemCommand}), what it is. */
import type { Channel } from '../config/routing-config.js';
import type { StrategyKind } from '../config/staffing.js';
import type { AgentId, ItemId, QueueId } from '../kernel/ids.js';
import type { Untimed } from '../kernel/mailbox.js';
import type { WorkEnd, WorkEvent } from '../kernel/work-events.js';
import type { AcceptResult, DeclineCause, EnqueueResult, RequeueResult } from '../ledger/ledger.js';
import type { Decision } from '../routing/decision.js';

/** The rules of a queue travel with the item, so that a reload never changes a running one. */
export interface LineRules {
  readonly queue: QueueId;
  readonly channel: Channel;
  readonly strategy: StrategyKind;
  /** How long an agent has to accept. */
  readonly offerTimeoutMs: number;
  /** In this line; then the overflow. */
  readonly maxWaitMs: number;
  readonly wrapUpMs: number;
  /** Absent: the item ends. */
  readonly overflow?: LineRules;
}

export interface ItemState {
  readonly id: ItemId;
  /** Where it stands, or stood last. */
  readonly line: LineRules;
  /** Its age in every line. Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Added to the queue's own; smaller is more urgent. */
  readonly priority: number;
  readonly phase: ItemPhase;
}

export type ItemPhase =
  | ({ readonly name: 'waiting' } & InLine)
  | ({
      readonly name: 'offered';
      readonly attempt: number;
      /** At least one. */
      readonly offers: ReadonlyMap<AgentId, Offer>;
    } & InLine)
  | { readonly name: 'active'; readonly agent: AgentId; readonly sinceMs: number }
  | { readonly name: 'ended'; readonly atMs: number; readonly why: WorkEnd; readonly agent?: AgentId };

export interface InLine {
  /** Then it goes to the overflow. */
  readonly untilMs: number;
  /** The line that it is being moved to. */
  readonly moving?: LineRules;
}

/** `accepting`: the other system has said yes, and the ledger decides; these have asked. */
export type Offer = { readonly untilMs: number } & (
  { readonly state: 'standing' } | { readonly state: 'accepting'; readonly asks: readonly AskId[] }
);

/** Names a question of the other system, to be answered once. */
export type AskId = number;

/** What the other system may do with an item. */
export type ItemAct =
  | { readonly type: 'accept'; readonly agent: AgentId }
  | { readonly type: 'decline'; readonly agent: AgentId; readonly cause: DeclineCause }
  /** With `agent`: only if it is theirs. */
  | { readonly type: 'close'; readonly agent?: AgentId }
  | { readonly type: 'withdraw' };

export type Answer = { readonly type: 'done' } | { readonly type: 'refused'; readonly why: RefusalReason };

export type RefusalReason =
  /** Not to this agent, or not any more. */
  | 'not-offered'
  /** Another agent has it. */
  | 'taken'
  /** Nobody has it yet. */
  | 'not-active'
  /** The same agent is accepting it at this moment. */
  | 'being-accepted'
  | 'over';

export type Timer = { readonly name: 'line' } | { readonly name: 'offer'; readonly agent: AgentId };

export type ItemInput = { readonly atMs: number } &
  /** Answered when it stands in line, or has ended. */
  (
    | { readonly type: 'started'; readonly ask: AskId }
    /** Taken over from a controller that has died, as the ledger has it; with `isNews` nobody was told of this phase. */
    | { readonly type: 'adopted'; readonly isNews: boolean }
    | ({ readonly ask: AskId } & ItemAct)
    // the ledger
    | { readonly type: 'lined-up'; readonly ask?: AskId; readonly result: EnqueueResult }
    | { readonly type: 'moved'; readonly result: RequeueResult }
    /** Also those who join an attempt that runs. */
    | {
        readonly type: 'offered';
        readonly attempt: number;
        readonly agents: readonly AgentId[];
        readonly decision?: Decision;
      }
    | { readonly type: 'offer-expired'; readonly agent: AgentId; readonly attempt: number }
    | { readonly type: 'more-agents-free' }
    | {
        readonly type: 'accept-decided';
        readonly agent: AgentId;
        readonly attempt: number;
        readonly result: AcceptResult;
      }
    /** Out of the line, by the agent's own wish: the ledger has given it to them. */
    | { readonly type: 'taken'; readonly agent: AgentId }
    | { readonly type: 'agent-absent'; readonly agent: AgentId }
    // time and the world
    /** `isUntold`: the other system has not taken the news of the offers that stand. */
    | { readonly type: 'timer'; readonly timer: Timer; readonly isUntold?: boolean }
    /** A command could not be done for a reason that no state of ours knows. */
    | { readonly type: 'failed' }
    /** The controller stops, and nobody can take it over. */
    | { readonly type: 'stop' }
  );

export type UntimedInput = Untimed<ItemInput>;

export type ItemCommand =
  // the ledger
  | {
      readonly type: 'line-up';
      readonly ask?: AskId;
      readonly rules: LineRules;
      readonly enqueuedAt: number;
      readonly priority: number;
    }
  | { readonly type: 'move'; readonly queue: QueueId }
  | { readonly type: 'extend'; readonly attempt: number }
  | { readonly type: 'accept'; readonly agent: AgentId; readonly attempt: number }
  | { readonly type: 'decline'; readonly agent: AgentId; readonly attempt: number; readonly cause: DeclineCause }
  /** Out of line and offers, and out of a hold that was accepted just now. */
  | { readonly type: 'give-up' }
  | { readonly type: 'release'; readonly wrapUpMs: number; readonly talkMs: number }
  // time and the world
  | { readonly type: 'set-timer'; readonly timer: Timer; readonly afterMs: number }
  | { readonly type: 'clear-timer'; readonly timer: Timer }
  | { readonly type: 'emit'; readonly event: WorkEvent }
  | { readonly type: 'answer'; readonly ask: AskId; readonly answer: Answer };

export interface ItemStep {
  readonly state: ItemState;
  readonly commands: readonly ItemCommand[];
}
