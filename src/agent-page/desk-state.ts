/** What an agent's page knows, and how each thing that happens changes it. Pure: no socket, clock or document. */
import type { AgentNews, ChatNews } from '../chat/agent-news.js';

type News<Type extends AgentNews['type']> = Extract<AgentNews, { type: Type }>;

export type Offer = News<'offer'>;
export type Entry = Omit<News<'entry'>, 'type' | 'chat'>;
export type Presence = News<'presence'>['presence'];
export type Colleagues = Omit<News<'colleagues'>, 'type'>;
export type Reply = News<'replies'>['replies'][number];

/** Written here, and not known to be written down there. */
export interface Outgoing {
  readonly id: string;
  readonly text: string;
  /** For agents' eyes alone. */
  readonly isNote: boolean;
  readonly atMs: number;
  /** The server will not have it. */
  readonly isRefused: boolean;
}

export interface DeskChat {
  readonly id: string;
  /** As it is now; absent while only its offer is known. */
  readonly now?: ChatNews;
  /** Has been this agent's, and nobody else's since. */
  readonly isMine: boolean;
  /** In the order of `seq`. */
  readonly entries: readonly Entry[];
  readonly pending: readonly Outgoing[];
  readonly replies: readonly Reply[];
  readonly isVisitorTyping: boolean;
  /** How far the visitor has what was said, and how far the agent has seen it here. */
  readonly visitorMarks: { readonly received: number; readonly read: number };
  readonly seen: number;
}

export interface DeskState {
  readonly connection: 'connecting' | 'online' | 'lost';
  readonly me?: { readonly agent: string; readonly name: string; readonly isSupervisor: boolean };
  readonly presence?: Presence;
  /** Comes when the work of now is done. */
  readonly pendingPresence?: Presence;
  /** Oldest first. */
  readonly offers: readonly Offer[];
  readonly chats: ReadonlyMap<string, DeskChat>;
  /** Chats of before a lost connection, until the server has said whose they are now. */
  readonly unconfirmed: ReadonlySet<string>;
  /** The one that is shown. */
  readonly shown?: string;
  readonly isOverseeing: boolean;
  readonly colleagues: Colleagues;
  /** What was asked for and not done, until something else is asked for. */
  readonly problem?: Problem;
}

export type Problem = { readonly chat?: string | undefined } & (
  | { readonly what: News<'refused'>['what']; readonly why: News<'refused'>['why'] }
  | { readonly what: 'error'; readonly why: News<'error'>['code'] }
  | { readonly what: 'offer'; readonly why: News<'withdrawn'>['why'] }
);

export type DeskInput =
  | AgentNews
  | { readonly type: 'connection'; readonly connection: DeskState['connection'] }
  | { readonly type: 'wrote'; readonly chat: string; readonly outgoing: Outgoing }
  | { readonly type: 'show'; readonly chat?: string }
  /** The agent has all there is of the chat before their eyes. */
  | { readonly type: 'seen'; readonly chat: string }
  | { readonly type: 'overseeing'; readonly isOn: boolean }
  | { readonly type: 'visitor-faded'; readonly chat: string }
  /** A closed chat is taken off the list. */
  | { readonly type: 'put-away'; readonly chat: string }
  | { readonly type: 'problem-read' }
  /** So long after a connection was made again all is told that stands. */
  | { readonly type: 'confirmed' };

export function newDeskState(): DeskState {
  const colleagues = { agents: [], departments: [] };
  const nothing = { offers: [], chats: new Map(), unconfirmed: new Set<string>() };
  return { ...nothing, connection: 'connecting', isOverseeing: false, colleagues };
}

export function lastSeqOf({ entries }: DeskChat): number {
  return entries.at(-1)?.seq ?? 0;
}

export function changeDesk(state: DeskState, input: DeskInput): DeskState {
  switch (input.type) {
    case 'connection':
      return { ...state, connection: input.connection };
    case 'welcome':
      return welcomed(state, input);
    case 'presence':
      return presenceTold(state, input);
    case 'confirmed':
      return confirmed(state);
    case 'offer': {
      const offers = [...state.offers.filter(({ work }) => work !== input.work), input];
      return withChat({ ...state, offers }, input.chat, (chat) => chat);
    }
    case 'withdrawn':
      return withdrawn(state, input);
    case 'colleagues':
      return { ...state, colleagues: { agents: input.agents, departments: input.departments } };
    case 'refused':
      return { ...state, problem: { chat: input.chat, what: input.what, why: input.why } };
    case 'error':
      return refused(state, input);
    case 'show':
      return shown(state, input.chat);
    case 'overseeing':
      return tidied({ ...state, isOverseeing: input.isOn });
    case 'put-away':
      return putAway(state, input.chat);
    case 'problem-read':
      return withoutProblem(state);
    default:
      return changeChat(state, input);
  }
}

/** What stands is told again: offers, and the chats that this agent has. */
function welcomed(state: DeskState, { agent, name, isSupervisor }: News<'welcome'>): DeskState {
  const had = [...state.chats.values()].filter((chat) => hasChat(state, chat)).map(({ id }) => id);
  return {
    ...state,
    connection: 'online',
    me: { agent, name, isSupervisor },
    offers: [],
    unconfirmed: new Set(had),
  };
}

function presenceTold(state: DeskState, { presence, pending }: News<'presence'>): DeskState {
  const { pendingPresence: _, ...rest } = state;
  return { ...rest, presence, ...(pending === undefined ? {} : { pendingPresence: pending }) };
}

/** What has not been told by now is somebody else's, or over. */
function confirmed(state: DeskState): DeskState {
  if (state.unconfirmed.size === 0) return state;
  const chats = new Map(
    [...state.chats].map(([id, chat]) => [id, state.unconfirmed.has(id) ? { ...chat, isMine: false } : chat]),
  );
  return tidied({ ...state, chats, unconfirmed: new Set() });
}

type OfOneChat = Extract<
  DeskInput,
  { type: 'chat' | 'entry' | 'receipt' | 'typing' | 'marks' | 'replies' | 'wrote' | 'seen' | 'visitor-faded' }
>;

function changeChat(state: DeskState, input: OfOneChat): DeskState {
  const change = (how: (chat: DeskChat) => DeskChat): DeskState => withChat(state, input.chat, how);
  switch (input.type) {
    case 'chat': {
      const unconfirmed = new Set([...state.unconfirmed].filter((id) => id !== input.chat));
      return tidied({ ...change((chat) => told(chat, input, state)), unconfirmed });
    }
    case 'entry':
      return change((chat) => entered(chat, input));
    case 'receipt':
      return change((chat) => ({ ...chat, pending: chat.pending.filter(({ id }) => id !== input.id) }));
    case 'typing':
      return change((chat) => ({ ...chat, isVisitorTyping: input.isTyping }));
    case 'visitor-faded':
      return change((chat) => ({ ...chat, isVisitorTyping: false }));
    case 'marks':
      return change((chat) => marked(chat, input));
    case 'replies':
      return change((chat) => ({ ...chat, replies: input.replies }));
    case 'wrote':
      return change((chat) => ({ ...chat, pending: [...chat.pending, input.outgoing] }));
    case 'seen':
      return change((chat) => ({ ...chat, seen: Math.max(chat.seen, lastSeqOf(chat)) }));
  }
}

const emptyChat: Omit<DeskChat, 'id'> = {
  isMine: false,
  entries: [],
  pending: [],
  replies: [],
  isVisitorTyping: false,
  visitorMarks: { received: 0, read: 0 },
  seen: 0,
};

function withChat(state: DeskState, id: string, change: (chat: DeskChat) => DeskChat): DeskState {
  const chat = change(state.chats.get(id) ?? { ...emptyChat, id });
  return { ...state, chats: new Map(state.chats).set(id, chat) };
}

function told(chat: DeskChat, now: ChatNews, { me }: DeskState): DeskChat {
  const hasIt = now.agent !== undefined && now.agent === me?.agent;
  // A closed one stays with whoever had it, who may open it again; one that goes elsewhere does not.
  const isOver = now.phase === 'closed' || now.phase === 'asking' || now.phase === 'forgotten';
  return { ...chat, now, isMine: hasIt || (chat.isMine && isOver), isVisitorTyping: hasIt && chat.isVisitorTyping };
}

/** One that was had before, because the connection was lost and made again, is passed over. */
function entered(chat: DeskChat, { type: _, chat: __, ...entry }: News<'entry'>): DeskChat {
  if (entry.seq <= lastSeqOf(chat)) return chat;
  const isTyping = entry.from.kind === 'visitor' ? false : chat.isVisitorTyping;
  return { ...chat, entries: [...chat.entries, entry], isVisitorTyping: isTyping };
}

/** Marks only ever move forward; our own come back to us too, from another page of this agent. */
function marked(chat: DeskChat, { side, received, read }: News<'marks'>): DeskChat {
  if (side === 'agents') return { ...chat, seen: Math.max(chat.seen, read) };
  const { visitorMarks } = chat;
  const marks = { received: Math.max(visitorMarks.received, received), read: Math.max(visitorMarks.read, read) };
  return { ...chat, visitorMarks: marks };
}

/** Whoever said yes and does not get it is told why, and has nothing before their eyes that is not theirs. */
function withdrawn(state: DeskState, { work, why }: News<'withdrawn'>): DeskState {
  const offer = state.offers.find((one) => one.work === work);
  const { shown: wasShown, ...rest } = { ...state, offers: state.offers.filter((one) => one !== offer) };
  const isWanted = offer !== undefined && wasShown === offer.chat && why !== 'accepted' && why !== 'declined';
  if (isWanted && !state.isOverseeing) return tidied({ ...rest, problem: { what: 'offer', why } });
  return tidied(wasShown === undefined ? rest : { ...rest, shown: wasShown });
}

/** What waits for a better moment (`try-later`) is no problem yet. */
function refused(state: DeskState, { code, chat, id }: News<'error'>): DeskState {
  if (code === 'try-later') return state;
  const next = { ...state, problem: { chat, what: 'error', why: code } as const };
  if (chat === undefined || !state.chats.has(chat)) return next;
  return withChat(next, chat, (one) => ({
    ...one,
    // The controller was started anew, and knows it no more until its visitor comes back.
    ...(code === 'no-such-chat' && one.now !== undefined ? { now: gone(one.now) } : {}),
    pending: one.pending.map((out) => (out.id === id ? { ...out, isRefused: true } : out)),
  }));
}

function gone({ agent: _, ...now }: ChatNews): ChatNews {
  return { ...now, phase: 'forgotten' };
}

function shown(state: DeskState, chat: string | undefined): DeskState {
  const { shown: _, ...rest } = withoutProblem(state);
  return tidied(chat === undefined ? rest : { ...rest, shown: chat });
}

function withoutProblem(state: DeskState): DeskState {
  const { problem: _, ...rest } = state;
  return rest;
}

function putAway(state: DeskState, id: string): DeskState {
  const { shown: wasShown, ...rest } = state;
  const next = wasShown === undefined || wasShown === id ? rest : state;
  const chat = state.chats.get(id);
  if (chat === undefined) return next;
  return tidied({ ...next, chats: new Map(next.chats).set(id, { ...chat, isMine: false }) });
}

/** Chats that nobody here looks at any more are forgotten. */
function tidied(state: DeskState): DeskState {
  const kept = [...state.chats].filter(([id, chat]) => isOfInterest(state, id, chat));
  return kept.length === state.chats.size ? state : { ...state, chats: new Map(kept) };
}

function isOfInterest({ offers, isOverseeing, shown }: DeskState, id: string, { isMine, now }: DeskChat): boolean {
  if (isMine || shown === id || offers.some(({ chat }) => chat === id)) return true;
  return isOverseeing && now !== undefined && now.phase !== 'forgotten';
}

/** Those that the agent has, or had last: open ones first, each group in the order of their opening. */
export function ownChats({ chats }: DeskState): readonly DeskChat[] {
  const rank = ({ now }: DeskChat): number => (now?.phase === 'closed' || now?.phase === 'forgotten' ? 1 : 0);
  return [...chats.values()]
    .filter(({ isMine }) => isMine)
    .sort((one, other) => rank(one) - rank(other) || (one.now?.sinceMs ?? 0) - (other.now?.sinceMs ?? 0));
}

/** Those of the teams that the agent is supervisor of: who waits first, by place, then by age. */
export function overseenChats({ chats, isOverseeing }: DeskState): readonly DeskChat[] {
  if (!isOverseeing) return [];
  const ranks: Partial<Record<ChatNews['phase'], number>> = { waiting: 0, offered: 1, closed: 4, inactive: 3 };
  const rank = ({ now }: DeskChat): number => ranks[now?.phase ?? 'talking'] ?? 2;
  return [...chats.values()]
    .filter(({ now }) => now !== undefined && now.phase !== 'forgotten')
    .sort(
      (one, other) =>
        rank(one) - rank(other) ||
        (one.now?.place ?? 0) - (other.now?.place ?? 0) ||
        (one.now?.sinceMs ?? 0) - (other.now?.sinceMs ?? 0),
    );
}

/** Whether this agent writes to the visitor now. */
export function hasChat({ me }: DeskState, { now }: DeskChat): boolean {
  return now?.agent !== undefined && now.agent === me?.agent;
}

/** What others have said to this agent and they have not seen. */
export function unreadIn({ entries, seen }: DeskChat, me: DeskState['me']): number {
  return entries.filter(
    ({ seq, from }) => seq > seen && from.kind !== 'site' && !(from.kind === 'agent' && from.agent === me?.agent),
  ).length;
}
