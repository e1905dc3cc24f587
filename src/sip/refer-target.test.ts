import { describe, expect, it } from 'vitest';
import { referTargetOf } from './refer-target.js';

describe('the target of a REFER', () => {
  it.each([
    [
      'a name-addr',
      '"Bob" <sip:bob@example.com;transport=tcp>',
      { uri: 'sip:bob@example.com;transport=tcp', user: 'bob' },
    ],
    ['a bare URI', 'sip:bob@example.com', { uri: 'sip:bob@example.com', user: 'bob' }],
    ['a telephone number', '<tel:+34-600-111-222>', { uri: 'tel:+34-600-111-222', user: '+34600111222' }],
    ['an escaped user', '<sip:%2A1@example.com>', { uri: 'sip:%2A1@example.com', user: '*1' }],
    ['a question mark in the user', '<sip:a?b@example.com>', { uri: 'sip:a?b@example.com', user: 'a?b' }],
    ['the method of a call', '<sip:bob@example.com;method=INVITE>', { uri: 'sip:bob@example.com', user: 'bob' }],
    ['header fields of no use', '<sip:bob@example.com?Subject=x>', { uri: 'sip:bob@example.com', user: 'bob' }],
    [
      'a dialog to take over',
      '<sip:bob@example.com?Subject=x&replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>',
      {
        uri: 'sip:bob@example.com',
        user: 'bob',
        replaces: { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: false },
      },
    ],
  ])('is %s', (_, field, expected) => {
    expect(referTargetOf({ 'refer-to': field })).toEqual(expected);
  });

  it('is read from the compact forms, with who asked', () => {
    const target = referTargetOf({ r: '<sip:bob@example.com>', b: '<sip:ana@example.com>;cid="x"' });
    expect(target).toEqual({ uri: 'sip:bob@example.com', user: 'bob', referredBy: 'ana' });
  });

  it.each([
    ['nothing', undefined, 400],
    ['two', '<sip:a@b>,<sip:c@d>', 400],
    ['no URI', '<bob>', 400],
    ['a web page', '<https://example.com>', 400],
    ['a dialog without tags', '<sip:a@b?Replaces=c>', 400],
    ['a dialog that is badly escaped', '<sip:a@b?Replaces=%zz>', 400],
    ['another method', '<sip:a@b;method=SUBSCRIBE>', 501],
  ])('is refused when it is %s', (_, field, status) => {
    expect(referTargetOf(field === undefined ? {} : { 'refer-to': field })).toBe(status);
  });
});
