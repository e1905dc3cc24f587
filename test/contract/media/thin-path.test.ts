import { describe, expect, it } from 'vitest';
import { availableMediaServers } from './media-servers.js';
import { MediaWorld } from './media-world.js';

describe.each(availableMediaServers())('a call on the $name media server', (server) => {
  const world = new MediaWorld(server);

  it('is parked, hears a tone, presses a key, is bridged and hangs up', async () => {
    const ana = await world.call();
    expect(await world.esl.api(`uuid_exists ${ana.uuid}`)).toBe('true');
    expect(
      await world.esl.execute(ana.uuid, 'playback', 'tone_stream://%(1000,0,440);loops=-1', { 'Event-UUID': 'e1' }),
    ).toBe('+OK');
    await ana.rtp.hears(440);
    ana.rtp.press('5');
    const key = await world.esl.event('DTMF', { 'Unique-ID': ana.uuid });
    expect(key.headers.get('DTMF-Digit')).toBe('5');
    const ben = await world.call();
    expect(await world.esl.api(`uuid_bridge ${ana.uuid} ${ben.uuid}`)).toBe(`+OK ${ben.uuid}\n`);
    await world.esl.event('CHANNEL_EXECUTE_COMPLETE', { 'Application-UUID': 'e1' });
    await world.esl.event('CHANNEL_BRIDGE', { 'Unique-ID': ana.uuid });
    ana.rtp.tone(700);
    ben.rtp.tone(1100);
    await Promise.all([ben.rtp.hears(700), ana.rtp.hears(1100)]);
    await ana.hangUp();
    await world.esl.event('CHANNEL_DESTROY', { 'Unique-ID': ana.uuid });
    await ben.sip.expectRequest('BYE');
  });
});
