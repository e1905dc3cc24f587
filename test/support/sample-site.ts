/** A small site for tests of who may do what: two agents, a carrier by address, one by account, two entry points. */
import type { AgentConfig, DeviceConfig, RoutingConfig, TrunkConfig } from '../../src/config/routing-config.js';
import { agentId, deviceId, queueId, trunkId } from '../../src/kernel/ids.js';

const minute = 60_000;

const nowhere = { path: '/', onServer: '/' };

/** A site without media servers. */
const silentMedia: RoutingConfig['media'] = {
  servers: { kind: 'none' },
  language: 'en',
  music: new Map([['default', { kind: 'tone' }]]),
  sounds: nowhere,
  recordings: nowhere,
  retention: { minFreeBytes: 0 },
};

function agent(id: string, devices: readonly string[], more: Partial<AgentConfig> = {}): AgentConfig {
  const entries = devices.map((username): [ReturnType<typeof deviceId>, DeviceConfig] => [
    deviceId(username),
    { kind: 'sip', id: deviceId(username), username, password: `${username}-secret` },
  ]);
  const channel = { weight: 100, max: 1, interruptible: false };
  return {
    id: agentId(id),
    name: id,
    devices: new Map(entries),
    hunt: [],
    capacity: { total: 100, channels: { voice: channel, chat: channel, ticket: channel } },
    ...more,
  };
}

function trunk(id: string, more: Partial<TrunkConfig>): [TrunkConfig['id'], TrunkConfig] {
  const base = { id: trunkId(id), host: 'carrier.test', port: 5060, transport: 'udp' as const };
  return [base.id, { ...base, addresses: [], allowedPrefixes: [], ...more }];
}

/** Only the parts that registration and admission look at are filled in. */
export function sampleSite(changes: { readonly sip?: Partial<RoutingConfig['sip']> } = {}): RoutingConfig {
  const agents = [
    agent('ana', ['ana', 'ana-desk'], { extension: '11', dialOut: trunkId('main') }),
    agent('bob', ['bob'], { extension: '12' }),
  ];
  return {
    version: 'test',
    site: {
      name: 'Test',
      timeZone: 'UTC',
      signIn: 'on_register',
      signOutAfterMs: 0,
      starCodes: { available: '*1', away: '*2', supervise: '*3' },
      inCallKeys: { record: '*1', conference: '*3', listen: '4', whisper: '5', barge: '6' },
      missesUntilAway: 0,
      backOff: { busyMs: 0, declinedMs: 0, noAnswerMs: 0, unreachableMs: 0 },
      stopGraceMs: 0,
    },
    sip: {
      domain: 'example.test',
      listen: [],
      server: { kind: 'embedded' },
      registrar: {
        minExpiresMs: minute,
        maxExpiresMs: 60 * minute,
        defaultExpiresMs: 10 * minute,
        maxContactsPerAor: 3,
        keepAliveMs: 30_000,
      },
      sessionTimers: { expiresMs: 0, minSeMs: 90_000 },
      digestAlgorithms: ['SHA-256', 'MD5'],
      md5OnlyUserAgents: [],
      protection: { authDelayMs: 1_000, authMaxDelayMs: 60_000, maxRequestsPerSecond: 100 },
      ...changes.sip,
    },
    http: { host: '127.0.0.1', port: 0 },
    media: silentMedia,
    store: { kind: 'memory' },
    hours: new Map(),
    agents: new Map(agents.map((each) => [each.id, each])),
    teams: new Map(),
    queues: new Map(),
    menus: new Map(),
    voicemails: new Map(),
    trunks: new Map([
      trunk('main', { addresses: ['203.0.113.0/24'], allowedPrefixes: ['+34', '900'] }),
      trunk('roaming', { inbound: { username: 'carrier', password: 'carrier-secret' } }),
    ]),
    entryPoints: [
      { number: '900', to: { kind: 'queue', queue: queueId('support') }, public: true },
      { number: '901', to: { kind: 'queue', queue: queueId('internal') }, public: false },
    ],
  };
}
