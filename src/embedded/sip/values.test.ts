import { describe, expect, it } from 'vitest';
import { formatNameAddr, parseNameAddr, tagOf } from './name-addr.js';
import { formatUri, parseUri } from './uri.js';
import { parseVia } from './via.js';

describe('uri', () => {
  it.each([
    ['sip:ana@example.org', { user: 'ana', host: 'example.org' }],
    ['SIP:ana@EXAMPLE.org:5070;transport=TCP;lr', { host: 'example.org', port: 5070 }],
    [
      'sips:a%40b:pw@[2001:db8::1]:5061?subject=x',
      { scheme: 'sips', user: 'a%40b', password: 'pw', host: '[2001:db8::1]', headers: 'subject=x' },
    ],
    ['sip:192.0.2.1', { host: '192.0.2.1' }],
    ['sip:user;par=1@example.com', { user: 'user;par=1' }],
  ])('reads %s', (text, parts) => {
    const uri = parseUri(text);
    expect(uri).toMatchObject(parts);
    expect(uri === undefined ? '' : parseUri(formatUri(uri))).toEqual(uri);
  });

  it.each([
    '',
    'sip:',
    'sip:@host',
    'sip:a@',
    'sip:a b@c',
    'sip:a@b@c',
    'sip:a@b:99999',
    'sip:a@b:x',
    'tel:+34',
    'sip:<a>@b',
    'sip:[::1',
  ])('refuses %j', (text) => {
    expect(parseUri(text)).toBeUndefined();
  });
});

describe('name-addr', () => {
  it.each([
    ['"A \\"B\\", C" <sip:a@b;x=1>;tag=2;q="x;y"', { displayName: 'A "B", C', uri: 'sip:a@b;x=1' }, '2'],
    ['Ana Bel <sip:a@b>', { displayName: 'Ana Bel', uri: 'sip:a@b' }, undefined],
    ['sip:a@b;tag=3', { uri: 'sip:a@b' }, '3'],
    ['<tel:+34600>;tag=4', { uri: 'tel:+34600' }, '4'],
    ['"<odd>" <sip:a@b> ; TAG = 5', { displayName: '<odd>' }, '5'],
  ])('reads %s', (text, parts, tag) => {
    const address = parseNameAddr(text);
    expect(address).toMatchObject(parts);
    expect(tagOf(text)).toBe(tag);
    expect(address === undefined ? '' : parseNameAddr(formatNameAddr(address))).toEqual(address);
  });

  it.each(['', '*', '"open <sip:a@b>', '<sip:a@b', '<>', 'a b sip:x', '"x" sip:a@b', '<sip:a@b> tail'])(
    'refuses %j',
    (text) => {
      expect(parseNameAddr(text)).toBeUndefined();
    },
  );
});

describe('via', () => {
  it.each([
    ['SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport', { transport: 'UDP', host: '192.0.2.1', port: 5060 }],
    ['SIP / 2.0 / tcp   host.example ; branch = x', { transport: 'TCP', host: 'host.example' }],
    ['SIP/2.0/UDP [2001:db8::9]:5060;branch=x', { host: '[2001:db8::9]', port: 5060 }],
  ])('reads %s', (text, parts) => {
    expect(parseVia(text)).toMatchObject(parts);
  });

  it.each(['', 'SIP/2.0/UDP', 'SIP/3.0/UDP host', 'HTTP/1.1 host', 'SIP/2.0/UDP ho st'])('refuses %j', (text) => {
    expect(parseVia(text)).toBeUndefined();
  });
});
