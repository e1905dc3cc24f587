import { describe, expect, it } from 'vitest';
import { expectProblems, parseMarked, type MarkedCase } from '../../test/config/marked-site.js';

const agent = 'agents: { ana: { devices: { a: { sip: ana, password: example-a } } } }';

// What is said in several places.
const memberText = 'an agent, `{ agent: NAME, priority: 1 }` or `{ team: NAME, priority: 10 }`';
const deviceText = 'a device: `{ sip: USER, password: … }` or `{ phone: NUMBER, trunk: NAME }`';
const listenText = 'a transport and an address of this machine, such as `udp:127.0.0.1:5060` or `tcp:[::1]:5060`';
const secretText = '`${NAME}` for an environment variable, or `{ file: PATH }`';

const cases: readonly MarkedCase[] = [
  ['an unknown top-level key', '»agent: {}', 'unknown key `agent`; did you mean `agents`?'],
  [
    'a key that resembles nothing',
    'site: { »colour: red }',
    'unknown key `colour`; known keys: `name`, `time_zone`, `sign_in`, `sign_out_after`, `star_codes`, `in_call_keys`, `misses_until_away`, `back_off`, `stop_grace`, `capacity`',
  ],
  ['a hyphen for an underscore', 'site: { »time-zone: UTC }', 'unknown key `time-zone`; did you mean `time_zone`?'],
  [
    'two letters swapped in a nested key',
    `${agent}\nqueues: { q: { members: [ana], »stratgey: linear } }\nentry_points: { 1: { queue: q } }`,
    'unknown key `stratgey`; did you mean `strategy`?',
  ],
  [
    'an unknown key in one of several forms',
    'agents: { ana: { devices: { a: { sip: ana, password: example-a, »huors: x } } } }',
    'unknown key `huors`; did you mean `hours`?',
  ],
  [
    'a choice that is misspelt',
    'site: { sign_in: »on_registr }',
    'expected `on_register` or `manual`, found `on_registr`; did you mean `on_register`?',
  ],
  ['a number in words', 'site: { misses_until_away: »three }', 'expected a whole number from 0 to 1000, found `three`'],
  ['a fraction', 'site: { misses_until_away: »1.5 }', 'expected a whole number from 0 to 1000, found `1.5`'],
  ['a number out of range', 'site: { misses_until_away: »-1 }', 'expected a whole number from 0 to 1000, found `-1`'],
  [
    'a duration without unit',
    'site: { stop_grace: »30 }',
    'expected a duration from 0s to 1d, such as `15s`, `500ms` or `1h30m`, found `30`',
  ],
  [
    'a duration out of range',
    'sip: { session_timers: { min: »60s } }',
    'expected a duration from 1m30s to 1d, such as `15s`, `500ms` or `1h30m`, found `60s`',
  ],
  [
    'text for a switch',
    `http: {}\nentry_points: { 1: { queue: q, public: »yes } }\nqueues: { q: { members: [] } }`,
    'expected `true` or `false`, found `yes`',
  ],
  [
    'a time zone that is none',
    'site: { time_zone: »Madrid }',
    'expected an IANA time zone such as `Europe/Madrid`, found `Madrid`',
  ],
  [
    'an offset for a time zone',
    'site: { time_zone: »"+02:00" }',
    'expected an IANA time zone such as `Europe/Madrid`, found `+02:00`',
  ],
  [
    'a mapping where text belongs',
    'site: { name: »{ a: b } }',
    'expected the name of the site, at most 100 characters, on one line, found a mapping',
  ],
  ['text where a mapping belongs', 'site: »Example', 'expected a mapping (`key: value`), found `Example`'],
  ['a list where a mapping belongs', 'agents: »[ana]', 'expected a mapping from names to settings, found a list'],
  ['a key with nothing behind it', 'agents:\n  ana:»', 'expected a mapping (`key: value`), found nothing'],
  [
    'a name with a space',
    'agents: { »"ana maria": {} }',
    'expected a name of letters, digits, `-` and `_`, at most 63, found `ana maria`',
  ],
  [
    'a star code without star',
    'site: { star_codes: { available: »"11" } }',
    'expected a code such as `"*1"` (in quotes), beginning with `*` or `#`, at most 8 long, found `11`',
  ],
  [
    'listening by a transport that is not there',
    'sip: { listen: [»tls:127.0.0.1:5061] }',
    `expected ${listenText}, found \`tls:127.0.0.1:5061\``,
  ],
  [
    'listening on a name',
    'sip: { listen: [»udp:sip.example.org] }',
    `expected ${listenText}, found \`udp:sip.example.org\``,
  ],
  ['listening nowhere', 'sip: { listen: »[] }', 'expected a list of at least one address, found an empty list'],
  [
    'a port that does not exist',
    'http: { listen: »127.0.0.1:70000 }',
    'expected an IP address of this machine with a port, such as `127.0.0.1:8080` or `[::1]:8080`, found `127.0.0.1:70000`',
  ],
  [
    'a server that is not known',
    'sip: { server: »embeded }',
    'expected `embedded`, or `{ drachtio: 127.0.0.1:9022, secret: … }`, found `embeded`',
  ],
  [
    'a digest algorithm that is not known',
    'sip: { digest: [»SHA-512] }',
    'expected `SHA-256` or `MD5`, found `SHA-512`',
  ],
  ['a domain that is none', 'sip: { domain: »"a b" }', 'expected a host name or an IP address, found `a b`'],
  [
    'a mistyped address',
    'trunks: { t: { host: »192.0.2.300, allowed_prefixes: [1] } }',
    'expected a host name or an IP address, found `192.0.2.300`',
  ],
  [
    'a network that is none',
    'trunks: { t: { host: sip.example.org, addresses: [»192.0.2.0/33] } }',
    'expected an IP address or a network, such as `192.0.2.7`, `192.0.2.0/24` or `2001:db8::/32`, found `192.0.2.0/33`',
  ],
  [
    'a trunk without host',
    'trunks: { »t: { allowed_prefixes: [1] } }',
    'missing key `host`: a host name or an IP address',
  ],
  [
    'a secret that is a number, without showing it',
    'http: { token: »12345 }',
    `expected the bearer token of the API: ${secretText}, found a number (put it in quotes)`,
  ],
  [
    'a phone that is both kinds of device, and neither',
    'agents:\n  ana:\n    devices:\n      a: »{}\n      b: »soft',
    `expected ${deviceText}, found a mapping`,
    `expected ${deviceText}, found \`soft\``,
  ],
  [
    'a SIP phone without password',
    'agents: { ana: { devices: { »a: { sip: ana } } } }',
    `missing key \`password\`: the password of the SIP account: ${secretText}`,
  ],
  [
    'a user name with an @',
    'agents: { ana: { devices: { a: { sip: »ana@example.org, password: example-a } } } }',
    'expected the user name of a SIP account: letters, digits, `.`, `-` and `_`, at most 64, found `ana@example.org`',
  ],
  [
    'a phone number with letters',
    'agents: { ana: { devices: { a: { phone: »+34 CALL, trunk: t } } } }\ntrunks: { t: { host: a.example, allowed_prefixes: [3] } }',
    'expected a phone number such as `+34600111222`, with the country code and a leading `+`, found `+34 CALL`',
  ],
  [
    'an extension with a letter',
    'agents: { ana: { extension: »2a } }',
    'expected an extension of 1 to 20 digits, found `2a`',
  ],
  [
    'a step that rings nothing',
    'agents: { ana: { hunt: [{ ring: »[] }] } }',
    'expected a list of at least one device, found an empty list',
  ],
  ['a hunt without steps', 'agents: { ana: { hunt: »[] } }', 'expected at least one step, found an empty list'],
  [
    'a priority beyond 100',
    `${agent}\nqueues: { q: { members: [{ agent: ana, priority: »101 }] } }\nentry_points: { 1: { queue: q } }`,
    'expected a whole number from 1 to 100, found `101`',
  ],
  [
    'members of no known form',
    `${agent}\nqueues: { q: { members: [»[ana], »{ who: ana }, »{ agent: ana, team: t }] } }\nentry_points: { 1: { queue: q } }`,
    `expected ${memberText}, found a list`,
    `expected ${memberText}, found a mapping`,
    `expected ${memberText}, found a mapping`,
  ],
  ['a queue without members', 'queues: { »q: {} }', `missing key \`members\`: a list of members; each ${memberText}`],
  [
    'an overflow of no known form',
    'queues: { q: { members: [], overflow: »nowhere } }',
    'expected `reject`, `{ queue: NAME }`, `{ agent: NAME }`, `{ menu: NAME }`, `{ voicemail: NAME }`, `{ message: PROMPT }` or `{ number: NUMBER, trunk: NAME }`, found `nowhere`',
  ],
  [
    'an overflow number without trunk',
    'queues: { q: { members: [], »overflow: { number: "+34600111222" } } }',
    'missing key `trunk`: the name of a trunk',
  ],
  [
    'an entry point with a space',
    'entry_points: { »"10 00": { queue: q } }\nqueues: { q: { members: [] } }',
    'expected what is dialled, without spaces, such as `1000` or `+34910000000`, found `10 00`',
  ],
  ['hours of no known form', 'hours: { o: { mon: »9-18 } }', 'expected hours like `09:00-18:00`, found `9-18`'],
  [
    'hours of a number',
    'hours: { o: { mon: »9 } }',
    'expected hours such as `09:00-18:00`, a list of them, or `closed`, found `9`',
  ],
  [
    'a key with a control character',
    'agents: { »"a\\u0007b": {} }',
    'expected a name of letters, digits, `-` and `_`, at most 63, found `a\uFFFDb`',
  ],
];

describe('what a file may not say', () => {
  it.each(cases)('%s', (_about, site, ...messages) => void expectProblems(site, messages));
});

describe('all at once', () => {
  it('tells schema errors, unknown names and clashes of several places together', () => {
    const { places, found } = parseMarked(`
site: { time_zone: »Mars }
agents:
  ana:
    extension: 201
    devices:
      a: { sip: ana, password: example-a, hours: »ofice }
      b: { sip: ana-b, »pasword: example-b, password: example-b }
    hunt:
      - { ring: [a, »c], for: »5 }
      - { ring: [b] }
  ben: { extension: »201, devices: { a: { sip: »ANA, password: example-b } } }
queues:
  q:
    strategy: »prority
    members: [ana, { agent: ben, priority: »0 }, »bob]
    overflow: { queue: »qq }
entry_points: { 1000: { queue: q } }
hours: { office: { mon: 09:00-18:00 } }
`);
    expect(found.map(({ place }) => place)).toEqual(places);
  });

  it('does not call a name unknown whose own settings are wrong', () => {
    const { found } = parseMarked(`
agents: { ana: { extension: x, devices: { a: { sip: 7@ } }, hunt: [{ ring: [a] }] } }
teams: { t: { agents: ana } }
queues: { q: { members: [ana, { team: t }], overflow: { queue: r } }, r: { member: [] } }
entry_points: { 1: { queue: q } }
`);
    expect(found.filter(({ message }) => message.startsWith('unknown') && !message.includes('key'))).toEqual([]);
  });

  it('asks for no references while a whole section is unreadable', () => {
    expect(parseMarked('agents: »[ana]\nqueues: { q: { members: [ana] } }').found).toHaveLength(1);
  });
});
