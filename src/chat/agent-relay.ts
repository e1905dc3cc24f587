/**
 * A page of an agent, where a site has several controllers: it has come to one of them, and has chats with all. It is shown
 * what each says, and what it says goes to the one that runs the chat.
 *
 * A chat may come to another controller meanwhile: the page is told of it by that one, and follows it there from where it was;
 * what it has written and was not told to have arrived is said again there.
 */
import { conversationId, workId, type ConversationId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { AgentNews } from './agent-news.js';
import type { AgentMessage } from './agent-protocol.js';
import type { AgentSession } from './agent-session.js';
import type { ChatPeers, PeerLink } from './chat-peers.js';
import { chatOf } from './chat-works.js';
import type { Actor } from './conversation-types.js';
import type { ChatSocket } from './socket-writer.js';

export interface AgentRelayDeps {
  readonly peers: ChatPeers;
  readonly isHere: (chat: ConversationId) => boolean;
  /** Which other controller runs it. */
  readonly elsewhere: (chat: ConversationId) => Promise<string | undefined>;
  /** The session here, on a socket of its own. */
  readonly open: (socket: ChatSocket) => AgentSession;
  readonly log: Logger;
}

/** Messages of a page that may wait for somebody to be found for them. */
const MAX_WAITING = 100;

/** Of a page's words that have not arrived yet; one with more has them said again by nobody but itself. */
const MAX_UNDER_WAY = 100;

/** Of what other controllers say as well. */
const SAID_HERE: readonly AgentNews['type'][] = ['welcome', 'presence', 'colleagues'];

export function relayAgent(socket: ChatSocket, by: Actor, deps: AgentRelayDeps): AgentSession {
  return new Relay(socket, by, deps);
}

/** A chat that the page follows. */
interface Followed {
  /** The controller that tells of it; `undefined` is this one. */
  node: string | undefined;
  /** The last entry that has gone to the page. */
  seq: number;
}

/** What a page has written, until it is told that it has arrived. */
interface UnderWay {
  readonly chat: string;
  readonly text: string;
  node: string | undefined;
}

type Said = Partial<{ type: AgentMessage['type']; chat: string; work: string; id: string; after: number }>;

class Relay implements AgentSession {
  readonly #socket: ChatSocket;
  readonly #by: Actor;
  readonly #deps: AgentRelayDeps;
  readonly #here: AgentSession;
  readonly #links = new Map<string, PeerLink>();
  readonly #followed = new Map<string, Followed>();
  readonly #underWay = new Map<string, UnderWay>();
  readonly #unlisten: () => void;
  #finding: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** Said again to controllers that come later. */
  #overseeing: string | undefined;

  constructor(socket: ChatSocket, by: Actor, deps: AgentRelayDeps) {
    this.#socket = socket;
    this.#by = by;
    this.#deps = deps;
    this.#here = deps.open(tapped(socket, (text) => this.#noted(text, undefined)));
    for (const node of deps.peers.nodes()) this.#open(node);
    this.#unlisten = deps.peers.onChange((node, isThere) => {
      if (isThere) this.#open(node);
    });
  }

  received(text: string): void {
    const said = readSaid(text);
    const { type, chat, work, after } = said;
    const id = chat === undefined ? work && chatOf(workId(work)) : conversationId(chat);
    if (type === 'oversee') this.#toAll(text);
    if (type === 'unwatch' && chat !== undefined) this.#followed.delete(chat);
    if (id === undefined || id === '') return this.#here.received(text);
    const follow = (node: string | undefined): void => {
      if (type === 'watch') this.#followed.set(id, { node, seq: after ?? 0 });
      if (said.id === undefined || this.#underWay.size >= MAX_UNDER_WAY) return;
      this.#underWay.set(`${id} ${said.id}`, { chat: id, text, node });
    };
    if (this.#waiting === 0 && this.#deps.isHere(id)) {
      follow(undefined);
      return this.#here.received(text);
    }
    this.#find(id, (node) => {
      follow(node);
      this.#say(node, text);
    });
  }

  ended(): void {
    this.#unlisten();
    for (const link of this.#links.values()) link.end();
    this.#links.clear();
    this.#here.ended();
  }

  #open(node: string): void {
    const guest = { kind: 'agent', ...this.#by } as const;
    const link = this.#deps.peers.open(node, guest, {
      text: (text, done) => {
        if (!isSaidHere(text) && this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text, done);
        else done();
        this.#noted(text, node);
      },
      ended: () => this.#links.delete(node),
    });
    if (link === undefined) return;
    this.#links.set(node, link);
    if (this.#overseeing !== undefined) link.send(this.#overseeing);
  }

  #toAll(text: string): void {
    this.#overseeing = text;
    for (const link of this.#links.values()) link.send(text);
  }

  /** One after the other, in the order in which the page has said it. */
  #find(id: ConversationId, found: (node: string | undefined) => void): void {
    const { isHere, elsewhere, log } = this.#deps;
    if (this.#waiting >= MAX_WAITING) return this.#refuse();
    this.#waiting += 1;
    this.#finding = this.#finding
      .then(async () => found(isHere(id) ? undefined : await elsewhere(id)))
      .catch((error: unknown) => {
        log.error({ err: error, chat: id }, 'the controller of a chat was not found');
        this.#refuse();
      })
      .finally(() => (this.#waiting -= 1));
  }

  #refuse(): void {
    const news: AgentNews = { type: 'error', code: 'try-later' };
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(news));
  }

  /** What nobody else runs is refused here. */
  #say(node: string | undefined, text: string): void {
    const link = node === undefined ? undefined : this.#links.get(node);
    if (node !== undefined && link === undefined) return this.#refuse();
    if (link === undefined) this.#here.received(text);
    else link.send(text);
  }

  /** What was told of a chat, and by whom. */
  #noted(text: string, node: string | undefined): void {
    if (this.#followed.size + this.#underWay.size === 0) return;
    const news = JSON.parse(text) as AgentNews;
    switch (news.type) {
      case 'entry': {
        const followed = this.#followed.get(news.chat);
        if (followed?.node === node && followed !== undefined) followed.seq = Math.max(followed.seq, news.seq);
        return;
      }
      case 'receipt':
      case 'error':
        this.#underWay.delete(`${news.chat ?? ''} ${news.id ?? ''}`);
        return;
      case 'chat':
        if (news.phase !== 'forgotten') this.#isAt(news.chat, node);
        return;
      default:
        return;
    }
  }

  #isAt(chat: string, node: string | undefined): void {
    const followed = this.#followed.get(chat);
    if (followed !== undefined && followed.node !== node) {
      followed.node = node;
      this.#say(node, JSON.stringify({ type: 'watch', chat, after: followed.seq }));
    }
    for (const said of this.#underWay.values()) {
      if (said.chat !== chat || said.node === node) continue;
      said.node = node;
      this.#say(node, said.text);
    }
  }
}

function readSaid(text: string): Said {
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said !== 'object' || said === null) return {};
    const { type, chat, work, id, after } = said as Said;
    return {
      ...(type === undefined ? {} : { type }),
      ...(typeof chat === 'string' ? { chat } : {}),
      ...(typeof work === 'string' ? { work } : {}),
      ...(typeof id === 'string' ? { id } : {}),
      ...(typeof after === 'number' ? { after } : {}),
    };
  } catch {
    return {};
  }
}

function isSaidHere(text: string): boolean {
  return SAID_HERE.some((type) => text.startsWith(`{"type":"${type}"`));
}

/** The same socket, with an ear on what is sent. */
function tapped(socket: ChatSocket, heed: (text: string) => void): ChatSocket {
  return {
    OPEN: socket.OPEN,
    get readyState() {
      return socket.readyState;
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send(text, done) {
      socket.send(text, done);
      heed(text);
    },
  };
}
