/** A site that takes chats, small enough to look through: a ledger in memory behind a network, a clock that stands still, a desk that remembers. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { createChatDesk, type ScriptedDesk } from './scripted-desk.js';
import { startChatDispatcher } from '../../src/chat/chat-dispatcher.js';
import type { DepartmentRules, MessageName, Route, ConversationState } from '../../src/chat/conversation-types.js';
import type { ConversationRunner } from '../../src/chat/conversation-runner.js';
import { createConversations, type Conversations } from '../../src/chat/conversations.js';
import { personalLine } from '../../src/chat/personal-line.js';
import type { Strategy } from '../../src/config/staffing.js';
import { createEventStream } from '../../src/kernel/event-stream.js';
import type { SwitchboardEvent } from '../../src/kernel/events.js';
import { agentId, conversationId, queueId, type AgentId, type ConversationId } from '../../src/kernel/ids.js';
import type { Logger } from '../../src/kernel/logger.js';
import type { LedgerQueue } from '../../src/ledger/ledger.js';
import { createMemoryLedger } from '../../src/ledger/memory.js';
import { BLENDED } from '../ledger/ledger-site.js';
import { createManualClock } from '../support/manual-clock.js';
import { createSlowLedger } from '../support/slow-ledger.js';

export const agentIds = ['ana', 'ben', 'eva'].map(agentId);
export const sales = queueId('sales');
export const support = queueId('support');

const loud: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error(fields, message) {
    throw new Error(`${message} ${JSON.stringify(fields)}`, { cause: fields });
  },
  child: () => loud,
};

export function departmentRules(over: Partial<DepartmentRules> = {}): DepartmentRules {
  return {
    queue: support,
    name: 'Support',
    strategy: { kind: 'longest-idle' },
    offerTimeoutMs: 20_000,
    maxWaitMs: 60_000,
    overflow: { kind: 'close' },
    wrapUpMs: 0,
    inactiveAfterMs: 20_000,
    closeInactiveAfterMs: 600_000,
    lostAfterMs: 30_000,
    ownAgentWaitMs: 45_000,
    reopenWithinMs: 120_000,
    ...over,
  };
}

export interface ChatSite {
  readonly clock: ReturnType<typeof createManualClock>;
  readonly network: ReturnType<typeof createSlowLedger>;
  readonly ledger: ReturnType<typeof createSlowLedger>['ledger'];
  readonly conversations: Conversations;
  readonly desk: ScriptedDesk;
  readonly seen: SwitchboardEvent[];
  /** What each chat was before its last step. */
  readonly before: Map<ConversationId, ConversationState>;
  /** What was said to visitors, `welcome` or `atCapacity 2`. */
  readonly said: string[];
  /** Where the next chats go. */
  route: (state: ConversationState) => Route;
  readonly rules: { readonly support: DepartmentRules; readonly sales: DepartmentRules };
  stop(): Promise<void>;
}

export async function buildChatSite(options: { strategy?: Strategy; random?: () => number } = {}): Promise<ChatSite> {
  const strategy = options.strategy ?? { kind: 'longest-idle' };
  const clock = createManualClock();
  const network = createSlowLedger(createMemoryLedger({ clock, random: options.random ?? (() => 0.5) }));
  const { ledger } = network;
  const seen: SwitchboardEvent[] = [];
  const onListenerError = (error: unknown): void => expect.fail(String(error));
  const events = createEventStream({ clock, configVersion: () => 'v', onListenerError });
  events.subscribe((event) => seen.push(event));
  await ledger.configure({
    agents: new Map(agentIds.map((id) => [id, { capacity: BLENDED }])),
    queues: linesFor(strategy),
    backOff: { busy: 1_000, declined: 2_000, 'no-answer': 3_000, unreachable: 4_000 },
    missesUntilAway: 0,
  });
  for (const agent of agentIds) await comesIn(ledger, agent);
  const said: string[] = [];
  const before = new Map<ConversationId, ConversationState>();
  const desk = createChatDesk();
  const salesRules = departmentRules({ queue: sales, name: 'Sales', strategy });
  const rules = {
    sales: salesRules,
    support: departmentRules({ strategy, overflow: { kind: 'department', rules: salesRules } }),
  };
  const site: Pick<ChatSite, 'route'> = {
    route: () => ({ kind: 'open', department: rules.support, priority: 0, tags: [] }),
  };
  const conversations = createConversations({
    ledger,
    clock,
    events,
    log: loud,
    desk,
    words: {
      say: (_, message: MessageName, { place }) => said.push(place === undefined ? message : `${message} ${place}`),
      note: () => undefined,
    },
    findRoute: (state) => Promise.resolve(site.route(state)),
    onChanged: (state, last) => void before.set(state.id, last),
  });
  const stopDispatcher = startChatDispatcher({ ledger, conversations, isChatQueue: () => true, log: loud });
  return Object.assign(site, {
    clock,
    network,
    ledger,
    conversations,
    desk,
    seen,
    said,
    before,
    rules,
    async stop() {
      stopDispatcher();
      await ledger.close();
    },
  });
}

function linesFor(strategy: Strategy): Map<ReturnType<typeof queueId>, LedgerQueue> {
  const common = { priority: 0, ageingStepMs: 60_000, maxWaiting: 50, channel: 'chat' } as const;
  const lines = new Map<ReturnType<typeof queueId>, LedgerQueue>();
  const members = (agents: readonly AgentId[]) => agents.map((agent, index) => ({ agent, priority: 10 + index }));
  lines.set(support, { ...common, strategy, members: members(agentIds) });
  lines.set(sales, { ...common, strategy, members: members(agentIds.slice(1)) });
  for (const agent of agentIds) {
    lines.set(personalLine(agent), { ...common, strategy: { kind: 'linear' }, members: members([agent]) });
  }
  return lines;
}

/** Opens a chat by the route that the site gives now. */
export function openChat(site: ChatSite): ConversationRunner {
  return site.conversations.open({ id: conversationId(randomUUID()) });
}

export async function comesIn(ledger: ChatSite['ledger'], agent: AgentId): Promise<void> {
  await ledger.setReachable({ agent, channel: 'chat', reachable: true });
  await ledger.setPresence({ agent, presence: { state: 'available' } });
}
