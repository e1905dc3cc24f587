/** What is to be heard in a recording. */
import { readFile } from 'node:fs/promises';
import { shareOf } from '../contract/media/tones.js';

export interface HeardWav {
  readonly durationMs: number;
  /** Whether 200 ms of it somewhere have much of the tone. */
  has(hz: number): boolean;
}

/** 16-bit PCM or G.711-free WAV at 8 kHz; channels are mixed. */
export async function readWav(path: string): Promise<HeardWav> {
  const bytes = await readFile(path);
  const channels = bytes.readUInt16LE(22);
  const rate = bytes.readUInt32LE(24);
  const start = bytes.indexOf('data', 12, 'latin1') + 8;
  const frames = Math.floor((bytes.length - start) / 2 / channels);
  const samples = Int16Array.from({ length: frames }, (_, frame) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++)
      sum += bytes.readInt16LE(start + 2 * (frame * channels + channel));
    return sum / channels;
  });
  const window = rate / 5;
  return {
    durationMs: (frames / rate) * 1_000,
    has(hz) {
      for (let at = 0; at + window <= frames; at += window / 2) {
        if (shareOf((hz * 8_000) / rate, samples.subarray(at, at + window)) > 0.25) return true;
      }
      return false;
    },
  };
}
