import { pino } from 'pino';
import { onTestFinished } from 'vitest';

import type { AgentConfig, QueueConfig, RoutingConfig } from '../../src/config/routing-config.js';
import { systemClock } from '../../src/kernel/clock.js';
import { createEventStream, type EventStream } from '../../src/kernel/event-stream.js';
import { agentId, deviceId, queueId, trunkId, voicemailId, workId } from '../../src/kernel/ids.js';
import type { Ledger, LedgerSnapshot, PresenceChange, PresenceResult, PullResult } from '../../src/ledger/ledger.js';
import type { Decision } from '../../src/routing/decision.js';
import { knownWork } from '../work/known-work.js';
import { temporaryFolder } from './recordings.js';
import type { CallHandle } from '../../src/voice/calls-view.js';
import { createRecordingStore } from '../../src/voice/recordings/recording-store.js';
import { createVoicemailStore } from '../../src/voice/recordings/voicemail-store.js';
import {
  createHttpServer,
  type HttpChat,
  type HttpServer,
  type HttpServerOptions,
  type Readiness,
} from '../../src/http/server.js';

export const TOKEN = 'a-token-for-tests';
export const ana = agentId('ana');
const support = queueId('support');

const agent: AgentConfig = {
  id: ana,
  name: 'Ana',
  extension: '201',
  devices: new Map([
    [
      deviceId('softphone'),
      { kind: 'sip' as const, id: deviceId('softphone'), username: 'ana', password: 'secret-of-ana' },
    ],
    [
      deviceId('mobile'),
      { kind: 'phone' as const, id: deviceId('mobile'), number: '+34600111222', trunk: trunkId('main') },
    ],
  ]),
  hunt: [],
  capacity: {
    total: 100,
    channels: {
      voice: { weight: 100, max: 1, interruptible: false },
      chat: { weight: 25, max: 4, interruptible: true },
      ticket: { weight: 10, max: 5, interruptible: true },
    },
  },
};
const queue = {
  id: support,
  name: 'Support',
  strategy: { kind: 'ring-to-all' },
  members: [{ agent: ana, priority: 10 }],
  maxWaiting: 50,
} as unknown as QueueConfig;

const config = {
  version: 'v1',
  http: { host: '127.0.0.1', port: 0, token: TOKEN },
  agents: new Map([[ana, agent]]),
  queues: new Map([[support, queue]]),
  voicemails: new Map([[voicemailId('nights'), {}]]),
  teams: new Map(),
  hours: new Map(),
  site: { timeZone: 'UTC' },
};

const snapshot: LedgerSnapshot = {
  atMs: 60_000,
  agents: [
    {
      agent: ana,
      presence: { state: 'away', reason: 'lunch' },
      absences: [{ kind: 'break', why: 'on a scheduled break until 00:02 (tea)', untilMs: 120_000 }],
      reachable: ['voice'],
      channelsOff: ['chat'],
      holds: [
        { work: workId('c1'), channel: 'voice', weight: 100, state: 'offered', sinceMs: 1000, expiresMs: 31_000 },
      ],
      backOff: { cause: 'busy', untilMs: 70_000 },
      missesInARow: 1,
      callsTaken: 2,
      talkMs: 3000,
      idleSinceMs: 0,
    },
  ],
  queues: [
    {
      queue: support,
      waiting: [{ work: workId('c2'), enqueuedAt: 50_000, score: 50_000 }],
      offered: [{ work: workId('c1'), attempt: 1, agents: [ana] }],
      active: 0,
    },
  ],
};

export const decision: Decision = {
  strategy: 'longest-idle',
  candidates: [{ agent: ana, key: 7 }],
  chosen: [ana],
  passedOver: [{ agent: agentId('ben'), why: 'on a call' }],
};

export interface HttpBenchOptions {
  /** Absent: a site without chats. */
  readonly chat?: HttpChat;
  /** What the one call says to a transfer and to a recording. */
  readonly transferRefusal?: ReturnType<CallHandle['transfer']>;
  readonly recordingRefusal?: ReturnType<CallHandle['record']>;
  readonly conferenceRefusal?: Extract<ReturnType<CallHandle['confer']>, { type: 'refused' }>['why'];
  readonly pullResult?: PullResult;
  readonly readiness?: Readiness;
  readonly result?: PresenceResult;
  readonly historySize?: number;
  readonly port?: number;
}

export interface HttpBench {
  readonly server: HttpServer;
  readonly events: EventStream;
  readonly changes: PresenceChange[];
  /** What was asked of the one call, and done. */
  readonly acts: string[];
  /** Of recordings; empty at first. */
  readonly folder: string;
}

function handleOf(
  acts: string[],
  { transferRefusal, recordingRefusal, conferenceRefusal }: HttpBenchOptions,
): CallHandle {
  return {
    transfer(to) {
      if (transferRefusal === undefined) acts.push(`transfer to ${to}`);
      return transferRefusal;
    },
    record(act) {
      if (recordingRefusal === undefined) acts.push(`${act} recording`);
      return recordingRefusal;
    },
    confer: () => {
      if (conferenceRefusal !== undefined) return { type: 'refused', why: conferenceRefusal };
      acts.push('confer');
      return { type: 'conferring', call: workId('c0') };
    },
    hangUp: () => void acts.push('hang up'),
  };
}

/** One caller is to be called back. */
function createCallbackList(acts: string[]): HttpServerOptions['callbacks'] {
  const call = workId('c7');
  return {
    list: async () => [
      {
        ...{ call, work: call, queue: support, number: '+34600111222', enqueuedAtMs: 1_000, requestedAtMs: 61_000 },
        ...{ untilMs: 3_661_000, attemptsLeft: 2, node: 'one' },
      },
    ],
    async cancel(id) {
      if (id === call) acts.push('cancel call back');
      return id === call;
    },
  };
}

/** An HTTP server over one agent and one queue that never change; closed when the test ends. */
export async function buildHttp(options: HttpBenchOptions = {}): Promise<HttpBench> {
  const events = createEventStream({
    clock: systemClock,
    configVersion: () => 'v1',
    onListenerError(error) {
      throw error;
    },
  });
  const changes: PresenceChange[] = [];
  const acts: string[] = [];
  const ledger: Pick<Ledger, 'snapshot' | 'setPresence' | 'preview'> = {
    snapshot: async () => snapshot,
    preview: async (id) => (id === support ? { type: 'preview', waiting: 1, decision } : { type: 'unknown-queue' }),
    setPresence: async (change) => {
      changes.push(change);
      return options.result ?? { type: 'changed', from: { state: 'offline' }, to: change.presence };
    },
  };
  const folder = temporaryFolder();
  const site = {
    ...config,
    http: { ...config.http, port: options.port ?? 0 },
    media: { recordings: { path: folder, onServer: folder } },
  } as unknown as RoutingConfig;
  const log = pino({ level: 'silent' });
  const voicemails = createVoicemailStore({ folder: () => folder, events, clock: systemClock, log });
  onTestFinished(() => voicemails.close());
  const recordings = createRecordingStore({ folder: () => folder, events, clock: systemClock, log });
  onTestFinished(() => recordings.close());
  const server = await createHttpServer({
    config: () => site,
    voicemails,
    recordings,
    work: knownWork,
    ...(options.chat === undefined ? {} : { chat: options.chat }),
    mediaServers: () => [{ name: 'one', state: 'up', isPaused: false, sessions: 3, latencyMs: 0.4 }],
    ledger: ledger as Ledger,
    calls: {
      pull: async ({ agent: who, queue: where, call, evenWhenAway }) => {
        acts.push(`${who} pulls ${call ?? 'the next'} from ${where}${evenWhenAway ? ', even when away' : ''}`);
        return options.pullResult ?? { type: 'pulled', work: call ?? workId('c2'), attempt: 1 };
      },
      find: (id) => (id === 'c1' ? handleOf(acts, options) : undefined),
      list: () => [
        {
          id: workId('c1'),
          direction: 'inbound',
          from: '+34911',
          to: '900',
          phase: 'offering',
          queue: support,
          offeredTo: [ana],
          startedAtMs: 1000,
          waitedMs: 500,
        },
      ],
    },
    callbacks: createCallbackList(acts),
    contacts: {
      contactsOf: (username) => (username === 'ana' ? [{ uri: 'sip:ana@127.0.0.1:5070' }] : []),
      ownerOf: () => undefined,
    },
    events,
    ready: () => options.readiness ?? { ok: true, checks: [] },
    token: TOKEN,
    log,
    ...(options.historySize !== undefined && { eventHistorySize: options.historySize }),
  });
  onTestFinished(() => server.close());
  return { server, events, changes, acts, folder };
}

export const authorized = { authorization: `Bearer ${TOKEN}` };
