import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseParams, splitList } from './header-text.js';
import { parse, serialise } from './message.js';
import { formatNameAddr, parseNameAddr, tagOf } from './name-addr.js';
import { faultOf } from './request-check.js';
import { formatUri, parseUri } from './uri.js';
import { formatVia, parseVia } from './via.js';

const WHOLE = [
  'INVITE sip:bob@example.net SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport, SIP/2.0/TCP a.b;branch=z9hG4bK2',
  'From: "Ana" <sip:ana@example.org>;tag=1',
  'To: <sip:bob@example.net>',
  'Call-ID: 1@x',
  'CSeq: 1 INVITE',
  'Contact: <sip:ana@192.0.2.1>',
  'Content-Length: 4',
  '',
  'body',
].join('\r\n');

/** A message with some of its text replaced, doubled or cut out. */
const damaged = fc
  .array(
    fc.record({
      at: fc.nat(WHOLE.length),
      length: fc.nat(8),
      text: fc.oneof(
        fc.constantFrom('\r\n', '\n', '\0', ' ', '"', '<', '>', ';', ',', ':', '@', '\\', '\r\n ', '%', 'Ω'),
        fc.string(),
      ),
    }),
    { maxLength: 6 },
  )
  .map((edits) =>
    edits.reduce((text, { at, length, text: put }) => text.slice(0, at) + put + text.slice(at + length), WHOLE),
  );

describe('reading hostile messages', () => {
  it('never throws on bytes of any kind, and reads its own writing the same', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 2000 }).map((each) => Buffer.from(each)),
          damaged.map((each) => Buffer.from(each)),
        ),
        (bytes) => {
          const result = parse(bytes);
          if (result.message?.kind === 'request') faultOf(result.message);
          if (!result.ok) return;
          const again = parse(serialise(result.message));
          expect(again.ok).toBe(true);
          const withoutLength = (headers: Iterable<readonly [string, string]>): unknown[] =>
            [...headers].filter(([name]) => !/^(content-length|l)$/i.test(name));
          expect(withoutLength(again.message?.headers() ?? [])).toEqual(withoutLength(result.message.headers()));
          expect(again.message?.body).toEqual(result.message.body);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('never throws on header values of any kind', () => {
    const value = fc.oneof(fc.string(), damaged);
    fc.assert(
      fc.property(value, (text) => {
        const uri = parseUri(text);
        if (uri !== undefined) expect(parseUri(formatUri(uri))).toEqual(uri);
        const address = parseNameAddr(text);
        if (address !== undefined) expect(parseNameAddr(formatNameAddr(address))?.uri).toBe(address.uri);
        const via = parseVia(text);
        if (via !== undefined) expect(parseVia(formatVia(via))).toEqual(via);
        tagOf(text);
        parseParams(text);
        expect(splitList(text).every((each) => each === each.trim())).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads a megabyte of nonsense in linear time', () => {
    for (const unit of [';', ',', '"', '\\', '<', ' ', ':', 'a=b;', '"a",', '@', '(']) {
      const text = unit.repeat(100_000 / unit.length);
      parseParams(text);
      splitList(text);
      parseNameAddr(text);
      parseUri(`sip:${text}`);
      parseVia(`SIP/2.0/UDP ${text}`);
      parse(Buffer.from(`A ${text} SIP/2.0\r\n${text}\r\n\r\n`));
    }
  });
});
