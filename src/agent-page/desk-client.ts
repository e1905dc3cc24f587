/**
 * The agent's end of all their chats, over one socket. What is written here is kept until the server says that it is
 * written down, and sent again under the same id after a loss; each chat is asked for from the last entry that we have.
 */
import type { AgentNews } from '../chat/agent-news.js';
import type { AgentMessage } from '../chat/agent-protocol.js';
import { createConnection, type Socket, type Timers } from '../widget/connection.js';
import { changeDesk, hasChat, lastSeqOf, newDeskState, type DeskInput, type DeskState } from './desk-state.js';

export interface DeskClient {
  readonly state: DeskState;
  start(): void;
  stop(): void;
  send(message: AgentMessage): void;
  /** @param isNote for agents' eyes alone */
  write(chat: string, text: string, isNote: boolean): void;
  /** The agent presses keys in the field for the message. */
  typed(chat: string): void;
  show(chat: string | undefined): void;
  /** The agent has all there is of the shown chat before their eyes. */
  seen(): void;
  oversee(isOn: boolean): void;
  putAway(chat: string): void;
  problemRead(): void;
  networkLost(): void;
  networkBack(): void;
}

export interface DeskClientOptions {
  readonly openSocket: () => Socket;
  readonly timers: Timers;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly newId: () => string;
  readonly onChanged: (state: DeskState) => void;
  /** The connection is gone; it is tried again by itself. */
  readonly onLost: () => void;
}

const TRY_AGAIN_MS = 2_000;
/** Chats of other controllers are told by way of this one. */
const CONFIRMED_AFTER_MS = 5_000;
const TYPING_LASTS_MS = 4_000;
/** Who writes on says so again and again; who has gone says nothing. */
const TYPING_FADES_MS = 10_000;

export function createDeskClient(options: DeskClientOptions): DeskClient {
  return new Desk(options);
}

class Desk implements DeskClient {
  readonly #options: DeskClientOptions;
  readonly #connection;
  #state = newDeskState();
  /** Chats that the server tells us of on this connection. */
  readonly #watched = new Set<string>();
  #marks = new Map<string, number>();
  #typing: { readonly chat: string; readonly end: () => void } | undefined;
  readonly #fades = new Map<string, () => void>();
  #stopConfirming: () => void = () => undefined;

  constructor(options: DeskClientOptions) {
    this.#options = options;
    const { openSocket, timers, random } = options;
    this.#connection = createConnection({
      openSocket,
      timers,
      random,
      onOpen: () => undefined,
      onText: (text) => this.#received(text),
      onLost: () => {
        this.#stopConfirming();
        this.#change({ type: 'connection', connection: 'lost' });
        options.onLost();
      },
    });
  }

  get state(): DeskState {
    return this.#state;
  }

  start(): void {
    this.#connection.start();
  }

  stop(): void {
    this.#connection.stop();
  }

  send(message: AgentMessage): void {
    this.#change({ type: 'problem-read' });
    this.#connection.send(message);
  }

  write(chat: string, text: string, isNote: boolean): void {
    const { newId, nowMs } = this.#options;
    this.#typingEnds();
    const outgoing = { id: newId(), text, isNote, atMs: nowMs(), isRefused: false };
    this.#change({ type: 'wrote', chat, outgoing });
    this.#sendPending(chat, outgoing.id);
  }

  typed(chat: string): void {
    if (this.#state.connection !== 'online') return;
    if (this.#typing?.chat === chat) this.#typing.end();
    else {
      this.#typingEnds();
      this.#connection.send({ type: 'typing', chat, isTyping: true });
    }
    const end = this.#options.timers.after(TYPING_LASTS_MS, () => this.#typingEnds());
    this.#typing = { chat, end };
  }

  show(chat: string | undefined): void {
    this.#change(chat === undefined ? { type: 'show' } : { type: 'show', chat });
    this.seen();
  }

  seen(): void {
    const { shown, chats, connection } = this.#state;
    const chat = shown === undefined ? undefined : chats.get(shown);
    if (chat === undefined || connection !== 'online') return;
    const read = lastSeqOf(chat);
    if (read > chat.seen) this.#change({ type: 'seen', chat: chat.id });
    if (!hasChat(this.#state, chat) || read <= (this.#marks.get(chat.id) ?? 0)) return;
    this.#marks.set(chat.id, read);
    this.#connection.send({ type: 'marks', chat: chat.id, received: read, read });
  }

  oversee(isOn: boolean): void {
    this.#change({ type: 'overseeing', isOn });
    this.#connection.send({ type: 'oversee', isOn });
  }

  putAway(chat: string): void {
    this.#change({ type: 'put-away', chat });
  }

  problemRead(): void {
    this.#change({ type: 'problem-read' });
  }

  networkLost(): void {
    this.#connection.drop();
  }

  networkBack(): void {
    this.#connection.retryNow();
  }

  #received(text: string): void {
    const news = parse(text);
    if (news === undefined) return;
    if (news.type === 'welcome') this.#welcomed();
    this.#change(news);
    switch (news.type) {
      case 'welcome':
        for (const chat of this.#state.chats.keys()) this.#sendPending(chat);
        return;
      case 'typing':
        this.#fades.get(news.chat)?.();
        this.#fades.set(
          news.chat,
          this.#options.timers.after(TYPING_FADES_MS, () => this.#change({ type: 'visitor-faded', chat: news.chat })),
        );
        return;
      case 'error':
        if (news.code === 'try-later') this.#tryAgain(news);
        return;
      default:
    }
  }

  /** All is asked for anew, from where we are. */
  #welcomed(): void {
    const { timers } = this.#options;
    this.#connection.settled();
    this.#stopConfirming();
    this.#stopConfirming = timers.after(CONFIRMED_AFTER_MS, () => this.#change({ type: 'confirmed' }));
    this.#watched.clear();
    this.#marks = new Map();
    if (this.#state.isOverseeing) this.#connection.send({ type: 'oversee', isOn: true });
    this.#connection.send({ type: 'colleagues' });
  }

  #tryAgain({ chat, id }: Extract<AgentNews, { type: 'error' }>): void {
    if (chat === undefined || id === undefined) return;
    this.#options.timers.after(TRY_AGAIN_MS, () => this.#sendPending(chat, id));
  }

  /** @param only that one; without it all that are on their way, in their order */
  #sendPending(chat: string, only?: string): void {
    if (this.#state.connection !== 'online') return;
    for (const { id, text, isNote, isRefused } of this.#state.chats.get(chat)?.pending ?? []) {
      if (isRefused || (only !== undefined && id !== only)) continue;
      this.#connection.send({ type: isNote ? 'note' : 'message', chat, id, text });
    }
  }

  #typingEnds(): void {
    if (this.#typing === undefined) return;
    const { chat, end } = this.#typing;
    this.#typing = undefined;
    end();
    this.#connection.send({ type: 'typing', chat, isTyping: false });
  }

  #change(input: DeskInput): void {
    const before = this.#state;
    this.#state = changeDesk(before, input);
    if (this.#state === before) return;
    this.#watch();
    this.#options.onChanged(this.#state);
  }

  /** What is said in: one's own chats, those on offer, and the one that is shown. */
  #watch(): void {
    const { chats, offers, shown, connection } = this.#state;
    if (connection !== 'online') return;
    const wanted = new Set([...offers.map(({ chat }) => chat), ...(shown === undefined ? [] : [shown])]);
    for (const chat of chats.values()) if (chat.isMine && chat.now?.phase !== 'forgotten') wanted.add(chat.id);
    for (const id of this.#watched) {
      if (wanted.has(id)) continue;
      this.#watched.delete(id);
      this.#connection.send({ type: 'unwatch', chat: id });
    }
    for (const id of wanted) {
      const chat = chats.get(id);
      if (chat === undefined || this.#watched.has(id)) continue;
      this.#watched.add(id);
      this.#connection.send({ type: 'watch', chat: id, after: lastSeqOf(chat) });
    }
  }
}

/** @returns undefined for what is no message; what this page does not know is passed over later */
function parse(text: string): AgentNews | undefined {
  try {
    const news = JSON.parse(text) as AgentNews | null;
    return known.has(news?.type) ? (news ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

const known: ReadonlySet<unknown> = new Set<AgentNews['type']>([
  'welcome',
  'presence',
  'offer',
  'withdrawn',
  'refused',
  'chat',
  'entry',
  'receipt',
  'typing',
  'marks',
  'replies',
  'colleagues',
  'error',
]);
