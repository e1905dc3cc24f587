import { describe, expect, it } from 'vitest';
import { parse, serialise, SipRequest, SipResponse, type SipMessage } from './message.js';

function parsed(text: string): SipMessage {
  const result = parse(Buffer.from(text));
  if (!result.ok) throw new Error(result.reason);
  return result.message;
}

const INVITE =
  'INVITE sip:100@host SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1,\r\n SIP/2.0/UDP b;branch=z9hG4bK2\r\nSubject: \r\n' +
  'Contact: "a, b" <sip:x,y@h>, <sip:z@h>\r\nVIA: SIP/2.0/TCP c\r\nl: 4\r\n\r\nbody and more';

describe('message', () => {
  it('keeps names and values as they came and finds them by any of their names', () => {
    const message = parsed(INVITE);
    expect(message.list('Via')).toEqual([
      'SIP/2.0/UDP a;branch=z9hG4bK1',
      'SIP/2.0/UDP b;branch=z9hG4bK2',
      'SIP/2.0/TCP c',
    ]);
    expect(message.get('subject')).toBe('');
    expect(message.list('m')).toEqual(['"a, b" <sip:x,y@h>', '<sip:z@h>']);
    expect(message.body.toString()).toBe('body');
    expect([...message.headers()].map(([name]) => name)).toEqual(['v', 'Subject', 'Contact', 'VIA', 'l']);
  });

  it('writes what it read, with its own Content-Length', () => {
    const text = serialise(parsed(INVITE)).toString();
    expect(text.startsWith('INVITE sip:100@host SIP/2.0\r\nv: SIP/2.0/UDP a')).toBe(true);
    expect(text.endsWith('Content-Length: 4\r\n\r\nbody')).toBe(true);
  });

  it('replaces only the topmost Via', () => {
    const message = parsed(INVITE);
    message.setFirst('Via', 'X');
    expect(message.list('Via')).toEqual(['X', 'SIP/2.0/UDP b;branch=z9hG4bK2', 'SIP/2.0/TCP c']);
  });

  it('sets a header in its place and removes it', () => {
    const request = new SipRequest('OPTIONS', 'sip:a@b')
      .add('To', 'x')
      .add('Route', '1')
      .add('Route', '2')
      .add('From', 'y');
    request.set('route', ['3']).set('Max-Forwards', '70').remove('from');
    expect([...request.headers()]).toEqual([
      ['To', 'x'],
      ['route', '3'],
      ['Max-Forwards', '70'],
    ]);
  });

  it('knows the usual reason phrases', () => {
    expect(new SipResponse(486).head()).toBe('SIP/2.0 486 Busy Here\r\nContent-Length: 0\r\n');
  });

  it.each([
    ['', 400],
    ['hello', 400],
    ['INVITE sip:a SIP/7.0\r\n\r\n', 505],
    ['INVITE sip:a SIP/2.0\r\nno colon here\r\n\r\n', 400],
    ['INVITE sip:a SIP/2.0\r\nContent-Length: 9\r\n\r\nshort', 400],
    ['INVITE sip:a SIP/2.0\r\nContent-Length: -9\r\n\r\nshort', 400],
    ['SIP/2.0 99 Low\r\n\r\n', 400],
  ])('refuses %j', (text, status) => {
    expect(parse(Buffer.from(text))).toMatchObject({ ok: false, status });
  });

  it('refuses more headers or header bytes than it was told', () => {
    const text = Buffer.from(`INVITE sip:a SIP/2.0\r\n${'X: y\r\n'.repeat(20)}\r\n`);
    expect(parse(text, { maxHeaders: 10, maxHeaderBytes: 1000 })).toMatchObject({ ok: false, status: 400 });
    expect(parse(text, { maxHeaders: 100, maxHeaderBytes: 50 })).toMatchObject({ ok: false, status: 413 });
  });
});
