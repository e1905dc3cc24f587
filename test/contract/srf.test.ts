import Srf from 'drachtio-srf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UdpPeer } from '../support/sip-peer.js';
import { availableSipServers, type RunningSipServer } from '../support/sip-servers.js';
import { SDP } from './world.js';

describe.each(availableSipServers())('drachtio-srf on $name', (server) => {
  let running: RunningSipServer;
  let srf: Srf;
  let caller: UdpPeer;
  let callee: UdpPeer;
  let handler: (req: Srf.SrfRequest, res: Srf.SrfResponse) => void = () => undefined;

  beforeAll(async () => {
    running = await server.start();
    srf = new Srf();
    const connected = new Promise((resolve) => srf.once('connect', resolve));
    await srf.connect(running.control);
    await connected;
    srf.invite((req, res) => handler(req, res));
    const address = running.sip[0];
    if (address === undefined) throw new Error('no listener');
    caller = await UdpPeer.open(address);
    callee = await UdpPeer.open(address);
  });
  afterAll(async () => {
    await Promise.all([caller.close(), callee.close()]);
    srf.disconnect();
    await running.stop();
  });

  const number = (): string => `sip:100@127.0.0.1:${String(running.sip[0]?.port)}`;

  it('connects a caller and a phone back to back, and hangs up both', async () => {
    const talking = new Promise<void>((resolve, reject) => {
      handler = (req, res) => {
        srf.createB2BUA(req, res, callee.uri('bob'), {}).then(({ uas, uac }) => {
          uas.on('destroy', () => {
            uac.destroy();
          });
          uac.on('destroy', () => {
            uas.destroy();
          });
          resolve();
        }, reject);
      };
    });
    const invite = caller.request('INVITE', number(), {}, SDP);
    caller.send(invite);
    const inviteB = await callee.expectRequest('INVITE');
    callee.send(callee.responseTo(inviteB, 180));
    await caller.response(180, invite);
    const answer = callee.responseTo(inviteB, 200, { 'Content-Type': 'application/sdp' });
    answer.body = Buffer.from(SDP);
    callee.send(answer);
    await callee.expectRequest('ACK');
    const ok = await caller.response(200, invite);
    expect(ok.body.toString()).toBe(SDP);
    caller.send(caller.ackOf(invite, ok));
    await talking;
    const bye = caller.inDialog('BYE', invite, ok, 2);
    caller.send(bye);
    await caller.response(200, bye);
    callee.send(callee.responseTo(await callee.expectRequest('BYE'), 200));
  });

  it('cancels the phone when the caller gives up', async () => {
    const failed = new Promise<unknown>((resolve) => {
      handler = (req, res) => {
        srf.createB2BUA(req, res, callee.uri('bob'), {}).then(() => resolve('connected'), resolve);
      };
    });
    const invite = caller.request('INVITE', number(), {}, SDP);
    caller.send(invite);
    const inviteB = await callee.expectRequest('INVITE');
    callee.send(callee.responseTo(inviteB, 180));
    await caller.response(180, invite);
    const cancel = caller.cancelOf(invite);
    caller.send(cancel);
    await caller.response(200, cancel);
    caller.send(caller.ackOf(invite, await caller.response(487, invite)));
    callee.send(callee.responseTo(await callee.expectRequest('CANCEL'), 200));
    callee.send(callee.responseTo(inviteB, 487));
    await callee.expectRequest('ACK');
    expect(await failed).toMatchObject({ status: 487 });
  });

  it('answers a digest challenge with the same Call-ID, From tag and the next CSeq', async () => {
    const calling = srf.createUAC(callee.uri('trunk'), {
      localSdp: SDP,
      headers: { From: '<sip:34600111222@localhost>', Contact: '<sip:34600111222@localhost>' },
      auth: { username: 'me', password: 'secret' },
    });
    const first = await callee.expectRequest('INVITE');
    callee.send(
      callee.responseTo(first, 401, { 'WWW-Authenticate': 'Digest realm="trunk", nonce="abc", algorithm=MD5' }),
    );
    await callee.expectRequest('ACK');
    const second = await callee.expectRequest('INVITE');
    expect(second.get('authorization')).toContain('username="me"');
    expect([second.get('call-id'), second.get('from')]).toEqual([first.get('call-id'), first.get('from')]);
    expect(Number.parseInt(second.get('cseq') ?? '', 10)).toBe(Number.parseInt(first.get('cseq') ?? '', 10) + 1);
    const answer = callee.responseTo(second, 200, { 'Content-Type': 'application/sdp' });
    answer.body = Buffer.from(SDP);
    callee.send(answer);
    const dialog = await calling;
    await callee.expectRequest('ACK');
    const modified = dialog.modify(SDP);
    const reinvite = await callee.expectRequest('INVITE');
    const again = callee.responseTo(reinvite, 200, { 'Content-Type': 'application/sdp' });
    again.body = Buffer.from(SDP);
    callee.send(again);
    await callee.expectRequest('ACK');
    await modified;
    dialog.destroy();
    callee.send(callee.responseTo(await callee.expectRequest('BYE'), 200));
  });
});
