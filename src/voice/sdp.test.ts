import { expect, it } from 'vitest';
import { silentSdp, withoutBeingHeld } from './sdp.js';

const offerOf = (...media: readonly string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 10.0.0.1', 's=-', 'c=IN IP4 10.0.0.1', 't=0 0', ...media, ''].join('\r\n');

const mediaOf = (sdp: string): string[] => sdp.split('\r\n').slice(5, -1);

it.each<[string, string[], string[]]>([
  ['the first codec', ['m=audio 4000 RTP/AVP 8 0'], ['m=audio 9 RTP/AVP 8', 'a=inactive']],
  [
    'the first codec and its keys',
    ['m=audio 4000 RTP/AVP 0 8 101', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15', 'a=ptime:20'],
    ['m=audio 9 RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000', 'a=inactive'],
  ],
  [
    'no keys of another clock rate',
    ['m=audio 4000 RTP/AVP 0 97', 'a=rtpmap:97 telephone-event/48000'],
    ['m=audio 9 RTP/AVP 0', 'a=inactive'],
  ],
  [
    'each stream for itself',
    ['m=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 96', 'a=rtpmap:96 VP8/90000'],
    ['m=audio 9 RTP/AVP 0', 'a=inactive', 'm=video 9 RTP/AVP 96', 'a=inactive'],
  ],
])('accepts %s, and is silent', (_, media, answer) => {
  expect(mediaOf(silentSdp(offerOf(...media)))).toEqual(answer);
});

it('offers silence where nothing was offered', () => {
  expect(mediaOf(silentSdp(undefined))).toEqual(['m=audio 9 RTP/AVP 0', 'a=inactive']);
});

it.each([
  ['a=recvonly', 'a=sendrecv'],
  ['a=inactive', 'a=sendrecv'],
  ['a=sendonly', 'a=sendonly'],
  ['a=sendrecv', 'a=sendrecv'],
])('takes %s of who was on hold for %s', (said, meant) => {
  expect(mediaOf(withoutBeingHeld(offerOf('m=audio 4000 RTP/AVP 0', said)))).toEqual(['m=audio 4000 RTP/AVP 0', meant]);
});
