/**
 * Pages that come back: a visitor who goes on writing, and an agent who takes what is offered and answers each message once,
 * over whatever connection they get next. What they have seen, and what they were told has arrived, can be looked at.
 */
import { randomUUID } from 'node:crypto';

export interface Line {
  send(text: string): void;
  close(): void;
}

/** Opens a connection to any controller; rejects where none can be had now. */
export type Dial = (heed: { text(text: string): void; closed(): void }) => Promise<Line>;

export interface SeenEntry {
  readonly seq: number;
  readonly from: { readonly kind: string; readonly agent?: string };
  readonly body: { readonly text?: string };
  readonly id?: string;
}

type News = { readonly type: string } & Readonly<Record<string, unknown>>;

const AGAIN_MS = 100;

abstract class SteadyPage {
  #line: Line | undefined;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #dial: Dial;
  /** Codes of errors that it was told. */
  readonly errors: string[] = [];

  constructor(dial: Dial) {
    this.#dial = dial;
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#line?.close();
    this.#line = undefined;
  }

  /** As when the network goes: another connection is made. */
  reconnect(): void {
    const line = this.#line;
    this.#line = undefined;
    line?.close();
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), AGAIN_MS);
  }

  protected abstract greet(): void;
  protected abstract heed(news: News): void;

  protected get isConnected(): boolean {
    return this.#line !== undefined;
  }

  protected send(message: object): void {
    this.#line?.send(JSON.stringify(message));
  }

  #connect(): void {
    const attempt = { isOver: false };
    const over = (): void => {
      if (attempt.isOver) return;
      attempt.isOver = true;
      if (!this.#isClosed) this.reconnect();
    };
    const text = (received: string): void => {
      if (attempt.isOver || this.#isClosed) return;
      const news = JSON.parse(received) as News;
      if (news.type === 'error') this.errors.push(String(news.code));
      this.heed(news);
    };
    this.#dial({ text, closed: over }).then((line) => {
      if (this.#isClosed || attempt.isOver) return line.close();
      this.#line = {
        send: (said) => line.send(said),
        close() {
          attempt.isOver = true;
          line.close();
        },
      };
      this.greet();
    }, over);
  }
}

export class SteadyVisitor extends SteadyPage {
  #token: string | undefined;
  #inFlight: string | undefined;
  chat = '';
  phase = '';
  agent: string | undefined;
  entries: SeenEntry[] = [];
  /** In the order in which they were written, with what they say. */
  readonly written: { readonly id: string; readonly text: string }[] = [];
  /** Ids of those that have arrived, as it was told. */
  readonly acknowledged = new Set<string>();

  /** One message is under way at a time, so that they stay in order. */
  write(text: string): void {
    this.written.push({ id: randomUUID(), text });
    this.#sendNext();
  }

  hasArrived(): boolean {
    return this.acknowledged.size === this.written.length;
  }

  end(): void {
    this.send({ type: 'close' });
  }

  protected greet(): void {
    const after = this.entries.at(-1)?.seq ?? 0;
    this.send({ type: 'hello', ...(this.#token === undefined ? {} : { token: this.#token, after }) });
  }

  protected heed(news: News): void {
    switch (news.type) {
      case 'welcome':
        this.#token = String(news.token);
        this.chat = String(news.chat);
        if (Number(news.lastSeq) < (this.entries.at(-1)?.seq ?? 0)) {
          this.entries = [];
          return this.reconnect();
        }
        this.#inFlight = undefined;
        return this.#sendNext();
      case 'entry': {
        const entry = news as unknown as SeenEntry;
        if (entry.seq > (this.entries.at(-1)?.seq ?? 0)) this.entries.push(entry);
        return;
      }
      case 'receipt':
        this.acknowledged.add(String(news.id));
        this.#inFlight = undefined;
        return this.#sendNext();
      case 'state':
        this.phase = String(news.phase);
        this.agent = news.agent as string | undefined;
        return;
      case 'error':
        if (news.code !== 'too-fast') return this.reconnect();
        setTimeout(() => {
          this.#inFlight = undefined;
          this.#sendNext();
        }, 5 * AGAIN_MS);
        return;
    }
  }

  #sendNext(): void {
    const next = this.written.find(({ id }) => !this.acknowledged.has(id));
    if (next === undefined || this.#token === undefined || this.#inFlight === next.id) return;
    this.#inFlight = next.id;
    this.send({ type: 'message', ...next });
  }
}

export class SteadyAgent extends SteadyPage {
  readonly name: string;
  /** By chat. */
  readonly entries = new Map<string, SeenEntry[]>();
  readonly chats = new Map<string, { phase: string; agent: string | undefined }>();
  /** Answers by id, until they have arrived. */
  readonly #answers = new Map<string, { readonly chat: string; readonly text: string }>();
  readonly acknowledged = new Set<string>();
  takes = true;
  /** The most chats that it had at once. */
  most = 0;

  constructor(name: string, dial: Dial) {
    super(dial);
    this.name = name;
  }

  own(): string[] {
    return [...this.chats]
      .filter(([, { phase, agent }]) => phase === 'talking' && agent === this.name)
      .map(([id]) => id);
  }

  hasArrived(): boolean {
    return this.#answers.size === 0;
  }

  end(chat: string): void {
    this.send({ type: 'close', chat });
  }

  protected greet(): void {
    this.chats.clear();
  }

  protected heed(news: News): void {
    const chat = String(news.chat);
    switch (news.type) {
      case 'offer':
        if (this.takes) this.send({ type: 'accept', work: news.work });
        return;
      case 'chat': {
        const before = this.chats.get(chat);
        this.chats.set(chat, { phase: String(news.phase), agent: news.agent as string | undefined });
        this.most = Math.max(this.most, this.own().length);
        if (news.phase !== 'talking' || news.agent !== this.name || before?.phase === 'talking') return;
        this.send({ type: 'watch', chat, after: this.entries.get(chat)?.at(-1)?.seq ?? 0 });
        for (const [id, answer] of this.#answers) if (answer.chat === chat) this.#say(id, answer);
        return;
      }
      case 'entry':
        return this.#read(chat, news as unknown as SeenEntry);
      case 'receipt':
        this.acknowledged.add(String(news.id));
        this.#answers.delete(String(news.id));
        return;
      case 'error':
        // Tried again, as a person would.
        for (const [id, answer] of this.#answers) setTimeout(() => this.#say(id, answer), AGAIN_MS);
        return;
    }
  }

  #read(chat: string, entry: SeenEntry): void {
    const read = this.entries.get(chat) ?? [];
    this.entries.set(chat, read);
    if (entry.seq <= (read.at(-1)?.seq ?? 0)) return;
    read.push(entry);
    if (entry.from.kind !== 'visitor' || entry.id === undefined) return;
    const id = `re-${entry.id}`;
    if (this.#answers.has(id) || this.acknowledged.has(id)) return;
    const answer = { chat, text: `re ${entry.body.text ?? ''}` };
    this.#answers.set(id, answer);
    this.#say(id, answer);
  }

  #say(id: string, { chat, text }: { chat: string; text: string }): void {
    if (this.#answers.has(id)) this.send({ type: 'message', chat, id, text });
  }
}
