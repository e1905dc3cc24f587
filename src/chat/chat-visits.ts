/** What visitors do: begin a chat or go on with theirs, write, read, leave. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.js';
import { type agentId, conversationId, type ConversationId } from '../kernel/ids.js';
import type { ChatFacts, CustomerFacts } from '../routing/rules.js';
import type { ChatCustody } from './chat-custody.js';
import type { ChatTokens, ClaimsOf } from './chat-token.js';
import type { ConversationState } from './conversation-types.js';
import { ownerOf, type Conversations } from './conversations.js';
import type { AppendResult, Marks, MessageLog } from './message-log.js';
import type { Body, TranscriptStore } from './transcript-store.js';

export interface ChatVisits {
  begin(hello: Hello): Promise<Begun>;
  /** What the rules go by, of a chat that is here. */
  factsOf(id: ConversationId): ChatFacts | undefined;
  /** To be told of every change of a chat. */
  changed(state: ConversationState): void;
  /** Tells the visitor that an agent writes, or has stopped to. */
  agentTypes(id: ConversationId, agent: string, isTyping: boolean): void;
  /** Out of memory, with its chat. */
  forget(id: ConversationId): void;
  /** Another controller has the chat: its pages are to connect anew. */
  sendAway(id: ConversationId): void;
  /** A chat that another controller ran, with what that one knew. */
  restore(id: ConversationId, facts: ChatFacts): void;
}

export type Begun =
  | { readonly type: 'here'; readonly visit: Visit }
  | { readonly type: 'elsewhere'; readonly node: string }
  | { readonly type: 'refused'; readonly why: 'bad-token' | 'try-later' };

export interface Hello {
  readonly token?: string | undefined;
  readonly customer?: string | undefined;
  readonly page?: string | undefined;
  readonly languages?: readonly string[] | undefined;
  readonly text?: string | undefined;
}

export interface Visit {
  readonly id: ConversationId;
  /** By which the page goes on with this chat after a lost connection. */
  readonly token: string;
  readonly log: MessageLog;
  join(page: VisitorPage): () => void;
  write(clientId: string, body: Body): AppendResult;
  mark(marks: Marks): void;
  typing(isTyping: boolean): void;
  close(): void;
}

export interface VisitorPage {
  state(state: VisitorState): void;
  typing(agent: string, isTyping: boolean): void;
  /** The chat goes on with another controller. */
  sentAway(): void;
}

/** As much of a chat's state as its visitor may know. */
export interface VisitorState {
  readonly phase: 'waiting' | 'talking' | 'closed';
  /** In line, from 1, once nobody was free. */
  readonly place?: number;
  /** Name of the agent. */
  readonly agent?: string;
}

export interface ChatVisitsDeps {
  readonly conversations: () => Conversations;
  readonly log: MessageLog;
  readonly store: TranscriptStore;
  readonly tokens: ChatTokens;
  readonly clock: Clock;
  readonly nameOf: (agent: ReturnType<typeof agentId>) => string;
  /** Told that the visitor types. */
  readonly onTyping: (state: ConversationState, isTyping: boolean) => void;
  readonly tokenTtlMs: number;
  readonly custody: () => Pick<ChatCustody, 'open'>;
}

export function createChatVisits(deps: ChatVisitsDeps): ChatVisits {
  const { log, tokens, clock } = deps;
  const facts = new Map<ConversationId, ChatFacts>();
  const pages = new Map<ConversationId, Set<VisitorPage>>();

  const beginnings = createBeginnings(deps, facts);

  async function open(id: ConversationId, begin: () => Promise<boolean>): Promise<Begun> {
    const opened = await deps.custody().open(id, begin);
    switch (opened.type) {
      case 'here':
        return { type: 'here', visit: visitOf(id, deps, pages) };
      case 'elsewhere':
        return opened;
      case 'later':
        return { type: 'refused', why: 'try-later' };
      case 'unknown':
        return { type: 'refused', why: 'bad-token' };
    }
  }

  return {
    async begin(hello) {
      const nowMs = clock.now();
      if (hello.token !== undefined) {
        const claims = tokens.verify(hello.token, 'visitor', nowMs);
        if (claims === undefined) return { type: 'refused', why: 'bad-token' };
        const id = conversationId(claims.conversation);
        return open(id, () => beginnings.takeUp(id, hello));
      }
      const customer = hello.customer === undefined ? undefined : tokens.verify(hello.customer, 'customer', nowMs);
      if (hello.customer !== undefined && customer === undefined) return { type: 'refused', why: 'bad-token' };
      const id = conversationId(randomUUID());
      return open(id, () => beginnings.begin(id, hello, customer && customerFrom(customer)));
    },
    factsOf: (id) => facts.get(id),
    changed(state) {
      for (const page of pages.get(state.id) ?? []) page.state(visitorState(state, deps));
    },
    agentTypes(id, agent, isTyping) {
      for (const page of pages.get(id) ?? []) page.typing(agent, isTyping);
    },
    forget(id) {
      facts.delete(id);
      log.forget(id);
    },
    sendAway(id) {
      for (const page of pages.get(id) ?? []) page.sentAway();
    },
    restore: (id, known) => void facts.set(id, known),
  };
}

/** How a chat comes to run here. Each resolves to whether there is such a chat. */
function createBeginnings({ log, store, clock, conversations }: ChatVisitsDeps, facts: Map<ConversationId, ChatFacts>) {
  return {
    /** A chat that was opened before is taken up again from the store. */
    async takeUp(id: ConversationId, hello: Hello): Promise<boolean> {
      const record = await store.getConversation(id);
      if (record === undefined) return false;
      await log.open(id, { isNew: false });
      const { customer, lastAgent, closedAtMs } = record;
      const last = lastAgent === undefined ? {} : { lastAgent };
      facts.set(id, { ...factsFrom(hello), ...last });
      const known = customer === undefined ? {} : { customer };
      conversations().open({ id, ...known, ...last, isClosed: closedAtMs !== undefined });
      return true;
    },

    async begin(id: ConversationId, hello: Hello, customer: CustomerFacts | undefined): Promise<boolean> {
      const known = customer?.id === undefined ? {} : { customer: customer.id };
      const lastAgent = customer?.id === undefined ? undefined : await store.lastAgentOf(customer.id);
      const last = lastAgent === undefined ? {} : { lastAgent };
      facts.set(id, { ...factsFrom(hello), ...(customer && { customer }), ...last });
      await log.open(id, { isNew: true });
      await store.putConversation({ id, openedAtMs: clock.now(), ...known });
      conversations().open({ id, ...known });
      return true;
    },
  };
}

function factsFrom({ page, languages = [], text }: Hello): ChatFacts {
  return { languages, ...(page === undefined ? {} : { page }), ...(text === undefined ? {} : { text }) };
}

function customerFrom({ id, name, email, tags }: ClaimsOf<'customer'>): CustomerFacts {
  return {
    id,
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    ...(tags === undefined ? {} : { tags }),
  };
}

function visitOf(id: ConversationId, deps: ChatVisitsDeps, pages: Map<ConversationId, Set<VisitorPage>>): Visit {
  const { log, tokens, clock, tokenTtlMs } = deps;
  const chat = () => deps.conversations().get(id);
  return {
    id,
    token: tokens.sign({ kind: 'visitor', conversation: id, exp: clock.now() + tokenTtlMs }),
    log,
    join(page) {
      const open = pages.get(id) ?? new Set();
      pages.set(id, open.add(page));
      chat()?.deliver({ type: 'visitor-came' });
      const state = chat()?.state;
      if (state !== undefined) page.state(visitorState(state, deps));
      return () => {
        open.delete(page);
        if (open.size > 0) return;
        pages.delete(id);
        chat()?.deliver({ type: 'visitor-lost' });
      };
    },
    write(clientId, body) {
      const result = log.append(id, { from: { kind: 'visitor' }, body, clientId });
      if (result.type === 'appended') chat()?.deliver({ type: 'visitor-wrote' });
      return result;
    },
    mark: (marks) => log.mark(id, 'visitor', marks),
    typing(isTyping) {
      const state = chat()?.state;
      if (state !== undefined) deps.onTyping(state, isTyping);
    },
    close: () => chat()?.deliver({ type: 'close', by: { kind: 'visitor' } }),
  };
}

/** Whether an agent gave the room to somebody else meanwhile is no business of a visitor's. */
function visitorState(state: ConversationState, { nameOf }: ChatVisitsDeps): VisitorState {
  const { phase } = state;
  const owner = ownerOf(state);
  if (owner !== undefined) return { phase: 'talking', agent: nameOf(owner) };
  if (phase.name === 'closed' || phase.name === 'forgotten') return { phase: 'closed' };
  const place = phase.name === 'waiting' && phase.place !== undefined ? { place: phase.place } : {};
  return { phase: 'waiting', ...place };
}
