import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemsOf, unmark } from '../../test/config/marked-site.js';
import { agentId, queueId } from '../kernel/ids.js';
import { parseSite } from './parse-site.js';
import type { RoutingConfig } from './routing-config.js';

function configOf(...texts: readonly string[]): RoutingConfig {
  const files = texts.map((text, index) => ({ name: `${index}.yaml`, text }));
  const result = parseSite(files, {});
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

const people = (names: readonly string[]): string =>
  `agents: { ${names.map((name) => `${name}: { devices: { a: { sip: ${name}, password: example-x } } }`).join(', ')} }`;

function membersOf(members: string): readonly string[] {
  const teams = 'teams: { s: { agents: [ana, ben] }, t: { agents: [ben, chloe] } }';
  const queues = `queues: { q: { members: ${members} } }`;
  const config = configOf(people(['ana', 'ben', 'chloe', 'dan']), teams, queues);
  return config.queues.get(queueId('q'))?.members.map(({ agent, priority }) => `${agent} ${priority}`) ?? [];
}

describe('a site', () => {
  it('has a default for everything', () => {
    expect(configOf('')).toEqual({
      version: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
      site: {
        name: 'Switchboard',
        timeZone: 'UTC',
        signIn: 'on_register',
        starCodes: { available: '*1', away: '*2', supervise: '*3' },
        inCallKeys: { record: '*1', conference: '*3', listen: '4', whisper: '5', barge: '6' },
        missesUntilAway: 3,
        backOff: { busyMs: 10_000, declinedMs: 15_000, noAnswerMs: 20_000, unreachableMs: 30_000 },
        signOutAfterMs: 10_000,
        stopGraceMs: 30_000,
      },
      sip: {
        domain: 'switchboard.example',
        listen: [
          { transport: 'udp', host: '127.0.0.1', port: 5060 },
          { transport: 'tcp', host: '127.0.0.1', port: 5060 },
        ],
        server: { kind: 'embedded' },
        registrar: {
          minExpiresMs: 60_000,
          maxExpiresMs: 3_600_000,
          defaultExpiresMs: 600_000,
          maxContactsPerAor: 10,
          keepAliveMs: 30_000,
        },
        digestAlgorithms: ['MD5', 'SHA-256'],
        md5OnlyUserAgents: ['baresip v0', 'baresip v1', 'Twinkle'],
        sessionTimers: { expiresMs: 1_800_000, minSeMs: 90_000 },
        protection: { authDelayMs: 500, authMaxDelayMs: 30_000, maxRequestsPerSecond: 300 },
      },
      http: { host: '127.0.0.1', port: 8080 },
      media: {
        servers: { kind: 'embedded', host: '127.0.0.1', rtpPorts: { from: 20_000, to: 20_999 } },
        language: 'en',
        music: new Map([['default', { kind: 'tone' }]]),
        sounds: { path: resolve('sounds'), onServer: resolve('sounds') },
        recordings: { path: resolve('data/recordings'), onServer: resolve('data/recordings') },
        retention: { minFreeBytes: 500_000_000 },
      },
      store: { kind: 'memory' },
      hours: new Map(),
      agents: new Map(),
      teams: new Map(),
      queues: new Map(),
      menus: new Map(),
      voicemails: new Map(),
      trunks: new Map(),
      entryPoints: [],
    });
  });

  it('comes out whole, with every setting in its place', () => {
    const config = configOf(
      `
site: { name: Ours, time_zone: Europe/Madrid, sign_in: manual, star_codes: { available: "*10", away: "#9" }, in_call_keys: { record: "*7" } }
sip: { server: { drachtio: "[::1]:9099", secret: example-d }, digest: [MD5] }
http: { token: example-t }
media:
  servers: [{ name: fs1, event_socket: "[::1]", password: example-f, sip: 127.0.0.1:5090 }]
  language: es
  sounds: /srv/sounds
  sounds_on_server: /mnt/sounds
  recordings: /srv/recordings
  music: { default: [one.wav, more/two.wav], jazz: { files: [jazz.wav], shuffle: true }, calm: tone }
hours: { office: { mon: 09:00-10:00 } }
agents:
  ana:
    name: Ana
    extension: 0201
    dial_out: t
    devices:
      soft: { sip: ana, password: example-a, hours: office }
      mobile: { phone: +34 600-111 222, trunk: t, confirm: 1 }
    hunt:
      - { ring: [soft], for: 5s }
      - { ring: [mobile], keep: true }
  ben: { devices: { soft: { sip: ben, password: example-b }, desk: { sip: ben-desk, password: example-b } } }
teams: { both: { name: Both, agents: [ben, ana], supervisors: [ana] } }
trunks:
  t:
    host: sip.example.org
    port: 5070
    transport: tcp
    addresses: [192.0.2.0/24]
    inbound: { username: in, password: example-in }
    outbound: { username: 1234, password: example-out }
    allowed_prefixes: [+34]
    caller_id: +34910000000
`,
      `
queues:
  q:
    name: Q
    strategy: widening
    widening: { start: 2, every: 7s }
    members: [{ team: both, priority: 7 }]
    ring_timeout: 30s
    max_wait: 2m
    max_waiting: 9
    overflow: { number: "+34911", trunk: t }
    wrap_up: 0s
    priority: 4
    ageing_step: 10s
    media: anchored
    language: en
    recording: on-demand
    while_waiting:
      music: jazz
      welcome: hello
      announce: { position: false, every: 1m }
      callback: { trunk: t, caller_id: +34910000001, attempts: 3 }
      voicemail: { key: 9, box: general }
  r: { members: [ana], overflow: { queue: q }, while_waiting: ringing, recording: always, recording_notice: false }
  u: { members: [ana], overflow: { agent: ben } }
  v: { members: [ana], overflow: { voicemail: general } }
  w: { members: [ana], overflow: { menu: main } }
entry_points:
  +34910000000: { queue: q, public: true }
  1000: { queue: r, language: en }
  1001: { queue: u }
  1002: { menu: main }
  1003: { voicemail: general }
  1004: { agent: ben }
  1005: { message: goodbye }
menus:
  main:
    name: Main
    greeting: menus/main
    language: en
    hours: { open: office, closed: { message: closed } }
    keys: { 1: { queue: v }, "2": { queue: w }, "#": { menu: short }, "*": hang_up, 0: { number: +34911, trunk: t } }
    timeout: 7s
    tries: 2
    otherwise: { voicemail: general }
  short: { greeting: short, keys: {} }
voicemails:
  general: { name: General, greeting: away, max: 1m, silence: 3s, language: en }
  other: {}
`,
    );
    const { version: _version, ...rest } = config;
    expect(rest).toMatchSnapshot();
  });

  it('is frozen through and through', () => {
    const config = configOf(people(['ana']));
    expect(() => Object.assign(config.site, { name: 'x' })).toThrow(TypeError);
    expect(() => Object.assign(config.sip.listen[0] ?? {}, { port: 1 })).toThrow(TypeError);
    const agents = config.agents as Map<unknown, unknown>;
    expect(() => agents.clear()).toThrow('the configuration is frozen');
    expect(() => agents.set('x', {})).toThrow('the configuration is frozen');
    expect(() => agents.delete(agentId('ana'))).toThrow('the configuration is frozen');
    expect(() => Object.assign(config.agents.get(agentId('ana')) ?? {}, { name: 'x' })).toThrow(TypeError);
  });

  it('has a version that tells contents apart, not folders or the order of files', () => {
    const version = (...files: readonly (readonly [string, string])[]): string => {
      const result = parseSite(
        files.map(([name, text]) => ({ name, text })),
        {},
      );
      return result.ok ? result.config.version : 'wrong';
    };
    const one = version(['a/x.yaml', 'site: {}'], ['a/y.yaml', 'sip: {}']);
    expect(version(['b/y.yaml', 'sip: {}'], ['b/x.yaml', 'site: {}'])).toBe(one);
    expect(version(['a/x.yaml', 'site: {}'], ['a/y.yaml', 'sip: { digest: [MD5] }'])).not.toBe(one);
  });

  it('refuses a top-level key in two files and names both', () => {
    const second = unmark('b.yaml', '# more\n»queues: {}\n');
    const result = parseSite(
      [
        { name: 'a.yaml', text: 'sip: {}\nqueues: {}' },
        { name: 'b.yaml', text: second.text },
      ],
      {},
    );
    const message = '`queues` stands also at a.yaml:2; a top-level key belongs in one file';
    expect(problemsOf(result)).toEqual([{ place: second.places[0], message }]);
  });

  it('is empty without files', () => {
    expect(parseSite([], {}).ok).toBe(true);
  });
});

describe('the members of a queue', () => {
  it.each([
    ['agents by name, in order', '[dan, ana]', ['dan 50', 'ana 50']],
    ['a team at its place', '[dan, { team: s, priority: 3 }]', ['dan 50', 'ana 3', 'ben 3']],
    ['who is in two teams once', '[{ team: s }, { team: t }]', ['ana 50', 'ben 50', 'chloe 50']],
    [
      "an agent's own entry before that of a team, place included",
      '[{ team: s, priority: 3 }, dan, { agent: ana, priority: 1 }]',
      ['ben 3', 'dan 50', 'ana 1'],
    ],
    [
      'an own entry where teams disagree',
      '[{ team: s, priority: 3 }, { team: t, priority: 4 }, { agent: ben, priority: 9 }]',
      ['ana 3', 'chloe 4', 'ben 9'],
    ],
  ])('are %s', (_about, members, expected) => {
    expect(membersOf(members)).toEqual(expected);
  });
});

describe('capacity', () => {
  const capacityOf = (agent: string, team: string, site: string) => {
    const config = configOf(
      `site: { capacity: ${site} }`,
      `agents: { ana: { capacity: ${agent}, devices: { a: { sip: ana, password: example-x } } } }`,
      `teams: { s: { agents: [ana], capacity: ${team} }, t: { agents: [ana] }, u: { agents: [], capacity: { total: 1000 } } }`,
    );
    return config.agents.get(agentId('ana'))?.capacity;
  };
  const standard = {
    total: 100,
    channels: {
      voice: { weight: 100, max: 1, interruptible: false },
      chat: { weight: 25, max: 4, interruptible: true },
      ticket: { weight: 10, max: 5, interruptible: true },
    },
  };

  it.each([
    ['the default', '{}', '{}', '{}', standard],
    ['that of the site', '{}', '{}', '{ total: 200 }', { ...standard, total: 200 }],
    ['that of the team before the site', '{}', '{ total: 150 }', '{ total: 200 }', { ...standard, total: 150 }],
    ['that of the agent first', '{ total: 120 }', '{ total: 150 }', '{ total: 200 }', { ...standard, total: 120 }],
    [
      'taken key by key',
      '{ channels: { chat: { max: 1 } } }',
      '{ channels: { chat: { max: 2, weight: 20 }, voice: { weight: 90 } } }',
      '{ channels: { chat: { max: 3, weight: 30, interruptible: false }, ticket: { max: 0 } } }',
      {
        total: 100,
        channels: {
          voice: { weight: 90, max: 1, interruptible: false },
          chat: { weight: 20, max: 1, interruptible: false },
          ticket: { weight: 10, max: 0, interruptible: true },
        },
      },
    ],
  ])('is %s', (_about, agent, team, site, expected) => {
    expect(capacityOf(agent, team, site)).toEqual(expected);
  });
});
