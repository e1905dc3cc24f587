import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AudioRing } from './audio-ring.js';
import { MediaClock } from './media-clock.js';
import { addInto, loudness } from './mix.js';
import { openSound } from './open-sound.js';
import { samplesSource, sequence, silence, type SoundSource } from './sound-source.js';
import { renderTones } from './tone-script.js';
import { openWav, parseWavHead } from './wav-file.js';
import { createWav } from './wav-writer.js';

const folder = mkdtempSync(join(tmpdir(), 'switchboard-sound-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything of a source, drawn in frames of 100. */
function drain(source: SoundSource, limit = 100_000): number[] {
  const all: number[] = [];
  const frame = new Int16Array(100);
  while (all.length < limit) {
    const count = source.read(frame);
    all.push(...frame.subarray(0, count));
    expect([...frame.subarray(count)].every((sample) => sample === 0)).toBe(true);
    if (count < frame.length) break;
  }
  source.close();
  return all;
}

function wav(
  format: { code?: number; channels?: number; rate?: number; bits?: number },
  data: Buffer,
  extra = Buffer.alloc(0),
): Buffer {
  const { code = 1, channels = 1, rate = 8000, bits = 16 } = format;
  const head = Buffer.alloc(36);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + extra.length + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(code, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE((rate * channels * bits) / 8, 28);
  head.writeUInt16LE((channels * bits) / 8, 32);
  head.writeUInt16LE(bits, 34);
  const dataHead = Buffer.alloc(8);
  dataHead.write('data', 0);
  dataHead.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, extra, dataHead, data]);
}

function play(bytes: Buffer): number[] | undefined {
  const path = join(folder, `${String(Math.random())}.wav`);
  writeFileSync(path, bytes);
  const source = openWav(path);
  return source === undefined ? undefined : drain(source);
}

const words = (...samples: number[]): Buffer => Buffer.from(Int16Array.from(samples).buffer);

describe('a WAV file', () => {
  it('is played as it is at 8000 Hz in 16 bit', () => {
    const samples = Array.from({ length: 30_000 }, (_, i) => (i % 2000) - 1000);
    expect(play(wav({}, words(...samples)))).toEqual(samples);
  });

  it('is brought from 16000 Hz and 4000 Hz to 8000 Hz', () => {
    expect(play(wav({ rate: 16_000 }, words(0, 1, 2, 3, 4, 5)))).toEqual([0, 2, 4]);
    expect(play(wav({ rate: 4000 }, words(0, 100, 200)))).toEqual([0, 50, 100, 150, 200, 200]);
  });

  it('is mixed from stereo to mono', () => {
    expect(play(wav({ channels: 2 }, words(100, 300, -100, -300)))).toEqual([200, -200]);
  });

  it('is read in 8 bit, mu-law and A-law', () => {
    expect(play(wav({ bits: 8 }, Buffer.from([128, 255, 0])))).toEqual([0, 127 << 8, -128 << 8]);
    expect(play(wav({ code: 7, bits: 8 }, Buffer.from([0xff, 0x80])))).toEqual([0, 32_124]);
    expect(play(wav({ code: 6, bits: 8 }, Buffer.from([0xd5, 0xaa])))).toEqual([8, 32_256]);
  });

  it('is found behind other chunks, of odd length, too', () => {
    const list = Buffer.from('LIST\x03\x00\x00\x00abc\x00', 'latin1');
    expect(play(wav({}, words(1, 2, 3), list))).toEqual([1, 2, 3]);
  });

  it('that is cut off or says too much is played as far as it goes', () => {
    const whole = wav({}, words(1, 2, 3, 4));
    expect(play(whole.subarray(0, whole.length - 3))).toEqual([1, 2]);
    whole.writeUInt32LE(0xffffffff, 40);
    expect(play(whole)).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ['text', Buffer.from('not a wav file at all, but long enough for a header of its own')],
    ['nothing', Buffer.alloc(0)],
    ['MP3 in WAV', wav({ code: 85 }, words(1))],
    ['24 bit', wav({ bits: 24 }, words(1))],
    ['no channel', wav({ channels: 0 }, words(1))],
    ['only a format', wav({}, words(1)).subarray(0, 36)],
  ])('is refused when it is %s', (_what, bytes) => {
    expect(play(bytes)).toBeUndefined();
  });

  it('never makes the reader throw, whatever bytes it is', () => {
    const whole = wav({}, words(1, 2, 3));
    for (let i = 0; i < 44; i++)
      for (const value of [0, 1, 0x7f, 0xff]) {
        const bytes = Buffer.from(whole);
        bytes[i] = value;
        expect(() => parseWavHead(bytes, bytes.length)).not.toThrow();
      }
  });

  it('is written so that it can be read, and is whole only when closed', () => {
    const path = join(folder, 'written', 'a.wav');
    const file = createWav(path, 2)!;
    file.write(Int16Array.of(1, 2, 3), Int16Array.of(-1, -2, -3));
    expect(file.length).toBe(3);
    file.close();
    const bytes = readFileSync(path);
    expect(bytes.length).toBe(44 + 12);
    expect(bytes.readUInt32LE(40)).toBe(12);
    expect(parseWavHead(bytes, bytes.length)).toMatchObject({ channels: 2, rate: 8000, bytesPerSample: 2 });
    expect([...new Int16Array(bytes.buffer.slice(bytes.byteOffset + 44, bytes.byteOffset + 56))]).toEqual([
      1, -1, 2, -2, 3, -3,
    ]);
  });

  it('cannot be created where the system refuses', () => {
    expect(createWav('/dev/null/x.wav', 1)).toBeUndefined();
  });
});

describe('a sound', () => {
  it('of one part behind the other has no gap between them', () => {
    const parts = [Int16Array.of(1, 2, 3), Int16Array.of(4), Int16Array.of(5, 6)];
    const missing = (): undefined => undefined;
    expect(drain(sequence([missing, ...parts.map((each) => () => samplesSource(each)), missing]))).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });

  it('is repeated as often as asked', () => {
    expect(drain(samplesSource(Int16Array.of(1, 2), 3))).toEqual([1, 2, 1, 2, 1, 2]);
    expect(drain(samplesSource(Int16Array.of(1, 2), 0), 500)).toHaveLength(500);
    expect(drain(samplesSource(new Int16Array(0), 0))).toEqual([]);
  });

  it('of silence lasts its time', () => {
    expect(drain(silence(50))).toHaveLength(400);
    expect(drain(silence(-1), 1000)).toHaveLength(1000);
  });

  it.each([
    ['a tone and a pause', '%(100,50,440)', 1200],
    ['two tones', '%(100,0,440);%(50,0,600,700)', 1200],
    ['a level and a repetition', 'v=-13;l=3;%(10,10,440)', 480],
  ])('is made of %s', (_what, script, length) => {
    expect(renderTones(script)).toHaveLength(length);
  });

  it.each(['', 'hello', '%(100)', '%(100,50)', '%(a,b,c)', '%(100,50,440', '%(9999999,0,440)'])(
    'is not made of %j',
    (script) => {
      expect(renderTones(script)).toBeUndefined();
    },
  );

  it('has the level that was asked for', () => {
    const peak = (script: string): number => Math.max(...renderTones(script)!);
    expect(20 * Math.log10(peak('%(100,0,440)') / peak('v=-13;%(100,0,440)'))).toBeCloseTo(6, 1);
  });

  it('is opened by its name', () => {
    writeFileSync(join(folder, 'one.wav'), wav({}, words(7, 8)));
    expect(drain(openSound('one.wav', folder)!)).toEqual([7, 8]);
    expect(drain(openSound('file_string://one.wav!silence_stream://1!nothing.wav!one.wav', folder)!)).toEqual([
      7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 7, 8,
    ]);
    for (const name of ['nothing.wav', '', 'http://example.org/a.wav', 'silence_stream://0', 'tone_stream://x', '.'])
      expect(openSound(name, folder), name).toBeUndefined();
  });
});

describe('sound on its way', () => {
  const frameOf = (value: number): Int16Array => new Int16Array(160).fill(value);

  it('reaches each reader in its order, some packets later', () => {
    const ring = new AudioRing();
    const reader = ring.open();
    const heard: number[] = [];
    const frame = new Int16Array(160);
    for (let i = 1; i <= 20; i++) {
      ring.write(4_294_966_000 + 160 * i, frameOf(i));
      if (reader.take(frame)) heard.push(frame[0]!, frame[159]!);
    }
    expect(heard.slice(0, 6)).toEqual([1, 1, 2, 2, 3, 3]);
    expect(heard.length).toBeGreaterThan(30);
  });

  it('is put into its order, and what is missing is silence', () => {
    const ring = new AudioRing();
    const reader = ring.open();
    const frame = new Int16Array(160);
    ring.write(0, frameOf(1));
    reader.take(frame);
    ring.write(480, frameOf(4));
    ring.write(160, frameOf(2));
    const heard = Array.from({ length: 4 }, () => (reader.take(frame) ? frame[80] : undefined));
    expect(heard).toEqual([1, 2, 0, 4]);
    expect(reader.take(frame)).toBe(false);
  });

  it('begins at once for whoever starts to read later', () => {
    const ring = new AudioRing();
    ring.open();
    ring.write(0, frameOf(1));
    const late = ring.open();
    const frame = new Int16Array(160);
    expect(late.take(frame)).toBe(false);
    ring.write(160, frameOf(2));
    late.take(frame);
    ring.write(320, frameOf(3));
    expect(late.take(frame)).toBe(true);
    expect(frame[0]).toBe(2);
  });

  it('is caught up with by a reader that was held up', () => {
    const ring = new AudioRing();
    const reader = ring.open();
    for (let i = 1; i <= 60; i++) ring.write(160 * i, frameOf(i));
    const frame = new Int16Array(160);
    reader.take(frame);
    reader.take(frame);
    expect(frame[0]).toBeGreaterThanOrEqual(59);
  });

  it('goes on when its timestamps jump', () => {
    const ring = new AudioRing();
    const reader = ring.open();
    const frame = new Int16Array(160);
    ring.write(0, frameOf(1));
    for (let i = 0; i < 3; i++) reader.take(frame);
    ring.write(90_000_000, frameOf(2));
    const heard = Array.from({ length: 4 }, () => (reader.take(frame) ? frame[0] : undefined));
    expect(heard).toContain(2);
  });

  it('is added up and cut where it would be too loud', () => {
    const sum = Int16Array.of(1, 30_000, -30_000);
    addInto(sum, Int16Array.of(2, 30_000, -30_000));
    expect([...sum]).toEqual([3, 32_767, -32_768]);
    expect(loudness(Int16Array.of(10, -20, 30))).toBe(20);
  });
});

describe('the clock of all sound', () => {
  function manual(): { clock: MediaClock; advance(ms: number): void; pending(): boolean } {
    let now = 1000;
    let timer: { at: number; run: () => void } | undefined;
    const clock = new MediaClock({
      now: () => now,
      setTimeout: (run, ms) => (timer = { at: now + ms, run }),
      clearTimeout: () => (timer = undefined),
    });
    return {
      clock,
      pending: () => timer !== undefined,
      /** The timer fires late by up to the step, as timers do. */
      advance: (ms) => {
        now += ms;
        const due = timer;
        if (due === undefined || due.at > now) return;
        timer = undefined;
        due.run();
      },
    };
  }

  it.each([1, 3, 7, 11])('ticks 50 times a second however late its timer is (%i ms)', (step) => {
    const { clock, advance } = manual();
    let ticks = 0;
    clock.join(() => ticks++);
    for (let passed = 0; passed < 10_000; passed += step) advance(step);
    expect(Math.abs(ticks - 500)).toBeLessThanOrEqual(1);
  });

  it('makes up for a short stall and not for a long one', () => {
    const { clock, advance } = manual();
    let ticks = 0;
    clock.join(() => ticks++);
    advance(20);
    ticks = 0;
    advance(100);
    expect(ticks).toBe(5);
    ticks = 0;
    advance(60_000);
    expect(ticks).toBeLessThanOrEqual(1);
  });

  it('stands still while nobody takes part', () => {
    const { clock, advance, pending } = manual();
    const leave = clock.join(() => undefined);
    expect(pending()).toBe(true);
    leave();
    leave();
    advance(20);
    advance(20);
    expect(pending()).toBe(false);
  });

  it('spreads those who take part over the 20 ms', () => {
    const { clock, advance } = manual();
    let now = 0;
    const at: number[] = [];
    for (let i = 0; i < 5; i++) clock.join(() => at.push(now));
    for (now = 1; now <= 20; now++) advance(1);
    expect(new Set(at).size).toBe(5);
  });
});
