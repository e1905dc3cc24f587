/** The `chat` of a RoutingConfig, from checked input. */
import { agentId, hoursId, queueId, type QueueId } from '../kernel/ids.js';
import type {
  CannedReply,
  ChatConfig,
  ChatMessageName,
  ChatRule,
  ChatSiteConfig,
  CustomerMatch,
  DepartmentConfig,
  TranscriptsConfig,
} from './chat-config.js';
import { resolveMembers } from './queue-members.js';
import type { Secrets } from './secrets.js';
import { pathIn, type SiteFolder } from './site-folder.js';
import type { SiteInput } from './site-schema.js';

type ChatInput = NonNullable<SiteInput['chat']>;
type DepartmentInput = ChatInput['departments'][string];
type CustomerInput = ChatInput['dedicated'][number]['customer'];

export function buildChat(input: SiteInput, secrets: Secrets, folder: SiteFolder): { chat?: ChatSiteConfig } {
  const { chat } = input;
  if (chat === undefined) return {};
  return {
    chat: {
      tokenSecret: secrets.get(['chat', 'token_secret']),
      origins: chat.origins,
      transcripts: transcriptsOf(chat, secrets, folder),
      ...(chat.retention === undefined ? {} : { retentionMs: chat.retention }),
      pages: { agent: chat.agent_page, widgetDemo: chat.widget_demo },
      routing: routingOf(chat, input),
    },
  };
}

function transcriptsOf({ transcripts }: ChatInput, secrets: Secrets, folder: SiteFolder): TranscriptsConfig {
  if (transcripts === 'memory') return { kind: 'memory' };
  if ('pglite' in transcripts) return { kind: 'pglite', folder: pathIn(folder, transcripts.pglite) };
  return { kind: 'postgres', url: secrets.get(['chat', 'transcripts', 'postgres']) };
}

function routingOf(chat: ChatInput, input: SiteInput): ChatConfig {
  const departments = new Map(
    Object.entries(chat.departments).map(([id, department]) => [queueId(id), departmentOf(id, department, input)]),
  );
  return {
    departments,
    defaultDepartment: defaultOf(chat),
    rules: chat.rules.map(ruleOf),
    dedicated: chat.dedicated.map(({ customer, agent, wait }) => {
      return { customer: customerOf(customer), agent: agentId(agent), waitMs: wait };
    }),
    ...(chat.last_agent_wait === undefined ? {} : { lastAgentWaitMs: chat.last_agent_wait }),
    texts: Object.fromEntries(Object.entries(chat.messages).map(([language, texts]) => [language, textsOf(texts)])),
    language: chat.language,
    replies: chat.replies.map(replyOf),
  };
}

/** The check has made sure that there is one. */
function defaultOf({ departments, default_department: written }: ChatInput): QueueId {
  return queueId(written ?? Object.keys(departments)[0] ?? '');
}

function departmentOf(id: string, department: DepartmentInput, { teams }: SiteInput): DepartmentConfig {
  const { strategy, overflow, hours } = department;
  return {
    id: queueId(id),
    name: department.name ?? id,
    strategy: { kind: strategy === 'fewest-open' ? 'average-utilisation' : strategy },
    members: resolveMembers(department.members, teams).members.map(({ agent, priority }) => {
      return { agent: agentId(agent), priority };
    }),
    priority: department.priority,
    ageingStepMs: department.ageing_step,
    maxWaiting: department.max_waiting,
    maxWaitMs: department.max_wait,
    offerTimeoutMs: department.offer_timeout,
    overflow:
      overflow === 'close' ? { kind: 'close' } : { kind: 'department', department: queueId(overflow.department) },
    wrapUpMs: department.wrap_up,
    ...(hours === undefined ? {} : { hours: hoursId(hours) }),
    inactiveAfterMs: department.inactive_after,
    closeInactiveAfterMs: department.close_inactive_after,
    lostAfterMs: department.lost_after,
    ownAgentWaitMs: department.own_agent_wait,
    reopenWithinMs: department.reopen_within,
  };
}

function ruleOf({ name, when, then }: ChatInput['rules'][number], index: number): ChatRule {
  const { page, language, text, hours, customer } = when;
  const { department, agent, priority, tags } = then;
  return {
    name: name ?? `rule ${index + 1}`,
    when: {
      ...(page === undefined ? {} : { page }),
      ...(language === undefined ? {} : { language }),
      ...(text === undefined ? {} : { text }),
      ...(hours === undefined ? {} : { hours: hoursId(hours) }),
      ...(customer === undefined ? {} : { customer: customerOf(customer) }),
    },
    then: {
      ...(department === undefined ? {} : { department: queueId(department) }),
      ...(agent === undefined ? {} : { agent: agentId(agent) }),
      ...(priority === undefined ? {} : { priority }),
      ...(tags === undefined ? {} : { tags }),
    },
  };
}

function replyOf({ shortcut, text, departments }: ChatInput['replies'][number]): CannedReply {
  return {
    shortcut,
    texts: typeof text === 'string' ? { '*': text } : text,
    ...(departments === undefined ? {} : { departments: departments.map(queueId) }),
  };
}

function customerOf({ ids, emails, tags }: CustomerInput): CustomerMatch {
  return {
    ...(ids === undefined ? {} : { ids }),
    ...(emails === undefined ? {} : { emails }),
    ...(tags === undefined ? {} : { tags }),
  };
}

function textsOf(texts: ChatInput['messages'][string]): Partial<Record<ChatMessageName, string>> {
  const named: readonly (readonly [ChatMessageName, string | undefined])[] = [
    ['welcome', texts.welcome],
    ['outOfHours', texts.out_of_hours],
    ['atCapacity', texts.at_capacity],
    ['agentJoined', texts.agent_joined],
    ['agentLeft', texts.agent_left],
    ['closed', texts.closed],
  ];
  return Object.fromEntries(named.filter(([, text]) => text !== undefined));
}
