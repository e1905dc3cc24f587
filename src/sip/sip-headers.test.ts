import { describe, expect, it } from 'vitest';
import { dtmfDigitOf, formatReason, headerOf, q850Of, quoted, retryAfterMsOf, tokensOf } from './sip-headers.js';

describe('header fields', () => {
  it.each([
    ['Q.850;cause=16', 16],
    ['SIP;cause=480;text="a, b", q.850 ; cause = 19 ; text="no answer"', 19],
    ['SIP;cause=200', undefined],
    ['Q.850;cause=999', undefined],
    ['Q.850', undefined],
    [undefined, undefined],
  ])('Reason %s has the Q.850 cause %s', (value, cause) => {
    expect(q850Of(value)).toBe(cause);
  });

  it.each([
    ['5', 5_000],
    ['18000 (in a meeting);duration=3600', 18_000_000],
    ['4000000000', 86_400_000],
    ['soon', undefined],
    [undefined, undefined],
  ])('Retry-After %s is %s ms', (value, ms) => {
    expect(retryAfterMsOf(value)).toBe(ms);
  });

  it.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=160', '5'],
    ['Application/DTMF-Relay; charset=utf-8', 'Duration= 100\r\nSignal= *', '*'],
    ['application/dtmf-relay', 'Signal=11', '#'],
    ['application/dtmf', ' a\r\n', 'A'],
    ['application/dtmf', '12', undefined],
    ['application/dtmf-relay', 'nothing', undefined],
    ['text/plain', '5', undefined],
    [undefined, '5', undefined],
  ])('an INFO of %s with %j carries %s', (type, body, digit) => {
    expect(dtmfDigitOf(type, body)).toBe(digit);
  });

  it('are found by their compact forms and unfolded', () => {
    expect(headerOf({ x: '90;refresher\r\n =uac' }, 'session-expires')).toBe('90;refresher =uac');
    expect(tokensOf(' Timer,, 100rel ')).toEqual(['timer', '100rel']);
  });

  it('are written so that no value breaks out', () => {
    expect(quoted('a"b\\c\r\nEvil: 1')).toBe('"a\\"b\\\\c Evil: 1"');
    expect(formatReason({ protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' })).toBe(
      'SIP;cause=200;text="Call completed elsewhere"',
    );
  });
});
