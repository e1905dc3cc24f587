import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { availableMediaServers } from './media-servers.js';
import { MediaWorld, type PhoneCall } from './media-world.js';
import { sine } from './tones.js';
import { wavOf } from './wav-reading.js';

const FOREVER = 'tone_stream://%(1000,0,440);loops=-1';

describe.each(availableMediaServers())('sound from the $name media server', (server) => {
  const world = new MediaWorld(server);

  const play = (call: PhoneCall, sound: string, id: string, headers: Record<string, string> = {}): Promise<string> =>
    world.esl.execute(call.uuid, 'playback', sound, { 'Event-UUID': id, ...headers });

  async function ended(call: PhoneCall, id: string): Promise<string | undefined> {
    const event = await world.esl.event('CHANNEL_EXECUTE_COMPLETE', { 'Unique-ID': call.uuid, 'Application-UUID': id });
    return event.headers.get('Application-Response');
  }

  /** A tone as a WAV file of 16 bit mono. */
  async function wav(name: string, hz: number, ms: number, rate = 8000): Promise<string> {
    const path = join(world.folder, name);
    await writeFile(path, wavOf(sine((hz * 8000) / rate, (ms * rate) / 1000), rate));
    return path;
  }

  it.each([8000, 16_000, 44_100])('plays a WAV of %i Hz and tells its end', async (rate) => {
    const call = await world.call();
    expect(await play(call, await wav(`${String(rate)}.wav`, 600, 700, rate), 'p1')).toBe('+OK');
    await call.rtp.hears(600);
    expect(await ended(call, 'p1')).toBe('FILE PLAYED');
    const stop = await world.esl.event('PLAYBACK_STOP', { 'Unique-ID': call.uuid });
    expect(stop.headers.get('Playback-Status')).toBe('done');
  });

  it('plays in A-law to whom has A-law', async () => {
    const call = await world.call({ codec: 'PCMA' });
    await play(call, FOREVER, 'p1');
    await call.rtp.hears(440);
    expect(call.rtp.packets[0]?.payloadType).toBe(8);
  });

  it('plays tones of two frequencies with pauses', async () => {
    const call = await world.call();
    await play(call, 'tone_stream://%(400,400,350,620);loops=-1', 'p1');
    await call.rtp.hears(350, 2);
    await call.rtp.hears(620, 2);
    await call.rtp.hearsSilence();
    await call.rtp.hears(350, 2);
  });

  it('plays a tone as often as asked', async () => {
    const call = await world.call();
    await play(call, 'tone_stream://%(100,0,440);loops=3', 'p1');
    expect(await ended(call, 'p1')).toBe('FILE PLAYED');
    const sound = call.rtp.packets.filter((each) => each.payloadType === 0);
    expect(sound.length).toBeGreaterThanOrEqual(15);
    expect(sound.length).toBeLessThanOrEqual(17);
  });

  it('tells that there is no such file', async () => {
    const call = await world.call();
    await play(call, join(world.folder, 'nothing.wav'), 'p1');
    expect(await ended(call, 'p1')).toBe('FILE NOT FOUND');
  });

  it('plays silence for as long as asked', async () => {
    const call = await world.call();
    await play(call, 'silence_stream://300', 'p1');
    expect(await ended(call, 'p1')).toBe('FILE PLAYED');
    expect(call.rtp.packets.length).toBeGreaterThanOrEqual(14);
  });

  it('plays silence without end, and none where no time is given', async () => {
    const call = await world.call();
    await play(call, 'silence_stream://0', 'p1');
    expect(await ended(call, 'p1')).toBe('FILE NOT FOUND');
    await play(call, 'silence_stream://-1', 'p2');
    await call.rtp.hearsSilence();
  });

  it('stops on uuid_break', async () => {
    const call = await world.call();
    await play(call, FOREVER, 'p1');
    await call.rtp.hears(440);
    expect(await world.esl.api(`uuid_break ${call.uuid} all`)).toBe('+OK\n');
    expect(await ended(call, 'p1')).toBe('FILE PLAYED');
    const stop = await world.esl.event('PLAYBACK_STOP', { 'Unique-ID': call.uuid });
    expect(stop.headers.get('Playback-Status')).toBe('break');
    expect(stop.headers.get('Playback-File-Path')).toBe(FOREVER);
  });

  it('does nothing on uuid_break when nothing plays, and plays what comes then', async () => {
    const call = await world.call();
    await world.esl.api(`uuid_break ${call.uuid} all`);
    await play(call, FOREVER, 'p1');
    await call.rtp.hears(440);
  });

  it('plays a second sound inside the first one, which goes on behind it', async () => {
    const call = await world.call();
    await play(call, FOREVER, 'p1');
    await call.rtp.hears(440);
    await play(call, 'tone_stream://%(600,0,900)', 'p2');
    await call.rtp.hears(900);
    await ended(call, 'p2');
    await call.rtp.hears(440);
  });

  it('lets a second sound wait when the first one locks', async () => {
    const call = await world.call();
    await play(call, 'tone_stream://%(500,0,440)', 'p1', { 'event-lock': 'true' });
    await play(call, 'tone_stream://%(500,0,900)', 'p2', { 'event-lock': 'true' });
    await call.rtp.hears(440);
    await ended(call, 'p1');
    await call.rtp.hears(900);
    await ended(call, 'p2');
  });

  it('drops what waits on uuid_break all', async () => {
    const call = await world.call();
    await play(call, FOREVER, 'p1', { 'event-lock': 'true' });
    await play(call, 'tone_stream://%(500,0,900)', 'p2', { 'event-lock': 'true' });
    await call.rtp.hears(440);
    await world.esl.api(`uuid_break ${call.uuid} all`);
    await ended(call, 'p1');
    await play(call, 'tone_stream://%(500,0,700)', 'p3');
    await call.rtp.hears(700);
    await ended(call, 'p3');
    expect(world.esl.events.filter((each) => each.headers.get('Application-UUID') === 'p2')).toEqual([]);
  });

  it('repeats a file by loops', async () => {
    const call = await world.call();
    await play(call, await wav('loop.wav', 500, 600), 'p1', { loops: '2' });
    expect(await ended(call, 'p1')).toBe('FILE PLAYED');
    await call.rtp.hears(500);
    expect(await ended(call, 'p1')).toBe('FILE PLAYED');
  });

  it('plays by uuid_broadcast', async () => {
    const call = await world.call();
    expect(await world.esl.api(`uuid_broadcast ${call.uuid} ${FOREVER} aleg`)).toBe('+OK Message sent\n');
    await call.rtp.hears(440);
  });

  it('plays without end until the channel is moved', async () => {
    const call = await world.call();
    await world.esl.execute(call.uuid, 'endless_playback', await wav('endless.wav', 800, 300));
    await call.rtp.hears(800);
    await world.esl.event('PLAYBACK_STOP', { 'Unique-ID': call.uuid });
    await call.rtp.hears(800);
    await world.esl.api(`uuid_transfer ${call.uuid} park inline`);
    await world.esl.event('CHANNEL_PARK', { 'Unique-ID': call.uuid });
  });

  // On a busy machine FreeSWITCH leaves packets out.
  it.runIf(server.isEmbedded)('sends packets in sequence, 160 samples apart, the first one marked', async () => {
    const call = await world.call();
    await play(call, FOREVER, 'p1');
    await call.rtp.hears(440);
    const [first, ...rest] = call.rtp.packets;
    expect(first?.marker).toBe(true);
    rest.forEach((packet, i) => {
      const before = call.rtp.packets[i]!;
      expect(packet.sequence).toBe((before.sequence + 1) & 0xffff);
      expect((packet.timestamp - before.timestamp) >>> 0).toBe(160);
      expect(packet.ssrc).toBe(before.ssrc);
      expect(packet.marker).toBe(false);
      expect(packet.payload.length).toBe(160);
    });
  });

  it('marks where sound begins again and leaves the time out that has passed', async () => {
    const call = await world.call();
    await play(call, 'tone_stream://%(200,0,440)', 'p1');
    await ended(call, 'p1');
    const count = call.rtp.packets.length;
    await world.esl.execute(call.uuid, 'sleep', '400', { 'Event-UUID': 's1' });
    await ended(call, 's1');
    await play(call, FOREVER, 'p2');
    await call.rtp.hears(440);
    const before = call.rtp.packets[count - 1]!;
    const after = call.rtp.packets[count]!;
    expect(after.marker).toBe(true);
    expect((after.timestamp - before.timestamp) >>> 0).toBeGreaterThan(160);
    expect(after.sequence).toBe((before.sequence + 1) & 0xffff);
  });
});
