import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningMediaServer } from '../support/freeswitch-server.js';
import { shareOf, toneSamples, wavFile, wavSamples } from '../support/sound.js';
import { openMediaWorld, type MediaWorld } from './media-world.js';
import { availableMediaServers } from './media-servers.js';

const tone = (hz: number) => ({ kind: 'tone', hz: [hz], onMs: 1000, offMs: 0 }) as const;

describe.each(availableMediaServers())('a place on $name', ({ start, isEmbedded }) => {
  let server: RunningMediaServer;
  let world: MediaWorld;
  let folder: string;

  beforeAll(async () => {
    server = await start();
    folder = await mkdtemp(join(tmpdir(), 'switchboard-sounds-'));
    await writeFile(join(folder, 'c.wav'), wavFile(toneSamples(600, 4000)));
    await writeFile(join(folder, 'd.wav'), wavFile(toneSamples(1200, 4000)));
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    world = await openMediaWorld([server], { isEmbedded });
  });
  afterEach(async () => {
    await world.close();
    expect(world.media.count()).toBe(0);
  });

  const file = (name: string) => ({ kind: 'file', path: join(folder, name) }) as const;

  it('answers an offer, plays a tone until hushed, and hears keys meanwhile', async () => {
    const { place, party, next } = await world.guest();
    place.play([tone(440)], { repeat: true });
    await party.hears(440);
    party.press('5#');
    expect((await next('digit')).digit).toBe('5');
    expect((await next('digit')).digit).toBe('#');
    await party.hears(440);
    place.hush();
    await party.hearsNothing();
    place.close();
  });

  it('makes the offer itself and learns of the party later', async () => {
    const { place, party } = await world.guest({ late: true });
    place.play([tone(800)], { repeat: true });
    await party.hears(800);
    place.close();
  });

  it('plays file after file, says which was not there, and when all are over', async () => {
    const { place, party, next } = await world.guest();
    place.play([file('c.wav'), file('missing.wav'), file('d.wav')]);
    await party.hears(600);
    expect(await next('not-played')).toMatchObject({ sound: file('missing.wav') });
    await party.hears(1200);
    await next('played');
    place.close();
  });

  it('repeats a list of files', async () => {
    const { place, party } = await world.guest();
    place.play([file('c.wav'), file('d.wav')], { repeat: true });
    for (const hz of [600, 1200, 600, 1200]) await party.hears(hz);
    place.close();
  });

  it('plays the newest of what was asked for', async () => {
    const { place, party, events } = await world.guest();
    place.play([tone(400)], { repeat: true });
    place.play([tone(500)], { repeat: true });
    place.hush();
    place.play([tone(700)], { repeat: true });
    await party.hears(700);
    place.play([file('d.wav')]);
    await party.hears(1200);
    await party.hearsNothing();
    expect(events).toEqual([{ type: 'played' }]);
    place.close();
  });

  it('joins two parties, parts them, and lets each hear something else', async () => {
    const a = await world.guest();
    const b = await world.guest({ near: a.place.id });
    a.party.say(400);
    b.party.say(700);
    a.place.play([tone(1000)], { repeat: true });
    b.place.play([file('c.wav')], { repeat: true });
    await a.party.hears(1000);
    a.place.join(b.place.id);
    await Promise.all([a.party.hears(700), b.party.hears(400)]);
    a.party.press('7');
    expect((await a.next('digit')).digit).toBe('7');
    a.place.part();
    await Promise.all([a.party.hearsNothing(), b.party.hearsNothing()]);
    a.place.play([tone(500)], { repeat: true });
    await a.party.hears(500);
    b.place.join(a.place.id);
    await Promise.all([a.party.hears(700), b.party.hears(400)]);
    a.place.close();
    await b.party.hearsNothing();
    b.place.play([tone(1000)], { repeat: true });
    await b.party.hears(1000);
    expect(b.events.filter(({ type }) => type === 'lost')).toEqual([]);
    b.place.close();
  });

  it('joins one party with a third', async () => {
    const [a, b, c] = [await world.guest(), await world.guest(), await world.guest({ late: true })];
    [a, b, c].forEach(({ party }, index) => party.say([400, 700, 1000][index]));
    a.place.join(b.place.id);
    await Promise.all([a.party.hears(700), b.party.hears(400)]);
    a.place.join(c.place.id);
    await Promise.all([a.party.hears(1000), c.party.hears(400), b.party.hearsNothing()]);
    b.place.play([tone(600)], { repeat: true });
    await b.party.hears(600);
    for (const { place } of [a, b, c]) place.close();
  });

  it('records both directions, masks a pause, and says how long', async () => {
    const [a, b] = [await world.guest(), await world.guest()];
    a.party.say(400);
    b.party.say(700);
    a.place.join(b.place.id);
    await a.party.hears(700);
    const path = join(folder, 'both', 'r.wav');
    a.place.record({ file: path, of: 'both' });
    await heardFor(600);
    a.place.pauseRecording(true);
    await heardFor(600);
    a.place.pauseRecording(false);
    await heardFor(600);
    a.place.stopRecording();
    const recorded = await a.next('recorded');
    expect(recorded).toMatchObject({ file: path, why: 'stopped' });
    const { rate, channels } = wavSamples(await readFile(path));
    const samples = channels[0]!;
    expect(Math.abs(samples.length / rate - recorded.durationMs / 1000)).toBeLessThan(0.2);
    const part = samples.slice(0.2 * rate, 0.5 * rate);
    expect(shareOf(400, part)).toBeGreaterThan(0.2);
    expect(shareOf(700, part)).toBeGreaterThan(0.2);
    expect(shareOf(400, samples.slice(0.8 * rate, 1.1 * rate))).toBe(0);
    a.place.close();
    b.place.close();
  });

  it('records a message until the party is silent, or the time is up', async () => {
    const a = await world.guest();
    a.party.say(400);
    const silent = join(folder, 'silence.wav');
    a.place.record({ file: silent, of: 'party', maxMs: 20_000, silenceMs: 1000 });
    await heardFor(1200);
    a.party.say(undefined);
    expect(await a.next('recorded')).toMatchObject({ file: silent, why: 'silence' });
    expect(shareOf(400, wavSamples(await readFile(silent)).channels[0]!.slice(800, 6400))).toBeGreaterThan(0.8);
    a.party.say(400);
    const full = join(folder, 'full.wav');
    a.place.record({ file: full, of: 'party', maxMs: 1000 });
    expect(await a.next('recorded')).toMatchObject({ file: full, why: 'full' });
    a.place.close();
  });

  it('lets a supervisor listen, whisper and barge in', async () => {
    const [a, b, s] = [await world.guest(), await world.guest(), await world.guest()];
    a.party.say(400);
    b.party.say(700);
    s.party.say(1000);
    a.place.join(b.place.id);
    await Promise.all([a.party.hears(700), b.party.hears(400)]);
    s.place.spy(a.place.id, 'listen');
    await s.party.hearsAll([400, 700]);
    await Promise.all([a.party.hears(700), b.party.hears(400)]);
    s.place.spy(a.place.id, 'whisper');
    await a.party.hearsAll([700, 1000]);
    await b.party.hears(400);
    s.place.spy(a.place.id, 'barge');
    await Promise.all([a.party.hearsAll([700, 1000]), b.party.hearsAll([400, 1000])]);
    s.place.part();
    await Promise.all([a.party.hears(700), b.party.hears(400), s.party.hearsNothing()]);
    for (const { place } of [a, b, s]) place.close();
  });

  it('leaves it at who hears a listener, whatever the server makes of the keys that they press', async () => {
    const [a, b] = [await world.guest(), await world.guest()];
    const s = await world.guest({ near: a.place.id });
    a.party.say(400);
    b.party.say(700);
    s.party.say(1000);
    a.place.join(b.place.id);
    await a.party.hears(700);
    s.place.spy(a.place.id, 'listen');
    await s.party.hearsAll([400, 700]);
    for (const key of '13*') {
      s.party.press(key);
      expect((await s.next('digit')).digit).toBe(key);
      await Promise.all([a.party.hears(700), b.party.hears(400), s.party.hearsAll([400, 700])]);
    }
    for (const { place } of [a, b, s]) place.close();
  });

  it('lets three confer, one press keys, another go at once, and two be joined again', async () => {
    const [a, b, c] = [await world.guest(), await world.guest(), await world.guest()];
    [a, b, c].forEach(({ party }, index) => party.say([400, 700, 1000][index]));
    for (const { place } of [a, b, c]) place.confer('room-2');
    c.place.part();
    a.place.join(b.place.id);
    await Promise.all([a.party.hears(700), b.party.hears(400), c.party.hearsNothing()]);
    for (const { place } of [a, b, c]) place.confer('room-2');
    await Promise.all([a.party.hearsAll([700, 1000]), b.party.hearsAll([400, 1000]), c.party.hearsAll([400, 700])]);
    c.party.press('3');
    expect((await c.next('digit')).digit).toBe('3');
    await Promise.all([a.party.hearsAll([700, 1000]), b.party.hearsAll([400, 1000]), c.party.hearsAll([400, 700])]);
    for (const { place } of [a, b, c]) place.close();
  });

  it('lets three confer, and one leave', async () => {
    const [a, b, c] = [await world.guest(), await world.guest(), await world.guest()];
    a.party.say(400);
    b.party.say(700);
    c.party.say(1000);
    a.place.join(b.place.id);
    await a.party.hears(700);
    for (const { place } of [a, b, c]) place.confer('room-1');
    await Promise.all([a.party.hearsAll([700, 1000]), b.party.hearsAll([400, 1000]), c.party.hearsAll([400, 700])]);
    c.place.part();
    await Promise.all([a.party.hears(700), b.party.hears(400), c.party.hearsNothing()]);
    for (const { place } of [a, b, c]) place.close();
  });
});

/** Sound goes by the clock; nothing but time tells that so much of it has passed. */
function heardFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
