/**
 * FreeSWITCH's tone scripts, as far as `tone_stream://` needs them here: `%(on,off,hz[,hz...])` with milliseconds, `v=` for the level in
 * dB, `l=` to repeat the next tones, several of them behind each other with `;` in between.
 */
import { SAMPLE_RATE } from './sound-source.js';

const TONE = /^%\((\d+),(\d+)((?:,\d+(?:\.\d+)?)+)\)/;
const DEFAULT_LEVEL_DB = -7;
/** Amplitude of one sine at 0 dB as libteletone has it: sqrt(2) × full scale, 6.16 dB down. */
const FULL_LEVEL = 32767 * Math.SQRT2 * 10 ** (-6.16 / 20);
/** Longest script in milliseconds: it is held in memory. */
const MAX_MS = 120_000;

/** Renders a script once. Answers undefined when it is malformed, empty or longer than two minutes. */
export function renderTones(script: string): Int16Array | undefined {
  const pieces: Int16Array[] = [];
  let level = DEFAULT_LEVEL_DB;
  let loops = 1;
  let totalMs = 0;
  for (const part of script.split(';').map((each) => each.trim())) {
    const setting = /^([vl])=(-?\d+(?:\.\d+)?)$/.exec(part);
    if (setting?.[1] === 'v') level = Number(setting[2]);
    else if (setting?.[1] === 'l') loops = Math.max(1, Number(setting[2]));
    else {
      let rest = part;
      while (rest !== '') {
        const tone = TONE.exec(rest);
        if (tone === null) return undefined;
        const [onMs, offMs] = [Number(tone[1]), Number(tone[2])];
        totalMs += loops * (onMs + offMs);
        if (totalMs > MAX_MS) return undefined;
        const rendered = renderTone(onMs, offMs, (tone[3] ?? '').slice(1).split(',').map(Number), level);
        for (let i = 0; i < loops; i++) pieces.push(rendered);
        loops = 1;
        rest = rest.slice(tone[0].length);
      }
    }
  }
  return totalMs === 0 ? undefined : concat(pieces);
}

function renderTone(onMs: number, offMs: number, frequencies: readonly number[], levelDb: number): Int16Array {
  const on = Math.round((onMs * SAMPLE_RATE) / 1000);
  const samples = new Int16Array(on + Math.round((offMs * SAMPLE_RATE) / 1000));
  const amplitude = FULL_LEVEL * 10 ** (levelDb / 20);
  for (let i = 0; i < on; i++) {
    let value = 0;
    for (const hz of frequencies) value += Math.sin((2 * Math.PI * hz * i) / SAMPLE_RATE);
    samples[i] = Math.max(-32768, Math.min(32767, Math.round(value * amplitude)));
  }
  return samples;
}

function concat(pieces: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
