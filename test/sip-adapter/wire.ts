/** A signalling on a running SIP server, with everything that it tells written down for a test to wait for. */
import { afterAll, beforeAll } from 'vitest';
import { legId, type LegId } from '../../src/kernel/ids.js';
import { systemClock, type Clock } from '../../src/kernel/clock.js';
import { createSignalling } from '../../src/sip/drachtio-signalling.js';
import type { Logger } from '../../src/kernel/logger.js';
import type {
  InboundLeg,
  LegEvent,
  OutboundInvite,
  OutboundLeg,
  Signalling,
  SignallingHandlers,
  SipRequest,
} from '../../src/voice/signalling.js';
import { UdpPeer } from '../support/sip-peer.js';
import type { RunningSipServer, SipServerUnderTest } from '../support/sip-servers.js';

const patienceMs = 30_000;

/** Takes values and hands them out in order to who waits. */
export class Inbox<T> {
  readonly all: T[] = [];
  readonly #unread: T[] = [];
  readonly #waiting = new Set<() => void>();

  push(value: T): void {
    this.all.push(value);
    this.#unread.push(value);
    for (const wake of [...this.#waiting]) wake();
  }

  /** The next unread value that fits; the ones before it stay unread. */
  async next(fits: (value: T) => boolean = () => true, what = 'anything'): Promise<T> {
    const take = (): T | undefined => {
      const index = this.#unread.findIndex(fits);
      return index < 0 ? undefined : this.#unread.splice(index, 1)[0];
    };
    const present = take();
    if (present !== undefined) return present;
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        const value = take();
        if (value === undefined) return;
        stop();
        resolve(value);
      };
      const stop = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`waited in vain for ${what}; there was ${JSON.stringify(this.all)}`));
      }, patienceMs);
      this.#waiting.add(wake);
    });
  }
}

export class LegEvents extends Inbox<LegEvent> {
  of<Type extends LegEvent['type']>(type: Type): Promise<Extract<LegEvent, { type: Type }>> {
    return this.next((event) => event.type === type, type) as Promise<Extract<LegEvent, { type: Type }>>;
  }
}

export interface TakenCall {
  readonly request: SipRequest;
  readonly leg: InboundLeg;
  readonly events: LegEvents;
}

export interface Wire {
  readonly server: RunningSipServer;
  readonly signalling: Signalling;
  readonly calls: Inbox<TakenCall>;
  readonly registers: Inbox<SipRequest>;
  readonly connections: boolean[];
  peer(): Promise<UdpPeer>;
  dial(invite: Omit<OutboundInvite, 'leg' | 'from'>): { leg: OutboundLeg; events: LegEvents };
  /** Resolves when nothing is going on any more. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface WireOptions {
  readonly clock?: Clock;
  readonly sessionTimers?: { expiresMs: number; minSeMs: number };
  readonly handlers?: Partial<SignallingHandlers>;
}

export const silentLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};

export const sdp = (port = 4000): string =>
  ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${port} RTP/AVP 0`, ''].join(
    '\r\n',
  );

/** Opens a wire to a server of its own before the tests of this suite, and closes both after the last. */
export function withWire(underTest: SipServerUnderTest, opened: (wire: Wire) => void): void {
  let server: RunningSipServer;
  let wire: Wire;
  beforeAll(async () => {
    server = await underTest.start();
    wire = await openWire(server);
    opened(wire);
  });
  afterAll(async () => {
    await wire.close();
    await server.stop();
  });
}

export async function openWire(server: RunningSipServer, options: WireOptions = {}): Promise<Wire> {
  const calls = new Inbox<TakenCall>();
  const registers = new Inbox<SipRequest>();
  const connections: boolean[] = [];
  const peers: UdpPeer[] = [];
  let legs = 0;
  const nextLeg = (): LegId => legId(`leg-${(legs += 1)}`);
  const signalling = createSignalling({
    connection: server.control,
    domain: 'example.test',
    sessionTimers: options.sessionTimers ?? { expiresMs: 0, minSeMs: 90_000 },
    clock: options.clock ?? systemClock,
    log: silentLog,
  });
  await signalling.start({
    onInvite(request, accept) {
      const events = new LegEvents();
      const leg = accept(nextLeg(), (event) => events.push(event));
      calls.push({ request, leg, events });
    },
    onRegister: (request) => registers.push(request),
    onConnection: (up) => connections.push(up),
    ...options.handlers,
  });
  const udp = server.sip.find(({ transport }) => transport === 'udp')!;
  return {
    server,
    signalling,
    calls,
    registers,
    connections,
    async peer() {
      const peer = await UdpPeer.open(udp);
      peers.push(peer);
      return peer;
    },
    dial(invite) {
      const events = new LegEvents();
      const from = { user: '+34600111222', host: 'example.test', displayName: 'Ana "A" <x>' };
      const leg = signalling.invite({ ...invite, leg: nextLeg(), from }, (event) => events.push(event));
      return { leg, events };
    },
    async idle() {
      const untilMs = Date.now() + patienceMs;
      for (;;) {
        const { dialogs, pendingInvites, timers } = signalling.counts();
        if (dialogs + pendingInvites + timers === 0) return;
        if (Date.now() > untilMs) throw new Error(`still going on: ${JSON.stringify(signalling.counts())}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async close() {
      await signalling.stop();
      for (const peer of peers) await peer.close();
    },
  };
}
