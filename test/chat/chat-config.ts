/** A small configuration of chats: support, which overflows to sales. */
import { departmentRules, sales, support, agentIds } from './chat-site.js';
import type { ChatStaff } from '../../src/chat/oversight.js';
import type { ChatConfig, ChatRouting, DepartmentConfig } from '../../src/config/chat-config.js';
import { teamId, type QueueId } from '../../src/kernel/ids.js';

export function department(id: QueueId, name: string, over: Partial<DepartmentConfig> = {}): DepartmentConfig {
  const { queue: _, ...rules } = departmentRules();
  return {
    ...rules,
    id,
    name,
    members: agentIds.map((agent) => ({ agent, priority: 1 })),
    priority: 0,
    ageingStepMs: 60_000,
    maxWaiting: 50,
    overflow: { kind: 'close' },
    ...over,
  };
}

export function chatConfig(over: Partial<ChatConfig> = {}): ChatConfig {
  return {
    departments: new Map([
      [support, department(support, 'Support', { overflow: { kind: 'department', department: sales } })],
      [sales, department(sales, 'Sales')],
    ]),
    defaultDepartment: support,
    rules: [],
    dedicated: [],
    texts: {},
    language: 'en',
    replies: [],
    ...over,
  };
}

export function chatRouting(over: Partial<ChatConfig> = {}): ChatRouting {
  return { chat: chatConfig(over), hours: new Map(), timeZone: 'UTC' };
}

/** Ana, Ben and Eva, who is the supervisor of all three. */
export function chatStaff(): ChatStaff {
  const [, , eva] = agentIds;
  const names = new Map(agentIds.map((id) => [id, { name: id.charAt(0).toUpperCase() + id.slice(1) }]));
  return { agents: names, teams: new Map([[teamId('all'), { agents: agentIds, supervisors: [eva!] }]]) };
}
