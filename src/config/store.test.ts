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
  ['another scheme', 'store: { redis: "http://127.0.0.1" }', 'the address of a Redis'],
])('refuses %s', (_, text, message) => {
  expect(JSON.stringify(storeOf(text))).toContain(message);
});
