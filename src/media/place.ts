/**
 * A place: one SIP leg towards a media server, and the channel at its end, which has the leg's Call-ID for a name.
 *
 * ```
 *   unserved ──a server is up──► inviting ──200──► open ──close; BYE or server gone: `lost`──► over
 *       │                         │ ▲ └─refused, no answer──┐                                    ▲
 *       │                         │ └──the next server──────┤                                    │
 *       └──────────`failed`───────┴─────────────────────────┴────────────────────────────────────┘
 * ```
 * One that is to be near another goes wherever that one goes, and waits for it where that is not known yet.
 */
import type { Clock } from '../kernel/clock.js';
import { legId, type PlaceId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { Place, PlaceEvent, PlaceRequest, RecordingRequest, Sound, SpyMode } from '../voice/media.js';
import { createSdpWriter } from '../voice/sound/sdp-writer.js';
import type { LegEvent, OutboundLeg, Signalling } from '../voice/signalling.js';
import { createChannel, type Channel } from './channel.js';
import { CommandLine } from './command-line.js';
import { channelUuid } from './esl-commands.js';
import type { MediaServer } from './media-server.js';
import { quietParty } from './quiet-party.js';
import type { ServerPool } from './server-pool.js';

export interface PlaceDeps {
  readonly pool: ServerPool;
  readonly signalling: Signalling;
  readonly clock: Clock;
  readonly log: Logger;
  /** User and host of our From towards the servers. */
  readonly from: { readonly user: string; readonly host: string };
  /** Other places, while they are open or being opened. */
  readonly find: (place: PlaceId) => SipPlace | undefined;
  readonly onOver: (place: PlaceId) => void;
  readonly nextSessionId: () => number;
}

/** How long a server on our side of the net may take to answer an INVITE. */
const answerLimitMs = 3_000;
/** Glare is waited out below, for up to four seconds a time (RFC 3261 §14.1). */
const offerLimitMs = 10_000;
/** To the listener's own server they change who hears the listener, or end it, and nothing keeps it from that but to hear of no key. */
const spyKeys = /^[0-3*]$/;
/** These say that this server cannot now, not that it would never (RFC 3261 §21.4.18, §21.5). */
const worthAnother = new Set([408, 480, 486, 500, 502, 503, 504]);

type State =
  | { readonly name: 'unserved' }
  | {
      readonly name: 'inviting' | 'open';
      readonly server: MediaServer;
      readonly leg: OutboundLeg;
      readonly channel: Channel;
      readonly forget: () => void;
    }
  | { readonly name: 'over' };

export class SipPlace implements Place {
  readonly id: PlaceId;
  readonly #deps: PlaceDeps;
  readonly #request: PlaceRequest;
  readonly #onEvent: (event: PlaceEvent) => void;
  readonly #line: CommandLine;
  readonly #writer;
  readonly #tried = new Set<MediaServer>();
  /** Places that are to be on our server. */
  readonly #neighbours = new Set<SipPlace>();
  #state: State = { name: 'unserved' };
  #attempts = 0;
  /** What we have told the server last, and what it has said of itself. */
  #ourSdp = '';
  #serverSdp = '';
  #answerOffer: ((event: LegEvent) => void) | undefined;
  #partner: SipPlace | undefined;
  #spied: { readonly on: PlaceId; readonly mode: SpyMode } | undefined;
  /** Counts what decides what is heard: a `play` that another overtakes while it waits is not begun. */
  #wish = 0;

  constructor(deps: PlaceDeps, request: PlaceRequest, onEvent: (event: PlaceEvent) => void) {
    this.id = request.place;
    this.#deps = deps;
    this.#request = request;
    this.#onEvent = onEvent;
    this.#writer = createSdpWriter(deps.nextSessionId());
    this.#line = new CommandLine((error) => deps.log.error({ place: this.id, err: error }, 'a command failed'));
    const host = this.#host;
    if (host !== undefined) host.#neighbours.add(this);
    const server = this.#nextServer();
    if (server === undefined) queueMicrotask(() => this.#goOn('no-server'));
    else this.#invite(server);
  }

  get server(): MediaServer | undefined {
    return 'server' in this.#state ? this.#state.server : undefined;
  }

  describe(sdp: string): void {
    this.#line.add(() => this.#describe(sdp));
  }

  play(sounds: readonly Sound[], options?: { readonly repeat?: boolean }): void {
    const wish = (this.#wish += 1);
    this.#spied = undefined;
    this.#onChannel(async (channel) => {
      if (wish === this.#wish) await channel.play(sounds, options?.repeat ?? false);
    });
  }

  hush(): void {
    this.#wish += 1;
    this.#onChannel((channel) => channel.hush());
  }

  join(other: PlaceId): void {
    const place = this.#deps.find(other);
    if (place === undefined || place === this) return;
    const lines = [this, place].flatMap((each) => [each.#line, (each.#partner ?? each).#line]);
    for (const each of [this, place]) each.#standAlone();
    this.#partner = place;
    place.#partner = this;
    this.#line.addWith(lines, async () => {
      const [here, there] = [this.#channel(), place.#channel()];
      if (here === undefined || there === undefined) return;
      if (this.server === place.server) return here.join(there);
      this.#deps.log.error({ place: this.id, other }, 'places of different media servers cannot be joined');
    });
  }

  part(): void {
    const line = (this.#partner ?? this).#line;
    this.#standAlone();
    this.#line.addWith([line], async () => {
      await this.#channel()?.leave();
    });
  }

  record(recording: RecordingRequest): void {
    this.#onChannel(({ recorder }) => recorder.start(recording));
  }

  pauseRecording(paused: boolean): void {
    this.#onChannel(({ recorder }) => recorder.pause(paused));
  }

  stopRecording(): void {
    this.#onChannel(({ recorder }) => recorder.stop());
  }

  spy(on: PlaceId, mode: SpyMode): void {
    const place = this.#deps.find(on);
    if (place === undefined || place === this) return;
    const line = (this.#partner ?? this).#line;
    this.#standAlone();
    this.#spied = { on, mode };
    this.#line.addWith([place.#line, line], async () => {
      const target = place.#channel();
      if (target !== undefined && this.server === place.server) await this.#channel()?.spy(target, mode);
    });
  }

  confer(room: string): void {
    const line = (this.#partner ?? this).#line;
    this.#standAlone();
    this.#line.addWith([line], async () => {
      await this.#channel()?.confer(room);
    });
  }

  close(): void {
    if ('leg' in this.#state) this.#state.leg.bye();
    this.#over();
  }

  get #host(): SipPlace | undefined {
    const { near } = this.#request;
    return near === undefined ? undefined : this.#deps.find(near);
  }

  /** None twice. */
  #nextServer(): MediaServer | undefined {
    if (this.#request.near === undefined) return this.#deps.pool.choose(this.#tried);
    const server = this.#host?.server;
    return server === undefined || this.#tried.has(server) ? undefined : server;
  }

  #invite(server: MediaServer): void {
    const { signalling, clock, log, from } = this.#deps;
    const { sdpOffer } = this.#request;
    this.#tried.add(server);
    this.#attempts += 1;
    const { host, port } = server.address.sip;
    const at = host.includes(':') ? `[${host}]` : host;
    if (sdpOffer !== undefined) this.#ourSdp = this.#writer.write(sdpOffer);
    const cancelLimit = clock.after(answerLimitMs, () => {
      server.didNotAnswer();
      leg.cancel();
      this.#tryAnother('timeout');
    });
    const leg = signalling.invite(
      {
        leg: legId(`${this.id}/${String(this.#attempts)}`),
        uri: `sip:park@${at}:${String(port)}`,
        from,
        ...(sdpOffer === undefined ? {} : { sdpOffer: this.#ourSdp }),
      },
      (event) => {
        if (event.type !== 'progress') cancelLimit();
        if ('leg' in this.#state && this.#state.leg === leg) this.#onLegEvent(event);
        else if (event.type === 'answered') leg.bye();
      },
    );
    const uuid = channelUuid(leg.sipCallId);
    const emit = (event: PlaceEvent): void => this.#emit(event);
    const channel = createChannel({ uuid, server, clock, log: log.child({ place: this.id }), emit });
    const disown = server.own(uuid, {
      onEvent: (name, event) => channel.onEvent(name, event),
      onLost: () => this.#lost(),
    });
    const forget = (): void => {
      cancelLimit();
      disown();
      channel.forget();
    };
    this.#state = { name: 'inviting', server, leg, channel, forget };
    this.#tellNeighbours();
  }

  #onLegEvent(event: LegEvent): void {
    switch (event.type) {
      case 'answered':
        return this.#opened(event.sdp);
      case 'failed':
        if (worthAnother.has(event.status)) return this.#tryAnother(event.status === 408 ? 'timeout' : 'refused');
        return this.#failed('refused');
      case 'offer-answered':
      case 'offer-refused':
        return this.#answerOffer?.(event);
      case 'ended':
        return this.#lost();
      case 'request':
        return this.#onServerRequest(event);
      default:
        return;
    }
  }

  #opened(sdp: string): void {
    if (this.#state.name !== 'inviting') return;
    const { leg } = this.#state;
    if (this.#isAstray()) {
      leg.bye();
      return this.#tryAnother('refused');
    }
    if (this.#request.sdpOffer === undefined) {
      this.#ourSdp = this.#writer.write(quietParty(sdp));
      leg.ack(this.#ourSdp);
    }
    this.#serverSdp = sdp;
    this.#state = { ...this.#state, name: 'open' };
    this.#line.open();
    this.#emit({ type: 'opened', sdp });
    this.#tellNeighbours();
  }

  /** Whether the place that we are to be near has gone to another server meanwhile. */
  #isAstray(): boolean {
    const there = this.#host?.server;
    return there !== undefined && there !== this.server;
  }

  /** When they have heard of us what there is to hear. */
  #tellNeighbours(): void {
    for (const neighbour of this.#neighbours) queueMicrotask(() => neighbour.#onHostMoved());
  }

  #onHostMoved(): void {
    const host = this.#host;
    if (this.#state.name === 'unserved') this.#goOn('refused');
    else if (this.#state.name === 'open' && host !== undefined && host.#state.name === 'open' && this.#isAstray())
      this.#lost();
  }

  /** The server refreshes the session or offers it anew; the party's side of it is as it was. */
  #onServerRequest({ token, method }: Extract<LegEvent, { type: 'request' }>): void {
    if (!('leg' in this.#state)) return;
    if (method === 'INVITE' || method === 'UPDATE') {
      return this.#state.leg.respond(token, 200, { sdp: this.#ourSdp });
    }
    this.#state.leg.respond(token, method === 'INFO' ? 200 : 405);
  }

  async #describe(sdp: string): Promise<void> {
    if (this.#state.name !== 'open') return;
    const said = this.#writer.write(sdp);
    if (said !== this.#ourSdp) {
      const answer = await this.#offer(this.#state.leg, said);
      if (answer === undefined) {
        this.#lost();
        return;
      }
      this.#ourSdp = said;
      this.#serverSdp = answer;
    }
    this.#emit({ type: 'described', sdp: this.#serverSdp });
  }

  /** @returns the server's answer; none when it gave none in time, or would not have the offer */
  #offer(leg: OutboundLeg, sdp: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      const settle = (answer: string | undefined): void => {
        cancelLimit();
        this.#answerOffer = undefined;
        resolve(answer);
      };
      const cancelLimit = this.#deps.clock.after(offerLimitMs, () => settle(undefined));
      this.#answerOffer = (event) => settle(event.type === 'offer-answered' ? event.sdp : undefined);
      leg.offer(sdp);
    });
  }

  #tryAnother(why: 'refused' | 'timeout'): void {
    if (this.#state.name !== 'inviting') return;
    this.#state.forget();
    this.#state = { name: 'unserved' };
    this.#goOn(why);
  }

  #goOn(why: 'no-server' | 'refused' | 'timeout'): void {
    if (this.#state.name !== 'unserved') return;
    const next = this.#nextServer();
    if (next !== undefined) return this.#invite(next);
    const host = this.#host;
    // It is on its way to another server, or lost in this very moment: either way we hear of it.
    if (host !== undefined && (host.#state.name !== 'open' || hasGone(host.#state.server))) return;
    this.#failed(why);
  }

  #failed(why: 'no-server' | 'refused' | 'timeout'): void {
    if (this.#state.name === 'over') return;
    this.#over();
    this.#onEvent({ type: 'failed', why });
  }

  #lost(): void {
    if (!('leg' in this.#state)) return;
    if (this.#state.name === 'inviting') {
      this.#state.leg.cancel();
      return this.#tryAnother('timeout');
    }
    this.#state.leg.bye();
    this.#over();
    this.#onEvent({ type: 'lost' });
  }

  #over(): void {
    if ('forget' in this.#state) this.#state.forget();
    this.#state = { name: 'over' };
    this.#standAlone();
    this.#answerOffer = undefined;
    this.#line.close();
    const host = this.#host;
    if (host !== undefined) host.#neighbours.delete(this);
    this.#deps.onOver(this.id);
    this.#tellNeighbours();
  }

  /** As far as commands from now on are concerned. */
  #standAlone(): void {
    for (const each of [this, this.#partner]) {
      if (each === undefined) continue;
      each.#partner = undefined;
      each.#spied = undefined;
      each.#wish += 1;
    }
  }

  #emit(event: PlaceEvent): void {
    if (this.#state.name !== 'open') return;
    if (event.type === 'digit' && this.#spied !== undefined && spyKeys.test(event.digit)) {
      this.spy(this.#spied.on, this.#spied.mode);
    }
    this.#onEvent(event);
  }

  #channel(): Channel | undefined {
    return this.#state.name === 'open' ? this.#state.channel : undefined;
  }

  #onChannel(command: (channel: Channel) => Promise<void>): void {
    this.#line.add(async () => {
      const channel = this.#channel();
      if (channel !== undefined) await command(channel);
    });
  }
}

function hasGone(server: MediaServer): boolean {
  const { state } = server.health();
  return state === 'down' || state === 'refused';
}
