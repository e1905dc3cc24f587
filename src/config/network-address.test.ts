import { describe, expect, it } from 'vitest';
import {
  formatHostPort,
  isHost,
  isListenHost,
  isLoopback,
  isWildcard,
  parseHostPort,
  parseNetwork,
} from './network-address.js';

describe('a host with a port', () => {
  it.each([
    ['127.0.0.1:5060', '127.0.0.1', 5060, '127.0.0.1:5060'],
    ['127.0.0.1', '127.0.0.1', 1, '127.0.0.1:1'],
    ['127.0.0.1:0', '127.0.0.1', 0, '127.0.0.1:0'],
    ['sip.example.org:5060', 'sip.example.org', 5060, 'sip.example.org:5060'],
    ['[::1]:5060', '::1', 5060, '[::1]:5060'],
    ['[::1]', '::1', 1, '[::1]:1'],
    ['::1', '::1', 1, '[::1]:1'],
  ])('%s', (text, host, port, written) => {
    expect(parseHostPort(text, 1)).toEqual({ host, port });
    expect(formatHostPort({ host, port })).toBe(written);
  });

  it.each([
    '',
    ':5060',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:x',
    '[127.0.0.1]:1',
    '[::1',
    'a b:1',
    '[]:1',
    'a:1:2',
  ])('refuses %j', (text) => {
    expect(parseHostPort(text, 1)).toBeUndefined();
  });
});

it.each(['127.0.0.1', '127.255.0.3', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1', 'localhost'])(
  'takes %s for this machine alone',
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

it.each([
  '0.0.0.0',
  '::',
  '128.0.0.1',
  '192.0.2.1',
  '::2',
  '::ffff:192.0.2.1',
  '::127.0.0.1',
  'localhost.example.org',
  '127.example.org',
])('takes %s for reachable', (host) => {
  expect(isLoopback(host)).toBe(false);
});

it.each([
  ['0.0.0.0', true],
  ['::', true],
  ['0:0:0:0:0:0:0:0', true],
  ['::1', false],
  ['10.0.0.0', false],
])('whether %s is all addresses: %s', (host, expected) => {
  expect(isWildcard(host)).toBe(expected);
});

it.each([
  ['sip.example.org', true],
  ['_sip._udp.example.org', true],
  ['a', true],
  ['192.0.2.1', true],
  ['2001:db8::1', true],
  ['192.0.2.300', false],
  ['-a.example', false],
  ['a..b', false],
  ['a b', false],
  ['', false],
  ['x'.repeat(64), false],
])('whether %j is a host: %s', (host, expected) => {
  expect(isHost(host)).toBe(expected);
});

it('listens on addresses, not on names', () => {
  expect(['127.0.0.1', '::', 'localhost', 'sip.example.org'].map(isListenHost)).toEqual([true, true, true, false]);
});

it.each([
  ['192.0.2.7', { address: '192.0.2.7', bits: undefined }],
  ['192.0.2.0/24', { address: '192.0.2.0', bits: 24 }],
  ['2001:db8::/32', { address: '2001:db8::', bits: 32 }],
  ['0.0.0.0/0', { address: '0.0.0.0', bits: 0 }],
  ['192.0.2.0/33', undefined],
  ['2001:db8::/129', undefined],
  ['192.0.2.0/24/1', undefined],
  ['192.0.2.0/', undefined],
  ['192.0.2.0/-1', undefined],
  ['a.example', undefined],
])('reads %j as a network', (text, expected) => {
  expect(parseNetwork(text)).toEqual(expected);
});
