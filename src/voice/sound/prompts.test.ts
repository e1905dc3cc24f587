import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { confirmCall, ownPrompts, placeInLine, promptFile, queueNameFile } from './prompts.js';

/** Without the language and the ending, for the eye. */
const said = (files: readonly string[]): string =>
  files.map((file) => file.replace(/^\w+\/(numbers\/)?/, '').replace(/\.wav$/, '')).join(' ');

describe('a place in line', () => {
  it.each<[string, Parameters<typeof placeInLine>[1], string]>([
    ['a position', { position: 2, keys: {} }, 'position 2 in-line'],
    ['a large position', { position: 121, keys: {} }, 'position 1 hundred and 20 1 in-line'],
    ['a short wait', { expectedWaitMs: 59_999, keys: {} }, 'expected-wait less-than-a-minute'],
    ['no wait', { expectedWaitMs: 0, keys: {} }, 'expected-wait less-than-a-minute'],
    ['a minute', { expectedWaitMs: 60_000, keys: {} }, 'expected-wait one-minute'],
    ['a little more, rounded up', { expectedWaitMs: 60_001, keys: {} }, 'expected-wait 2 minutes'],
    ['an hour', { expectedWaitMs: 3_600_000, keys: {} }, 'expected-wait 60 minutes'],
    ['more than an hour', { expectedWaitMs: 3_600_001, keys: {} }, 'expected-wait more-than-an-hour'],
    ['a call back', { keys: { callback: '1' } }, 'callback-press 1'],
    ['a voicemail on the star', { keys: { voicemail: '*' } }, 'voicemail-press star'],
    [
      'everything',
      { position: 1, expectedWaitMs: 150_000, keys: { callback: '1', voicemail: '#' } },
      'position 1 in-line expected-wait 3 minutes callback-press 1 voicemail-press hash',
    ],
    ['nothing', { keys: {} }, ''],
  ])('with %s is told', (_about, place, expected) => {
    expect(said(placeInLine('en', place))).toBe(expected);
  });

  it('is told in the words of another language', () => {
    expect(placeInLine('es', { position: 31, expectedWaitMs: 21 * 60_000, keys: {} })).toEqual([
      'es/position.wav',
      'es/numbers/30.wav',
      'es/numbers/and.wav',
      'es/numbers/1.wav',
      'es/in-line.wav',
      'es/expected-wait.wav',
      'es/numbers/21-before-noun.wav',
      'es/minutes.wav',
    ]);
  });
});

describe('a call that is to be accepted by a key', () => {
  it.each<[string, Parameters<typeof confirmCall>[1], string]>([
    [
      'of a queue',
      { key: '1', from: '+34600', queueName: queueNameFile('en', 'support') },
      'call-for queues/support call-from 3 4 6 0 0 accept-press 1 decline-any-key',
    ],
    ['of a colleague without a number', { key: '#', from: 'ana' }, 'call accept-press hash decline-any-key'],
  ])('%s is announced', (_about, call, expected) => {
    expect(said(confirmCall('en', call))).toBe(expected);
  });
});

describe('the prompts that come with the project', () => {
  it.each(['en', 'es'])('are all there in %s', (language) => {
    expect(ownPrompts.filter((name) => !existsSync(`sounds/${promptFile(language, name)}`))).toEqual([]);
  });

  it('are the same in every language', () => {
    const prompts = (language: string) => readdirSync(`sounds/${language}`).sort();
    expect(prompts('es')).toEqual(prompts('en'));
  });

  it.each(['en', 'es'])('are those of the texts in %s, as WAV of 8 kHz, 16 bit, one channel', (language) => {
    const texts = readFileSync(`sounds/texts/${language}.txt`, 'utf8').split('\n');
    const names = texts.flatMap((line) => (/^[^#|]+\|/.test(line) ? [(line.split('|')[0] ?? '').trim()] : []));
    const files = readdirSync(`sounds/${language}`, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => file.endsWith('.wav')).sort()).toEqual(names.map((name) => `${name}.wav`).sort());
    for (const name of names) {
      const wav = readFileSync(`sounds/${promptFile(language, name)}`);
      const [channels, rate, bits] = [wav.readUInt16LE(22), wav.readUInt32LE(24), wav.readUInt16LE(34)];
      expect([name, wav.toString('latin1', 0, 4), channels, rate, bits]).toEqual([name, 'RIFF', 1, 8000, 16]);
    }
  });
});
