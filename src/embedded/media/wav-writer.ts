import { Buffer } from 'node:buffer';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { SAMPLE_RATE } from './sound-source.js';

const HEADER_BYTES = 44;
/** Samples that are gathered before they are written: half a second. */
const BLOCK_SAMPLES = 4000;

/** Writes a WAV file of 16 bit PCM at 8000 Hz as the sound comes. */
export interface WavWriter {
  /** Samples per channel so far. */
  readonly length: number;
  /** One array per channel, of equal length. */
  write(...channels: readonly Int16Array[]): void;
  /** Completes the file. */
  close(): void;
}

/** Creates the file, and the folders above it; undefined when the system refuses. An existing file is replaced. */
export function createWav(path: string, channels: 1 | 2): WavWriter | undefined {
  let file: number;
  try {
    mkdirSync(dirname(path), { recursive: true });
    file = openSync(path, 'w');
  } catch {
    return undefined;
  }
  const block = Buffer.alloc(BLOCK_SAMPLES * 2 * channels);
  let used = 0;
  let length = 0;
  let position = HEADER_BYTES;
  let isBroken = false;
  const put = (bytes: Buffer, at: number): void => {
    if (isBroken) return;
    try {
      writeSync(file, bytes, 0, bytes.length, at);
    } catch {
      // The disk is full: what is there is kept, what comes is lost.
      isBroken = true;
    }
  };
  const flush = (): void => {
    put(block.subarray(0, used), position);
    position += used;
    used = 0;
  };
  put(wavHeader(0, channels), 0);
  return {
    get length() {
      return length;
    },
    write: (...sound) => {
      const count = sound[0]?.length ?? 0;
      for (let i = 0; i < count; i++) {
        for (let channel = 0; channel < channels; channel++) {
          block.writeInt16LE(sound[channel]?.[i] ?? 0, used);
          used += 2;
        }
        if (used === block.length) flush();
      }
      length += count;
    },
    close: () => {
      flush();
      put(wavHeader(length * 2 * channels, channels), 0);
      closeSync(file);
    },
  };
}

function wavHeader(dataBytes: number, channels: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}
