/** Everything of chats, put together: what the composition root starts, and the edges speak with. */
import type { ChatRouting } from '../config/chat-config.js';
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import type { AgentId, ConversationId, QueueId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { Ledger } from '../ledger/ledger.js';
import { createAgentPages } from './agent-pages.js';
import { createAgentSession, type AgentSession } from './agent-session.js';
import { startChatDispatcher } from './chat-dispatcher.js';
import { departmentRulesOf, routeOf } from './chat-routes.js';
import type { ChatTokens } from './chat-token.js';
import { createChatVisits } from './chat-visits.js';
import { isChatLine } from './chat-works.js';
import type { ChatWords } from './conversation-runner.js';
import type { Actor, ConversationState } from './conversation-types.js';
import { createConversations, ownerOf, type Conversations } from './conversations.js';
import { createMessageLog, type MessageLog } from './message-log.js';
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
  /** Those of this controller, as they are now. */
  list(): readonly ChatSummary[];
  exportCustomer(customer: string): Promise<readonly ExportedConversation[]>;
  /** Ends what runs here of the customer and forgets what was said. @returns how many chats that were */
  eraseCustomer(customer: string): Promise<number>;
  /** Gives all room back; chats go on when their visitors return. What was said is written down first. */
  stop(): Promise<void>;
}

export interface ChatSummary {
  readonly chat: ConversationId;
  readonly phase: ConversationState['phase']['name'];
  readonly department?: QueueId;
  readonly agent?: AgentId;
  readonly customer?: string;
  readonly visitorIsThere: boolean;
}

export interface ChatCenterDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: EventStream;
  readonly log: Logger;
  readonly store: TranscriptStore;
  readonly tokens: ChatTokens;
  readonly routing: () => ChatRouting;
  readonly nameOf: (agent: AgentId) => string;
}

const TOKEN_TTL_MS = 30 * 24 * 60 * 60_000;
const AGENT_GRACE_MS = 15_000;
const MESSAGE_RATE = { burst: 20, perSecond: 2 };
const OPEN_RATE = { burst: 5, perSecond: 0.1 };

export function createChatCenter(deps: ChatCenterDeps): ChatCenter {
  const { ledger, clock, log, store, tokens, nameOf, routing } = deps;
  const messages = createMessageLog(deps);
  const pages = createAgentPages({ ledger, clock, log, conversations: () => conversations, graceMs: AGENT_GRACE_MS });
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
    words: wordsIn(messages, (state) => factsOf(state).languages, deps),
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
  const rates = createRates(clock);
  return {
    conversations,
    visitorCame: (socket, address) => createVisitorSession(socket, address, { visits, clock, log, ...rates }),
    agentCame: (socket, by) =>
      createAgentSession(socket, by, {
        conversations,
        messages,
        visits,
        pages,
        nameOf,
        rulesOf: (department) => departmentRulesOf(department, routing().chat),
        log,
      }),
    list: () => [...conversations.all()].map(({ state }) => summaryOf(state)),
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

function createRates(clock: ChatCenterDeps['clock']) {
  return {
    messageRate: createRateLimit({ clock, ...MESSAGE_RATE }),
    openRate: createRateLimit({ clock, ...OPEN_RATE }),
  };
}

function parkChatsOf(customer: string, conversations: Conversations): void {
  const running = [...conversations.all()].filter(({ state }) => state.visitor.customer === customer);
  for (const runner of running) runner.deliver({ type: 'park' });
}

function summaryOf(state: ConversationState): ChatSummary {
  const agent = ownerOf(state);
  const { department, visitor } = state;
  return {
    chat: state.id,
    phase: state.phase.name,
    ...(department === undefined ? {} : { department: department.queue }),
    ...(agent === undefined ? {} : { agent }),
    ...(visitor.customer === undefined ? {} : { customer: visitor.customer }),
    visitorIsThere: visitor.isConnected,
  };
}

/** Whom they talked to in this very chat comes before whom they had in an earlier one. */
function withLastAgent<Facts extends object>(facts: Facts, { lastAgent }: ConversationState): Facts {
  return lastAgent === undefined ? facts : { ...facts, lastAgent };
}

function wordsIn(
  messages: MessageLog,
  languagesOf: (state: ConversationState) => readonly string[],
  { routing, nameOf }: ChatCenterDeps,
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
