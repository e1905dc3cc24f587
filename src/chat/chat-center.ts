/** Everything of chats, put together: what the composition root starts, and the edges speak with. */
import type { ChatRouting } from '../config/chat-config.js';
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import { agentId, type QueueId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { Ledger } from '../ledger/ledger.js';
import type { ChatNews } from './agent-news.js';
import { createAgentOffice, type AgentOffice } from './agent-office.js';
import { createAgentPages } from './agent-pages.js';
import { createAgentSession, type AgentSession, type AgentSessionDeps } from './agent-session.js';
import { startChatDispatcher } from './chat-dispatcher.js';
import { chatNews } from './chat-news.js';
import { departmentRulesOf, routeOf } from './chat-routes.js';
import type { ChatTokens } from './chat-token.js';
import { createChatVisits } from './chat-visits.js';
import { isChatLine } from './chat-works.js';
import type { ChatWords } from './conversation-runner.js';
import type { Actor, ConversationState } from './conversation-types.js';
import { createConversations, type Conversations } from './conversations.js';
import { createMessageLog, type MessageLog } from './message-log.js';
import type { ChatStaff } from './oversight.js';
import { createRateLimit } from './rate-limit.js';
import type { ChatSocket } from './socket-writer.js';
import { messageText } from './templates.js';
import type { ExportedConversation, TranscriptStore } from './transcript-store.js';
import { createVisitorSession, type VisitorSession } from './visitor-session.js';

export interface ChatCenter {
  readonly conversations: Conversations;
  /** @param address that rates are limited by */
  visitorCame(socket: ChatSocket, address: string): VisitorSession;
  /** @param by proved by a token before */
  agentCame(socket: ChatSocket, by: Actor): AgentSession;
  /** Whether the site has an agent of that name now. */
  isAgent(agent: string): boolean;
  /** Those of this controller, as they are now. */
  list(): readonly ChatNews[];
  exportCustomer(customer: string): Promise<readonly ExportedConversation[]>;
  /** Ends what runs here of the customer and forgets what was said. @returns how many chats that were */
  eraseCustomer(customer: string): Promise<number>;
  /** Gives all room back; chats go on when their visitors return. What was said is written down first. */
  stop(): Promise<void>;
}

export interface ChatCenterDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: EventStream;
  readonly log: Logger;
  readonly store: TranscriptStore;
  readonly tokens: ChatTokens;
  readonly routing: () => ChatRouting;
  /** As configured now. */
  readonly staff: () => ChatStaff;
}

const TOKEN_TTL_MS = 30 * 24 * 60 * 60_000;
const AGENT_GRACE_MS = 15_000;
const MESSAGE_RATE = { burst: 20, perSecond: 2 };
const OPEN_RATE = { burst: 5, perSecond: 0.1 };

export function createChatCenter(deps: ChatCenterDeps): ChatCenter {
  const { ledger, clock, log, store, tokens, routing } = deps;
  const messages = createMessageLog(deps);
  const office = createAgentOffice({ ...deps, factsOf: ({ id }) => visits.factsOf(id) });
  const { nameOf, isOverseen } = office;
  const tell = (state: ConversationState): ChatNews => chatNews(state, visits.factsOf(state.id));
  const pages = createAgentPages({
    ...{ ledger, clock, log, isOverseen },
    conversations: () => conversations,
    tell,
    graceMs: AGENT_GRACE_MS,
  });
  const visits = createChatVisits({
    conversations: () => conversations,
    log: messages,
    store,
    tokens,
    clock,
    nameOf,
    onTyping: (state, isTyping) => pages.visitorTypes(state, isTyping),
    tokenTtlMs: TOKEN_TTL_MS,
  });
  const factsOf = (state: ConversationState) => visits.factsOf(state.id) ?? { languages: [] };
  const conversations: Conversations = createConversations({
    ...deps,
    desk: pages,
    words: wordsIn(messages, (state) => factsOf(state).languages, { ...deps, nameOf }),
    findRoute: async (state) => routeOf(withLastAgent(factsOf(state), state), routing(), clock.now()),
    onChanged(state, before) {
      pages.changed(state, before);
      visits.changed(state);
      keepRecord(state, before, deps);
    },
    onForgotten: ({ id }) => visits.forget(id),
  });
  const isChatQueue = (queue: QueueId): boolean => isChatLine(queue, routing().chat);
  const stopDispatcher = startChatDispatcher({ ledger, conversations, isChatQueue, log });
  return {
    conversations,
    ...sessionsOf({ conversations, messages, visits, pages, office }, deps),
    isAgent: (agent) => deps.staff().agents.has(agentId(agent)),
    list: () => [...conversations.all()].map(({ state }) => tell(state)),
    exportCustomer: (customer) => messages.flushed().then(() => store.exportCustomer(customer)),
    async eraseCustomer(customer) {
      parkChatsOf(customer, conversations);
      await messages.flushed();
      return store.eraseCustomer(customer);
    },
    async stop() {
      stopDispatcher();
      pages.stop();
      conversations.parkAll();
      await messages.close();
    },
  };
}

function sessionsOf(
  parts: Omit<AgentSessionDeps, 'rulesOf' | 'log'>,
  { routing, clock, log }: ChatCenterDeps,
): Pick<ChatCenter, 'visitorCame' | 'agentCame'> {
  const rates = {
    messageRate: createRateLimit({ clock, ...MESSAGE_RATE }),
    openRate: createRateLimit({ clock, ...OPEN_RATE }),
  };
  const rulesOf = (department: QueueId) => departmentRulesOf(department, routing().chat);
  return {
    visitorCame: (socket, address) => createVisitorSession(socket, address, { ...parts, ...rates, clock, log }),
    agentCame: (socket, by) => createAgentSession(socket, by, { ...parts, rulesOf, log }),
  };
}

function parkChatsOf(customer: string, conversations: Conversations): void {
  const running = [...conversations.all()].filter(({ state }) => state.visitor.customer === customer);
  for (const runner of running) runner.deliver({ type: 'park' });
}

/** Whom they talked to in this very chat comes before whom they had in an earlier one. */
function withLastAgent<Facts extends object>(facts: Facts, { lastAgent }: ConversationState): Facts {
  return lastAgent === undefined ? facts : { ...facts, lastAgent };
}

function wordsIn(
  messages: MessageLog,
  languagesOf: (state: ConversationState) => readonly string[],
  { routing, nameOf }: Pick<ChatCenterDeps, 'routing'> & Pick<AgentOffice, 'nameOf'>,
): ChatWords {
  return {
    say(state, message, { agent, place }) {
      const { texts, language } = routing().chat;
      const text = messageText(message, {
        texts,
        languages: [...languagesOf(state), language],
        fillings: {
          ...(agent === undefined ? {} : { agent: nameOf(agent) }),
          ...(place === undefined ? {} : { place: String(place) }),
          ...(state.department === undefined ? {} : { department: state.department.name }),
        },
      });
      if (text !== undefined) messages.append(state.id, { from: { kind: 'site' }, body: { kind: 'text', text } });
    },
    note(state, agent, text) {
      const from = { kind: 'agent', agent } as const;
      messages.append(state.id, { from, body: { kind: 'text', text }, audience: 'agents' });
    },
  };
}

/** Whom a customer had last, and when a chat was closed, outlives this process. */
function keepRecord(state: ConversationState, before: ConversationState, { store, log }: ChatCenterDeps): void {
  const isClosed = state.phase.name === 'closed';
  const wasClosed = before.phase.name === 'closed';
  if (state.phase.name === 'forgotten' || (state.lastAgent === before.lastAgent && isClosed === wasClosed)) return;
  const { customer } = state.visitor;
  store
    .putConversation({
      id: state.id,
      openedAtMs: state.sinceMs,
      ...(customer === undefined ? {} : { customer }),
      ...(state.lastAgent === undefined ? {} : { lastAgent: state.lastAgent }),
      ...(state.phase.name === 'closed' ? { closedAtMs: state.phase.atMs } : {}),
    })
    .catch((error: unknown) => log.error({ err: error, chat: state.id }, 'the record of a chat was not kept'));
}
