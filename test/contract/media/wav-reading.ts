import { readFile } from 'node:fs/promises';

/** The sound of a recording, one array a channel. */
export async function readRecording(path: string): Promise<{ readonly rate: number; readonly channels: Int16Array[] }> {
  const bytes = await readFile(path);
  let at = 12;
  let channels = 1;
  let rate = 0;
  while (bytes.toString('latin1', at, at + 4) !== 'data') {
    if (bytes.toString('latin1', at, at + 4) === 'fmt ') {
      channels = bytes.readUInt16LE(at + 10);
      rate = bytes.readUInt32LE(at + 12);
    }
    at += 8 + bytes.readUInt32LE(at + 4);
    if (at >= bytes.length) throw new Error(`${path} has no sound`);
  }
  const count = Math.floor(Math.min(bytes.readUInt32LE(at + 4), bytes.length - at - 8) / (2 * channels));
  const start = at + 8;
  const channel = (index: number): Int16Array =>
    Int16Array.from({ length: count }, (_, i) => bytes.readInt16LE(start + 2 * (i * channels + index)));
  return { rate, channels: Array.from({ length: channels }, (_, index) => channel(index)) };
}

/** A WAV file of 16 bit. */
export function wavOf(samples: Int16Array, rate = 8000): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, i) => bytes.writeInt16LE(sample, 44 + 2 * i));
  return bytes;
}
