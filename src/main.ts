/**
 * The composition root: builds every part from one config, starts them in order and stops them in the opposite one.
 *
 * ```
 *  SIP server (embedded, or drachtio) ◄── signalling ──► registrar, admission ──► calls ◄──► ledger
 *                                                                                   │
 *                                                              HTTP API ◄── events ─┘
 * ```
 */
import { randomBytes } from 'node:crypto';
import type { DigestAlgorithm, ListenAddress, RoutingConfig } from './config/routing-config.js';
import { startEmbeddedSipServer } from './embedded/sip/start-in-worker.js';
import { createHttpServer, type Readiness } from './http/server.js';
import { systemClock, type Clock } from './kernel/clock.js';
import { SwitchboardError } from './kernel/errors.js';
import { createEventStream, type EventStream } from './kernel/event-stream.js';
import type { Ledger, LedgerSite } from './ledger/ledger.js';
import { createMemoryLedger } from './ledger/memory.js';
import type { DrachtioAddress } from './sip/drachtio-connection.js';
import { createSignalling } from './sip/drachtio-signalling.js';
import { createAccounts } from './voice/accounts.js';
import { createAdmission } from './voice/admission.js';
import { createCalls, type Calls } from './voice/calls.js';
import type { CallsView } from './voice/calls-view.js';
import type { ContactBook } from './voice/devices.js';
import { createDigestAuth } from './voice/digest-auth.js';
import { createDoorkeeper } from './voice/doorkeeper.js';
import { createInboundCalls } from './voice/inbound-calls.js';
import type { Logger } from './voice/logger.js';
import { startQueueDispatcher } from './voice/queue-dispatcher.js';
import { createRegistrar } from './voice/registrar.js';
import { announcePhones, createSignIn } from './voice/sign-in.js';
import type { Signalling, SipRequest } from './voice/signalling.js';
import { createSourceGuard } from './voice/source-guard.js';

export interface Switchboard {
  /** Where phones and trunks reach it. */
  readonly sip: readonly ListenAddress[];
  readonly http: { readonly host: string; readonly port: number; readonly token: string };
  readonly ledger: Ledger;
  readonly events: EventStream;
  readonly calls: CallsView;
  readonly contacts: ContactBook;
  /** What is going on; everything is zero when all have hung up. */
  activity(): Promise<Activity>;
  /** No new calls from now on; running ones get the grace period, then a BYE. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}

export interface Activity {
  readonly calls: number;
  readonly dialogs: number;
  readonly pendingInvites: number;
  readonly signallingTimers: number;
  readonly holds: number;
  readonly waiting: number;
  /** Dialogs and transactions of the embedded SIP server; 0 where a real one runs. */
  readonly serverDialogs: number;
}

export interface StartOptions {
  readonly config: RoutingConfig;
  readonly log: Logger;
}

/** How long a stop waits for the last BYEs to be answered before it closes the connection. Milliseconds. */
const LAST_BYES_MS = 3_000;

/** @throws SwitchboardError LISTEN_FAILED, SIP_SERVER_UNREACHABLE, SIP_SERVER_REFUSED; nothing is left running then */
export async function startSwitchboard(options: StartOptions): Promise<Switchboard> {
  const started = new Started();
  try {
    return await startParts(options, started);
  } catch (error) {
    await started.stopAll();
    throw error;
  }
}

async function startParts({ config, log }: StartOptions, started: Started): Promise<Switchboard> {
  const currentConfig = (): RoutingConfig => config;
  const base = buildBase(config, log);
  const { clock, events, ledger } = base;
  started.add(() => ledger.close());
  await ledger.configure(ledgerSiteOf(config));
  await announcePhones(config, ledger);

  const server = await startSipServer(config, log, started);
  const signalling = createSignalling({
    connection: server.address,
    domain: config.sip.domain,
    sessionTimers: config.sip.sessionTimers,
    clock,
    log,
  });
  const access = buildAccess({ ...base, config: currentConfig, signalling, log, started });
  const calls = createCalls({ ...base, config: currentConfig, signalling, contacts: access.registrar, log });
  const inbound = createInboundCalls({ ...base, config: currentConfig, admission: access.admission, calls, log });
  started.add(startQueueDispatcher({ ledger, calls, log }));

  let isConnected = true;
  started.add(() => signalling.stop());
  await signalling.start({
    onInvite: access.guarded(inbound.onInvite),
    onRegister: access.guarded((request) => access.registrar.onRegister(request)),
    onConnection(up) {
      isConnected = up;
      log[up ? 'info' : 'warn']({ up }, 'connection to the SIP server');
    },
  });

  const token = config.http.token ?? randomBytes(24).toString('base64url');
  const ready = (): Readiness => ({ ok: isConnected, checks: [{ name: 'sip-server', ok: isConnected }] });
  const http = await createHttpServer({ ...base, config, calls, contacts: access.registrar, ready, token, log });
  started.add(() => http.close());
  const at = await http.listen();
  events.emit({ type: 'site.started' });

  return {
    sip: signalling.localUris().map(listenerOf),
    http: { ...at, token },
    ledger,
    events,
    calls,
    contacts: access.registrar,
    activity: () => activityOf({ calls, signalling, ledger, server }),
    async stop({ graceMs = config.site.stopGraceMs } = {}) {
      inbound.close();
      events.emit({ type: 'site.stopping' });
      await within(clock, graceMs, calls.whenEmpty());
      calls.hangUpAll();
      await within(clock, LAST_BYES_MS, calls.whenEmpty());
      await started.stopAll();
    },
  };
}

/** What needs no other part: time, events and the ledger. */
function buildBase(config: RoutingConfig, log: Logger): { clock: Clock; events: EventStream; ledger: Ledger } {
  const clock = systemClock;
  const events = createEventStream({
    clock,
    configVersion: () => config.version,
    onListenerError: (error) => log.error({ err: error }, 'a reader of events failed'),
  });
  const ledger = createMemoryLedger({
    clock,
    random: Math.random,
    onListenerError: (error) => log.error({ err: error }, 'a subscriber of the ledger failed'),
  });
  ledger.subscribe((notice) => {
    if (notice.type !== 'presence') return;
    const { agent, presence } = notice;
    const reason = presence.state === 'away' ? { reason: presence.reason } : {};
    events.emit({ type: 'agent.presence_changed', agent, presence: presence.state, ...reason });
  });
  return { clock, events, ledger };
}

interface AccessDeps {
  readonly config: () => RoutingConfig;
  readonly clock: Clock;
  readonly events: EventStream;
  readonly ledger: Ledger;
  readonly signalling: Signalling;
  readonly log: Logger;
  readonly started: Started;
}

/** Who may come in: accounts, digest, registrations, and the guard in front of all of it. */
function buildAccess({ config, clock, events, ledger, signalling, log, started }: AccessDeps) {
  const accounts = createAccounts(config);
  const auth = createDigestAuth({
    realm: () => config().sip.domain,
    algorithms: (userAgent) => algorithmsFor(userAgent, config().sip),
    passwordOf: (username) => accounts.passwordOf(username),
    clock,
  });
  const guard = createSourceGuard({
    clock,
    events,
    protection: () => config().sip.protection,
    isExempt: (address) => accounts.trunkAt(address) !== undefined,
  });
  started.add(() => guard.stop());
  const doorkeeper = createDoorkeeper({ auth, guard });
  const signIn = createSignIn({
    config,
    ledger,
    onError: (error) => log.error({ err: error }, 'a registration did not reach the ledger'),
  });
  const registrar = createRegistrar({
    settings: () => config().sip.registrar,
    accounts,
    doorkeeper,
    clock,
    events,
    probe: (contact) => signalling.probe(contact),
    onReachable: (agent, isReachable) => signIn.registrationChanged(agent, isReachable),
  });
  started.add(() => registrar.stop());
  return {
    registrar,
    admission: createAdmission({ config, accounts, doorkeeper }),
    /** Requests beyond a source's rate get the cheapest answer there is; nothing is looked up for them. */
    guarded:
      <Rest extends unknown[]>(handle: (request: SipRequest, ...rest: Rest) => void) =>
      (request: SipRequest, ...rest: Rest): void => {
        if (guard.admits(request.source.address)) handle(request, ...rest);
        else request.respond(503, { headers: { 'Retry-After': '5' } });
      },
  };
}

function algorithmsFor(userAgent: string, sip: RoutingConfig['sip']): readonly DigestAlgorithm[] {
  const knowsMd5Only = sip.md5OnlyUserAgents.some((beginning) => userAgent.startsWith(beginning));
  return knowsMd5Only ? ['MD5'] : sip.digestAlgorithms;
}

function ledgerSiteOf({ agents, queues, site }: RoutingConfig): LedgerSite {
  const { busyMs, declinedMs, noAnswerMs, unreachableMs } = site.backOff;
  return {
    agents,
    queues,
    backOff: { busy: busyMs, declined: declinedMs, 'no-answer': noAnswerMs, unreachable: unreachableMs },
    missesUntilAway: site.missesUntilAway,
  };
}

/** Where the SIP server's control port is; starts the embedded one when the config asks for it. */
async function startSipServer(config: RoutingConfig, log: Logger, started: Started): Promise<SipServerHandle> {
  const { server, listen } = config.sip;
  if (server.kind === 'drachtio') return { address: server, countDialogs: () => Promise.resolve(0) };
  const secret = randomBytes(16).toString('hex');
  try {
    const embedded = await startEmbeddedSipServer({
      listen,
      control: { host: '127.0.0.1', port: 0, secret },
      log,
      crashed: (error) => log.error({ err: error }, 'the embedded SIP server crashed'),
    });
    started.add(() => embedded.close());
    return {
      address: { ...embedded.control, secret },
      countDialogs: async () => (await embedded.counts()).dialogs,
    };
  } catch (error) {
    const where = listen.map(({ transport, host, port }) => `${transport}:${host}:${String(port)}`).join(', ');
    throw new SwitchboardError('LISTEN_FAILED', `SIP cannot listen on ${where}`, { cause: error });
  }
}

/** `sip:127.0.0.1:5060;transport=udp` */
function listenerOf(uri: string): ListenAddress {
  const match = /^sip:(.+):(\d+);transport=(\w+)$/.exec(uri);
  const [, host = '', port = '0', transport] = match ?? [];
  return { transport: transport === 'tcp' ? 'tcp' : 'udp', host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

async function activityOf(parts: {
  calls: Calls;
  signalling: Signalling;
  ledger: Ledger;
  server: SipServerHandle;
}): Promise<Activity> {
  const { dialogs, pendingInvites, timers } = parts.signalling.counts();
  const { agents, queues } = await parts.ledger.snapshot();
  return {
    calls: parts.calls.count(),
    dialogs,
    pendingInvites,
    signallingTimers: timers,
    holds: agents.reduce((sum, agent) => sum + agent.holds.length, 0),
    waiting: queues.reduce((sum, queue) => sum + queue.waiting.length + queue.offered.length, 0),
    serverDialogs: await parts.server.countDialogs(),
  };
}

/** Resolves with the promise, or when the time is over. */
function within(clock: Clock, ms: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    void promise.then(() => {
      cancel();
      resolve();
    });
  });
}

interface SipServerHandle {
  readonly address: DrachtioAddress;
  countDialogs(): Promise<number>;
}

/** What was started, to be stopped in the opposite order. */
class Started {
  readonly #stops: (() => void | Promise<void>)[] = [];

  add(stop: () => void | Promise<void>): void {
    this.#stops.push(stop);
  }

  async stopAll(): Promise<void> {
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) await stop();
  }
}
