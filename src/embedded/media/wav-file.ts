/** WAV files for playing: PCM of 8 or 16 bit, mu-law and A-law, any rate, mono or more. */
import { Buffer } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { decodeG711, type CodecName } from './g711.js';
import { SAMPLE_RATE, type SoundSource } from './sound-source.js';

const FORMAT_PCM = 1;
const FORMAT_ALAW = 6;
const FORMAT_MULAW = 7;
const FORMAT_EXTENSIBLE = 0xfffe;

export interface WavFormat {
  readonly law: 'linear' | CodecName;
  readonly channels: number;
  readonly rate: number;
  readonly bytesPerSample: number;
  /** Where the samples stand in the file, in bytes. */
  readonly dataStart: number;
  readonly dataLength: number;
}

/** How much of a file is looked at for its chunks; what stands in front of the sound is rarely more than a few hundred bytes. */
const HEAD_BYTES = 64 * 1024;
/** Bytes read from disk at a time: a second and a half of 16 bit at 8000 Hz. */
const BLOCK_BYTES = 24_000;

/** Reads the chunks of a RIFF file. Answers undefined when it is no WAV or in a format that is not supported. */
export function parseWavHead(head: Buffer, fileLength: number): WavFormat | undefined {
  if (head.length < 12 || head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WAVE')
    return undefined;
  let format: Omit<WavFormat, 'dataStart' | 'dataLength'> | undefined;
  for (let at = 12; at + 8 <= head.length;) {
    const id = head.toString('latin1', at, at + 4);
    const length = head.readUInt32LE(at + 4);
    if (id === 'fmt ' && length >= 16 && at + 24 <= head.length) format = readFormat(head.subarray(at + 8), length);
    if (id === 'data') {
      // A file that is still being written, or was left so, says 0 or too much.
      const available = fileLength - at - 8;
      const dataLength = length === 0 || length > available ? available : length;
      return format === undefined ? undefined : { ...format, dataStart: at + 8, dataLength };
    }
    at += 8 + length + (length % 2);
  }
  return undefined;
}

function readFormat(chunk: Buffer, length: number): Omit<WavFormat, 'dataStart' | 'dataLength'> | undefined {
  const code = chunk.readUInt16LE(0);
  const isExtensible = code === FORMAT_EXTENSIBLE && length >= 26 && chunk.length >= 26;
  const format = isExtensible ? chunk.readUInt16LE(24) : code;
  const channels = chunk.readUInt16LE(2);
  const rate = chunk.readUInt32LE(4);
  const bits = chunk.readUInt16LE(14);
  const law =
    format === FORMAT_PCM ? 'linear' : format === FORMAT_ALAW ? 'PCMA' : format === FORMAT_MULAW ? 'PCMU' : undefined;
  const isKnown = law === 'linear' ? bits === 8 || bits === 16 : bits === 8;
  if (law === undefined || !isKnown || channels < 1 || channels > 8 || rate < 1000 || rate > 192_000) return undefined;
  return { law, channels, rate, bytesPerSample: bits / 8 };
}

/** Opens a WAV for playing at 8000 Hz, mixed to mono and resampled linearly. Undefined when it cannot be read. */
export function openWav(path: string): SoundSource | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const read = readSync(file, head, 0, HEAD_BYTES, 0);
    const length = sizeOf(file, read);
    const format = parseWavHead(head.subarray(0, read), length);
    if (format !== undefined) return new WavSource(file, format);
  } catch {
    // A directory or a failing disk: as if there were no such file.
  }
  closeSync(file);
  return undefined;
}

function sizeOf(file: number, read: number): number {
  return read < HEAD_BYTES ? read : fstatSync(file).size;
}

class WavSource implements SoundSource {
  private readonly block = Buffer.alloc(BLOCK_BYTES);
  private mono = new Int16Array(0);
  /** Index in `mono` of the sample that counts as number `monoStart`. */
  private monoStart = 0;
  private fileAt = 0;
  /** Next output sample, counted from the start of the sound. */
  private outAt = 0;
  private readonly step: number;
  private readonly frames: number;
  private isClosed = false;

  constructor(
    private readonly file: number,
    private readonly format: WavFormat,
  ) {
    this.step = format.rate / SAMPLE_RATE;
    this.frames = Math.floor(format.dataLength / (format.channels * format.bytesPerSample));
  }

  read(frame: Int16Array): number {
    let count = 0;
    for (; count < frame.length; count++) {
      const at = this.outAt * this.step;
      const index = Math.floor(at);
      if (index >= this.frames) break;
      const here = this.sampleAt(index);
      const there = index + 1 < this.frames ? this.sampleAt(index + 1) : here;
      frame[count] = Math.round(here + (there - here) * (at - index));
      this.outAt++;
    }
    frame.fill(0, count);
    return count;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    closeSync(this.file);
  }

  private sampleAt(index: number): number {
    while (index >= this.monoStart + this.mono.length && this.readBlock());
    return this.mono[index - this.monoStart] ?? 0;
  }

  /** Reads on; keeps the last sample of the block before, which the interpolation may still want. */
  private readBlock(): boolean {
    const { channels, bytesPerSample, dataStart, dataLength } = this.format;
    const width = channels * bytesPerSample;
    const wanted = Math.min(BLOCK_BYTES - (BLOCK_BYTES % width), dataLength - this.fileAt);
    const read =
      wanted < width || this.isClosed ? 0 : readSync(this.file, this.block, 0, wanted, dataStart + this.fileAt);
    const count = Math.floor(read / width);
    if (count === 0) return false;
    const last = this.mono.length === 0 ? [] : [this.mono[this.mono.length - 1] ?? 0];
    const next = new Int16Array(last.length + count);
    next.set(last);
    this.mix(next, last.length, count);
    this.monoStart += this.mono.length - last.length;
    this.mono = next;
    this.fileAt += count * width;
    return true;
  }

  private mix(target: Int16Array, offset: number, count: number): void {
    const { channels } = this.format;
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += this.decode(i * channels + channel);
      target[offset + i] = Math.round(sum / channels);
    }
  }

  private decode(index: number): number {
    const { law, bytesPerSample } = this.format;
    if (law !== 'linear') return lawTable(law)[this.block[index] ?? 0] ?? 0;
    // 8 bit WAV is unsigned.
    return bytesPerSample === 2 ? this.block.readInt16LE(2 * index) : ((this.block[index] ?? 128) - 128) << 8;
  }
}

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const lawTables = new Map<CodecName, Int16Array>();

function lawTable(law: CodecName): Int16Array {
  const known = lawTables.get(law);
  if (known !== undefined) return known;
  const table = new Int16Array(256);
  decodeG711(law, ALL_BYTES, table);
  lawTables.set(law, table);
  return table;
}
