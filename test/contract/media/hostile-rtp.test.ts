import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { availableMediaServers } from './media-servers.js';
import { MediaWorld, type PhoneCall } from './media-world.js';
import { RtpPhone } from './rtp-phone.js';

describe.each(availableMediaServers())('hostile sound at the $name media server', (server) => {
  const world = new MediaWorld(server);

  async function pair(): Promise<[PhoneCall, PhoneCall]> {
    const [ana, ben] = [await world.call(), await world.call()];
    ana.rtp.tone(700);
    ben.rtp.tone(1100);
    await world.esl.api(`uuid_bridge ${ana.uuid} ${ben.uuid}`);
    await Promise.all([ben.rtp.hears(700), ana.rtp.hears(1100)]);
    return [ana, ben];
  }

  it('that is no RTP at all disturbs nobody', async () => {
    const [ana, ben] = await pair();
    const garbage = [
      '',
      '80',
      'ff'.repeat(200),
      '80'.repeat(11),
      '8f00'.repeat(6),
      'b000'.repeat(40),
      '80c8'.repeat(20),
      `80e5${'00'.repeat(12)}`,
    ];
    for (const each of garbage) ana.rtp.sendBytes(Buffer.from(each, 'hex'));
    ana.rtp.sendBytes(Buffer.alloc(60_000, 0x80));
    await Promise.all([ben.rtp.hears(700), ana.rtp.hears(1100)]);
  });

  it('of a type that was not agreed on is not passed on', async () => {
    const [ana, ben] = await pair();
    ana.rtp.sendPacket({ payloadType: 18, marker: false, timestamp: 1, payload: Buffer.alloc(20, 1) });
    await ben.rtp.hears(700);
    expect(ben.rtp.packets.filter((each) => each.payloadType !== 0 && each.payloadType !== 101)).toEqual([]);
  });

  it.runIf(server.isEmbedded)('of a stranger is not heard', async () => {
    const [ana, ben] = await pair();
    const stranger = world.keep(await RtpPhone.open());
    stranger.tone(2000);
    stranger.sendTo(ana.sdp);
    await ben.rtp.hears(700);
    expect(stranger.packets).toEqual([]);
    await ana.rtp.hears(1100);
  });

  it('of a party behind NAT is found, and answered where it comes from', async () => {
    const probe = createSocket('udp4');
    await new Promise<void>((resolve) => probe.bind(0, '127.0.0.1', resolve));
    const elsewhere = probe.address().port;
    const call = await world.call({ sdp: (phone) => phone.sdp('sendrecv', { port: elsewhere }) });
    await world.esl.execute(call.uuid, 'playback', 'tone_stream://%(1000,0,440);loops=-1');
    await call.rtp.hears(440);
    await new Promise<void>((resolve) => probe.close(() => resolve()));
  });
});
