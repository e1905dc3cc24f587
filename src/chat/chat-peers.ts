/**
 * The other controllers of a site, and sockets that end at them: whoever has come to this one speaks through such a link
 * with the one that runs their chat.
 *
 * What goes from one controller to another is numbered, anew whenever the two begin anew (an epoch). A number that is missing,
 * or five seconds without a word, breaks all links between the two, on both sides: words come once and in order, or the link
 * ends, and its page connects anew, which loses nothing (message-log.ts). How much may be under way on a link is bounded.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { PeerBus } from './peer-bus.js';
import { readFrame, type Frame, type Guest, type NumberedFrame } from './peer-frame.js';
import type { ChatSocket } from './socket-writer.js';

export interface ChatPeers {
  /** Whom this controller has heard of lately. */
  nodes(): readonly string[];
  /** Told of each that is there and that goes; the returned function ends it. */
  onChange(listener: (node: string, isThere: boolean) => void): () => void;
  /** `undefined` when that controller is not there. */
  open(node: string, guest: Guest, heed: LinkListener): PeerLink | undefined;
  stop(): void;
}

/** This side of a link that was opened here. */
export interface PeerLink {
  /** What the page said. */
  send(text: string): void;
  end(): void;
}

export interface LinkListener {
  /** To the page; `done` when it has gone out. */
  text(text: string, done: () => void): void;
  /** Not by us. */
  ended(): void;
}

/** What a controller does with a page that has come to another one. */
export interface GuestSession {
  received(text: string): void | Promise<void>;
  ended(): void;
}

export interface ChatPeersDeps {
  readonly bus: PeerBus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly welcome: (guest: Guest, socket: ChatSocket) => GuestSession;
  readonly beatMs?: number;
  readonly silenceMs?: number;
}

const BEAT_MS = 1_000;
const SILENCE_MS = 5_000;

/** Messages of a page that may be on their way; one that sends more without waiting for anything is let go. */
const MAX_UNDER_WAY = 200;

interface Peer {
  readonly node: string;
  /** Another one after a restart. */
  readonly run: string;
  heardMs: number;
  /** Numbers of the last frame each way. `counted` is what they said they had sent when they last told all. */
  readonly outgoing: { readonly epoch: string; sent: number };
  incoming?: { readonly epoch: string; received: number; counted: number };
  readonly links: Map<string, Link>;
}

interface Link {
  /** Of our messages, those that the other side has not taken yet. */
  readonly underWay: { readonly bytes: number; readonly done: () => void }[];
  heed(text: string): void;
  /** The other side has ended it, or is lost. */
  ended(): void;
}

export function createChatPeers(deps: ChatPeersDeps): ChatPeers {
  return new Peers(deps);
}

class Peers implements ChatPeers {
  readonly #deps: ChatPeersDeps;
  readonly #run = randomUUID().slice(0, 8);
  readonly #peers = new Map<string, Peer>();
  readonly #listeners = new Set<(node: string, isThere: boolean) => void>();
  readonly #unlisten: () => void;
  #cancelBeat: () => void = () => undefined;
  #lastLink = 0;
  #lastEpoch = 0;

  constructor(deps: ChatPeersDeps) {
    this.#deps = deps;
    this.#unlisten = deps.bus.listen((text) => this.#heard(text));
    this.#beat();
  }

  nodes(): readonly string[] {
    return [...this.#peers.keys()];
  }

  onChange(listener: (node: string, isThere: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(node: string, guest: Guest, heed: LinkListener): PeerLink | undefined {
    const peer = this.#peers.get(node);
    if (peer === undefined) return undefined;
    const id = `${this.#deps.bus.node} ${this.#run} ${(this.#lastLink += 1)}`;
    const link: Link = {
      underWay: [],
      heed: (text) => heed.text(text, () => this.#send(peer, { kind: 'took', link: id })),
      ended: () => heed.ended(),
    };
    peer.links.set(id, link);
    this.#send(peer, { kind: 'open', link: id, guest });
    return {
      send: (text) => {
        if (!peer.links.has(id)) return;
        if (link.underWay.length < MAX_UNDER_WAY) return this.#sendText(peer, id, link, text, () => undefined);
        this.#end(peer, id);
        link.ended();
      },
      end: () => this.#end(peer, id),
    };
  }

  stop(): void {
    this.#cancelBeat();
    this.#unlisten();
    for (const peer of [...this.#peers.values()]) this.#lose(peer);
  }

  #beat(): void {
    const { clock, bus, beatMs = BEAT_MS, silenceMs = SILENCE_MS } = this.#deps;
    this.#cancelBeat = clock.after(beatMs, () => this.#beat());
    const oldestMs = clock.now() - silenceMs;
    for (const peer of [...this.#peers.values()]) if (peer.heardMs < oldestMs) this.#lose(peer);
    const sent = Object.fromEntries([...this.#peers.values()].map((peer) => [peer.node, peer.outgoing]));
    this.#tell(bus.broadcast(JSON.stringify({ from: bus.node, run: this.#run, kind: 'here', sent })));
  }

  #heard(text: string): void {
    const frame = readFrame(text);
    if (frame === undefined || frame.from === this.#deps.bus.node) return;
    const peer = this.#peerOf(frame);
    peer.heardMs = this.#deps.clock.now();
    switch (frame.kind) {
      case 'here':
        return this.#compare(peer, frame.sent[this.#deps.bus.node]);
      case 'reset':
        if (frame.about === peer.outgoing.epoch) this.#lose(peer);
        return;
      default:
        return this.#take(peer, frame);
    }
  }

  #take(peer: Peer, frame: NumberedFrame): void {
    const { epoch, number } = frame;
    if (peer.incoming?.epoch !== epoch) {
      // What is left of before we began anew.
      if (number !== 1) return;
      // They have begun anew.
      if (peer.incoming !== undefined) {
        this.#lose(peer);
        return this.#take(this.#peerOf(frame), frame);
      }
      peer.incoming = { epoch, received: 0, counted: 0 };
    }
    if (number !== peer.incoming.received + 1) return this.#break(peer, epoch);
    peer.incoming.received = number;
    this.#heed(peer, frame);
  }

  /** By the next time that they count, all that they had counted before has come, or is lost. */
  #compare(peer: Peer, counted: { epoch: string; sent: number } | undefined): void {
    if (counted === undefined || counted.sent === 0) return;
    const { incoming } = peer;
    if (incoming?.epoch !== counted.epoch || incoming.received < incoming.counted) this.#break(peer, counted.epoch);
    else incoming.counted = counted.sent;
  }

  #heed(peer: Peer, frame: NumberedFrame): void {
    if (frame.kind === 'open') return this.#welcome(peer, frame.link, frame.guest);
    const link = peer.links.get(frame.link);
    switch (frame.kind) {
      case 'text':
        return link?.heed(frame.text);
      case 'took':
        return link?.underWay.shift()?.done();
      case 'end':
        peer.links.delete(frame.link);
        return link?.ended();
    }
  }

  /** A page that has come to that controller, whose chat may be here. */
  #welcome(peer: Peer, id: string, guest: Guest): void {
    const { log, welcome } = this.#deps;
    const underWay: Link['underWay'] = [];
    const socket: ChatSocket = {
      OPEN: 1,
      get readyState() {
        return peer.links.has(id) ? 1 : 3;
      },
      get bufferedAmount() {
        return underWay.reduce((sum, { bytes }) => sum + bytes, 0);
      },
      send: (text, done) => this.#sendText(peer, id, link, text, () => done?.()),
    };
    const fail = (error: unknown): void => {
      log.error({ err: error, peer: peer.node }, 'a page of another controller could not be served');
      this.#end(peer, id);
    };
    const link: Link = {
      underWay,
      heed: (text) => {
        this.#send(peer, { kind: 'took', link: id });
        Promise.resolve(session.received(text)).catch(fail);
      },
      ended: () => session.ended(),
    };
    peer.links.set(id, link);
    const session = welcome(guest, socket);
  }

  #sendText(peer: Peer, id: string, link: Link, text: string, done: () => void): void {
    link.underWay.push({ bytes: text.length, done });
    this.#send(peer, { kind: 'text', link: id, text });
  }

  #end(peer: Peer, id: string): void {
    if (peer.links.delete(id)) this.#send(peer, { kind: 'end', link: id });
  }

  #send(peer: Peer, frame: Frame): void {
    if (this.#peers.get(peer.node) !== peer) return;
    const { bus } = this.#deps;
    const { outgoing } = peer;
    outgoing.sent += 1;
    const place = { from: bus.node, run: this.#run, epoch: outgoing.epoch, number: outgoing.sent };
    const text = JSON.stringify({ ...place, ...frame });
    this.#tell(
      bus.send(peer.node, text).then((isThere) => {
        if (!isThere) this.#lose(peer);
      }),
    );
  }

  #peerOf({ from, run }: { from: string; run: string }): Peer {
    const known = this.#peers.get(from);
    if (known?.run === run) return known;
    if (known !== undefined) this.#lose(known);
    this.#lastEpoch += 1;
    const outgoing = { epoch: `${this.#run} ${this.#lastEpoch}`, sent: 0 };
    const peer: Peer = { node: from, run, heardMs: this.#deps.clock.now(), outgoing, links: new Map() };
    this.#peers.set(from, peer);
    this.#cancelBeat();
    this.#beat();
    for (const listener of this.#listeners) listener(from, true);
    return peer;
  }

  /** Something was lost between the two. */
  #break(peer: Peer, epoch: string): void {
    const { bus, log } = this.#deps;
    log.warn({ peer: peer.node }, 'words from another controller were lost; pages that came through it connect anew');
    this.#tell(bus.send(peer.node, JSON.stringify({ from: bus.node, run: this.#run, kind: 'reset', about: epoch })));
    this.#lose(peer);
  }

  #lose(peer: Peer): void {
    if (this.#peers.get(peer.node) !== peer) return;
    this.#peers.delete(peer.node);
    const links = [...peer.links.values()];
    peer.links.clear();
    for (const link of links) link.ended();
    for (const listener of this.#listeners) listener(peer.node, false);
  }

  #tell(sending: Promise<unknown>): void {
    // Beats will be missing too, then.
    sending.catch((error: unknown) => this.#deps.log.debug({ err: error }, 'another controller could not be told'));
  }
}
