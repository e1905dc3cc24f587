import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamFramer, type FramingFault } from './stream-framer.js';

const LIMITS = { maxHeadBytes: 200, maxBodyBytes: 100 };

function run(chunks: readonly (string | Buffer)[]): {
  messages: string[];
  pings: number;
  fault: FramingFault | undefined;
} {
  const messages: string[] = [];
  let pings = 0;
  const framer = new StreamFramer(
    { message: (bytes) => messages.push(bytes.toString('latin1')), ping: () => pings++ },
    LIMITS,
  );
  let fault: FramingFault | undefined;
  for (const chunk of chunks) fault ??= framer.push(Buffer.from(chunk as string));
  return { messages, pings, fault };
}

const first = 'A sip:a SIP/2.0\r\nContent-Length: 4\r\n\r\nbody';
const second = 'B sip:b SIP/2.0\r\nl : 0\r\n\r\n';
const third = 'C sip:c SIP/2.0\r\nX: y\r\n\r\n';

describe('stream framer', () => {
  it('cuts a stream wherever it was torn apart', () => {
    const all = `\r\n${first}${second}\r\n\r\n${third}`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), all.length];
        const chunks = at.slice(1).map((end, index) => all.slice(at[index], end));
        expect(run(chunks.filter((each) => each !== ''))).toMatchObject({
          messages: [first, second, third],
          fault: undefined,
        });
      }),
    );
  });

  it.each([
    ['\r\n\r\n', 1],
    ['\r\n', 0],
    ['\r\n\r\n\r\n\r\n', 2],
    [`${second}\r\n${second}\r\n`, 0],
  ])('hears pings in %j', (text, pings) => {
    expect(run([text]).pings).toBe(pings);
  });

  it.each([
    ['a header section that never ends', `A sip:a SIP/2.0\r\n${'x'.repeat(300)}`, 'head-too-long'],
    ['a header section that ends too late', `A sip:a SIP/2.0\r\n${'x'.repeat(300)}\r\n\r\n`, 'head-too-long'],
    ['a body that is too long', 'A sip:a SIP/2.0\r\nl: 101\r\n\r\n', 'body-too-long'],
    ['a length that is no number', 'A sip:a SIP/2.0\r\nContent-Length: ten\r\n\r\n', 'bad-content-length'],
    ['a negative length', 'A sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n', 'bad-content-length'],
    ['two lengths', 'A sip:a SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n', 'bad-content-length'],
  ])('gives up over %s', (_what, text, fault) => {
    expect(run([text])).toMatchObject({ messages: [], fault });
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 })),
        (chunks) => void run(chunks.map((each) => Buffer.from(each))),
      ),
    );
  });
});
