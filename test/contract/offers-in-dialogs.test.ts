import { describe, expect, it } from 'vitest';
import type { SipRequest, SipResponse } from '../../src/embedded/sip/message.js';
import type { ControlApp } from '../support/control-app.js';
import type { SipPeer } from '../support/sip-peer.js';
import { availableSipServers } from '../support/sip-servers.js';
import { SDP, World, type AnsweredCall } from './world.js';

const OTHER_SDP = SDP.replace('4000', '6000');

function withBody(response: SipResponse, body: string): SipResponse {
  response.add('Content-Type', 'application/sdp');
  response.body = Buffer.from(body);
  return response;
}

function cseq(message: SipRequest): number {
  return Number.parseInt(message.get('cseq') ?? '', 10);
}

describe.each(availableSipServers())('offers inside dialogs on $name', (server) => {
  const world = new World(server);

  const dialogs = {
    'a call that came': async (app: ControlApp, peer: SipPeer) => (await world.answeredCall(app, peer)).dialogId,
    'a call that was placed': async (app: ControlApp, peer: SipPeer) => (await world.placedCall(app, peer)).dialogId,
  };

  describe.each(Object.entries(dialogs))('of the application in %s', (_, open) => {
    it('reach the peer, and their answer and ACK pass', async () => {
      const app = await world.app('invite');
      const peer = await world.udp();
      const dialogId = await open(app, peer);
      for (const round of [1, 2]) {
        const sent = await app.inside('INVITE', dialogId, ['Session-Expires: 1800;refresher=uac'], OTHER_SDP);
        expect(sent.ok).toBe('OK');
        const reinvite = await peer.expectRequest('INVITE');
        expect(reinvite.body.toString()).toBe(OTHER_SDP);
        expect(reinvite.get('content-type')).toBe('application/sdp');
        expect(reinvite.get('contact')).toBeDefined();
        expect(reinvite.get('session-expires')).toMatch(/^1800; ?refresher=uac$/);
        peer.send(withBody(peer.responseTo(reinvite, 200, { 'X-Round': String(round) }), SDP));
        const ok = await app.deliveredResponse(200);
        expect(ok).toMatchObject({ transactionId: sent.transactionId, dialogId });
        expect(ok.message.body.toString()).toBe(SDP);
        await app.inside('ACK', dialogId);
        const ack = await peer.expectRequest('ACK');
        expect(ack.get('cseq')).toBe(`${String(cseq(reinvite))} ACK`);
        expect(ack.body).toHaveLength(0);
      }
    });

    it('are left to the peer by an INVITE without SDP, and answered in the ACK', async () => {
      const app = await world.app('invite');
      const peer = await world.udp();
      const dialogId = await open(app, peer);
      await app.inside('INVITE', dialogId);
      const reinvite = await peer.expectRequest('INVITE');
      expect(reinvite.body).toHaveLength(0);
      peer.send(withBody(peer.responseTo(reinvite, 200), SDP));
      expect((await app.deliveredResponse(200)).message.body.toString()).toBe(SDP);
      await app.inside('ACK', dialogId, [], OTHER_SDP);
      const ack = await peer.expectRequest('ACK');
      expect(ack.body.toString()).toBe(OTHER_SDP);
      expect(ack.get('content-type')).toBe('application/sdp');
    });

    it('may cross one of the peer: each refuses the other, and the call goes on', async () => {
      const app = await world.app('invite');
      const peer = await world.udp();
      const call = await world.answeredCall(app, peer);
      await app.inside('INVITE', call.dialogId, [], OTHER_SDP);
      const ours = await peer.expectRequest('INVITE');
      const theirs = peer.inDialog('INVITE', call.invite, call.ok, 2, SDP);
      peer.send(theirs);
      const delivered = await app.delivered('INVITE');
      expect(delivered.dialogId).toBe(call.dialogId);
      await app.respond(delivered.transactionId, '491 Request Pending');
      peer.send(peer.ackOf(theirs, await peer.response(491, theirs)));
      peer.send(peer.responseTo(ours, 491));
      expect(cseq(await peer.expectRequest('ACK'))).toBe(cseq(ours));
      await app.deliveredResponse(491);
      await app.inside('INVITE', call.dialogId, [], OTHER_SDP);
      const again = await peer.expectRequest('INVITE');
      expect(cseq(again)).toBe(cseq(ours) + 1);
      peer.send(withBody(peer.responseTo(again, 200), SDP));
      await app.deliveredResponse(200);
      await app.inside('ACK', call.dialogId);
      expect(cseq(await peer.expectRequest('ACK'))).toBe(cseq(again));
    });

    // drachtio-server 0.9.4 takes no notice of it; RFC 3261 §13.2.2.4 wants each 2xx ACKed.
    it.runIf(server.isEmbedded)('are ACKed again when their 200 comes again', async () => {
      const app = await world.app('invite');
      const peer = await world.udp();
      const dialogId = await open(app, peer);
      await app.inside('INVITE', dialogId, [], OTHER_SDP);
      const reinvite = await peer.expectRequest('INVITE');
      const ok = withBody(peer.responseTo(reinvite, 200), SDP);
      peer.send(ok);
      await app.deliveredResponse(200);
      await app.inside('ACK', dialogId);
      await peer.expectRequest('ACK');
      peer.send(ok);
      expect(cseq(await peer.expectRequest('ACK'))).toBe(cseq(reinvite));
    });

    it('do not keep a BYE back', async () => {
      const app = await world.app('invite');
      const peer = await world.udp();
      const dialogId = await open(app, peer);
      await app.inside('INVITE', dialogId, [], OTHER_SDP);
      const reinvite = await peer.expectRequest('INVITE');
      await app.inside('BYE', dialogId);
      const bye = await peer.expectRequest('BYE');
      expect(cseq(bye)).toBe(cseq(reinvite) + 1);
      peer.send(peer.responseTo(reinvite, 487));
      peer.send(peer.responseTo(bye, 200));
      expect(cseq(await peer.expectRequest('ACK'))).toBe(cseq(reinvite));
      await app.deliveredResponse(200);
    });
  });

  it('are asked of the application by a re-INVITE without SDP, and answered in its ACK', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const call = await world.answeredCall(app, peer);
    const reinvite = peer.inDialog('INVITE', call.invite, call.ok, 2);
    peer.send(reinvite);
    const delivered = await app.delivered('INVITE');
    expect(delivered.message.body).toHaveLength(0);
    await app.respond(delivered.transactionId, '200 OK', [], OTHER_SDP);
    const ok = await peer.response(200, reinvite);
    expect(ok.body.toString()).toBe(OTHER_SDP);
    const ack = peer.ackOf(reinvite, ok);
    ack.add('Content-Type', 'application/sdp').body = Buffer.from(SDP);
    peer.send(ack);
    const acked = await app.delivered('ACK');
    expect(acked.dialogId).toBe(call.dialogId);
    expect(acked.message.get('cseq')).toBe('2 ACK');
    expect(acked.message.body.toString()).toBe(SDP);
  });

  it('are answered in the ACK when the call began without one', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    await app.request('INVITE', peer.uri('media'));
    const invite = await peer.expectRequest('INVITE');
    expect(invite.body).toHaveLength(0);
    peer.send(withBody(peer.responseTo(invite, 200), SDP));
    const { dialogId } = await app.deliveredResponse(200);
    await app.inside('ACK', dialogId, [], `${OTHER_SDP}a=inactive\r\n`, peer.uri('media'));
    const ack = await peer.expectRequest('ACK');
    expect(ack.body.toString()).toBe(`${OTHER_SDP}a=inactive\r\n`);
    expect(ack.get('content-type')).toBe('application/sdp');
    await app.inside('INVITE', dialogId, [], OTHER_SDP);
    const reinvite = await peer.expectRequest('INVITE');
    peer.send(withBody(peer.responseTo(reinvite, 200), SDP));
    await app.deliveredResponse(200);
    await app.inside('ACK', dialogId);
    expect((await peer.expectRequest('ACK')).body).toHaveLength(0);
  });

  it('of the application in its 200 are answered in the ACK of a caller without one', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri());
    peer.send(invite);
    const delivered = await app.delivered('INVITE');
    await app.respond(delivered.transactionId, '200 OK', [], SDP);
    const ok = await peer.response(200, invite);
    const ack = peer.ackOf(invite, ok);
    ack.add('Content-Type', 'application/sdp').body = Buffer.from(OTHER_SDP);
    peer.send(ack);
    expect((await app.delivered('ACK')).message.body.toString()).toBe(OTHER_SDP);
  });
});

describe.each(availableSipServers())('transfers on $name', (server) => {
  const world = new World(server);
  const FRAGMENT = 'SIP/2.0 100 Trying\r\n';

  it('carry the news of a REFER to the peer that sent it', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const call = await world.answeredCall(app, peer);
    const target = '<sip:901@127.0.0.1?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>';
    const refer = peer.inDialog('REFER', call.invite, call.ok, 2).add('Refer-To', target);
    refer.add('Referred-By', '<sip:ana@127.0.0.1>').add('Refer-Sub', 'true');
    peer.send(refer);
    const delivered = await app.delivered('REFER');
    expect(delivered.message.get('refer-to')).toBe(target);
    expect(delivered.message.get('referred-by')).toBe('<sip:ana@127.0.0.1>');
    expect(delivered.message.get('refer-sub')).toBe('true');
    await app.respond(delivered.transactionId, '202 Accepted');
    await peer.response(202, refer);
    await notifies(app, peer, call);
  });

  async function notifies(app: ControlApp, peer: SipPeer, call: AnsweredCall): Promise<void> {
    for (const state of ['active;expires=60', 'terminated;reason=noresource']) {
      const headers = [
        'Event: refer',
        `Subscription-State: ${state}`,
        'Content-Type: message/sipfrag;version=2.0',
        `Contact: ${call.ok.get('contact') ?? ''}`,
      ];
      await app.inside('NOTIFY', call.dialogId, headers, FRAGMENT);
      const notify = await peer.expectRequest('NOTIFY');
      expect(notify.get('event')).toBe('refer');
      expect(notify.get('subscription-state')).toBe(state);
      expect(notify.get('content-type')).toBe('message/sipfrag;version=2.0');
      expect(notify.getAll('contact')).toEqual([call.ok.get('contact')]);
      expect(notify.body.toString()).toBe(FRAGMENT);
      peer.send(peer.responseTo(notify, 200));
      expect((await app.deliveredResponse(200)).dialogId).toBe(call.dialogId);
    }
    // A subscription that is over, or was never wanted, leaves the call as it is.
    await app.inside('NOTIFY', call.dialogId, ['Event: refer', 'Subscription-State: active']);
    peer.send(peer.responseTo(await peer.expectRequest('NOTIFY'), 481));
    await app.deliveredResponse(481);
    expect((await app.inside('INFO', call.dialogId)).ok).toBe('OK');
  }

  it('carry a REFER of the application, and the news of it back', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const call = await world.answeredCall(app, peer);
    await app.inside('REFER', call.dialogId, ['Refer-To: <sip:901@127.0.0.1>']);
    const refer = await peer.expectRequest('REFER');
    expect(refer.get('refer-to')).toBe('<sip:901@127.0.0.1>');
    expect(refer.get('contact')).toBeDefined();
    peer.send(peer.responseTo(refer, 202));
    await app.deliveredResponse(202);
    const notify = peer.inDialog('NOTIFY', call.invite, call.ok, 2);
    notify.add('Event', 'refer').add('Subscription-State', 'terminated;reason=noresource');
    notify.add('Content-Type', 'message/sipfrag').body = Buffer.from('SIP/2.0 200 OK\r\n');
    peer.send(notify);
    const delivered = await app.delivered('NOTIFY');
    expect(delivered.dialogId).toBe(call.dialogId);
    expect(delivered.message.body.toString()).toBe('SIP/2.0 200 OK\r\n');
    await app.respond(delivered.transactionId, '200 OK');
    await peer.response(200, notify);
  });

  it('hand over an INVITE with Replaces as a call of its own', async () => {
    const app = await world.app('invite');
    const [peer, other] = [await world.udp(), await world.udp()];
    const call = await world.answeredCall(app, peer);
    const tag = (value: string | undefined): string => /;tag=([^;]+)/.exec(value ?? '')?.[1] ?? '';
    const callId = call.invite.get('call-id') ?? '';
    const replaces = `${callId};to-tag=${tag(call.ok.get('to'))};from-tag=${tag(call.invite.get('from'))}`;
    const invite = other.request('INVITE', world.uri(), { Replaces: replaces, Require: 'replaces' }, SDP);
    other.send(invite);
    const delivered = await app.delivered('INVITE');
    expect(delivered.dialogId).toBe('');
    expect(delivered.message.get('replaces')).toBe(replaces);
    expect(delivered.message.get('require')).toBe('replaces');
    await app.respond(delivered.transactionId, '200 OK', [], SDP);
    other.send(other.ackOf(invite, await other.response(200, invite)));
    await app.delivered('ACK');
    expect((await app.inside('BYE', call.dialogId)).ok).toBe('OK');
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await app.deliveredResponse(200);
  });
});
