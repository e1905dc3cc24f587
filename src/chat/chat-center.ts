/** Everything of chats, put together: what the composition root starts, and the edges speak with. */
import { agentId, conversationId, type QueueId } from '../kernel/ids.js';
import type { Charge } from '../ledger/charges.js';
import type { ChatNews } from './agent-news.js';
import type { AgentSession } from './agent-session.js';
import { startChatDispatcher } from './chat-dispatcher.js';
import { createChatParts, type ChatCenterDeps, type ChatParts } from './chat-parts.js';
import { departmentRulesOf } from './chat-routes.js';
import { createChatSessions } from './chat-site.js';
import { createChatLines } from './chat-works.js';
import type { Actor, ConversationState } from './conversation-types.js';
import type { Conversations } from './conversations.js';
import { createRateLimit } from './rate-limit.js';
import type { ChatSocket } from './socket-writer.js';
import type { ExportedConversation } from './transcript-store.js';
import type { VisitorSession } from './visitor-session.js';

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
  /** What is to be handed on, should this controller die. */
  charges(): readonly Charge[];
  /** Another configuration is in force. */
  reloaded(): void;
  /** The store of the ledger has been away, and may have forgotten who is there. */
  storeIsBack(): void;
  /**
   * Gives all room back, and chats go on when their visitors return; where they are handed on, they stay as they are, for
   * another controller to go on with. What was said is written down first.
   */
  stop(): Promise<void>;
}

const MESSAGE_RATE = { burst: 20, perSecond: 2 };
const OPEN_RATE = { burst: 5, perSecond: 0.1 };

export function createChatCenter(deps: ChatCenterDeps): ChatCenter {
  const { ledger, log, store, shared } = deps;
  const parts = createChatParts(deps);
  const { conversations, custody, messages, pages, records, tell } = parts;
  const isChatQueue = createChatLines(() => deps.routing().chat);
  const stopDispatcher = startChatDispatcher({ ledger, conversations, isChatQueue, log });
  const unsubscribe = ledger.subscribe((notice) => {
    if (notice.type === 'adopted') custody.adopt(notice.works, notice.charges);
    if (notice.type === 'charges-lost') for (const id of notice.charges) custody.lost(conversationId(id));
  });
  const endHere = (customer: string): Promise<void> => {
    parkChatsOf(customer, conversations);
    return Promise.all([messages.flushed(), records.dropCustomer(customer)]).then(() => undefined);
  };
  const sessions = createChatSessions({ shared, custody, ...sessionDeps(parts, deps), endHere });
  return {
    conversations,
    visitorCame: (socket, address) => sessions.visitorCame(socket, address),
    agentCame: (socket, by) => sessions.agentCame(socket, by),
    isAgent: (agent) => deps.staff().agents.has(agentId(agent)),
    list: () => [...conversations.all()].map(({ state }) => tell(state)),
    charges: () => custody.charges(),
    storeIsBack: () => pages.tellAgain(),
    reloaded() {
      // Agents who were taken out of the configuration, and are back, may have had their page open all the time.
      pages.tellAgain();
      const { departments } = deps.routing().chat;
      for (const runner of conversations.all()) {
        const queue = lineOf(runner.state);
        if (queue !== undefined && !departments.has(queue)) runner.deliver({ type: 'line-gone' });
      }
    },
    exportCustomer: (customer) => messages.flushed().then(() => store.exportCustomer(customer)),
    async eraseCustomer(customer) {
      await Promise.all([endHere(customer), sessions.endElsewhere(customer)]);
      return store.eraseCustomer(customer);
    },
    async stop() {
      stopDispatcher();
      unsubscribe();
      pages.stop();
      sessions.stop();
      if (shared?.handsOn !== true) conversations.parkAll();
      await custody.stop();
      conversations.dropAll();
      await Promise.all([messages.close(), records.close()]);
    },
  };
}

function sessionDeps({ conversations, messages, visits, pages, office }: ChatParts, deps: ChatCenterDeps) {
  const { clock, log, routing } = deps;
  const rulesOf = (department: QueueId) => departmentRulesOf(department, routing().chat);
  return {
    visitor: {
      ...{ visits, clock, log },
      messageRate: createRateLimit({ clock, ...MESSAGE_RATE }),
      openRate: createRateLimit({ clock, ...OPEN_RATE }),
    },
    agent: { conversations, messages, visits, pages, office, rulesOf, log },
  };
}

/** The department in whose line it stands. */
function lineOf({ phase }: ConversationState): QueueId | undefined {
  return phase.name === 'waiting' && phase.line?.kind === 'department' ? phase.line.queue : undefined;
}

function parkChatsOf(customer: string, conversations: Conversations): void {
  const running = [...conversations.all()].filter(({ state }) => state.visitor.customer === customer);
  for (const runner of running) runner.deliver({ type: 'park' });
}
