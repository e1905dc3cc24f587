/** What happens to work of other systems, as the one event stream and the webhooks tell it. */
import type { AgentId, ItemId, QueueId } from './ids.js';

export type WorkEvent =
  | { readonly type: 'work.queued'; readonly item: ItemId; readonly queue: QueueId; readonly position: number }
  | {
      readonly type: 'work.offered';
      readonly item: ItemId;
      readonly queue: QueueId;
      readonly attempt: number;
      readonly agents: readonly AgentId[];
      /** Until then one of them may accept. Milliseconds since the epoch. */
      readonly untilMs: number;
      /** Why these and not others; the ledger's decision as it stood. */
      readonly decision?: unknown;
    }
  | {
      readonly type: 'work.offer_ended';
      readonly item: ItemId;
      readonly queue: QueueId;
      readonly agent: AgentId;
      readonly attempt: number;
      readonly outcome: WorkOfferOutcome;
    }
  | {
      readonly type: 'work.accepted';
      readonly item: ItemId;
      readonly queue: QueueId;
      readonly agent: AgentId;
      readonly waitedMs: number;
    }
  | {
      readonly type: 'work.overflowed';
      readonly item: ItemId;
      readonly queue: QueueId;
      /** Without it the work has ended. */
      readonly to?: QueueId;
      readonly why: 'max-wait' | 'full' | 'gone';
    }
  | {
      readonly type: 'work.ended';
      readonly item: ItemId;
      readonly queue: QueueId;
      readonly agent?: AgentId;
      readonly why: WorkEnd;
      readonly waitedMs: number;
      readonly activeMs: number;
    };

export type WorkOfferOutcome = 'declined' | 'busy' | 'no-answer' | 'unreachable' | 'taken-elsewhere' | 'taken-back';

export type WorkEnd =
  /** Done, or taken back, as the other system said. */
  | 'closed'
  | 'withdrawn'
  /** Nobody took it within the time of its queues, or these were full. */
  | 'nobody-free'
  /** The controller that had it stops, or has died: the other system may send it again. */
  | 'stopping'
  | 'lost'
  | 'fault';
