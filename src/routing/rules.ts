/**
 * Which department a chat goes to, and to whom in it first: rules in the order of the configuration, the first that
 * fits decides. Why each rule before it did not fit stands in the answer, so that a dry run and a real one say the same.
 *
 * Whose chat it is, in this order: the agent that the rule names, the agent dedicated to the customer, the agent whom the
 * customer had last. Whether that one is there is the ledger's to say.
 */
import type { ChatRouting, ChatRule, CustomerMatch } from '../config/chat-config.js';
import type { AgentId, QueueId } from '../kernel/ids.js';
import { isOpen } from './hours.js';

/** What is known of a chat when it is routed. */
export interface ChatFacts {
  /** Address of the page that the chat was opened on. */
  readonly page?: string;
  /** What the visitor reads, best first. */
  readonly languages: readonly string[];
  /** The visitor's first words. */
  readonly text?: string;
  readonly customer?: CustomerFacts;
  /** Whom this customer talked to last. */
  readonly lastAgent?: AgentId;
}

/** As the site's own server vouches for it; nothing that a visitor may simply claim. */
export interface CustomerFacts {
  readonly id?: string;
  /** For agents' eyes; nothing goes by it. */
  readonly name?: string;
  readonly email?: string;
  readonly tags?: readonly string[];
}

export interface ChatDecision {
  readonly department: QueueId;
  readonly isOpen: boolean;
  readonly person?: { readonly agent: AgentId; readonly why: 'dedicated' | 'last'; readonly waitMs: number };
  readonly priority: number;
  readonly tags: readonly string[];
  /** The rule that decided; absent when none did. */
  readonly rule?: string;
  /** Rules before it, each with the first condition that did not hold. */
  readonly passedOver: readonly { readonly rule: string; readonly why: RuleCondition }[];
}

export type RuleCondition = 'page' | 'language' | 'text' | 'hours' | 'customer';

export function decideChat(facts: ChatFacts, routing: ChatRouting, atMs: number): ChatDecision {
  const { chat } = routing;
  const passedOver: { rule: string; why: RuleCondition }[] = [];
  const rule = chat.rules.find((candidate) => {
    const why = firstThatFails(candidate, facts, routing, atMs);
    if (why !== undefined) passedOver.push({ rule: candidate.name, why });
    return why === undefined;
  });
  const department = rule?.then.department ?? chat.defaultDepartment;
  const hours = chat.departments.get(department)?.hours;
  const person = personOf(rule, facts, routing);
  return {
    department,
    isOpen: hours === undefined || isOpenNow(hours, routing, atMs),
    ...(person === undefined ? {} : { person }),
    priority: rule?.then.priority ?? 0,
    tags: rule?.then.tags ?? [],
    ...(rule === undefined ? {} : { rule: rule.name }),
    passedOver,
  };
}

function personOf(rule: ChatRule | undefined, facts: ChatFacts, { chat }: ChatRouting): ChatDecision['person'] {
  const dedicated = chat.dedicated.find((one) => isCustomer(one.customer, facts.customer));
  if (rule?.then.agent !== undefined) {
    const waitMs = dedicated?.agent === rule.then.agent ? dedicated.waitMs : (chat.lastAgentWaitMs ?? 0);
    return { agent: rule.then.agent, why: 'dedicated', waitMs };
  }
  if (dedicated !== undefined) return { agent: dedicated.agent, why: 'dedicated', waitMs: dedicated.waitMs };
  if (facts.lastAgent === undefined || chat.lastAgentWaitMs === undefined) return undefined;
  return { agent: facts.lastAgent, why: 'last', waitMs: chat.lastAgentWaitMs };
}

function firstThatFails(
  { when }: ChatRule,
  facts: ChatFacts,
  routing: ChatRouting,
  atMs: number,
): RuleCondition | undefined {
  if (when.page !== undefined && !when.page.some((pattern) => fitsPage(pattern, facts.page))) return 'page';
  if (when.language !== undefined && !when.language.some((tag) => speaks(tag, facts.languages))) return 'language';
  if (when.text !== undefined && !when.text.some((words) => contains(facts.text, words))) return 'text';
  if (when.hours !== undefined && !isOpenNow(when.hours, routing, atMs)) return 'hours';
  if (when.customer !== undefined && !isCustomer(when.customer, facts.customer)) return 'customer';
  return undefined;
}

function isOpenNow(id: Parameters<ChatRouting['hours']['get']>[0], routing: ChatRouting, atMs: number): boolean {
  const weekly = routing.hours.get(id);
  return weekly === undefined || isOpen(weekly, routing.timeZone, atMs);
}

/** Piece by piece instead of by a regular expression: no pattern can make it slow. */
function fitsPage(pattern: string, page: string | undefined): boolean {
  if (page === undefined) return false;
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return page === pattern;
  if (!page.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = page.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return page.length - last.length >= at && page.endsWith(last);
}

/** Only what the visitor reads best counts: nearly everybody's browser names English somewhere. */
function speaks(tag: string, languages: readonly string[]): boolean {
  const best = languages[0]?.toLowerCase();
  const wanted = tag.toLowerCase();
  return best === wanted || best?.startsWith(`${wanted}-`) === true;
}

function contains(text: string | undefined, words: string): boolean {
  return text?.toLowerCase().includes(words.toLowerCase()) === true;
}

function isCustomer(match: CustomerMatch, customer: CustomerFacts | undefined): boolean {
  if (customer === undefined) return false;
  const { id, email, tags = [] } = customer;
  if (id !== undefined && match.ids?.includes(id) === true) return true;
  if (email !== undefined && match.emails?.some((wanted) => isEmail(wanted, email)) === true) return true;
  return match.tags?.some((tag) => tags.includes(tag)) === true;
}

function isEmail(wanted: string, email: string): boolean {
  const address = email.toLowerCase();
  return wanted.startsWith('@') ? address.endsWith(wanted.toLowerCase()) : address === wanted.toLowerCase();
}
