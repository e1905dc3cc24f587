/** From the configuration to what chats run by: a route with the rules of its department, and the lines of the ledger. */
import type { ChatConfig, ChatRouting, DepartmentConfig } from '../config/chat-config.js';
import type { AgentId, QueueId } from '../kernel/ids.js';
import type { LedgerQueue } from '../ledger/ledger.js';
import { decideChat, type ChatFacts } from '../routing/rules.js';
import type { ChatOverflow, DepartmentRules, Route } from './conversation-types.js';
import { personalLine } from './personal-line.js';

/** Unlimited in effect: who waits for one person waits for a set time, and then goes to a department. */
const PERSONAL_LINE_MAX = 10_000;

/** @throws RangeError when the department that was decided on is not configured, which the config check rules out */
export function routeOf(facts: ChatFacts, routing: ChatRouting, atMs: number): Route {
  const decision = decideChat(facts, routing, atMs);
  const department = departmentRulesOf(decision.department, routing.chat);
  if (department === undefined) throw new RangeError(`no department is called ${decision.department}`);
  if (!decision.isOpen) return { kind: 'out-of-hours', department };
  const { person, priority, tags } = decision;
  return { kind: 'open', department, priority, tags, ...(person === undefined ? {} : { person }) };
}

/** Its overflow is resolved to the last stop. */
export function departmentRulesOf(id: QueueId, chat: ChatConfig): DepartmentRules | undefined {
  const department = chat.departments.get(id);
  return department === undefined ? undefined : rulesOf(department, chat, new Set());
}

function rulesOf(department: DepartmentConfig, chat: ChatConfig, seen: ReadonlySet<QueueId>): DepartmentRules {
  const { id, members: _, hours: __, maxWaiting: ___, priority: ____, ageingStepMs: _____, ...rules } = department;
  return { ...rules, queue: id, overflow: overflowOf(department, chat, new Set(seen).add(id)) };
}

function overflowOf({ overflow }: DepartmentConfig, chat: ChatConfig, seen: ReadonlySet<QueueId>): ChatOverflow {
  if (overflow.kind === 'close') return overflow;
  const next = chat.departments.get(overflow.department);
  // The config check rules out circles; a visitor in one would never be told the truth.
  if (next === undefined || seen.has(next.id)) return { kind: 'close' };
  return { kind: 'department', rules: rulesOf(next, chat, seen) };
}

/** Lines of the ledger for chats: one a department, and one of each agent alone. */
export function chatLinesOf(chat: ChatConfig, agents: Iterable<AgentId>): ReadonlyMap<QueueId, LedgerQueue> {
  const lines = new Map<QueueId, LedgerQueue>();
  for (const { id, strategy, members, priority, ageingStepMs, maxWaiting } of chat.departments.values()) {
    lines.set(id, { channel: 'chat', strategy, members, priority, ageingStepMs, maxWaiting });
  }
  for (const agent of agents) {
    lines.set(personalLine(agent), {
      channel: 'chat',
      strategy: { kind: 'linear' },
      members: [{ agent, priority: 1 }],
      priority: 0,
      ageingStepMs: 0,
      maxWaiting: PERSONAL_LINE_MAX,
    });
  }
  return lines;
}
