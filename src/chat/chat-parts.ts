/** The parts of a chat center, tied to each other: conversations, what is said in them, who may read it, and who runs them. */
import type { ChatRouting } from '../config/chat-config.js';
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import type { Logger } from '../kernel/logger.js';
import { createLocalCharges } from '../ledger/charges.js';
import type { Ledger } from '../ledger/ledger.js';
import type { ChatNews } from './agent-news.js';
import { createAgentOffice, type AgentOffice } from './agent-office.js';
import { createAgentPages, type AgentPages } from './agent-pages.js';
import { createChatCustody, type ChatCustody, type ChatCustodyDeps } from './chat-custody.js';
import { chatNews } from './chat-news.js';
import { routeOf } from './chat-routes.js';
import type { SharedSite } from './chat-site.js';
import type { ChatTokens } from './chat-token.js';
import { createChatVisits, type ChatVisits } from './chat-visits.js';
import type { ChatWords } from './conversation-runner.js';
import type { ConversationState } from './conversation-types.js';
import { agentsOf, createConversations, ownerOf, type Conversations } from './conversations.js';
import { createMessageLog, type MessageLog } from './message-log.js';
import type { ChatStaff } from './oversight.js';
import { createRecordKeeper, type RecordKeeper } from './record-keeper.js';
import { messageText } from './templates.js';
import type { ConversationRecord, TranscriptStore } from './transcript-store.js';

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
  readonly shared?: SharedSite;
}

export interface ChatParts {
  readonly conversations: Conversations;
  readonly messages: MessageLog;
  readonly visits: ChatVisits;
  readonly pages: AgentPages;
  readonly office: AgentOffice;
  readonly custody: ChatCustody;
  readonly records: RecordKeeper;
  /** A chat in the words of agents' pages. */
  readonly tell: (state: ConversationState) => ChatNews;
}

const TOKEN_TTL_MS = 30 * 24 * 60 * 60_000;
const AGENT_GRACE_MS = 15_000;

export function createChatParts(deps: ChatCenterDeps): ChatParts {
  const { ledger, clock, log, store, tokens, routing } = deps;
  const messages = createMessageLog({
    ...deps,
    whenSure: (id) => custody.whenSure(id),
    onMarked: (id) => custody.changed(id),
  });
  const records = createRecordKeeper(deps);
  const office = createAgentOffice({ ...deps, factsOf: ({ id }) => visits.factsOf(id) });
  const { nameOf, isOverseen } = office;
  const tell = (state: ConversationState): ChatNews => chatNews(state, visits.factsOf(state.id));
  const pages = createAgentPages({
    ...{ ledger, clock, log, isOverseen, tell },
    conversations: () => conversations,
    graceMs: AGENT_GRACE_MS,
  });
  const visits = createChatVisits({
    ...{ store, tokens, clock, nameOf, log: messages },
    conversations: () => conversations,
    custody: () => custody,
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
      if (isNews(state, before)) records.put(recordOf(state));
      custody.changed(state.id);
    },
    onForgotten({ id }) {
      visits.forget(id);
      custody.forgotten(id);
    },
  });
  const custody = createChatCustody({
    ...{ ledger, clock, log },
    charges: deps.shared?.charges ?? createLocalCharges(),
    ...handingOn({ conversations, messages, visits, pages }),
  });
  return { conversations, messages, visits, pages, office, custody, records, tell };
}

/** What there is to hand on of a chat, and how one goes on here, or does not any more. */
function handingOn({
  conversations,
  messages,
  visits,
  pages,
}: Pick<ChatParts, 'conversations' | 'messages' | 'visits' | 'pages'>): Pick<
  ChatCustodyDeps,
  'isHere' | 'all' | 'snapshotOf' | 'onLost' | 'goOn'
> {
  return {
    isHere: (id) => conversations.get(id) !== undefined,
    all: () => [...conversations.all()].map(({ state }) => state.id),
    snapshotOf(id) {
      const state = conversations.get(id)?.state;
      if (state === undefined) return undefined;
      return { state, facts: visits.factsOf(id) ?? { languages: [] }, marks: messages.marks(id) };
    },
    onLost(id) {
      conversations.drop(id);
      visits.sendAway(id);
      visits.forget(id);
      messages.drop(id);
    },
    async goOn({ state, facts, marks }, works) {
      const { id } = state;
      await messages.open(id, { isNew: false });
      messages.restoreMarks(id, marks);
      visits.restore(id, facts);
      const runner = conversations.adopt(state, works);
      for (const agent of agentsOf(runner.state)) pages.expect(agent);
      const owner = ownerOf(runner.state);
      if (owner !== undefined) pages.expect(owner);
    },
  };
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
function isNews(state: ConversationState, before: ConversationState): boolean {
  if (state.phase.name === 'forgotten') return false;
  return state.lastAgent !== before.lastAgent || (state.phase.name === 'closed') !== (before.phase.name === 'closed');
}

function recordOf({ id, sinceMs, visitor, lastAgent, phase }: ConversationState): ConversationRecord {
  const { customer } = visitor;
  return {
    id,
    openedAtMs: sinceMs,
    ...(customer === undefined ? {} : { customer }),
    ...(lastAgent === undefined ? {} : { lastAgent }),
    ...(phase.name === 'closed' ? { closedAtMs: phase.atMs } : {}),
  };
}
