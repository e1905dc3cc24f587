import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { availableMediaServers } from './media-servers.js';
import { MediaWorld, type PhoneCall } from './media-world.js';
import { hasTone, isSilent, shareOf } from './tones.js';
import { readRecording } from './wav-reading.js';

const MUSIC = 'tone_stream://%(1000,0,440);loops=-1';

describe.each(availableMediaServers())('recordings of the $name media server', (server) => {
  const world = new MediaWorld(server);
  let count = 0;
  const file = (): string => join(world.folder, `recording-${String(++count)}.wav`);

  const record = (call: PhoneCall, rest: string): Promise<string> => world.esl.api(`uuid_record ${call.uuid} ${rest}`);

  /** Whether that tone was recorded for a fifth of a second without a gap: on a busy machine FreeSWITCH leaves packets out. */
  const holds = (hz: number, samples: Int16Array, among = 1): boolean =>
    Array.from({ length: Math.ceil(samples.length / 400) }, (_, step) =>
      samples.slice(400 * step, 400 * step + 1600),
    ).some((window) => window.length === 1600 && hasTone(hz, window, among));

  /** The last 400 ms but 100. */
  const tail = (samples: Int16Array): Int16Array => samples.slice(-4000, -800);

  async function stopped(call: PhoneCall): Promise<ReadonlyMap<string, string>> {
    return (await world.esl.event('RECORD_STOP', { 'Unique-ID': call.uuid })).headers;
  }

  /** Waits until so much sound has come to the phone, as a measure of time. */
  const pass = (call: PhoneCall, packets: number): Promise<unknown> => {
    const from = call.rtp.packets.length;
    return call.rtp.gets(
      (each) => call.rtp.packets.indexOf(each as never) >= from + packets,
      `${String(packets)} packets`,
    );
  };

  it('hold both voices of a bridge, mixed', async () => {
    const [ana, ben] = [await world.call(), await world.call()];
    ana.rtp.tone(700);
    ben.rtp.tone(1100);
    await world.esl.api(`uuid_bridge ${ana.uuid} ${ben.uuid}`);
    await Promise.all([ben.rtp.hears(700), ana.rtp.hears(1100)]);
    const path = file();
    expect(await record(ana, `start ${path}`)).toBe('+OK Success\n');
    const start = await world.esl.event('RECORD_START', { 'Unique-ID': ana.uuid });
    expect(start.headers.get('Record-File-Path')).toBe(path);
    await pass(ana, 50);
    expect(await record(ana, `stop ${path}`)).toBe('+OK Success\n');
    const headers = await stopped(ana);
    const { channels, rate } = await readRecording(path);
    expect(rate).toBe(8000);
    expect(channels).toHaveLength(1);
    expect(holds(700, channels[0]!, 2)).toBe(true);
    expect(holds(1100, channels[0]!, 2)).toBe(true);
    expect(channels[0]!.length).toBeGreaterThan(6400);
    expect(Math.abs(Number(headers.get('variable_record_ms')) - channels[0]!.length / 8)).toBeLessThan(100);
    expect(headers.get('Record-File-Path')).toBe(path);
    await Promise.all([ben.rtp.hears(700), ana.rtp.hears(1100)]);
  });

  it('hold what is said on the left and what is heard on the right in stereo', async () => {
    const call = await world.call();
    call.rtp.tone(700);
    await world.esl.api(`uuid_setvar ${call.uuid} RECORD_STEREO true`);
    await world.esl.execute(call.uuid, 'playback', MUSIC);
    await call.rtp.hears(440);
    const path = file();
    await record(call, `start ${path}`);
    await pass(call, 50);
    await record(call, `stop ${path}`);
    await stopped(call);
    const { channels } = await readRecording(path);
    expect(channels).toHaveLength(2);
    expect(holds(700, channels[0]!)).toBe(true);
    expect(holds(440, channels[1]!)).toBe(true);
  });

  it('hold only what the party says where that is asked for', async () => {
    const call = await world.call();
    call.rtp.tone(700);
    await world.esl.execute(call.uuid, 'playback', MUSIC);
    await call.rtp.hears(440);
    const path = file();
    await record(call, `start ${path} 0 {RECORD_READ_ONLY=true}`);
    await pass(call, 50);
    await record(call, `stop ${path}`);
    await stopped(call);
    const { channels } = await readRecording(path);
    expect(holds(700, channels[0]!)).toBe(true);
    expect(shareOf(440, tail(channels[0]!))).toBeLessThan(0.05);
  });

  it('are silent while masked', async () => {
    const call = await world.call();
    call.rtp.tone(700);
    await world.esl.execute(call.uuid, 'playback', MUSIC);
    const path = file();
    await record(call, `start ${path} 0 {RECORD_READ_ONLY=true}`);
    // FreeSWITCH holds half a second back, and masks it, too.
    await pass(call, 60);
    expect(await record(call, `mask ${path}`)).toBe('+OK Success\n');
    await pass(call, 40);
    await record(call, `stop ${path}`);
    await stopped(call);
    const sound = (await readRecording(path)).channels[0]!;
    expect(hasTone(700, sound.slice(1600, 3200))).toBe(true);
    expect(isSilent(tail(sound))).toBe(true);
  });

  it('are heard again when unmasked', async () => {
    const call = await world.call();
    call.rtp.tone(700);
    await world.esl.execute(call.uuid, 'playback', MUSIC);
    const path = file();
    await record(call, `start ${path} 0 {RECORD_READ_ONLY=true}`);
    await record(call, `mask ${path}`);
    await pass(call, 20);
    expect(await record(call, `unmask ${path}`)).toBe('+OK Success\n');
    await pass(call, 40);
    await record(call, `stop ${path}`);
    await stopped(call);
    expect(holds(700, (await readRecording(path)).channels[0]!.slice(-4800))).toBe(true);
  });

  it('end at their limit', async () => {
    const call = await world.call();
    const path = file();
    await record(call, `start ${path} 1`);
    const headers = await stopped(call);
    expect(headers.get('Record-Completion-Cause')).toBe('success-maxtime');
    expect((await stat(path)).size).toBeGreaterThan(44);
  });

  it('end by silence behind speech', async () => {
    const call = await world.call();
    call.rtp.tone(700);
    const path = file();
    await world.esl.execute(call.uuid, 'playback', MUSIC);
    await record(
      call,
      `start ${path} 20 {RECORD_READ_ONLY=true,RECORD_INITIAL_TIMEOUT_MS=3000,RECORD_FINAL_TIMEOUT_MS=500}`,
    );
    await pass(call, 30);
    call.rtp.tone(undefined);
    expect((await stopped(call)).get('Record-Completion-Cause')).toBe('success-silence');
    expect(holds(700, (await readRecording(path)).channels[0]!)).toBe(true);
  });

  it('end when nobody says anything', async () => {
    const call = await world.call();
    await record(
      call,
      `start ${file()} 20 {RECORD_READ_ONLY=true,RECORD_INITIAL_TIMEOUT_MS=500,RECORD_FINAL_TIMEOUT_MS=500}`,
    );
    expect((await stopped(call)).get('Record-Completion-Cause')).toBe('no-input-timeout');
  });

  it('end with the call, and are whole', async () => {
    const call = await world.call();
    call.rtp.tone(700);
    await world.esl.execute(call.uuid, 'playback', MUSIC);
    const path = file();
    await record(call, `start ${path} 0 {RECORD_READ_ONLY=true}`);
    await pass(call, 50);
    await call.hangUp();
    await stopped(call);
    expect(holds(700, (await readRecording(path)).channels[0]!)).toBe(true);
  });

  it('make the folders that they need', async () => {
    const call = await world.call();
    const path = join(world.folder, 'new', 'folder', 'x.wav');
    expect(await record(call, `start ${path}`)).toBe('+OK Success\n');
  });

  it('cannot be stopped or masked when there are none', async () => {
    const call = await world.call();
    expect(await record(call, 'stop /nothing.wav')).toBe('-ERR Cannot stop record session!\n');
    expect(await record(call, 'mask /nothing.wav')).toBe('-ERR Cannot mask recording session!\n');
    expect(await record(call, 'dance /nothing.wav')).toMatch(/^-USAGE/);
  });

  it('of the record application hold the party and end by a key', async () => {
    const call = await world.call();
    call.rtp.tone(700);
    await world.esl.api(`uuid_setvar ${call.uuid} playback_terminators #`);
    const path = file();
    await world.esl.execute(call.uuid, 'record', `${path} 20`, { 'Event-UUID': 'r1' });
    await pass(call, 40);
    call.rtp.press('#');
    const headers = await stopped(call);
    expect(headers.get('Record-File-Path')).toBe(path);
    await world.esl.event('CHANNEL_EXECUTE_COMPLETE', { 'Application-UUID': 'r1' });
    expect(await world.esl.api(`uuid_getvar ${call.uuid} playback_terminator_used`)).toBe('#');
    expect(holds(700, (await readRecording(path)).channels[0]!)).toBe(true);
  });

  it('of the record application end by silence', async () => {
    const call = await world.call();
    await world.esl.execute(call.uuid, 'record', `${file()} 20 200 1`, { 'Event-UUID': 'r1' });
    const headers = await stopped(call);
    expect(headers.get('variable_silence_hits_exhausted')).toBe('true');
  });
});
