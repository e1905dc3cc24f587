import { isAbsolute, join } from 'node:path';
import { tmpdir } from 'node:os';
import type { SipTimes } from '../sip/timers.js';
import { runApi, upTime, type ApiHost } from './api-commands.js';
import { answer, hangup, park, set, sleep } from './apps-basic.js';
import { conference } from './apps-conference.js';
import { eavesdrop } from './apps-eavesdrop.js';
import { endlessPlayback, playback } from './apps-playback.js';
import { record } from './apps-record.js';
import type { Channel } from './channel.js';
import { createCalls, type Calls } from './calls.js';
import { causeOf } from './causes.js';
import { isTrue, type StartApp } from './application.js';
import { NOT_SUPPORTED } from './esl-connection.js';
import { createEventBus, type EventBus } from './esl-event.js';
import { startEslServer } from './esl-server.js';
import { MediaClock, systemClock } from './media-clock.js';
import { createRtpPorts, type PortRange } from './rtp-ports.js';
import { SipAgent } from './sip-agent.js';

export interface EmbeddedMediaOptions {
  /** IP address for SIP and RTP; it stands in the session descriptions. Default 127.0.0.1. */
  readonly host?: string;
  /** UDP port for SIP; 0, the default, for any that is free. */
  readonly sipPort?: number;
  /** Address and port of the event socket; 127.0.0.1 and any that is free by default. */
  readonly esl?: { readonly host?: string; readonly port?: number };
  readonly password: string;
  /** Ports for RTP; 16384 to 32768 by default, as in FreeSWITCH. */
  readonly rtpPorts?: PortRange;
  /** Milliseconds between heartbeats; 20,000 by default. */
  readonly heartbeatMs?: number;
  /** Calls at a time; 1000 by default. */
  readonly maxCalls?: number;
  /** Where relative paths of sounds start. */
  readonly soundsFolder?: string;
  /** Where relative paths of recordings start. */
  readonly recordingsFolder?: string;
  /** Base times of SIP, for tests. */
  readonly sipTimes?: SipTimes;
}

export interface EmbeddedMediaServer {
  readonly esl: { readonly host: string; readonly port: number };
  readonly sip: { readonly host: string; readonly port: number };
  readonly password: string;
  /** Channels that exist now. */
  count(): number;
  stop(): Promise<void>;
}

const VERSION = '1.10.12-embedded';
const DEFAULT_PORTS: PortRange = { first: 16384, last: 32768 };
const HEARTBEAT_MS = 20_000;
const MAX_CALLS = 1000;

/** Starts the media server in this thread. Rejects with the system's error when an address cannot be bound. */
export async function createEmbeddedMedia(options: EmbeddedMediaOptions): Promise<EmbeddedMediaServer> {
  const host = options.host ?? '127.0.0.1';
  const startedAtMs = Date.now();
  const events = createEventBus();
  const clock = new MediaClock();
  const app = createApps(options, (uuid) => calls.channel(uuid));
  const calls: Calls = createCalls({
    ports: createRtpPorts(host, options.rtpPorts ?? DEFAULT_PORTS),
    rtpHost: host,
    clock,
    clockHost: systemClock,
    maxCalls: options.maxCalls ?? MAX_CALLS,
    channelHost: { events, app, nowMs: () => performance.now() },
  });
  const api = createApiHost({ options, startedAtMs, coreUuid: events.coreUuid, calls, app });
  const agent = new SipAgent({
    host,
    port: options.sipPort ?? 0,
    invited: calls.invited,
    ...(options.sipTimes === undefined ? {} : { times: options.sipTimes }),
  });
  const sip = await agent.listen();
  const esl = await startEslServer({
    host: options.esl?.host ?? '127.0.0.1',
    port: options.esl?.port ?? 0,
    password: options.password,
    events,
    api: (line) => runApi(api, line),
    sendMessage: (uuid, headers) => sendMessage(calls, app, uuid, headers),
  }).catch(async (error: unknown) => {
    await agent.close();
    throw error;
  });
  const heartbeat = setInterval(() => beat(events, api), options.heartbeatMs ?? HEARTBEAT_MS);
  return {
    esl: { host: esl.host, port: esl.port },
    sip,
    password: options.password,
    count: () => [...calls.all()].length,
    stop: async () => {
      clearInterval(heartbeat);
      calls.close();
      clock.stop();
      await Promise.all([esl.close(), agent.close()]);
    },
  };
}

type FindApp = (name: string) => StartApp | undefined;

function createApps(options: EmbeddedMediaOptions, find: (uuid: string) => Channel | undefined): FindApp {
  const { soundsFolder = '.', recordingsFolder = tmpdir() } = options;
  const apps: ReadonlyMap<string, StartApp> = new Map(
    Object.entries({
      answer,
      hangup,
      park,
      set,
      sleep,
      playback: playback(soundsFolder),
      endless_playback: endlessPlayback(soundsFolder),
      record: record(recordingsFolder),
      eavesdrop: eavesdrop(find),
      conference: conference(),
    }),
  );
  return (name) => apps.get(name);
}

interface ApiParts {
  readonly options: EmbeddedMediaOptions;
  readonly startedAtMs: number;
  readonly coreUuid: string;
  readonly calls: Calls;
  readonly app: FindApp;
}

function createApiHost({ options, startedAtMs, coreUuid, calls, app }: ApiParts): ApiHost {
  const { recordingsFolder = tmpdir() } = options;
  return {
    version: VERSION,
    coreUuid,
    startedAtMs,
    nowMs: () => Date.now(),
    app,
    channel: (uuid) => calls.channel(uuid),
    channels: () => calls.all(),
    total: () => calls.total,
    isPaused: () => calls.isPaused,
    pause: (isPaused) => calls.pause(isPaused),
    recordingPath: (path) => (isAbsolute(path) ? path : join(recordingsFolder, path)),
  };
}

function beat(events: EventBus, host: ApiHost): void {
  const ms = host.nowMs() - host.startedAtMs;
  events.fire('HEARTBEAT', () => [
    ['Event-Info', 'System Ready'],
    ['Up-Time', upTime(ms)],
    ['FreeSWITCH-Version', host.version],
    ['Uptime-msec', String(ms)],
    ['Session-Count', String([...host.channels()].length)],
    ['Session-Since-Startup', String(host.total())],
    ['Idle-CPU', '100.000000'],
  ]);
}

/** `sendmsg`: `execute` and `hangup` (switch_ivr_parse_event). Answers the reply. */
function sendMessage(calls: Calls, app: FindApp, uuid: string, headers: ReadonlyMap<string, string>): string {
  const channel = calls.channel(uuid === '' ? (headers.get('session-id') ?? '') : uuid);
  if (channel === undefined) return `-ERR invalid session id [${uuid}]`;
  const command = headers.get('call-command');
  if (command === 'hangup') {
    channel.hangUp(causeOf(headers.get('hangup-cause') ?? ''));
    return '+OK';
  }
  const name = headers.get('execute-app-name') ?? '';
  if (command !== 'execute' || app(name) === undefined) return NOT_SUPPORTED;
  const wantedUuid = headers.get('event-uuid');
  channel.execute({
    app: name,
    data: headers.get('execute-app-arg') ?? '',
    isLocking: isTrue(headers.get('event-lock')),
    loops: Number.parseInt(headers.get('loops') ?? '1', 10) || 1,
    ...(wantedUuid === undefined ? {} : { uuid: wantedUuid }),
  });
  return '+OK';
}
