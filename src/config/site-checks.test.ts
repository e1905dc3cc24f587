import { describe, expect, it } from 'vitest';
import { expectProblems, type MarkedCase } from '../../test/config/marked-site.js';

const device = (user: string): string => `{ sip: ${user}, password: example-x }`;
const ana = `ana: { devices: { a: ${device('ana')} } }`;
const ben = `ben: { devices: { b: ${device('ben')} } }`;
const entry = 'entry_points: { 1000: { queue: q } }';
const trunk = 'trunks: { t: { host: sip.example.org, allowed_prefixes: ["+34"] } }';

const errors: readonly MarkedCase[] = [
  [
    'a team of somebody unknown, and of somebody twice',
    `agents: { ${ana}, ${ben} }\nteams: { t: { agents: [ana, »bem, ben, »ana] } }`,
    'unknown agent `bem`; did you mean `ben`?',
    'agent `ana` stands in this list already',
  ],
  [
    'a name that resembles none',
    `agents: { ${ana}, ${ben} }\nteams: { t: { agents: [»zoltan] } }`,
    'unknown agent `zoltan`; known agents: `ana`, `ben`',
  ],
  ['a name where there are none', 'teams: { t: { agents: [»ana] } }', 'unknown agent `ana`; no agents are defined'],
  [
    'members that are unknown',
    `agents: { ${ana} }\nqueues: { q: { members: [»bob, { agent: »carl }, { team: »sails }] } }\nteams: { sales: { agents: [ana] } }\n${entry}`,
    'unknown agent `bob`; known agents: `ana`',
    'unknown agent `carl`; known agents: `ana`',
    'unknown team `sails`; did you mean `sales`?',
  ],
  [
    'members that stand twice',
    `agents: { ${ana} }\nteams: { t: { agents: [ana] } }\nqueues: { q: { members: [ana, »{ agent: ana, priority: 3 }, { team: t }, »{ team: t }] } }\n${entry}`,
    'agent `ana` stands in this list already',
    'team `t` stands in this list already',
  ],
  [
    'teams that give one agent two hours of duty',
    `hours: { h: {} }\nagents: { ${ana} }\nteams: { s: { agents: [ana] }, t: { agents: [ana] } }\nqueues: { q: { members: [{ team: s, hours: h }, »{ team: t }] } }\n${entry}`,
    'agent `ana` gets hours h by team `s` and none by team `t`; give the agent an entry of its own',
  ],
  [
    'breaks and duty by unknown hours',
    `hours: { lunch: {} }\nagents: { ana: { devices: { a: ${device('ana')} }, breaks: [»lunsh, { hours: »tea }], duty: »day } }\nteams: { t: { agents: [ana], breaks: [»x], duty: [lunch, »y] } }\nqueues: { q: { members: [{ agent: ana, hours: »z }] } }\n${entry}`,
    'unknown hours `lunsh`; did you mean `lunch`?',
    'unknown hours `tea`; known hours: `lunch`',
    'unknown hours `day`; known hours: `lunch`',
    'unknown hours `x`; known hours: `lunch`',
    'unknown hours `y`; known hours: `lunch`',
    'unknown hours `z`; known hours: `lunch`',
  ],
  [
    'a rotation of who is not there, or no member',
    `agents: { ${ana}, ben: { devices: { a: ${device('ben')} } } }\nqueues: { q: { members: [ana], duty: { groups: [[ana, »ben], { team: »t }, [»eva]], starting: 2026-01-05 } } }\n${entry}`,
    'agent `ben` is no member of this queue; add them to its `members`',
    'unknown team `t`; no teams are defined',
    'unknown agent `eva`; known agents: `ana`, `ben`',
  ],
  [
    'a rotation that is none',
    `agents: { ${ana} }\nqueues: { q: { members: [ana], duty: { groups: »[[ana]], starting: »2026-02-30, every: »36h, at: »25:00 } } }\n${entry}`,
    'expected a list of at least two groups, found a list',
    'expected a day such as `2026-01-05`, found `2026-02-30`',
    'expected whole days, such as `1d` or `7d`',
    'expected a time of day such as `08:00`, found `25:00`',
  ],
  [
    'teams that give one agent two priorities',
    `agents: { ${ana} }\nteams: { s: { agents: [ana] }, t: { agents: [ana] } }\nqueues: { q: { members: [{ team: s, priority: 1 }, »{ team: t }] } }\n${entry}`,
    'agent `ana` gets priority 1 by team `s` and 50 by team `t`; give the agent an entry of its own',
  ],
  [
    'a widening of another strategy',
    `agents: { ${ana} }\nqueues: { q: { strategy: linear, members: [ana], »widening: {} } }\n${entry}`,
    "`widening` belongs to `strategy: widening`; this queue's is `linear`",
  ],
  [
    'a widening without strategy',
    `agents: { ${ana} }\nqueues: { q: { members: [ana], »widening: {} } }\n${entry}`,
    '`widening` belongs to `strategy: widening`; add that line',
  ],
  [
    'overflows to what is unknown',
    `agents: { ${ana} }\nqueues:\n  q: { members: [ana], overflow: { queue: »r } }\n  s: { members: [ana], overflow: { agent: »bob } }\n  u: { members: [ana], overflow: { number: "+34600", trunk: »t } }\nentry_points: { 1: { queue: q }, 2: { queue: s }, 3: { queue: u } }`,
    'unknown queue `r`; did you mean `q`?',
    'unknown agent `bob`; known agents: `ana`',
    'unknown trunk `t`; no trunks are defined',
  ],
  [
    'overflows in a circle, told once',
    `agents: { ${ana} }\nqueues:\n  q: { members: [ana], overflow: { queue: r } }\n  r: { members: [ana], overflow: { queue: »s } }\n  s: { members: [ana], overflow: { queue: r } }\n${entry}`,
    'overflow goes round in a circle: `r` → `s` → `r`; let one of them end elsewhere',
  ],
  [
    'an overflow to itself',
    `agents: { ${ana} }\nqueues: { q: { members: [ana], overflow: { queue: »q } } }\n${entry}`,
    'overflow goes round in a circle: `q` → `q`; let one of them end elsewhere',
  ],
  [
    'an overflow number that its trunk may not dial',
    `agents: { ${ana} }\nqueues: { q: { members: [ana], overflow: { number: »"+49301234", trunk: t } } }\n${entry}\n${trunk}`,
    '`+49301234` cannot be dialled: trunk `t` allows numbers from `+34` only',
  ],
  ['an entry point to nowhere', 'entry_points: { 1: { queue: »q } }', 'unknown queue `q`; no queues are defined'],
  [
    'devices with unknown trunk and hours',
    `agents: { ana: { dial_out: »x, devices: { a: { phone: 600, trunk: »x, hours: »h } } } }\n${trunk}`,
    'unknown trunk `x`; did you mean `t`?',
    'unknown trunk `x`; did you mean `t`?',
    'unknown hours `h`; no hours are defined',
  ],
  [
    'a device whose number its trunk may not dial',
    `agents: { ana: { devices: { a: { phone: »+49 30 1234, trunk: t } } } }\n${trunk}`,
    '`+49301234` cannot be dialled: trunk `t` allows numbers from `+34` only',
  ],
  [
    'a device on a trunk that allows nothing',
    'agents: { ana: { devices: { a: { phone: »+34600, trunk: t } } } }\ntrunks: { t: { host: a.example, addresses: [192.0.2.1] } }',
    '`+34600` cannot be dialled: trunk `t` allows no numbers; set its `allowed_prefixes`',
  ],
  [
    'a hunt that rings what is not there, the same twice, and what rings already',
    `agents: { ana: { devices: { aa: ${device('aa')}, bb: ${device('bb')} }, hunt: [{ ring: [aa, »cc, »aa] }, { ring: [bb, »aa], keep: true }] } }`,
    'unknown device `cc`; known devices of this agent: `aa`, `bb`',
    '`aa` stands in this step already',
    '`aa` rings on from an earlier step (`keep: true`); leave it out here',
  ],
  [
    'a user name on two devices, whatever the case',
    `agents: { ana: { devices: { a: ${device('ana')}, b: { sip: »Ana, password: example-x } } } }`,
    'the user name `Ana` is taken at site.yaml:1; each device needs its own',
  ],
  [
    'an agent in a queue without device, by team, by name, as overflow, by extension',
    'agents:\n  »a: {}\n  »b: {}\n  »c: {}\n  »d: { extension: 7 }\nteams: { t: { agents: [a] } }\nqueues: { q: { members: [{ team: t }, b], overflow: { agent: c } } }\nentry_points: { 1: { queue: q } }',
    'agent `a` is to take calls and has no device; give it one under `devices`',
    'agent `b` is to take calls and has no device; give it one under `devices`',
    'agent `c` is to take calls and has no device; give it one under `devices`',
    'agent `d` is to take calls and has no device; give it one under `devices`',
  ],
  [
    'numbers that mean two things',
    `site: { star_codes: { available: "*1", away: »"*1" } }\nagents:\n  ana: { extension: 1000, devices: { a: ${device('ana')} } }\n  ben: { extension: »1000, devices: { b: ${device('ben')} } }\nqueues: { q: { members: [ana] } }\nentry_points: { »1000: { queue: q } }`,
    '`*1` is the star code `available` already (site.yaml:1); choose another',
    '`1000` is the extension of `ana` already (site.yaml:3); choose another',
    '`1000` is the extension of `ana` already (site.yaml:3); choose another',
  ],
  [
    'user names that are numbers of others',
    `agents:\n  ana: { extension: 201, devices: { a: { sip: 201, password: example-x } } }\n  ben: { devices: { b: { sip: »1000, password: example-x } } }\nqueues: { q: { members: [ana] } }\n${entry}`,
    '`1000` is an entry point (site.yaml:5); choose another user name',
  ],
  [
    'listeners on one port',
    'sip: { listen: [udp:127.0.0.1:5060, »udp:127.0.0.1, tcp:127.0.0.1:8080, udp:127.0.0.1:0, udp:127.0.0.1:0] }\nhttp: { listen: »127.0.0.1:8080 }',
    'udp:127.0.0.1:5060 is taken already at site.yaml:1; choose another port',
    'tcp:127.0.0.1:8080 is taken already at site.yaml:1; choose another port',
  ],
  [
    'a listener beside one on all addresses',
    'sip: { listen: [udp:0.0.0.0:5060, »udp:127.0.0.1:5060] }\nmedia: { address: 192.0.2.1 }',
    'udp:0.0.0.0:5060 is taken already at site.yaml:1; choose another port',
  ],
  [
    'times that contradict each other',
    'sip:\n  registrar: { min_expires: »2h, max_expires: 1h, default_expires: »3h }\n  session_timers: { expires: »2m, min: 3m }\n  protection: { auth_delay: »10s, auth_max_delay: 5s }',
    '2h is more than `max_expires` (1h)',
    '3h is more than `max_expires` (1h)',
    '2m is less than `min` (3m); RFC 4028 wants at least that, or `0s`',
    '10s is more than `auth_max_delay` (5s)',
  ],
  [
    'a default below the minimum',
    'sip: { registrar: { default_expires: »30s } }',
    '30s is less than `min_expires` (1m)',
  ],
  ['a digest algorithm twice', 'sip: { digest: [MD5, »MD5] }', '`MD5` stands in this list already'],
  [
    'a trunk for everybody, and one address for two',
    'trunks:\n  s: { host: a.example, addresses: [192.0.2.1, »0.0.0.0/0, »"::/0"] }\n  t: { host: b.example, addresses: [»192.0.2.1] }',
    '`0.0.0.0/0` is everybody; name the addresses of the carrier',
    '`::/0` is everybody; name the addresses of the carrier',
    '`192.0.2.1` belongs to trunk `s` already (site.yaml:2)',
  ],
  [
    'a trunk account that is a device, and that of another trunk',
    `agents: { ${ana} }\ntrunks:\n  s: { host: a.example, inbound: { username: »ana, password: example-s } }\n  t: { host: a.example, inbound: { username: »ana, password: example-t } }`,
    'the user name `ana` is a device of `ana` already; choose another',
    'the user name `ana` is trunk `s` already; choose another',
  ],
  [
    'capacities in which work never fits',
    `site: { »capacity: { channels: { voice: { weight: 101 } } } }\nagents:\n  ana: { »capacity: { total: 50, channels: { voice: { weight: 60 }, ticket: { max: 0, weight: 70 } } }, devices: { a: ${device('ana')} } }\n  ben: { devices: { b: ${device('ben')} } }\nteams: { t: { agents: [ben], »capacity: { total: 20, channels: { voice: { weight: 20 }, chat: { max: 0 } , ticket: { weight: 30 } } } } }`,
    'voice weighs 101 of a total of 100, so it never fits; lower its `weight` or set its `max` to 0',
    'voice weighs 60 of a total of 50, so it never fits; lower its `weight` or set its `max` to 0',
    'ticket weighs 30 of a total of 20, so it never fits; lower its `weight` or set its `max` to 0',
  ],
  [
    'teams that disagree on a capacity which the agent leaves open',
    `agents:\n  »ana: { capacity: { channels: { chat: { max: 1 } } }, devices: { a: ${device('ana')} } }\nteams:\n  s: { agents: [ana], capacity: { channels: { chat: { max: 2, weight: 5 } } } }\n  t: { agents: [ana], capacity: { channels: { chat: { max: 3, weight: 6 } } } }`,
    "teams `s`, `t` give `ana` a different `channels.chat.weight`; set it under this agent's `capacity`",
  ],
];

describe('what contradicts itself', () => {
  it.each(errors)('%s', (_about, site, ...messages) => void expectProblems(site, messages));
});

const warnings: readonly MarkedCase[] = [
  [
    'a confirm key',
    `agents: { ana: { devices: { a: { sip: ana, password: example-x, confirm: »"1" } } } }`,
    'until there is a media server the key is noticed only where the phone sends it by SIP INFO',
  ],
  [
    'a device that never rings',
    `agents: { ana: { devices: { a: ${device('ana')}, »b: ${device('ben')} }, hunt: [{ ring: [a] }] } }`,
    '`b` is in no step of the hunt and never rings',
  ],
  [
    'an agent without device whom nobody calls',
    'agents: { »ana: {} }',
    'agent `ana` has no device, so no call can reach it; give it one under `devices`',
  ],
  [
    'a queue of nobody that nothing leads to',
    'queues: { »q: { members: »[] } }',
    'no entry point, menu or overflow leads to queue `q`',
    'nobody is in this queue; every caller goes to the overflow after `max_wait`',
  ],
  [
    'a widening that never happens',
    `agents: { ${ana} }\nqueues: { q: { strategy: widening, widening: { every: »20s }, members: [ana] } }\n${entry}`,
    'never widens: offers end after `ring_timeout` (20s); choose a shorter time',
  ],
  [
    'a trunk that is this machine, and one that can do nothing',
    'trunks:\n  s: { host: a.example, addresses: [»127.0.0.1, »"::1", 192.0.2.1] }\n  »t: { host: b.example }',
    '`127.0.0.1` is this machine: all that calls from here counts as trunk `s`',
    '`::1` is this machine: all that calls from here counts as trunk `s`',
    'trunk `t` can do nothing: give it `addresses` or `inbound` for calls in, `allowed_prefixes` for calls out',
  ],
  [
    'a maximum that is never reached',
    'site: { »capacity: { channels: { chat: { weight: 40 } } } }',
    'chat never comes to its `max` of 4: each weighs 40 of a total of 100',
  ],
];

describe('what is allowed and probably not meant', () => {
  it.each(warnings)('%s', (_about, site, ...messages) => {
    expect(expectProblems(site, messages).ok).toBe(true);
  });
});
