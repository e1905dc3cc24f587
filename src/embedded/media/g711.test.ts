import { describe, expect, it } from 'vitest';
import { crossingTable, decodeG711, encodeG711, type CodecName } from './g711.js';

const decode = (codec: CodecName, byte: number): number => {
  const out = new Int16Array(1);
  decodeG711(codec, Uint8Array.of(byte), out);
  return out[0]!;
};
const encode = (codec: CodecName, sample: number): number => {
  const out = Buffer.alloc(1);
  encodeG711(codec, Int16Array.of(sample), out, 0);
  return out[0]!;
};

describe('mu-law', () => {
  // G.711 table 2a: the decoder's output y_n of 14 bit, four times as large here.
  it.each([
    [0xff, 0],
    [0xfe, 2],
    [0xf0, 30],
    [0xef, 33],
    [0xdf, 99],
    [0xcf, 231],
    [0xbf, 495],
    [0xaf, 1023],
    [0x9f, 2079],
    [0x8f, 4191],
    [0x80, 8031],
  ])('has for byte %i the value %i of 14 bit, and its negative with the sign bit off', (byte, value) => {
    expect(decode('PCMU', byte)).toBe(4 * value);
    expect(decode('PCMU', byte & 0x7f)).toBe(value === 0 ? 0 : -4 * value);
  });

  it('takes the nearest of its values, and its greatest for what is louder', () => {
    expect(encode('PCMU', 0)).toBe(0xff);
    expect(encode('PCMU', 32767)).toBe(0x80);
    expect(encode('PCMU', -32768)).toBe(0x00);
    // Decision values x_1 = 1 and x_2 = 3 of 14 bit.
    expect([3, 4, 11, 12].map((sample) => encode('PCMU', sample))).toEqual([0xff, 0xfe, 0xfe, 0xfd]);
  });
});

describe('A-law', () => {
  // G.711 table 1a: the decoder's output y_n of 12 bit and sign, sixteen times as large here; even bits inverted on the line.
  it.each([
    [0xd5, 0.5],
    [0xd4, 1.5],
    [0xda, 15.5],
    [0xc5, 16.5],
    [0xf5, 33],
    [0xe5, 66],
    [0x95, 132],
    [0x85, 264],
    [0xb5, 528],
    [0xa5, 1056],
    [0xaa, 2016],
  ])('has for byte %i the value %d, and its negative with the sign bit off', (byte, value) => {
    expect(decode('PCMA', byte)).toBe(16 * value);
    expect(decode('PCMA', byte & 0x7f)).toBe(-16 * value);
  });

  it('takes the nearest of its values, and its greatest for what is louder', () => {
    expect(encode('PCMA', 0)).toBe(0xd5);
    expect(encode('PCMA', 15)).toBe(0xd5);
    expect(encode('PCMA', 16)).toBe(0xd4);
    expect(encode('PCMA', -1)).toBe(0x55);
    expect(encode('PCMA', 32767)).toBe(0xaa);
    expect(encode('PCMA', -32768)).toBe(0x2a);
  });
});

describe.each(['PCMU', 'PCMA'] as const)('%s', (codec) => {
  it('comes back as it was after decoding and encoding', () => {
    for (let byte = 0; byte < 256; byte++) {
      // Mu-law has two zeroes, which are one number in linear samples.
      const wanted = codec === 'PCMU' && byte === 0x7f ? 0xff : byte;
      expect(encode(codec, decode(codec, byte)), String(byte)).toBe(wanted);
    }
  });

  it('is never further from a sample than half a step of its segment', () => {
    for (let sample = -32000; sample <= 32000; sample += 7) {
      const error = Math.abs(decode(codec, encode(codec, sample)) - sample);
      expect(error, String(sample)).toBeLessThanOrEqual(Math.max(16, Math.abs(sample) / 16));
    }
  });
});

describe('crossing from one law to the other', () => {
  it('gives what decoding and encoding gives', () => {
    const table = crossingTable('PCMU', 'PCMA');
    for (let byte = 0; byte < 256; byte++) expect(table[byte]).toBe(encode('PCMA', decode('PCMU', byte)));
  });

  it('changes nothing between the same laws', () => {
    expect([...crossingTable('PCMA', 'PCMA')]).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
  });
});
