/** What a configuration says of chats: departments, who gets which chat, what visitors are told, and the limits. */
import type { AgentId, HoursId, QueueId } from '../kernel/ids.js';
import type { QueueMember, Strategy, WeeklyHours } from './staffing.js';

/** The `chat` of a configuration. */
export interface ChatSiteConfig {
  /** Signs tokens of visitors, customers and agents. */
  readonly tokenSecret: string;
  /** Pages that may open chats: `https://www.example.com`. */
  readonly origins: readonly string[];
  readonly transcripts: TranscriptsConfig;
  /** How long closed chats are kept; absent: for good. */
  readonly retentionMs?: number;
  /** What the HTTP server shows people, beside the widget's script. */
  readonly pages: { readonly agent: boolean; readonly widgetDemo: boolean };
  readonly routing: ChatConfig;
}

/** Where what was said is kept. */
export type TranscriptsConfig =
  | { readonly kind: 'memory' }
  /** A folder, absolute. */
  | { readonly kind: 'pglite'; readonly folder: string }
  | { readonly kind: 'postgres'; readonly url: string };

export interface ChatConfig {
  readonly departments: ReadonlyMap<QueueId, DepartmentConfig>;
  /** Where a chat goes of which no rule says something else. */
  readonly defaultDepartment: QueueId;
  /** In their order: the first that fits decides. */
  readonly rules: readonly ChatRule[];
  /** Named customers and their agents; the first that fits. */
  readonly dedicated: readonly DedicatedAgent[];
  /** A returning customer waits so long for the agent they had, when that one is there but full; absent: no such wish. */
  readonly lastAgentWaitMs?: number;
  /** Texts of the site by language, then by name; what is missing is said in our words. */
  readonly texts: Readonly<Record<string, Readonly<Partial<Record<ChatMessageName, string>>>>>;
  /** Where a visitor's language is not known. */
  readonly language: string;
  /** In their order. */
  readonly replies: readonly CannedReply[];
}

/** A text that agents need again and again. */
export interface CannedReply {
  /** By which agents find it; several may share one, for different departments. */
  readonly shortcut: string;
  /** By language tag; one text for all languages stands under `*`. Names in braces are filled in. */
  readonly texts: Readonly<Record<string, string>>;
  /** In whose chats it is offered; absent: in all. */
  readonly departments?: readonly QueueId[];
}

/** The texts that a site may word itself. */
export type ChatMessageName = 'welcome' | 'outOfHours' | 'atCapacity' | 'agentJoined' | 'agentLeft' | 'closed';

export interface DepartmentConfig {
  /** Of its line in the ledger. */
  readonly id: QueueId;
  /** As visitors read it. */
  readonly name: string;
  readonly strategy: Strategy;
  readonly members: readonly QueueMember[];
  readonly priority: number;
  readonly ageingStepMs: number;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
  readonly offerTimeoutMs: number;
  readonly overflow: { readonly kind: 'department'; readonly department: QueueId } | { readonly kind: 'close' };
  readonly wrapUpMs: number;
  /** Open always when absent. */
  readonly hours?: HoursId;
  /** Of silence after the agent's last words; 0 never. */
  readonly inactiveAfterMs: number;
  /** 0 never. */
  readonly closeInactiveAfterMs: number;
  readonly lostAfterMs: number;
  readonly ownAgentWaitMs: number;
  readonly reopenWithinMs: number;
}

/** All conditions of a rule must hold; one that is absent always does. */
export interface ChatRule {
  /** Names it in explanations. */
  readonly name: string;
  readonly when: {
    /** Address of the page, `*` for any run of characters: `https://example.com/shop/*`. */
    readonly page?: readonly string[];
    /** Language tags; `es` holds for `es-MX` too. */
    readonly language?: readonly string[];
    /** In the visitor's first words, whatever their case: any of these. */
    readonly text?: readonly string[];
    /** While these hours are open. */
    readonly hours?: HoursId;
    readonly customer?: CustomerMatch;
  };
  readonly then: {
    readonly department?: QueueId;
    readonly agent?: AgentId;
    /** Added to the department's own; smaller is more urgent. */
    readonly priority?: number;
    readonly tags?: readonly string[];
  };
}

/** Any of these. */
export interface CustomerMatch {
  readonly ids?: readonly string[];
  /** Whole addresses, or `@example.com` for all of a domain; whatever their case. */
  readonly emails?: readonly string[];
  readonly tags?: readonly string[];
}

export interface DedicatedAgent {
  readonly customer: CustomerMatch;
  readonly agent: AgentId;
  /** How long such a customer waits for this agent, when that one is there but full. */
  readonly waitMs: number;
}

/** What a decision on a chat is made from, of the site's configuration. */
export interface ChatRouting {
  readonly chat: ChatConfig;
  readonly hours: ReadonlyMap<HoursId, WeeklyHours>;
  readonly timeZone: string;
}
