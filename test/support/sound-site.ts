/** A site of calls with sound, without any wire: real calls, runners, dispatcher and ledger; scripted phones and places. */
import { expect } from 'vitest';
import type {
  Destination as ConfiguredDestination,
  QueueConfig,
  RoutingConfig,
} from '../../src/config/routing-config.js';
import { createEventStream } from '../../src/kernel/event-stream.js';
import type { SwitchboardEvent } from '../../src/kernel/events.js';
import {
  agentId,
  deviceId,
  hoursId,
  menuId,
  queueId,
  trunkId,
  voicemailId,
  type AgentId,
  type WorkId,
} from '../../src/kernel/ids.js';
import type { CallbackBook } from '../../src/ledger/callback-book.js';
import { createMemoryLedger } from '../../src/ledger/memory.js';
import { createCalls } from '../../src/voice/calls.js';
import type { Programme } from '../../src/voice/sound/programme.js';
import { startQueueDispatcher } from '../../src/voice/queue-dispatcher.js';
import { routesOf } from '../../src/voice/routes.js';
import type { Logger } from '../../src/kernel/logger.js';
import { createManualClock, settled, type ManualClock } from './manual-clock.js';
import { sampleSite } from './sample-site.js';
import { createScriptedMedia, type ScriptedPlace } from './scripted-media.js';
import { addressOf } from './scripted-sdp.js';
import type { ScriptedPeer } from './scripted-session.js';
import { createScriptedWire, type ScriptedCaller } from './scripted-signalling.js';
import { createSlowLedger } from './slow-ledger.js';

const agentIds = ['ana', 'ben', 'eva'].map(agentId);

const music = {
  kind: 'music',
  music: 'default',
  announce: { position: true, expectedWait: true, everyMs: 20_000 },
} as const;
/** All day, but for Wednesdays until nine: an hour and three quarters after a test has begun. */
const day = [{ fromMinute: 0, toMinute: 1440 }];
const calling = { days: [day, day, day, [{ fromMinute: 540, toMinute: 1440 }], day, day, day] };
/** Its number is that of all callers. */
const callback = {
  key: '7',
  trunk: trunkId('main'),
  attempts: 2,
  ringTimeoutMs: 5_000,
  retryAfterMs: 3_000,
  giveUpAfterMs: 12 * 3_600_000,
  hours: hoursId('calling'),
  whenClosed: 'wait',
} as const;
const common = {
  strategy: { kind: 'ring-to-all' },
  members: agentIds.map((agent, index) => ({ agent, priority: 10 + index })),
  ringTimeoutMs: 20_000,
  maxWaitMs: 60_000,
  maxWaiting: 100,
  overflow: { kind: 'reject' },
  wrapUpMs: 2_000,
  media: 'auto',
  recording: 'never',
  language: 'en',
  priority: 0,
  ageingStepMs: 60_000,
} as const;

function queue(id: string, more: Partial<QueueConfig>): QueueConfig {
  return { ...common, id: queueId(id), name: id, waiting: { kind: 'ringing' }, ...more };
}

const menu = menuId('main');
const box = voicemailId('box');
const lone: ConfiguredDestination = { kind: 'voicemail', voicemail: box };

/** Where calls may go; each is tried. */
export const destinations = {
  direct: { kind: 'queue', queue: queueId('direct') },
  music: { kind: 'queue', queue: queueId('music') },
  anchored: { kind: 'queue', queue: queueId('anchored') },
  recorded: { kind: 'queue', queue: queueId('recorded') },
  menu: { kind: 'menu', menu },
  voicemail: lone,
  number: { kind: 'number', number: '600', trunk: trunkId('main') },
} satisfies Record<string, ConfiguredDestination>;

function config(): RoutingConfig {
  const capacity = {
    total: 100,
    channels: {
      voice: { weight: 100, max: 1, interruptible: false },
      chat: { weight: 25, max: 4, interruptible: true },
      ticket: { weight: 10, max: 5, interruptible: true },
    },
  };
  const base = sampleSite();
  const agents = agentIds.map((id) => {
    const sip = { kind: 'sip' as const, id: deviceId('desk'), username: `${id}-desk`, password: 'x' };
    // Their mobile may be answered by a voicemail.
    const mobile = {
      kind: 'phone' as const,
      id: deviceId('mobile'),
      number: '+34600',
      trunk: trunkId('main'),
      confirmKey: '1',
    };
    const hunt = [
      { ring: [sip.id], forMs: 6_000, keep: id === 'ana' },
      ...(id === 'ben' ? [{ ring: [mobile.id], forMs: 8_000, keep: false }] : []),
    ];
    return { id, name: id, devices: new Map([sip, mobile].map((device) => [device.id, device])), hunt, capacity };
  });
  const queues = [
    queue('direct', { recording: 'on-demand' }),
    queue('music', {
      waiting: { ...music, welcome: 'welcome', callback },
      overflow: { kind: 'menu', menu },
    }),
    queue('anchored', { media: 'anchored', waiting: music, overflow: destinations.number }),
    queue('recorded', { media: 'anchored', recording: 'always', recordingNotice: 'recorded', overflow: lone }),
  ];
  return {
    ...base,
    media: { ...base.media, servers: { kind: 'embedded' } as unknown as RoutingConfig['media']['servers'] },
    hours: new Map([[callback.hours, calling]]),
    agents: new Map(agents.map((agent) => [agent.id, agent])),
    queues: new Map(queues.map((each) => [each.id, each])),
    trunks: new Map([...base.trunks].map(([id, trunk]) => [id, { ...trunk, allowedPrefixes: ['+34'] }])),
    menus: new Map([
      [
        menu,
        {
          id: menu,
          name: 'Main',
          greeting: 'choose',
          keys: new Map<string, ConfiguredDestination>([
            ['1', destinations.music],
            ['2', lone],
            ['3', { kind: 'menu', menu }],
            ['4', { kind: 'agent', agent: agentIds[2]! }],
          ]),
          timeoutMs: 5_000,
          tries: 2,
          otherwise: { kind: 'message', prompt: 'closed' },
        },
      ],
    ]),
    voicemails: new Map([
      [box, { id: box, name: 'Box', greeting: 'leave', language: 'en', maxMs: 60_000, silenceMs: 4_000 }],
    ]),
  };
}

export interface SoundCall {
  readonly work: WorkId;
  readonly caller: ScriptedCaller;
}

export type SoundSite = Awaited<ReturnType<typeof buildSoundSite>>;

/** @param shared with another controller of the same site: time, and who is to be called back */
export async function buildSoundSite(shared: { readonly clock?: ManualClock; readonly callbacks?: CallbackBook } = {}) {
  const clock = shared.clock ?? createManualClock();
  const wire = createScriptedWire();
  const sound = createScriptedMedia();
  const network = createSlowLedger(createMemoryLedger({ clock, random: () => 0.5 }));
  const { ledger } = network;
  const errors: string[] = [];
  const log: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (fields, message) => void errors.push(`${message} ${JSON.stringify(fields)}`),
    child: () => log,
  };
  const seen: SwitchboardEvent[] = [];
  const events = createEventStream({
    clock,
    configVersion: () => 'v',
    onListenerError: (error) => expect.fail(String(error)),
  });
  events.subscribe((event) => seen.push(event));
  const site = config();
  await ledger.configure({
    agents: site.agents,
    queues: site.queues,
    backOff: { busy: 1_000, declined: 2_000, 'no-answer': 3_000, unreachable: 4_000 },
    missesUntilAway: 0,
  });
  for (const agent of agentIds) {
    await ledger.setReachable({ agent, channel: 'voice', reachable: true });
    await ledger.setPresence({ agent, presence: { state: 'available' } });
  }
  const contacts = {
    contactsOf: (username: string) => [{ uri: `sip:${username}@127.0.0.1:5070` }],
    ownerOf: () => undefined,
  };
  const book = {
    sounds: (what: Programme) => ({
      sounds: [{ kind: 'file' as const, path: what.type }],
      repeat: what.type === 'music' || what.type === 'ringing' || what.type === 'confirm',
    }),
  };
  const routes = routesOf(site);
  const calls = createCalls({
    config: () => site,
    signalling: wire.signalling,
    ledger,
    clock,
    events,
    contacts,
    dialled: (_agent, dialled) => {
      if (dialled === 'nowhere') return undefined;
      // A queue whose hours are over.
      if (dialled === 'closed') return { kind: 'message', prompt: 'closed', language: 'en' };
      const agent = agentIds.find((id) => id === dialled);
      if (agent !== undefined) return { kind: 'agent', agent, ignorePresence: false };
      const to = routes(dialled === 'music' ? destinations.music : destinations.number, { atMs: clock.now() });
      return to.kind === 'reject' ? undefined : to;
    },
    media: { media: sound.media, book, recordingFile: (file) => `/recordings/${file}` },
    log,
    ...(shared.callbacks === undefined ? {} : { callbacks: shared.callbacks }),
  });
  const stop = startQueueDispatcher({ ledger, calls, log });
  const callers: ScriptedCaller[] = [];
  return {
    clock,
    wire,
    sound,
    network,
    ledger,
    calls,
    seen,
    errors,
    agentIds,
    call(to: ConfiguredDestination, options: { readonly isLateOffer?: boolean } = {}): SoundCall {
      const { request, accept, caller } = wire.call({ user: '1000', ...options });
      callers.push(caller);
      const destination = routes(to, { atMs: clock.now() });
      if (destination.kind === 'reject') throw new Error('leads nowhere');
      return { work: calls.begin({ request, accept, direction: 'inbound', destination }), caller };
    },
    /** An agent dials a colleague. */
    ask(dialler: AgentId, agent: AgentId): SoundCall {
      const { request, accept, caller } = wire.call({ user: agent });
      callers.push(caller);
      const destination = { kind: 'agent', agent, ignorePresence: false } as const;
      return { work: calls.begin({ request, accept, direction: 'internal', destination, dialler }), caller };
    },
    /** An agent dials a number outside. */
    dial(dialler: AgentId, number: string): SoundCall {
      const { request, accept, caller } = wire.call({ user: number });
      callers.push(caller);
      const destination = { kind: 'number', number, trunk: trunkId('main') } as const;
      return { work: calls.begin({ request, accept, direction: 'outbound', destination, dialler }), caller };
    },
    /** A supervisor listens to an agent. */
    spy(agent: AgentId): SoundCall {
      const { request, accept, caller } = wire.call({ user: `*3${agent}` });
      callers.push(caller);
      const destination = { kind: 'supervise', agent } as const;
      return { work: calls.begin({ request, accept, direction: 'internal', destination }), caller };
    },
    /** Where the peer sends to, when that is a place. */
    placeOf(peer: ScriptedPeer): ScriptedPlace | undefined {
      return sound
        .current()
        .find((place) => place.sdp !== undefined && addressOf(place.sdp) === addressOf(peer.remote));
    },
    /** Everything that waits for an answer gets it, until nothing is left. */
    async settle() {
      for (let round = 0; round < 20; round += 1) {
        await settled();
        for (const place of sound.current()) {
          place.opens();
          place.answers();
        }
        for (const peer of [...callers, ...wire.legs]) {
          peer.answersOffer();
          peer.answersRelayed();
          peer.acksOffer();
        }
        for (const caller of callers) caller.acks();
      }
    },
    async stop() {
      stop();
      await ledger.close();
    },
  };
}
