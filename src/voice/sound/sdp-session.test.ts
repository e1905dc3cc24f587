import { describe, expect, it } from 'vitest';
import { sdpOf, type Session } from '../../../test/support/scripted-sdp.js';
import { isHold, saysTheSame } from './sdp-session.js';

const base: Session = { host: '192.0.2.1', port: 4_000, formats: ['0', '8', '101'], direction: 'sendrecv' };
const sdp = (change: Partial<Session> = {}): string => sdpOf({ ...base, ...change });

describe('who knows one description', () => {
  it.each([
    ['the same', sdp()],
    ['another version of the origin', sdp().replace('o=- 1 1', 'o=- 1 7')],
    ['fewer formats', sdp({ formats: ['8'] })],
    ['the formats in another order', sdp({ formats: ['101', '8', '0'] })],
    ['lines ended by LF alone', sdp().replaceAll('\r\n', '\n')],
    ['its direction left to the default', sdp().replace('a=sendrecv\r\n', '')],
    [
      'its address said by the stream',
      sdp().replace('m=', 'c=IN IP4 192.0.2.9\r\nm=').replace('c=IN IP4 192.0.2.9\r\n', ''),
    ],
  ])('need not be told of %s', (_, now) => {
    expect(saysTheSame(sdp(), now)).toBe(true);
  });

  it.each([
    ['another port', sdp({ port: 4_002 })],
    ['another address', sdp({ host: '192.0.2.2' })],
    ['another address of the stream alone', `${sdp()}c=IN IP4 192.0.2.2\r\n`],
    ['a format that was not named', sdp({ formats: ['0', '9'] })],
    ['another direction', sdp({ direction: 'sendonly' })],
    ['another direction of the whole session', sdp().replace('a=sendrecv\r\n', '').replace('m=', 'a=inactive\r\nm=')],
    ['a second stream', `${sdp()}m=video 5000 RTP/AVP 96\r\n`],
    ['a stream of another kind', sdp().replace('m=audio', 'm=image')],
    ['no SDP at all', 'hello'],
  ])('is told of %s', (_, now) => {
    expect(saysTheSame(sdp(), now)).toBe(false);
  });

  it('is told of texts that are no SDP when they differ', () => {
    expect(saysTheSame('one', 'one')).toBe(true);
    expect(saysTheSame('one', 'two')).toBe(false);
  });
});

it.each([
  ['sendonly', sdp({ direction: 'sendonly' }), true],
  ['inactive', sdp({ direction: 'inactive' }), true],
  ['inactive, said of the whole session', sdp().replace('a=sendrecv\r\n', '').replace('m=', 'a=inactive\r\nm='), true],
  ['the address 0.0.0.0', sdp({ host: '0.0.0.0' }), true],
  ['sendrecv', sdp(), false],
  ['recvonly', sdp({ direction: 'recvonly' }), false],
  ['a session on hold whose audio is not', sdp().replace('m=', 'a=sendonly\r\nm='), false],
  ['audio that was taken out', sdp({ port: 0, direction: 'inactive' }), false],
  ['video alone', sdp({ direction: 'sendonly' }).replace('m=audio', 'm=video'), false],
])('takes %s for hold: %#', (_, offer, expected) => {
  expect(isHold(offer)).toBe(expected);
});
