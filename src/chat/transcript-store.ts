/** Where what was said is kept: the port of the message log, with an implementation in memory and one in SQL. */
import type { AgentId, ConversationId } from '../kernel/ids.js';

/** One thing that was said, sent or noted. `seq` rises by one within a conversation, from 1. */
export interface Entry {
  readonly conversation: ConversationId;
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly from: Sender;
  readonly body: Body;
  /** `agents`: an internal note, which no visitor ever gets. */
  readonly audience: Audience;
  /** The sender's own id of it, by which a repetition is known. */
  readonly clientId?: string;
}

export type Sender =
  | { readonly kind: 'visitor' }
  | { readonly kind: 'agent'; readonly agent: AgentId }
  /** The site's own words. */
  | { readonly kind: 'site' };

/** Text is text: never markup, whatever stands in it. */
export type Body =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly mediaType: string;
      /** Base64. */
      readonly data: string;
    };

export type Audience = 'everybody' | 'agents';

export interface ConversationRecord {
  readonly id: ConversationId;
  readonly openedAtMs: number;
  /** The site's id of the customer; what export and erasure go by. */
  readonly customer?: string;
  readonly lastAgent?: AgentId;
  readonly closedAtMs?: number;
}

export interface TranscriptStore {
  /** Makes or replaces the record; what was said stays. */
  putConversation(record: ConversationRecord): Promise<void>;
  getConversation(id: ConversationId): Promise<ConversationRecord | undefined>;

  /** All of them or none. One that is there already (by conversation and `seq`) is left as it is. */
  append(entries: readonly Entry[]): Promise<void>;

  /** In the order of `seq`, those after `after`, at most `limit`; for visitors only what everybody may read. */
  read(request: ReadRequest): Promise<readonly Entry[]>;

  /** The newest `seq` of a conversation; 0 when nothing was said. */
  lastSeq(id: ConversationId): Promise<number>;

  /** Whom the customer talked to last, in any of their conversations. */
  lastAgentOf(customer: string): Promise<AgentId | undefined>;

  /** Everything that is kept of a customer, conversation by conversation, internal notes included. */
  exportCustomer(customer: string): Promise<readonly ExportedConversation[]>;

  /** Nothing of the customer is left. @returns how many conversations that were */
  eraseCustomer(customer: string): Promise<number>;

  /** Drops conversations that were closed before that time. @returns how many */
  dropClosedBefore(atMs: number): Promise<number>;

  close(): Promise<void>;
}

export interface ReadRequest {
  readonly conversation: ConversationId;
  readonly after: number;
  readonly limit: number;
  readonly audience: Audience;
}

export interface ExportedConversation {
  readonly record: ConversationRecord;
  readonly entries: readonly Entry[];
}
