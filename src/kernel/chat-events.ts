/** What happens to chats, as the one event stream tells it. What is written in them is in no event. */
import type { AgentId, ConversationId, QueueId } from './ids.js';

export type ChatEvent =
  | { readonly type: 'chat.opened'; readonly chat: ConversationId; readonly queue: QueueId; readonly customer?: string }
  /** `position` in a department's line, or in that of the one person it is for. */
  | { readonly type: 'chat.queued'; readonly chat: ConversationId; readonly queue: QueueId; readonly position: number }
  | {
      readonly type: 'chat.offered';
      readonly chat: ConversationId;
      readonly queue?: QueueId;
      readonly attempt: number;
      readonly agents: readonly AgentId[];
      /** Why these and not others; the ledger's decision as it stood. */
      readonly decision?: unknown;
    }
  | {
      readonly type: 'chat.offer_ended';
      readonly chat: ConversationId;
      readonly agent: AgentId;
      readonly outcome: 'declined' | 'no-answer' | 'unreachable' | 'taken-elsewhere' | 'visitor-left' | 'taken-back';
    }
  | {
      readonly type: 'chat.accepted';
      readonly chat: ConversationId;
      readonly queue?: QueueId;
      readonly agent: AgentId;
      readonly waitedMs: number;
    }
  | {
      readonly type: 'chat.transferred';
      readonly chat: ConversationId;
      readonly from: AgentId;
      readonly to: { readonly agent: AgentId } | { readonly queue: QueueId };
    }
  /** Its agent has it no more; it waits for another. */
  | {
      readonly type: 'chat.unassigned';
      readonly chat: ConversationId;
      readonly agent: AgentId;
      readonly why: 'agent-absent' | 'given-back';
    }
  /** The visitor is silent: the agent keeps the chat, and has the room for something else. */
  | { readonly type: 'chat.inactive'; readonly chat: ConversationId; readonly agent: AgentId }
  | { readonly type: 'chat.resumed'; readonly chat: ConversationId; readonly agent: AgentId }
  | {
      readonly type: 'chat.overflowed';
      readonly chat: ConversationId;
      readonly from: QueueId;
      /** Without it the chat is closed. */
      readonly to?: QueueId;
      readonly why: 'max-wait' | 'full' | 'gone' | 'agent-absent';
    }
  | { readonly type: 'chat.reopened'; readonly chat: ConversationId; readonly by: 'visitor' | 'agent' }
  | {
      readonly type: 'chat.closed';
      readonly chat: ConversationId;
      readonly agent?: AgentId;
      readonly by: 'visitor' | 'agent' | 'controller' | 'fault';
      readonly why: 'asked' | 'visitor-left' | 'inactive' | 'out-of-hours' | 'nobody-free' | 'fault';
      readonly waitedMs: number;
      readonly talkedMs: number;
    };
