import { describe, expect, it } from 'vitest';
import { sessionBodyOf } from './session-body.js';

const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n';
const isup =
  'Content-Type: application/isup;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\nxyz';

function multipart(...parts: string[]): string {
  return [...parts.map((part) => `--cut here\r\n${part}\r\n`), '--cut here--\r\n'].join('');
}

const mixed = 'multipart/mixed;boundary="cut here"';

describe('the session description of a message', () => {
  it.each([
    ['no body', {}, '', { type: 'none' }],
    ['SDP', { 'content-type': 'application/sdp' }, sdp, { type: 'sdp', sdp }],
    ['SDP, spelled as anybody likes', { 'content-type': 'Application/SDP ; charset=utf-8' }, sdp, { type: 'sdp', sdp }],
    ['a body of no type', {}, sdp, { type: 'sdp', sdp }],
    ['text', { 'content-type': 'text/plain' }, 'hi', { type: 'other' }],
    [
      'text that may be passed over',
      { 'content-type': 'text/plain', 'content-disposition': 'render; handling=optional' },
      'hi',
      { type: 'none' },
    ],
    ['packed SDP', { 'content-type': 'application/sdp', 'content-encoding': 'gzip' }, 'zzz', { type: 'other' }],
    [
      'SDP that says that it is not packed',
      { 'content-type': 'application/sdp', 'content-encoding': 'identity' },
      sdp,
      { type: 'sdp', sdp },
    ],
    [
      'SDP before ISUP',
      { 'content-type': mixed },
      multipart(`Content-Type: application/sdp\r\n\r\n${sdp}`, isup),
      { type: 'sdp', sdp },
    ],
    [
      'SDP after ISUP',
      { 'content-type': mixed },
      multipart(isup, `CONTENT-TYPE : application/SDP;x=y\r\nContent-ID: <1@x>\r\n\r\n${sdp}`),
      { type: 'sdp', sdp },
    ],
    [
      'SDP after words for nobody, with padding behind the boundary',
      { 'content-type': 'multipart/alternative; boundary=b' },
      `for nobody\r\n--b  \r\nContent-Type: application/sdp\r\n\r\n${sdp}\r\n--b--\r\nnor this`,
      { type: 'sdp', sdp },
    ],
    ['parts without SDP', { 'content-type': mixed }, multipart(isup), { type: 'other' }],
    ['SDP behind the end', { 'content-type': mixed }, `--cut here--\r\n--cut here\r\n\r\n${sdp}`, { type: 'other' }],
    ['parts without a boundary', { 'content-type': 'multipart/mixed' }, multipart(isup), { type: 'other' }],
    [
      'parts that are cut off',
      { 'content-type': mixed },
      '--cut here\r\nContent-Type: application/sdp',
      { type: 'other' },
    ],
  ])('is found in %s', (_, headers, body, found) => {
    expect(sessionBodyOf({ headers: headers, body })).toEqual(found);
  });
});
