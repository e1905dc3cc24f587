/**
 * The visitor's end of one chat. What is written here is kept until the server says that it is written down, and sent
 * again under the same id after a loss; what is said there is asked for from the last entry that we have. So nothing is
 * lost and nothing comes twice, however often the connection goes.
 */
import { changeChat, lastSeqOf, newChatState, type ChatInput, type ChatState } from './chat-state.js';
import { createConnection, type Socket, type Timers } from './connection.js';
import type { ChatMemory } from './remembered-chat.js';
import { readServerMessage, type Body, type ErrorCode, type ServerMessage } from './server-message.js';

export interface ChatClient {
  readonly state: ChatState;
  /** Goes on with the chat, or opens one. */
  start(): void;
  write(body: Body): void;
  /** The visitor presses keys in the field for the message. */
  typed(): void;
  /** The visitor has all there is before their eyes. */
  seen(): void;
  close(): void;
  /** Leaves this chat as it is and opens another one. */
  beginAnew(): void;
  /** The network is gone, says the browser, or back. */
  networkLost(): void;
  networkBack(): void;
}

export interface ChatClientOptions {
  readonly openSocket: () => Socket;
  readonly timers: Timers;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly newId: () => string;
  readonly memory: ChatMemory;
  /** Where the visitor is, and what they read, best first. */
  readonly facts: () => { readonly page: string; readonly languages: readonly string[] };
  /** Signed by the site's own server: who this is. */
  readonly customer?: string;
  readonly onChanged: (state: ChatState) => void;
}

/** Without a receipt for so long, the connection is taken for dead. */
const RECEIPT_TIMEOUT_MS = 10_000;
const TRY_AGAIN_MS = 2_000;
const MARKS_AFTER_MS = 500;
const HISTORY_LASTS_MS = 2_000;
const TYPING_LASTS_MS = 4_000;
/** Who writes on says so again and again; who has gone says nothing. */
const TYPING_FADES_MS = 10_000;

export function createChatClient(options: ChatClientOptions): ChatClient {
  return new VisitorChat(options);
}

class VisitorChat implements ChatClient {
  readonly #options: ChatClientOptions;
  readonly #connection;
  #state: ChatState;
  #token: string | undefined;
  #customer: string | undefined;
  /** The one message whose receipt is awaited: the next waits for it, so that they stay in order. */
  #inFlight: { readonly id: string; readonly forget: () => void } | undefined;
  #marks: { received: number; read: number; isDue: boolean } = { received: 0, read: 0, isDue: false };
  #stopTyping: (() => void) | undefined;
  #keepTyping: (() => void) | undefined;

  constructor(options: ChatClientOptions) {
    this.#options = options;
    const { token, read, pending } = options.memory.load();
    this.#token = token;
    this.#customer = options.customer;
    this.#state = newChatState({
      ...(read === undefined ? {} : { read }),
      ...(pending === undefined ? {} : { pending }),
    });
    const { openSocket, timers, random } = options;
    this.#connection = createConnection({
      openSocket,
      timers,
      random,
      onOpen: () => this.#hello(),
      onText: (text) => this.#received(text),
      onLost: () => this.#lost(),
    });
  }

  get state(): ChatState {
    return this.#state;
  }

  start(): void {
    if (this.#state.connection === 'idle') this.#change({ type: 'connection', connection: 'connecting' });
    this.#connection.start();
  }

  write(body: Body): void {
    const { newId, nowMs } = this.#options;
    this.#typingEnds();
    this.#change({ type: 'wrote', outgoing: { id: newId(), body, atMs: nowMs(), isRefused: false } });
    this.#sendNext();
  }

  typed(): void {
    if (this.#state.connection !== 'online') return;
    if (this.#stopTyping === undefined) this.#connection.send({ type: 'typing', isTyping: true });
    else this.#stopTyping();
    this.#stopTyping = this.#options.timers.after(TYPING_LASTS_MS, () => this.#typingEnds());
  }

  seen(): void {
    if (this.#state.read >= lastSeqOf(this.#state)) return;
    this.#change({ type: 'seen' });
    this.#sendMarksSoon();
  }

  close(): void {
    this.#connection.send({ type: 'close' });
  }

  beginAnew(): void {
    this.#token = undefined;
    this.#change({ type: 'begin-anew' });
    this.#connection.drop();
    this.#connection.retryNow();
  }

  networkLost(): void {
    this.#connection.drop();
  }

  networkBack(): void {
    this.#connection.retryNow();
  }

  #hello(): void {
    const { page, languages } = this.#options.facts();
    const token = this.#token;
    const who = token === undefined ? { customer: this.#customer } : { token, after: lastSeqOf(this.#state) };
    this.#connection.send({ type: 'hello', ...who, page: page.slice(0, 2_000), languages: languages.slice(0, 10) });
  }

  #lost(): void {
    this.#landed();
    this.#stopTyping?.();
    this.#stopTyping = undefined;
    this.#change({ type: 'connection', connection: 'lost' }, { type: 'typing-faded' });
  }

  #received(text: string): void {
    const message = readServerMessage(text);
    if (message?.type === 'error') return this.#refused(message.code);
    if (message === undefined) return;
    if (message.type === 'welcome') return this.#welcomed(message);
    this.#change(message);
    switch (message.type) {
      case 'entry':
        return this.#sendMarksSoon();
      case 'receipt':
        if (message.id === this.#inFlight?.id) this.#landed();
        return this.#sendNext();
      case 'typing':
        this.#keepTyping?.();
        this.#keepTyping = this.#options.timers.after(TYPING_FADES_MS, () => this.#change({ type: 'typing-faded' }));
        return;
      case 'state':
      case 'marks':
        return;
    }
  }

  #welcomed(message: Extract<ServerMessage, { type: 'welcome' }>): void {
    this.#token = message.token;
    // The server has lost what it had not written down yet: what we have is not what anybody else has.
    if (message.lastSeq < lastSeqOf(this.#state)) {
      this.#change({ type: 'forget-entries' });
      return this.#connection.drop();
    }
    this.#connection.settled();
    this.#marks = { received: 0, read: 0, isDue: false };
    this.#change(message);
    this.#options.timers.after(HISTORY_LASTS_MS, () => this.#change({ type: 'history-read' }));
    this.#sendNext();
    this.#sendMarksSoon();
  }

  #refused(code: ErrorCode): void {
    const isWelcome = this.#state.connection === 'online';
    switch (code) {
      case 'too-fast':
      case 'try-later':
        return isWelcome ? this.#tryAgainLater() : this.#connection.drop();
      case 'bad-message':
        return isWelcome ? this.#giveUpOnMessage() : this.#connection.drop();
      case 'bad-token':
        // The chat is too old, or the name that the site gave: the visitor is somebody unknown then.
        if (this.#token === undefined) this.#customer = undefined;
        else this.#change({ type: 'begin-anew' });
        this.#token = undefined;
        return this.#connection.drop();
      case 'say-hello-first':
      case 'reconnect':
        return this.#connection.drop();
    }
  }

  #sendNext(): void {
    if (this.#inFlight !== undefined || this.#state.connection !== 'online') return;
    const next = this.#state.pending.find(({ isRefused }) => !isRefused);
    if (next === undefined) return;
    const { id, body } = next;
    const forget = this.#options.timers.after(RECEIPT_TIMEOUT_MS, () => this.#connection.drop());
    this.#inFlight = { id, forget };
    const { kind, ...content } = body;
    this.#connection.send({ type: kind === 'text' ? 'message' : 'file', id, ...content });
  }

  /** It stays in flight meanwhile, so that nothing overtakes it. */
  #tryAgainLater(): void {
    const { timers } = this.#options;
    if (this.#inFlight === undefined) {
      // Then it was the marks, or that we type, which nobody misses.
      this.#marks = { ...this.#marks, received: 0, read: 0 };
      timers.after(TRY_AGAIN_MS, () => this.#sendMarksSoon());
      return;
    }
    const { id } = this.#inFlight;
    this.#inFlight.forget();
    const forget = timers.after(TRY_AGAIN_MS, () => {
      this.#landed();
      this.#sendNext();
    });
    this.#inFlight = { id, forget };
  }

  #giveUpOnMessage(): void {
    if (this.#inFlight === undefined) return;
    this.#change({ type: 'refused', id: this.#inFlight.id });
    this.#landed();
    this.#sendNext();
  }

  #landed(): void {
    this.#inFlight?.forget();
    this.#inFlight = undefined;
  }

  #typingEnds(): void {
    if (this.#stopTyping === undefined) return;
    this.#stopTyping();
    this.#stopTyping = undefined;
    this.#connection.send({ type: 'typing', isTyping: false });
  }

  /** Several entries at once need one mark. */
  #sendMarksSoon(): void {
    if (this.#marks.isDue) return;
    this.#marks.isDue = true;
    this.#options.timers.after(MARKS_AFTER_MS, () => {
      this.#marks.isDue = false;
      const { read, connection } = this.#state;
      const received = lastSeqOf(this.#state);
      const isNews = received > this.#marks.received || read > this.#marks.read;
      if (connection !== 'online' || !isNews) return;
      this.#connection.send({ type: 'marks', received, read });
      this.#marks = { received, read, isDue: false };
    });
  }

  #change(...inputs: readonly ChatInput[]): void {
    this.#state = inputs.reduce(changeChat, this.#state);
    const { read, pending, phase } = this.#state;
    const token = this.#token === undefined ? {} : { token: this.#token };
    this.#options.memory.save({ ...token, read, pending, isClosed: phase === 'closed' });
    this.#options.onChanged(this.#state);
  }
}
