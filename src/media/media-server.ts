/**
 * One media server: its connection, its health, and the channels on it that are ours.
 *
 * ```
 *   down ──connected──► up ──connection lost──► shaken ──back within the grace, same process──► up
 *    ▲                   └─probes unanswered──┐   └─nobody listens, another process, grace over──┐
 *    └──────────────── channels are told ─────┴──────────────────────────────────────────────────┘
 * ```
 */
import type { EslEvent } from 'modesl';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { kill, pauseCheck, showChannels, status, type ChannelUuid, type EslCommand } from './esl-commands.js';
import { createEslConnection, textOf, type DownReason, type EslAddress, type EslReply } from './esl-connection.js';
import { orphansIn, sessionsIn } from './server-answers.js';

export interface MediaServerAddress {
  readonly name: string;
  readonly esl: EslAddress;
  /** Where its SIP profile takes INVITEs. */
  readonly sip: { readonly host: string; readonly port: number };
}

/** Whoever has a channel on the server. */
export interface ChannelOwner {
  onEvent(name: string, event: EslEvent): void;
  /** The server has died or is out of reach; the channel is no longer ours. */
  onLost(): void;
}

export interface MediaServer {
  readonly address: MediaServerAddress;
  /** Whether a new channel may be opened on it. */
  readonly isTaking: boolean;
  /** Channels on it, ours and others', as far as known. */
  readonly load: number;
  health(): ServerHealth;
  send(command: EslCommand): Promise<EslReply>;
  /** @returns forgets the channel again */
  own(channel: ChannelUuid, owner: ChannelOwner): () => void;
  /** An INVITE to it was not answered in time: others are asked first for a while. */
  didNotAnswer(): void;
  close(): void;
}

export interface ServerHealth {
  readonly name: string;
  readonly state: 'up' | 'shaken' | 'down' | 'refused';
  /** The operator lets no new calls in. */
  readonly isPaused: boolean;
  readonly sessions: number;
  /** Of the last probe that was answered; milliseconds. */
  readonly latencyMs: number;
}

interface MediaServerOptions {
  readonly address: MediaServerAddress;
  /** Names the channels of this controller: user part of their From. */
  readonly owner: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange: () => void;
  readonly random?: () => number;
}

const probeEveryMs = 500;
/** Of every so many probes one asks whether the operator has paused the server. */
const probesToPauseCheck = 4;
/** A server that has said nothing for so long while asked is taken for dead. */
const silenceLimitMs = 1_500;
/** And so many times: when it is this process that was held up, what the server has said is still to be read. */
const probesUnheard = 3;
/** A lost connection that comes back this soon to the same process has cost no channel. */
const graceMs = 700;
const notAnsweredPauseMs = 5_000;
/** FreeSWITCH lists a channel up to a second late; and a BYE may be lost at any time. */
const sweepsAfterMs = { first: 3_000, next: 60_000 };
/** A channel that we have let go is listed for as long. */
const partingMs = 3_000;

type State =
  | { readonly name: 'up'; readonly core: string }
  | { readonly name: 'shaken'; readonly core: string; readonly cancelGrace: () => void }
  | { readonly name: 'down' }
  | { readonly name: 'refused' };

export function createMediaServer(options: MediaServerOptions): MediaServer {
  return new WatchedServer(options);
}

class WatchedServer implements MediaServer {
  readonly address: MediaServerAddress;
  readonly #options: MediaServerOptions;
  readonly #log: Logger;
  readonly #connection;
  readonly #owners = new Map<ChannelUuid, ChannelOwner>();
  /** When ours were let go, since the last sweep. */
  readonly #partedAtMs = new Map<ChannelUuid, number>();
  #state: State = { name: 'down' };
  #isPaused = false;
  #reported = 0;
  /** Channels opened since the server last said how many there are. */
  #openedSince = 0;
  #latencyMs = 0;
  #heardAtMs = 0;
  #avoidUntilMs = 0;
  #probes = 0;
  /** Probes since the server last said anything. */
  #unheard = 0;
  #cancelProbe: () => void = () => undefined;
  #cancelSweep: () => void = () => undefined;

  constructor(options: MediaServerOptions) {
    this.address = options.address;
    this.#options = options;
    this.#log = options.log.child({ mediaServer: options.address.name });
    this.#connection = createEslConnection({
      ...options,
      address: options.address.esl,
      log: this.#log,
      onUp: (core) => this.#onUp(core),
      onDown: (why) => this.#onDown(why),
      onEvent: (event) => this.#onEvent(event),
    });
  }

  get isTaking(): boolean {
    return this.#state.name === 'up' && !this.#isPaused && this.#options.clock.now() >= this.#avoidUntilMs;
  }

  get load(): number {
    return Math.max(this.#reported + this.#openedSince, this.#owners.size);
  }

  health(): ServerHealth {
    const { name } = this.address;
    const { name: state } = this.#state;
    return { name, state, isPaused: this.#isPaused, sessions: this.#reported, latencyMs: this.#latencyMs };
  }

  async send(command: EslCommand): Promise<EslReply> {
    const reply = await this.#connection.send(command);
    // It serves one command at a time: a busy one is alive as long as it answers any.
    if (reply.type === 'ok' || reply.type === 'refused') this.#heard();
    return reply;
  }

  own(channel: ChannelUuid, owner: ChannelOwner): () => void {
    this.#owners.set(channel, owner);
    this.#openedSince += 1;
    return () => {
      if (this.#owners.delete(channel)) this.#partedAtMs.set(channel, this.#options.clock.now());
    };
  }

  didNotAnswer(): void {
    this.#avoidUntilMs = this.#options.clock.now() + notAnsweredPauseMs;
    this.#options.onChange();
  }

  close(): void {
    this.#cancelProbe();
    this.#cancelSweep();
    if (this.#state.name === 'shaken') this.#state.cancelGrace();
    this.#state = { name: 'down' };
    this.#connection.close();
  }

  #onUp(core: string): void {
    if (this.#state.name === 'shaken') {
      this.#state.cancelGrace();
      if (this.#state.core !== core) this.#loseAll();
    }
    this.#state = { name: 'up', core };
    this.#heard();
    this.#options.onChange();
    void this.#sweep(sweepsAfterMs.first);
    void this.#probe();
  }

  #onDown(why: DownReason): void {
    const was = this.#state;
    this.#cancelProbe();
    this.#cancelSweep();
    if (was.name === 'up' && why === 'lost') {
      const cancelGrace = this.#options.clock.after(graceMs, () => this.#giveUp('down'));
      this.#state = { name: 'shaken', core: was.core, cancelGrace };
      this.#options.onChange();
    } else if (was.name === 'shaken' ? why === 'unreachable' || why === 'refused' : why === 'refused') {
      this.#giveUp(why === 'refused' ? 'refused' : 'down');
    }
  }

  #giveUp(state: 'down' | 'refused'): void {
    if (this.#state.name === 'shaken') this.#state.cancelGrace();
    this.#state = { name: state };
    this.#loseAll();
    this.#options.onChange();
  }

  #loseAll(): void {
    const lost = [...this.#owners.values()];
    this.#owners.clear();
    this.#openedSince = 0;
    this.#reported = 0;
    if (lost.length > 0) this.#log.error({ places: lost.length }, 'the media server is gone, with its places');
    for (const owner of lost) owner.onLost();
  }

  #heard(): void {
    this.#heardAtMs = this.#options.clock.now();
    this.#unheard = 0;
  }

  #onEvent(event: EslEvent): void {
    this.#heard();
    const name = textOf(event, 'Event-Name');
    if (name === 'HEARTBEAT') return this.#onSessions(Number(textOf(event, 'Session-Count')));
    this.#owners.get(textOf(event, 'Unique-ID') as ChannelUuid)?.onEvent(name, event);
  }

  #onSessions(count: number): void {
    if (!Number.isInteger(count)) return;
    this.#reported = count;
    this.#openedSince = 0;
  }

  async #probe(): Promise<void> {
    const { clock } = this.#options;
    const askedAtMs = clock.now();
    this.#cancelProbe = clock.after(probeEveryMs, () => void this.#probe());
    if (askedAtMs - this.#heardAtMs >= silenceLimitMs && this.#unheard >= probesUnheard) {
      this.#log.error({ silentMs: askedAtMs - this.#heardAtMs }, 'the media server answers no more');
      this.#giveUp('down');
      this.#connection.reset();
      return;
    }
    this.#probes += 1;
    this.#unheard += 1;
    const asksPause = this.#probes % probesToPauseCheck === 1;
    const [now, paused] = await Promise.all([
      this.send(status),
      asksPause ? this.send(pauseCheck) : Promise.resolve(undefined),
    ]);
    if (now.type !== 'ok') return;
    this.#latencyMs = clock.now() - askedAtMs;
    this.#onSessions(sessionsIn(now.text));
    if (paused?.type === 'ok') this.#setPaused(paused.text === 'true');
  }

  #setPaused(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    this.#log.info(
      { isPaused },
      isPaused ? 'the media server takes no new calls' : 'the media server takes calls again',
    );
    this.#options.onChange();
  }

  /** Hangs up what an earlier life of this controller, or a lost connection or BYE, has left there. */
  async #sweep(againAfterMs: number): Promise<void> {
    this.#cancelSweep = this.#options.clock.after(againAfterMs, () => void this.#sweep(sweepsAfterMs.next));
    const listed = await this.send(showChannels);
    if (listed.type !== 'ok') return;
    const partingSinceMs = this.#options.clock.now() - partingMs;
    for (const [channel, atMs] of this.#partedAtMs) if (atMs < partingSinceMs) this.#partedAtMs.delete(channel);
    const orphans = orphansIn(listed.text, this.#options.owner).filter(
      (channel) => !this.#owners.has(channel) && !this.#partedAtMs.has(channel),
    );
    if (orphans.length > 0) this.#log.warn({ channels: orphans.length }, 'hanging up channels that nobody owns');
    await Promise.all(orphans.map((channel) => this.send(kill(channel))));
  }
}
