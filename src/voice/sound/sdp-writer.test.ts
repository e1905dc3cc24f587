import { expect, it } from 'vitest';
import { createSdpWriter } from './sdp-writer.js';

const sdp = (...media: string[]): string =>
  ['v=0', 'o=phone 99 7 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...media, ''].join('\r\n');
const audio = 'm=audio 4000 RTP/AVP 0';
const originOf = (text: string): string | undefined => /^o=.*$/m.exec(text)?.[0];
const streamsOf = (text: string): string[] => text.match(/^m=.*$/gm) ?? [];

it('keeps one name in a dialog, and counts up when something has changed', () => {
  const writer = createSdpWriter(5);
  expect(originOf(writer.write(sdp(audio)))).toBe('o=switchboard 5 1 IN IP4 192.0.2.1');
  expect(originOf(writer.write(sdp(audio)))).toBe('o=switchboard 5 1 IN IP4 192.0.2.1');
  expect(originOf(writer.write(sdp(audio, 'a=inactive')))).toBe('o=switchboard 5 2 IN IP4 192.0.2.1');
  expect(originOf(writer.write(sdp(audio)))).toBe('o=switchboard 5 3 IN IP4 192.0.2.1');
});

it('leaves everything but the origin as it is', () => {
  expect(createSdpWriter(5).write(sdp(audio, 'a=x:1'))).toBe(
    sdp(audio, 'a=x:1').replace(/o=.*/, 'o=switchboard 5 1 IN IP4 192.0.2.1'),
  );
});

it('refuses streams that were there before and are there no more, rather than leaving them out', () => {
  const writer = createSdpWriter(5);
  writer.write(sdp(audio, 'm=video 4002 RTP/AVP 96'));
  expect(streamsOf(writer.write(sdp(audio)))).toEqual([audio, 'm=video 0 RTP/AVP 96']);
  expect(streamsOf(writer.write(sdp(audio)))).toEqual([audio, 'm=video 0 RTP/AVP 96']);
});

it.each(['', 'no session at all', 'v=0\nm=audio 1 RTP/AVP 0'])('makes no trouble of %j', (text) => {
  expect(createSdpWriter(1).write(text)).toContain('o=switchboard 1 1 IN IP4 0.0.0.0\r\n');
});
