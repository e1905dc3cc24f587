import { describe, expect, it } from 'vitest';
import { availableMediaServers } from './media-servers.js';
import { MediaWorld, type PhoneCall } from './media-world.js';

const MUSIC = 'tone_stream://%(1000,0,440);loops=-1';

describe.each(availableMediaServers())('keys at the $name media server', (server) => {
  const world = new MediaWorld(server);

  async function nextKey(call: PhoneCall): Promise<ReadonlyMap<string, string>> {
    return (await world.esl.event('DTMF', { 'Unique-ID': call.uuid })).headers;
  }

  it('are told once each, in their order', async () => {
    const call = await world.call();
    for (const digit of '0123456789*#') {
      call.rtp.press(digit);
      const headers = await nextKey(call);
      expect(headers.get('DTMF-Digit')).toBe(digit);
      expect(headers.get('DTMF-Source')).toBe('RTP');
      expect(Number(headers.get('DTMF-Duration'))).toBeGreaterThanOrEqual(400);
    }
    expect(world.esl.events.filter((each) => each.name === 'DTMF')).toEqual([]);
  });

  it('are told while music plays, which goes on', async () => {
    const call = await world.call();
    await world.esl.execute(call.uuid, 'playback', MUSIC);
    await call.rtp.hears(440);
    call.rtp.press('*');
    expect((await nextKey(call)).get('DTMF-Digit')).toBe('*');
    await call.rtp.hears(440);
  });

  it('end a playback where they are said to', async () => {
    const call = await world.call();
    await world.esl.api(`uuid_setvar ${call.uuid} playback_terminators #`);
    await world.esl.execute(call.uuid, 'playback', MUSIC, { 'Event-UUID': 'p1' });
    await call.rtp.hears(440);
    call.rtp.press('5');
    expect((await nextKey(call)).get('DTMF-Digit')).toBe('5');
    call.rtp.press('#');
    await world.esl.event('CHANNEL_EXECUTE_COMPLETE', { 'Application-UUID': 'p1' });
    expect(await world.esl.api(`uuid_getvar ${call.uuid} playback_terminator_used`)).toBe('#');
  });

  it.each([
    ['application/dtmf-relay', 'Signal=8\r\nDuration=160\r\n', '8'],
    ['application/dtmf-relay', 'Signal= #\r\nDuration= 160\r\n', '#'],
    ['application/dtmf', '3', '3'],
  ])('are taken from an INFO with %s', async (type, body, digit) => {
    const call = await world.call();
    const info = call.sip.inDialog('INFO', call.invite, call.ok, 40, body);
    info.set('Content-Type', type);
    call.sip.send(info);
    await call.sip.response(200, info);
    expect((await nextKey(call)).get('DTMF-Digit')).toBe(digit);
  });

  it('from an INFO reach the other one of a bridge as RTP events', async () => {
    const [ana, ben] = [await world.call(), await world.call()];
    await world.esl.api(`uuid_bridge ${ana.uuid} ${ben.uuid}`);
    ana.rtp.tone(700);
    await ben.rtp.hears(700);
    const info = ana.sip.inDialog('INFO', ana.invite, ana.ok, 40, 'Signal=8\r\nDuration=160\r\n');
    info.set('Content-Type', 'application/dtmf-relay');
    ana.sip.send(info);
    await ben.rtp.gets((each) => each.payloadType === 101 && (each.payload[1]! & 0x80) !== 0, 'the end of a key');
    expect(ben.rtp.keys).toBe('8');
    await ben.rtp.hears(700);
  });

  it('are lost at a transfer when an application was deaf to them', async () => {
    const call = await world.call();
    await world.esl.execute(call.uuid, 'endless_playback', 'tone_stream://%(300,0,440)');
    await call.rtp.hears(440);
    call.rtp.press('4');
    await call.rtp.hears(440);
    await world.esl.api(`uuid_transfer ${call.uuid} park inline`);
    await world.esl.event('CHANNEL_PARK', { 'Unique-ID': call.uuid });
    call.rtp.press('6');
    expect((await nextKey(call)).get('DTMF-Digit')).toBe('6');
  });

  it.runIf(server.isEmbedded)('whose end got lost are told when sound comes again', async () => {
    const call = await world.call();
    call.rtp.mute();
    const timestamp = 1_000_000;
    for (const duration of [160, 320, 480])
      call.rtp.sendPacket({
        payloadType: 101,
        marker: duration === 160,
        timestamp,
        payload: Buffer.from([6, 10, duration >> 8, duration & 255]),
      });
    call.rtp.sendPacket({
      payloadType: 0,
      marker: true,
      timestamp: timestamp + 8000,
      payload: Buffer.alloc(160, 0xff),
    });
    expect((await nextKey(call)).get('DTMF-Digit')).toBe('6');
  });
});
