/**
 * G.711 (ITU-T, 11/1988): one byte a sample at 8000 Hz. Linear values are 16 bit with G.711's 14 bit (mu-law) or 13 bit (A-law)
 * left-justified, as usual: full scale is 32124 in mu-law and 32256 in A-law.
 */
import type { Buffer } from 'node:buffer';

export type CodecName = 'PCMU' | 'PCMA';

/** Added to a magnitude in front of the search for its segment: 33 of 14 bit (G.711 table 2a). */
const MULAW_BIAS = 33 << 2;
const MULAW_CLIP = 32635;

function mulawToLinear(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + MULAW_BIAS) << ((bits & 0x70) >> 4)) - MULAW_BIAS;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}

function linearToMulaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), MULAW_CLIP) + MULAW_BIAS;
  const segment = 31 - Math.clz32(magnitude) - 7;
  const sign = sample < 0 ? 0x80 : 0;
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
}

function alawToLinear(byte: number): number {
  // Every other bit is inverted on the line (G.711 §3.1, table 1a).
  const bits = byte ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return (bits & 0x80) === 0 ? -magnitude : magnitude;
}

function linearToAlaw(sample: number): number {
  const isNegative = sample < 0;
  const magnitude = (isNegative ? -sample - 1 : sample) >> 3;
  const segment = Math.max(0, 31 - Math.clz32(magnitude | 1) - 4);
  const mantissa = (magnitude >> Math.max(1, segment)) & 0x0f;
  return ((isNegative ? 0 : 0x80) | (segment << 4) | mantissa) ^ 0x55;
}

interface Tables {
  readonly decode: Int16Array;
  /** By the sample as an unsigned 16 bit number. */
  readonly encode: Uint8Array;
}

function tablesOf(toLinear: (byte: number) => number, fromLinear: (sample: number) => number): Tables {
  const decode = Int16Array.from({ length: 256 }, (_, byte) => toLinear(byte));
  const encode = Uint8Array.from({ length: 65536 }, (_, index) => fromLinear(index < 32768 ? index : index - 65536));
  return { decode, encode };
}

const TABLES: Readonly<Record<CodecName, Tables>> = {
  PCMU: tablesOf(mulawToLinear, linearToMulaw),
  PCMA: tablesOf(alawToLinear, linearToAlaw),
};

/** Decodes into the front of `target`, which must have room for a sample a byte. Answers the number of samples. */
export function decodeG711(codec: CodecName, payload: Uint8Array, target: Int16Array): number {
  const { decode } = TABLES[codec];
  const length = Math.min(payload.length, target.length);
  for (let i = 0; i < length; i++) target[i] = decode[payload[i] ?? 0] ?? 0;
  return length;
}

/** Encodes all samples into `target` from `offset` on. */
export function encodeG711(codec: CodecName, samples: Int16Array, target: Buffer, offset: number): void {
  const { encode } = TABLES[codec];
  for (let i = 0; i < samples.length; i++) target[offset + i] = encode[(samples[i] ?? 0) & 0xffff] ?? 0;
}

const crossings = new Map<string, Uint8Array>();

/** The table that turns a byte of one law into one of the other. */
export function crossingTable(from: CodecName, to: CodecName): Uint8Array {
  const key = `${from}>${to}`;
  const known = crossings.get(key);
  if (known !== undefined) return known;
  const table = Uint8Array.from({ length: 256 }, (_, byte) =>
    from === to ? byte : (TABLES[to].encode[(TABLES[from].decode[byte] ?? 0) & 0xffff] ?? 0),
  );
  crossings.set(key, table);
  return table;
}
