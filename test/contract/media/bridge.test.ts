import { describe, expect, it } from 'vitest';
import { availableMediaServers } from './media-servers.js';
import { MediaWorld, type PhoneCall } from './media-world.js';

const FOREVER = 'tone_stream://%(1000,0,440);loops=-1';

describe.each(availableMediaServers())('calls joined on the $name media server', (server) => {
  const world = new MediaWorld(server);

  async function pair(codecs: ['PCMU' | 'PCMA', 'PCMU' | 'PCMA'] = ['PCMU', 'PCMU']): Promise<[PhoneCall, PhoneCall]> {
    const ana = await world.call({ codec: codecs[0] });
    const ben = await world.call({ codec: codecs[1] });
    ana.rtp.tone(700);
    ben.rtp.tone(1100);
    return [ana, ben];
  }

  const bridge = (ana: PhoneCall, ben: PhoneCall): Promise<string> =>
    world.esl.api(`uuid_bridge ${ana.uuid} ${ben.uuid}`);

  it.each([
    ['one codec', ['PCMU', 'PCMU']],
    ['A-law on both sides', ['PCMA', 'PCMA']],
    ['two codecs', ['PCMU', 'PCMA']],
  ] as const)('hear each other with %s', async (_what, [first, second]) => {
    const [ana, ben] = await pair([first, second]);
    expect(await bridge(ana, ben)).toBe(`+OK ${ben.uuid}\n`);
    await Promise.all([ben.rtp.hears(700), ana.rtp.hears(1100)]);
    const event = await world.esl.event('CHANNEL_BRIDGE', { 'Unique-ID': ana.uuid });
    expect(event.headers.get('Other-Leg-Unique-ID')).toBe(ben.uuid);
    expect(event.headers.get('Bridge-A-Unique-ID')).toBe(ana.uuid);
    expect(event.headers.get('Bridge-B-Unique-ID')).toBe(ben.uuid);
    expect(await world.esl.api(`uuid_getvar ${ben.uuid} bridge_uuid`)).toBe(ana.uuid);
  });

  it('hear no music any more', async () => {
    const [ana, ben] = await pair();
    await world.esl.execute(ana.uuid, 'playback', FOREVER, { 'Event-UUID': 'music' });
    await ana.rtp.hears(440);
    await bridge(ana, ben);
    await world.esl.event('CHANNEL_EXECUTE_COMPLETE', { 'Application-UUID': 'music' });
    await ana.rtp.hears(1100);
  });

  it('are parted and parked by uuid_transfer -both, and can be joined again', async () => {
    const [ana, ben] = await pair();
    await bridge(ana, ben);
    await ben.rtp.hears(700);
    expect(await world.esl.api(`uuid_transfer ${ana.uuid} -both park inline`)).toBe('+OK\n');
    await world.esl.event('CHANNEL_UNBRIDGE');
    await world.esl.event('CHANNEL_PARK', { 'Unique-ID': ana.uuid });
    await world.esl.event('CHANNEL_PARK', { 'Unique-ID': ben.uuid });
    await world.esl.execute(ben.uuid, 'playback', FOREVER);
    await ben.rtp.hears(440);
    await bridge(ben, ana);
    await Promise.all([ben.rtp.hears(700), ana.rtp.hears(1100)]);
  });

  it('leave the other one parked when one goes', async () => {
    const [ana, ben] = await pair();
    await bridge(ana, ben);
    await ben.rtp.hears(700);
    await ana.hangUp();
    await world.esl.event('CHANNEL_PARK', { 'Unique-ID': ben.uuid });
    await world.esl.execute(ben.uuid, 'playback', FOREVER);
    await ben.rtp.hears(440);
  });

  it('leave the other one parked when one is transferred', async () => {
    const [ana, ben] = await pair();
    await bridge(ana, ben);
    await ben.rtp.hears(700);
    await world.esl.api(`uuid_transfer ${ana.uuid} park inline`);
    await world.esl.event('CHANNEL_PARK', { 'Unique-ID': ana.uuid });
    await world.esl.event('CHANNEL_PARK', { 'Unique-ID': ben.uuid });
  });

  it('leave the other one alone when one is joined with somebody else', async () => {
    const [ana, ben] = await pair();
    const cleo = await world.call();
    cleo.rtp.tone(1500);
    await bridge(ana, ben);
    await ben.rtp.hears(700);
    await bridge(ana, cleo);
    await Promise.all([cleo.rtp.hears(700), ana.rtp.hears(1500)]);
    expect(await world.esl.api(`uuid_exists ${ben.uuid}`)).toBe('true');
    await world.esl.execute(ben.uuid, 'playback', FOREVER);
    await ben.rtp.hears(440);
  });

  it('end with the other one where nothing says that it shall stay', async () => {
    const [ana, ben] = await pair();
    await world.esl.api(`uuid_setvar ${ben.uuid} park_after_bridge false`);
    await bridge(ana, ben);
    await ben.rtp.hears(700);
    await ana.hangUp();
    await ben.sip.expectRequest('BYE');
  });

  it('pass keys on, told once', async () => {
    const [ana, ben] = await pair();
    await bridge(ana, ben);
    await ben.rtp.hears(700);
    ana.rtp.press('7');
    const event = await world.esl.event('DTMF', { 'Unique-ID': ana.uuid });
    expect(event.headers.get('DTMF-Digit')).toBe('7');
    await ben.rtp.gets((each) => each.payloadType === 101 && (each.payload[1]! & 0x80) !== 0, 'the end of a key');
    await ben.rtp.hears(700);
    expect(ben.rtp.keys).toBe('7');
    expect(world.esl.events.filter((each) => each.name === 'DTMF')).toEqual([]);
  });

  it('are heard anew from where one has moved to', async () => {
    const [ana, ben] = await pair();
    await bridge(ana, ben);
    await ben.rtp.hears(700);
    await ben.reinvite(ben.rtp.sdp('sendonly'));
    ben.rtp.sendTo(await ben.reinvite(ben.rtp.sdp()));
    await Promise.all([ben.rtp.hears(700), ana.rtp.hears(1100)]);
  });

  it('cannot be joined with themselves or nobody', async () => {
    const call = await world.call();
    expect(await world.esl.api(`uuid_bridge ${call.uuid} nobody`)).toBe('-ERR Invalid uuid\n');
    expect(await world.esl.api(`uuid_exists ${call.uuid}`)).toBe('true');
  });

  // FreeSWITCH passes the timestamps of the one who is heard on.
  it.runIf(server.isEmbedded)('get one stream without a gap in its numbers, whoever is heard', async () => {
    const [ana, ben] = await pair();
    await world.esl.execute(ben.uuid, 'playback', FOREVER);
    await ben.rtp.hears(440);
    await bridge(ana, ben);
    await ben.rtp.hears(700);
    const { packets } = ben.rtp;
    packets.slice(1).forEach((packet, i) => {
      expect(packet.ssrc).toBe(packets[i]!.ssrc);
      expect(packet.sequence).toBe((packets[i]!.sequence + 1) & 0xffff);
      expect((packet.timestamp - packets[i]!.timestamp) | 0).toBeGreaterThan(0);
    });
  });
});
