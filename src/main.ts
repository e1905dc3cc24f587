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
import type { ListenAddress, RoutingConfig } from './config/routing-config.js';
import { createHttpServer, type Readiness } from './http/server.js';
import { systemClock, type Clock } from './kernel/clock.js';
import { createEventStream, type EventStream } from './kernel/event-stream.js';
import type { Ledger } from './ledger/ledger.js';
import { createLiveConfig, type LiveConfig, type LoadedConfig } from './config/live-config.js';
import { canHandOn, startChat, type SiteChat } from './site-chat.js';
import { Started, within } from './site-lifetime.js';
import { createReloader, ledgerSiteOf, type ReloadOutcome } from './site-reload.js';
import { startMediaServers } from './site-media.js';
import { openStore, type SiteStore } from './site-store.js';
import { exposureOf, listenerOf, startSipServer, type SipServerHandle } from './site-sip-server.js';
import { startVoice } from './site-voice.js';
import { adoptableWork, startWork, type SiteWork } from './site-work.js';
import { startSchedules } from './ledger/schedules.js';
import type { ServerHealth } from './media/media-server.js';
import type { Calls } from './voice/calls.js';
import type { CallsView } from './voice/calls-view.js';
import type { ContactBook } from './voice/access/devices.js';
import type { Logger } from './kernel/logger.js';
import { makeRecordingFolders } from './voice/recordings/recording-folders.js';
import { createRecordingStore } from './voice/recordings/recording-store.js';
import { startRetention } from './voice/recordings/retention.js';
import { createVoicemailStore } from './voice/recordings/voicemail-store.js';
import { announcePhones } from './voice/access/sign-in.js';
import type { Signalling } from './voice/signalling.js';

export interface Switchboard {
  /** Where phones and trunks reach it. */
  readonly sip: readonly ListenAddress[];
  readonly http: { readonly host: string; readonly port: number; readonly token: string };
  readonly ledger: Ledger;
  readonly events: EventStream;
  readonly calls: CallsView;
  readonly contacts: ContactBook;
  /** The media servers, in the order of the configuration; none on a site without sound. */
  mediaServers(): readonly ServerHealth[];
  /** What is going on; everything is zero when all have hung up. */
  activity(): Promise<Activity>;
  /** Puts another configuration in force, as a whole or not at all; running calls keep the rules they began with. */
  reload(next: LoadedConfig): Promise<ReloadOutcome>;
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
  /** On media servers. */
  readonly places: number;
  /** Dialogs and transactions of the embedded SIP server; 0 where a real one runs. */
  readonly serverDialogs: number;
}

export interface StartOptions {
  readonly config: RoutingConfig;
  /** Where example passwords are in use, as `config/agents.yaml:12`: then only this machine may reach the SIP server. */
  readonly exampleSecrets?: readonly string[];
  readonly log: Logger;
}

/** How long a stop waits for the last BYEs to be answered before it closes the connection. Milliseconds. */
const LAST_BYES_MS = 3_000;

/** How long a stop waits for the store to take over who is to be called back. Milliseconds. */
const LEAVE_MS = 1_000;

/**
 * Nothing is left running when it throws.
 * @throws SwitchboardError LISTEN_FAILED, SIP_SERVER_UNREACHABLE, SIP_SERVER_REFUSED; CONFIG_INVALID when a SIP server
 *   of its own listens beyond this machine while example passwords are in use
 */
export async function startSwitchboard(options: StartOptions): Promise<Switchboard> {
  const started = new Started();
  try {
    return await startParts(options, started);
  } catch (error) {
    await started.stopAll();
    throw error;
  }
}

async function startParts({ config, exampleSecrets = [], log }: StartOptions, started: Started): Promise<Switchboard> {
  const live = createLiveConfig({ config, exampleSecrets });
  const { base, store } = await buildBase(live.current, log, started);
  const { clock, events, ledger } = base;
  await ledger.configure(ledgerSiteOf(config));
  await announcePhones(config, ledger);
  const onError = (error: unknown): void => log.error({ err: error }, 'a schedule did not reach the ledger');
  const schedules = await startSchedules({ ...base, config: live.current, onError });
  started.add(() => schedules.stop());
  store.onBack((isRestored) => {
    if (!isRestored) return;
    schedules.tellAll().catch(onError);
    announcePhones(live.current(), ledger).catch(onError);
  });

  const server = await startSipServer(config, log, started);
  const mediaServers = await startMediaServers(config, log, started);
  const chat = await startChat({ ...base, store, live, log, started });
  const work = await startWork({ ...base, store, live, log, started });
  const otherWorks = () => [...(chat?.center.conversations.works() ?? []), ...(work?.works() ?? [])];
  const voice = await startVoice({ ...base, store, live, server, mediaServers, otherWorks, log, started });
  const { calls, callbacks, inbound, registrar, signalling } = voice;

  const http = await startHttp({ ...base, store, live, voice, chat, work, log, started });
  events.emit({ type: 'site.started' });

  const exposure = (secrets: readonly string[]) => exposureOf(signalling.localUris(), secrets, http.host);
  const reload = createReloader({ ...base, live, registrar, schedules, exposure, log });
  return {
    reload,
    sip: signalling.localUris().map(listenerOf),
    http,
    ledger,
    events,
    calls,
    contacts: registrar,
    mediaServers: voice.mediaHealth,
    activity: () => activityOf({ calls, signalling, ledger, server, places: voice.places }),
    async stop({ graceMs = live.current().site.stopGraceMs } = {}) {
      inbound.close();
      events.emit({ type: 'site.stopping' });
      if (live.current().store.kind === 'redis')
        await within(
          clock,
          LEAVE_MS,
          callbacks.leave().catch(() => undefined),
        );
      await within(clock, graceMs, calls.whenEmpty());
      calls.hangUpAll();
      await within(clock, LAST_BYES_MS, calls.whenEmpty());
      await started.stopAll();
    },
  };
}

async function startHttp({
  store,
  live,
  voice,
  chat,
  work,
  log,
  started,
  ...base
}: Base & {
  readonly store: SiteStore;
  readonly live: LiveConfig;
  readonly voice: Awaited<ReturnType<typeof startVoice>>;
  readonly chat: SiteChat | undefined;
  readonly work: SiteWork | undefined;
  readonly log: Logger;
  readonly started: Started;
}): Promise<Switchboard['http']> {
  const folder = (): string => live.current().media.recordings.path;
  const voicemails = createVoicemailStore({ ...base, folder, log });
  started.add(() => voicemails.close());
  const recordings = createRecordingStore({ ...base, folder, log });
  started.add(() => recordings.close());
  const rules = () => live.current().media.retention;
  await makeFolders({ live, events: base.events, log, started });
  const retention = startRetention({ ...base, rules, folder, recordings, voicemails, log });
  started.add(() => retention.stop());
  const token = live.current().http.token ?? randomBytes(24).toString('base64url');
  const ready = (): Readiness => readinessOf({ 'sip-server': voice.isConnected(), store: store.isUp() });
  const http = await createHttpServer({
    ...base,
    config: live.current,
    calls: voice.calls,
    callbacks: voice.callbacks,
    contacts: voice.registrar,
    voicemails,
    recordings,
    mediaServers: voice.mediaHealth,
    ready,
    token,
    log,
    ...(chat === undefined ? {} : { chat }),
    ...(work === undefined ? {} : { work }),
    ...(store.decisionArchive === undefined ? {} : { decisionArchive: store.decisionArchive }),
  });
  started.add(() => http.close());
  return { ...(await http.listen()), token };
}

/** Those of the embedded media server are this process's own. */
async function makeFolders({
  live,
  events,
  log,
  started,
}: {
  readonly live: LiveConfig;
  readonly events: EventStream;
  readonly log: Logger;
  readonly started: Started;
}): Promise<void> {
  const make = async (): Promise<void> => {
    const { media, voicemails } = live.current();
    if (media.servers.kind !== 'freeswitch') return;
    const { path } = media.recordings;
    await makeRecordingFolders(path, voicemails.keys()).catch((error: unknown) => {
      log.error({ err: error, path }, 'the folders of recordings cannot be made');
    });
  };
  await make();
  started.add(
    events.subscribe(({ type }) => {
      if (type === 'config.reloaded') void make();
    }),
  );
}

function readinessOf(parts: Readonly<Record<string, boolean>>): Readiness {
  const checks = Object.entries(parts).map(([name, ok]) => ({ name, ok }));
  return { ok: checks.every(({ ok }) => ok), checks };
}

interface Base {
  readonly clock: Clock;
  readonly events: EventStream;
  readonly ledger: Ledger;
}

/** What needs no other part: time, events and the ledger. */
async function buildBase(
  config: () => RoutingConfig,
  log: Logger,
  started: Started,
): Promise<{ base: Base; store: SiteStore }> {
  const clock = systemClock;
  const events = createEventStream({
    clock,
    configVersion: () => config().version,
    onListenerError: (error) => log.error({ err: error }, 'a reader of events failed'),
  });
  const store = await openStore({ config: config().store, clock, log, started, ...adoptedOf(config()) });
  const { ledger } = store;
  ledger.subscribe((notice) => {
    if (notice.type !== 'presence') return;
    const { agent, presence } = notice;
    const reason = presence.state === 'away' ? { reason: presence.reason } : {};
    events.emit({ type: 'agent.presence_changed', agent, presence: presence.state, ...reason });
  });
  return { base: { clock, events, ledger }, store };
}

/** What can be taken over of other controllers. */
function adoptedOf(config: RoutingConfig) {
  const adoptsChats = canHandOn(config.chat);
  const channels = [...adoptableWork(config), ...(adoptsChats ? (['chat'] as const) : [])];
  return { adopts: [...new Set(channels)], adoptsChats };
}

async function activityOf(parts: {
  calls: Calls;
  signalling: Signalling;
  ledger: Ledger;
  server: SipServerHandle;
  places: () => number;
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
    places: parts.places(),
    serverDialogs: await parts.server.countDialogs(),
  };
}
