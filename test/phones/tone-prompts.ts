/** Prompts that are a tone each, so that a phone can tell which of them it heard, and in which order. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';
import { decodeG711, type CodecName } from '../../src/embedded/media/g711.js';
import { ownPrompts } from '../../src/voice/sound/prompts.js';
import type { RtpPhone } from '../contract/media/rtp-phone.js';
import { loudnessOf, shareOf, sine } from '../contract/media/tones.js';

const RATE = 8_000;
const FRAME = 160;
const PROMPT_MS = 320;
const GAP_MS = 80;
/** In a window of two frames, tones this far apart do not touch each other. */
const STEP_HZ = 50;
const LOWEST_HZ = 300;
/** What the controller itself beeps before a recording. */
const BEEP_HZ = 1_000;
/** So many windows in succession are no accident. */
const LEAST_WINDOWS = 4;
const QUIET = 500;
/** Fewer than between two prompts. */
const QUIET_WINDOWS = 2;
const codecs: Readonly<Record<number, CodecName>> = { 0: 'PCMU', 8: 'PCMA' };
const digits = Array.from({ length: 10 }, (_, digit) => `numbers/${String(digit)}`);

export interface TonePrompts {
  /** To be named as `media.sounds`. */
  readonly folder: string;
  /** What came to the phone since its call began: `en/welcome`, `beep`, …, in order. Other sounds are passed over. */
  heard(rtp: RtpPhone): readonly string[];
  /** Resolves when the phone has heard these, one right after the other. */
  until(rtp: RtpPhone, ...prompts: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

/** @param extra further prompts, such as `es/welcome`; of `en` there are all that the controller says itself, and the digits */
export async function makeTonePrompts(...extra: readonly string[]): Promise<TonePrompts> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-sounds-'));
  const names = [...new Set([...[...ownPrompts, ...digits].map((name) => `en/${name}`), ...extra])];
  const tones = new Map<string, number>([['beep', BEEP_HZ]]);
  let next = LOWEST_HZ;
  for (const name of names) {
    if (next === BEEP_HZ) next += STEP_HZ;
    tones.set(name, next);
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, `${name}.wav`), wavOf(next));
    next += STEP_HZ;
  }
  if (next > RATE / 2 - 2 * STEP_HZ) throw new Error('more prompts than tones');

  /** How far each phone has been listened to: a call is heard once, however often it is asked what came. */
  const listened = new WeakMap<RtpPhone, Listened>();

  function heard(rtp: RtpPhone): readonly string[] {
    const state = listened.get(rtp) ?? {
      packets: 0,
      found: [],
      windows: 0,
      quiet: 0,
      isOver: true,
      name: undefined,
      before: undefined,
    };
    listened.set(rtp, state);
    for (const packet of rtp.packets.slice(state.packets)) {
      state.packets += 1;
      const frame = frameOf(packet);
      if (frame === undefined) continue;
      const window = joined(state.before ?? frame, frame);
      state.before = frame;
      state.quiet = loudnessOf(window) < QUIET ? state.quiet + 1 : 0;
      if (state.quiet === QUIET_WINDOWS) state.isOver = true;
      const name = nameOf(window, tones);
      state.windows = name === state.name ? state.windows + 1 : 1;
      state.name = name;
      if (name === undefined || state.windows < LEAST_WINDOWS) continue;
      // Behind a gap in it that a busy server has made it is still the same.
      if (state.isOver || name !== state.found.at(-1)) state.found.push(name);
      state.isOver = false;
    }
    return state.found;
  }

  return {
    folder,
    heard,
    until: (rtp, ...prompts) =>
      vi.waitFor(
        () => {
          const all = heard(rtp).join(' ');
          if (!` ${all} `.includes(` ${prompts.join(' ')} `)) {
            throw new Error(`waited in vain for ${prompts.join(' ')}; heard: ${all}`);
          }
        },
        { timeout: 30_000, interval: 50 },
      ),
    remove: () => rm(folder, { recursive: true }),
  };
}

interface Listened {
  /** How many of them have been looked at. */
  packets: number;
  readonly found: string[];
  /** So many windows with that name came in succession. */
  windows: number;
  name: string | undefined;
  /** So many quiet windows came in succession. */
  quiet: number;
  /** Whether what was last found has ended. */
  isOver: boolean;
  before: Int16Array | undefined;
}

function frameOf({ payloadType, payload }: RtpPhone['packets'][number]): Int16Array | undefined {
  const codec = codecs[payloadType];
  if (codec === undefined || payload.length !== FRAME) return undefined;
  const samples = new Int16Array(FRAME);
  decodeG711(codec, payload, samples);
  return samples;
}

function joined(first: Int16Array, second: Int16Array): Int16Array {
  const both = new Int16Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function nameOf(window: Int16Array, tones: ReadonlyMap<string, number>): string | undefined {
  if (loudnessOf(window) < QUIET) return undefined;
  for (const [name, hz] of tones) if (shareOf(hz, window) > 0.8) return name;
  return undefined;
}

/** 16-bit PCM, 8 kHz, one channel. */
function wavOf(hz: number): Buffer {
  const sound = sine(hz, (PROMPT_MS * RATE) / 1_000);
  const bytes = 2 * (sound.length + (GAP_MS * RATE) / 1_000);
  const wav = Buffer.alloc(44 + bytes);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(36 + bytes, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(2 * RATE, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(bytes, 40);
  sound.forEach((sample, index) => wav.writeInt16LE(sample, 44 + 2 * index));
  return wav;
}
