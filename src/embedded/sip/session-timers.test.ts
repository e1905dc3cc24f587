import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlApp } from '../../../test/support/control-app.js';
import { UdpPeer } from '../../../test/support/sip-peer.js';
import { createEmbeddedSipServer, type EmbeddedSipServer } from './server.js';
import type { TimerHost } from './timers.js';

/** Real time, but seconds of session timers pass as tenths of milliseconds. */
const hasty: TimerHost = {
  setTimeout: (callback, ms) => setTimeout(callback, ms >= 45_000 ? ms / 200 : ms),
  clearTimeout: (handle) => {
    clearTimeout(handle as NodeJS.Timeout);
  },
};

const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n';

describe('session timers (RFC 4028)', () => {
  let server: EmbeddedSipServer;
  let app: ControlApp;
  let peer: UdpPeer;

  beforeEach(async () => {
    server = await createEmbeddedSipServer({
      listen: [{ transport: 'udp', host: '127.0.0.1', port: 0 }],
      control: { host: '127.0.0.1', port: 0, secret: 's' },
      clock: hasty,
    });
    app = await ControlApp.signedIn({ ...server.control, secret: 's' }, 'invite');
    peer = await UdpPeer.open(server.sip[0] ?? { host: '', port: 0 });
  });
  afterEach(async () => {
    await app.close();
    await peer.close();
    await server.close();
  });

  const call = async (asked: string, granted: string[]): Promise<string> => {
    const target = `sip:100@127.0.0.1:${String(server.sip[0]?.port)}`;
    const invite = peer.request('INVITE', target, asked === '' ? {} : { 'Session-Expires': asked }, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    const { dialogId } = await app.respond(transactionId, '200 OK', granted, SDP);
    const ok = await peer.response(200, invite);
    peer.send(peer.ackOf(invite, ok));
    await app.delivered('ACK');
    return dialogId;
  };

  it('ends a call that the caller should refresh and does not', async () => {
    const dialogId = await call('', ['Session-Expires: 90;refresher=uac']);
    const bye = await peer.expectRequest('BYE');
    expect(bye.get('reason')).toContain('Session timer expired');
    expect(await app.delivered('BYE')).toMatchObject({ transactionId: 'unsolicited', dialogId });
    expect(server.counts().dialogs).toBe(0);
  });

  it('refreshes a call itself when that is its part, with the description that was sent', async () => {
    await call('', ['Session-Expires: 90;refresher=uas']);
    for (let round = 0; round < 2; round++) {
      const invite = await peer.expectRequest('INVITE');
      expect(invite.get('session-expires')).toBe('90; refresher=uac');
      expect(invite.body.toString()).toBe(SDP);
      peer.send(peer.responseTo(invite, 200, { 'Session-Expires': '90;refresher=uac' }));
      await peer.expectRequest('ACK');
    }
  });

  it.each(['1;refresher=uas', '99999999999;refresher=uas'])('is not driven mad by an interval of %s', async (value) => {
    await call('', [`Session-Expires: ${value}`]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(peer.inbox.filter((each) => each.kind === 'request')).toEqual([]);
  });

  it('ends a call whose refresh is refused', async () => {
    await call('', ['Session-Expires: 90;refresher=uas']);
    const invite = await peer.expectRequest('INVITE');
    peer.send(peer.responseTo(invite, 481));
    await peer.expectRequest('BYE');
    await app.delivered('BYE');
  });

  it('grants what the caller asks for when the application does not care', async () => {
    await call('120;refresher=uac', []);
    const bye = await peer.expectRequest('BYE');
    expect(bye.get('reason')).toContain('Session timer expired');
  });

  it('refuses a refresh that is too short', async () => {
    await call('', []);
    const target = `sip:127.0.0.1:${String(server.sip[0]?.port)}`;
    const invite = peer.request('INVITE', target, { 'Session-Expires': '30' }, SDP);
    const first = await firstDialog();
    invite.set('From', first.from).set('To', first.to).set('Call-ID', first.callId).set('CSeq', '2 INVITE');
    peer.send(invite);
    expect((await peer.response(422, invite)).get('min-se')).toBe('90');
  });

  async function firstDialog(): Promise<{ from: string; to: string; callId: string }> {
    const again = peer.request('INVITE', `sip:100@127.0.0.1:${String(server.sip[0]?.port)}`, {}, SDP);
    peer.send(again);
    const { transactionId } = await app.delivered('INVITE');
    await app.respond(transactionId, '200 OK', [], SDP);
    const ok = await peer.response(200, again);
    peer.send(peer.ackOf(again, ok));
    await app.delivered('ACK');
    return { from: ok.get('from') ?? '', to: ok.get('to') ?? '', callId: ok.get('call-id') ?? '' };
  }
});
