import { describe, expect, it } from 'vitest';
import { escapeUser, parseNameAddr, parseNameAddrs, parseSipUri } from './sip-uri.js';

describe('SIP URIs', () => {
  it.each([
    ['sip:ana@example.test', { scheme: 'sip', user: 'ana', host: 'example.test', params: {} }],
    [
      'SIPS:a%20b:pw@EXAMPLE.test:5061;Transport=TCP;lr',
      { scheme: 'sips', user: 'a b', host: 'example.test', port: 5061, params: { transport: 'TCP', lr: null } },
    ],
    ['sip:[2001:DB8::1]:5060', { scheme: 'sip', user: '', host: '[2001:db8::1]', port: 5060, params: {} }],
    ['sip:+34;npdi@10.0.0.1?subject=x', { scheme: 'sip', user: '+34;npdi', host: '10.0.0.1', params: {} }],
    [
      'tel:+34-(600)111.222;phone-context=x',
      { scheme: 'tel', user: '+34600111222', host: '', params: { 'phone-context': 'x' } },
    ],
    ['sip:%zz@h', { scheme: 'sip', user: '%zz', host: 'h', params: {} }],
  ])('%s', (text, expected) => {
    expect(parseSipUri(text)).toEqual(expected);
  });

  it.each(['', 'sip:', 'http://x', 'sip:a@b:99999', 'sip:a b@c d', 'sip:a@[::1', 'ana@example.test'])(
    'not %j',
    (text) => {
      expect(parseSipUri(text)).toBeUndefined();
    },
  );

  it('get users that cannot break out', () => {
    expect(escapeUser('+34 600;x=1')).toBe('+34%20600;x=1');
    expect(escapeUser('a@b>\r\n"')).toBe('a%40b%3E%0D%0A%22');
  });
});

describe('name-addr values', () => {
  it.each([
    [
      '"Ana \\"A\\", B" <sip:ana@h;transport=tcp>;tag=1',
      { displayName: 'Ana "A", B', uri: 'sip:ana@h;transport=tcp', user: 'ana', host: 'h', params: { tag: '1' } },
    ],
    ['Ana <sip:ana@h>', { displayName: 'Ana', uri: 'sip:ana@h', user: 'ana', host: 'h', params: {} }],
    ['sip:ana@h;tag=2;q', { uri: 'sip:ana@h', user: 'ana', host: 'h', params: { tag: '2', q: null } }],
    [
      '<sip:h>;+sip.instance="<urn:uuid:1>";__proto__=1',
      { uri: 'sip:h', user: '', host: 'h', params: { '+sip.instance': '<urn:uuid:1>' } },
    ],
  ])('%s', (text, expected) => {
    expect(parseNameAddr(text)).toEqual(expected);
  });

  it('come several in one field', () => {
    expect(parseNameAddrs('"a,b" <sip:a@h>, <sip:c,d@h>;expires=5 ,sip:e@h')?.map(({ user }) => user)).toEqual([
      'a',
      'c,d',
      'e',
    ]);
    expect(parseNameAddrs('<sip:a@h>, nonsense')).toBeUndefined();
    expect(parseNameAddrs('<sip:a@h')).toBeUndefined();
  });
});
