import { expect, it } from 'vitest';
import { parseSite } from './parse-site.js';

const read = (text: string) => parseSite([{ name: 'site.yaml', text }], {});
const storeOf = (text: string) => {
  const result = read(text);
  return result.ok ? result.config.store : result.problems.map(({ message }) => message);
};

it.each([
  ['nothing', '', { kind: 'memory' }],
  ['memory', 'store: memory', { kind: 'memory' }],
  ['a server', 'store: { redis: "redis://127.0.0.1:6380/2" }', { servers: { host: '127.0.0.1', port: 6380, db: 2 } }],
  ['TLS', 'store: { redis: "rediss://[2001:db8::1]" }', { tls: true, servers: { host: '2001:db8::1', port: 6379 } }],
  [
    'TLS with files of its own',
    'store: { redis: "redis://10.0.0.1", tls: { ca: ca.pem, cert: me.pem, key: me.key } }',
    { tls: true, tlsFiles: { ca: 'ca.pem', cert: 'me.pem', key: 'me.key' } },
  ],
  ['a socket', 'store: { redis: /run/redis.sock }', { servers: { kind: 'socket', path: '/run/redis.sock' } }],
  [
    'Sentinels',
    'store: { sentinels: ["10.0.0.1"], master: one, username: us, password: example-s, node: n1 }',
    {
      servers: { kind: 'sentinel', sentinels: [{ host: '10.0.0.1', port: 26_379 }], master: 'one' },
      username: 'us',
      password: 'example-s',
      node: 'n1',
    },
  ],
  ['a cluster', 'store: { cluster: ["10.0.0.1:7000"], site: two }', { servers: { kind: 'cluster' }, site: 'two' }],
])('reads %s', (_, text, store) => {
  expect(storeOf(text)).toMatchObject(store);
});

it.each([
  ['no server', 'store: { site: one }', 'name one of `redis`, `sentinels` and `cluster`'],
  ['two kinds', 'store: { redis: /run/redis.sock, cluster: ["10.0.0.1"] }', 'name one of'],
  ['Sentinels without a name', 'store: { sentinels: ["10.0.0.1"] }', '`sentinels` and `master` belong together'],
  ['a password in the address', 'store: { redis: "redis://us:secret@127.0.0.1" }', 'do not belong in the address'],
  ['a certificate without key', 'store: { redis: "redis://h", tls: { cert: me.pem } }', 'belong together'],
  ['another scheme', 'store: { redis: "http://127.0.0.1" }', 'the address of a Redis'],
])('refuses %s', (_, text, message) => {
  expect(JSON.stringify(storeOf(text))).toContain(message);
});

const agents =
  'agents: { ana: { devices: { a: { sip: ana, password: example-a } } }, ben: { devices: { b: { sip: ben, password: example-b } } } }';
const rest = `${agents}
teams: { late: { agents: [ben, ana] } }
trunks: { t: { host: a.example, addresses: [192.0.2.1], allowed_prefixes: ["+34"] } }
entry_points: { 1: { queue: q } }
store: { redis: /run/redis.sock }`;
const standbyOf = (list: string) => {
  const result = read(`${rest}\nstore_down: standby\nqueues: { q: { members: [ana], standby: ${list} } }`);
  return result.ok ? [...result.config.queues.values()][0]?.standby : result.problems.map(({ message }) => message);
};

it('reads whom calls ring while the store is away, each once', () => {
  expect(standbyOf('[ana, { team: late }, { number: "+34600", trunk: t }]')).toEqual([
    { kind: 'agent', agent: 'ana' },
    { kind: 'agent', agent: 'ben' },
    { kind: 'number', number: '+34600', trunk: 't' },
  ]);
  expect(storeOf(`${rest}\nstore_down: standby\nqueues: { q: { members: [ana], standby: [ben] } }`)).toMatchObject({
    down: 'standby',
  });
});

it.each([
  ['[]', 'expected a list of agents, teams and numbers'],
  ['[eva]', 'unknown agent `eva`'],
  ['[{ team: none }]', 'unknown team `none`'],
  ['[ana, ana]', 'agent `ana` stands in this list already'],
  ['[{ number: "+49600", trunk: t }]', '`+49600` cannot be dialled'],
  ['[{ number: "+34600", trunk: u }]', 'unknown trunk `u`'],
])('refuses %s as a standby list', (list, message) => {
  expect(JSON.stringify(standbyOf(list))).toContain(message);
});

it.each([
  ['no list', 'store_down: standby', '', 'no queue has a `standby` list, so every call is refused while Redis is away'],
  ['a list in vain', '', ', standby: [ana]', '`standby` is rung with `store_down: standby` and a store in Redis only'],
])('warns of %s', (_, down, list, message) => {
  const result = read(`${rest}\n${down}\nqueues: { q: { members: [ana]${list} } }`);
  expect(result.ok && result.warnings.map((warning) => warning.message)).toContain(message);
});
