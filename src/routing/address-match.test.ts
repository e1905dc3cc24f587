import { describe, expect, it } from 'vitest';
import { createAddressMatcher } from './address-match.js';

describe('source addresses', () => {
  it.each<[string, string, boolean]>([
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.70', false],
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.77/24', '203.0.113.1', true],
    ['0.0.0.0/0', '198.51.100.1', true],
    ['203.0.113.7', '::ffff:203.0.113.7', true],
    ['203.0.113.7', '::FFFF:203.0.113.7', true],
    ['2001:db8::/32', '2001:db8:1::9', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['[2001:db8::1]', '2001:0db8:0::1', true],
    ['2001:db8::1', '[2001:db8::1]', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::/0', '2001:db8::1', true],
    ['203.0.113.0/24', 'trunk.example.org', false],
    ['203.0.113.0/24', '', false],
    ['203.0.113.0/24', '203.0.113.7:5060', false],
  ])('%s has %s: %s', (range, address, expected) => {
    expect(createAddressMatcher([range])(address)).toBe(expected);
  });

  it('matches any of several ranges, and nothing without any', () => {
    const matches = createAddressMatcher(['192.0.2.1', '2001:db8::/64']);
    expect(['192.0.2.1', '2001:db8::5', '192.0.2.2'].map(matches)).toEqual([true, true, false]);
    expect(createAddressMatcher([])('192.0.2.1')).toBe(false);
  });

  it.each(['', 'trunk.example.org', '203.0.113.0/33', '203.0.113.0/', '203.0.113.0/8/8', '203.0.113.0/-1', '::/129'])(
    'refuses %j',
    (range) => {
      expect(() => createAddressMatcher([range])).toThrow('not an address');
    },
  );
});
