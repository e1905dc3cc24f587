import { describe, expect, it } from 'vitest';
import { agreementWith, answerSdp, offerSdp, parseSdp } from './sdp.js';

const sdp = (...lines: string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...lines, ''].join('\r\n');
const local = { host: '127.0.0.1', port: 5000, sessionId: 1, version: 2 };

function answerTo(text: string): string {
  const remote = parseSdp(text)!;
  return answerSdp(local, remote, agreementWith(remote)!);
}

describe('a session description', () => {
  it('gives address, codecs in their order, and the type of keys', () => {
    const remote = parseSdp(sdp('m=audio 4000 RTP/AVP 9 8 0 96', 'a=rtpmap:96 telephone-event/8000', 'a=ptime:20'));
    expect(remote).toMatchObject({ host: '192.0.2.1', port: 4000, direction: 'sendrecv', eventPayloadType: 96 });
    expect(remote?.codecs.map((each) => each.name)).toEqual(['PCMA', 'PCMU']);
  });

  it('takes the address and direction of the stream before those of the session', () => {
    const remote = parseSdp(sdp('a=inactive', 'm=audio 4000 RTP/AVP 0', 'c=IN IP6 2001:db8::1', 'a=sendonly'));
    expect(remote).toMatchObject({ host: '2001:db8::1', direction: 'sendonly' });
    expect(parseSdp(sdp('a=inactive', 'm=audio 4000 RTP/AVP 0'))?.direction).toBe('inactive');
  });

  it('takes a dynamic type that is G.711', () => {
    const remote = parseSdp(sdp('m=audio 4000 RTP/AVP 111', 'a=rtpmap:111 pcma/8000'));
    expect(agreementWith(remote!)).toMatchObject({ codec: 'PCMA', payloadType: 111 });
  });

  it.each([
    ['nothing', ''],
    ['no version', 'm=audio 4000 RTP/AVP 0\r\n'],
    ['no sound', sdp('m=video 4000 RTP/AVP 96')],
    ['encrypted sound only', sdp('m=audio 4000 RTP/SAVP 0')],
    ['no address', 'v=0\r\nm=audio 4000 RTP/AVP 0\r\n'],
    ['a name for an address', 'v=0\r\nc=IN IP4 example.org\r\nm=audio 4000 RTP/AVP 0\r\n'],
    ['a port too high', sdp('m=audio 70000 RTP/AVP 0')],
    ['too much of it', sdp('m=audio 4000 RTP/AVP 0', `a=${'x'.repeat(40_000)}`)],
  ])('is refused when it has %s', (_what, text) => {
    expect(parseSdp(text)).toBeUndefined();
  });

  it('agrees on nothing without a codec in common', () => {
    expect(agreementWith(parseSdp(sdp('m=audio 4000 RTP/AVP 9 18'))!)).toBeUndefined();
  });

  it.each([
    ['sendrecv', true, true],
    ['sendonly', false, true],
    ['recvonly', true, false],
    ['inactive', false, false],
  ] as const)('of a party that is %s says who may send', (direction, maySend, mayReceive) => {
    expect(agreementWith(parseSdp(sdp('m=audio 4000 RTP/AVP 0', `a=${direction}`))!)).toMatchObject({
      maySend,
      mayReceive,
    });
  });

  it('sends nothing to 0.0.0.0 or port 0', () => {
    for (const text of [sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'), sdp('m=audio 0 RTP/AVP 0')])
      expect(agreementWith(parseSdp(text)!)?.remote).toBeUndefined();
  });

  it.each([
    ['sendrecv', 'sendrecv'],
    ['sendonly', 'recvonly'],
    ['recvonly', 'sendonly'],
    ['inactive', 'inactive'],
  ])('is answered: %s by %s', (direction, answer) => {
    expect(answerTo(sdp('m=audio 4000 RTP/AVP 0', `a=${direction}`))).toContain(`\r\na=${answer}\r\n`);
  });

  it('is answered with one codec, the keys under their type, and every other stream refused', () => {
    const answer = answerTo(
      sdp(
        'm=video 5 RTP/AVP 96',
        'm=audio 4000 RTP/AVP 8 0 100',
        'a=rtpmap:100 telephone-event/8000',
        'm=audio 6 RTP/AVP 0',
      ),
    );
    expect(answer.match(/^m=.*$/gm)).toEqual([
      'm=video 0 RTP/AVP 96',
      'm=audio 5000 RTP/AVP 8 100',
      'm=audio 0 RTP/AVP 0',
    ]);
    expect(answer).toContain('a=rtpmap:100 telephone-event/8000\r\na=fmtp:100 0-15\r\n');
  });

  it('offers both laws and the keys', () => {
    const offer = offerSdp(local);
    expect(offer).toContain('m=audio 5000 RTP/AVP 0 8 101\r\n');
    expect(agreementWith(parseSdp(offer)!)).toMatchObject({
      codec: 'PCMU',
      eventPayloadType: 101,
      remote: { host: '127.0.0.1', port: 5000 },
    });
  });
});
