import { describe, expect, it } from 'vitest';
import { availableSipServers } from '../support/sip-servers.js';
import { sdp, type Wire, withWire } from './wire.js';

const elsewhere = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' } as const;

describe.each(availableSipServers())('legs on the $name server', (underTest) => {
  let wire: Wire;
  withWire(underTest, (opened) => (wire = opened));

  describe('calls in', () => {
    it('rings, answers with our SDP and hangs up', async () => {
      const peer = await wire.peer();
      const invite = peer.request('INVITE', 'sip:900@127.0.0.1', {}, sdp(4000));
      peer.send(invite);
      const { request, leg, events } = await wire.calls.next();
      expect(request).toMatchObject({ user: '900', sdp: sdp(4000), source: { address: '127.0.0.1', port: peer.port } });
      leg.progress(180);
      await peer.response(180);
      leg.answer(sdp(5000));
      const ok = await peer.response(200, invite);
      expect(ok.body.toString()).toBe(sdp(5000));
      expect(ok.get('allow')).toContain('UPDATE');
      peer.send(peer.ackOf(invite, ok));
      expect(await events.of('acked')).toEqual({ type: 'acked' });
      leg.bye();
      const bye = await peer.expectRequest('BYE');
      peer.send(peer.responseTo(bye, 200));
      expect(await events.of('ended')).toEqual({ type: 'ended', by: 'us' });
      await wire.idle();
    });

    it('reads the SDP of a multipart body, and refuses what it cannot read with 415 (RFC 5621 §3, RFC 3261 §8.2.3)', async () => {
      const peer = await wire.peer();
      const parts = `--b\r\nContent-Type: application/sdp\r\n\r\n${sdp(4000)}\r\n--b\r\nContent-Type: application/isup\r\n\r\nx\r\n--b--\r\n`;
      const mixed = { 'Content-Type': 'multipart/mixed;boundary=b' };
      const invite = peer.request('INVITE', 'sip:900@127.0.0.1', mixed, parts);
      peer.send(invite);
      const { request, leg, events } = await wire.calls.next();
      expect(request.sdp).toBe(sdp(4000));
      leg.answer(sdp(5000));
      const ok = await peer.response(200, invite);
      peer.send(peer.ackOf(invite, ok));
      expect(await events.of('acked')).toEqual({ type: 'acked' });
      const again = peer.inDialog('INVITE', invite, ok, 2, 'hi').set('Content-Type', 'text/plain');
      peer.send(again);
      peer.send(peer.ackOf(again, await peer.response(415, again)));
      leg.bye();
      peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
      await events.of('ended');

      const text = peer.request('INVITE', 'sip:900@127.0.0.1', { 'Content-Type': 'text/plain' }, 'hi');
      peer.send(text);
      const refusal = await peer.response(415, text);
      expect(refusal.get('accept')).toBe('application/sdp');
      peer.send(peer.ackOf(text, refusal));
      await wire.idle();
    });

    it('hears the caller hang up, with the Q.850 cause', async () => {
      const peer = await wire.peer();
      const invite = peer.request('INVITE', 'sip:900@127.0.0.1', {}, sdp());
      peer.send(invite);
      const { leg, events } = await wire.calls.next();
      leg.answer(sdp());
      const ok = await peer.response(200, invite);
      peer.send(peer.ackOf(invite, ok));
      await events.of('acked');
      const bye = peer.inDialog('BYE', invite, ok, 2).add('Reason', 'Q.850;cause=16;text="x, y"');
      peer.send(bye);
      await peer.response(200, bye);
      expect(await events.of('ended')).toEqual({ type: 'ended', by: 'peer', q850: 16 });
      await wire.idle();
    });

    it('tells of a CANCEL while it rings', async () => {
      const peer = await wire.peer();
      const invite = peer.request('INVITE', 'sip:900@127.0.0.1', {}, sdp());
      peer.send(invite);
      const { leg, events } = await wire.calls.next();
      leg.progress(180);
      await peer.response(180);
      peer.send(peer.cancelOf(invite));
      await events.of('cancelled');
      peer.send(peer.ackOf(invite, await peer.response(487)));
      leg.answer(sdp());
      leg.bye();
      expect(events.all.map(({ type }) => type)).toEqual(['cancelled']);
      await wire.idle();
    });

    it('leaves the offer to us when the INVITE has none', async () => {
      const peer = await wire.peer();
      const invite = peer.request('INVITE', 'sip:900@127.0.0.1');
      peer.send(invite);
      const { request, leg, events } = await wire.calls.next();
      expect(request.sdp).toBeUndefined();
      leg.answer(sdp(5000));
      const ok = await peer.response(200, invite);
      const ack = peer.ackOf(invite, ok).add('Content-Type', 'application/sdp');
      ack.body = Buffer.from(sdp(4002));
      peer.send(ack);
      expect(await events.of('acked')).toEqual({ type: 'acked', sdp: sdp(4002) });
      leg.bye();
      peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
      await events.of('ended');
      await wire.idle();
    });

    it('waits for the ACK before it says BYE', async () => {
      const peer = await wire.peer();
      const invite = peer.request('INVITE', 'sip:900@127.0.0.1', {}, sdp());
      peer.send(invite);
      const { leg, events } = await wire.calls.next();
      leg.answer(sdp());
      leg.bye();
      const ok = await peer.response(200, invite);
      expect(peer.inbox.some((message) => message.kind === 'request')).toBe(false);
      peer.send(peer.ackOf(invite, ok));
      peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
      await events.of('ended');
      await wire.idle();
    });

    it.each([
      ['an extension that we do not know', { Require: '100rel, timer' }, 420],
      ['no Contact', { Contact: '' }, 400],
      ['no hops left', { 'Max-Forwards': '0' }, 483],
      ['a Contact that cannot be read', { Contact: '<sip:]' }, 400],
      ['the tag of a dialog that nobody knows', { To: '<sip:900@127.0.0.1>;tag=gone' }, 481],
    ])('refuses an INVITE with %s', async (_, headers, status) => {
      const peer = await wire.peer();
      const invite = peer.request('INVITE', 'sip:900@127.0.0.1', headers, sdp());
      peer.send(invite);
      const refusal = await peer.response(status);
      if (status === 420) expect(refusal.get('unsupported')).toBe('100rel');
      peer.send(peer.ackOf(invite, refusal));
      await wire.idle();
    });

    it('refuses with the reason and header fields that it is given', async () => {
      const peer = await wire.peer();
      const invite = peer.request('INVITE', 'sip:900@127.0.0.1', {}, sdp());
      peer.send(invite);
      const { leg } = await wire.calls.next();
      leg.reject(503, { headers: { 'Retry-After': '7' } });
      const refusal = await peer.response(503);
      expect(refusal.get('retry-after')).toBe('7');
      peer.send(peer.ackOf(invite, refusal));
      await wire.idle();
    });

    it.each([
      ['OPTIONS', 200],
      ['SUBSCRIBE', 489],
      ['MESSAGE', 405],
      ['NOTIFY', 481],
    ])('answers %s outside dialogs by itself', async (method, status) => {
      const peer = await wire.peer();
      peer.send(peer.request(method, 'sip:127.0.0.1', method === 'SUBSCRIBE' ? { Event: 'presence' } : {}));
      await peer.response(status);
    });
  });

  describe('calls out', () => {
    it('rings, is answered, ACKs and hears the callee hang up', async () => {
      const peer = await wire.peer();
      const { leg, events } = wire.dial({ uri: peer.uri('ana'), sdpOffer: sdp(4000) });
      const invite = await peer.expectRequest('INVITE');
      expect(invite.get('call-id')).toBe(leg.sipCallId);
      expect(invite.get('from')).toMatch(/^"Ana \\"A\\" <x>" ?<sip:\+34600111222@example\.test>;tag=/);
      expect(invite.body.toString()).toBe(sdp(4000));
      peer.send(peer.responseTo(invite, 180));
      expect(await events.of('progress')).toEqual({ type: 'progress', status: 180 });
      const ok = peer.responseTo(invite, 200, { 'Content-Type': 'application/sdp' });
      ok.body = Buffer.from(sdp(5000));
      peer.send(ok);
      expect(await events.of('answered')).toEqual({ type: 'answered', sdp: sdp(5000) });
      await peer.expectRequest('ACK');
      const bye = byeOfCallee(peer, invite);
      peer.send(bye);
      await peer.response(200, bye);
      expect(await events.of('ended')).toEqual({ type: 'ended', by: 'peer' });
      await wire.idle();
    });

    it('acks with our answer when the callee makes the offer', async () => {
      const peer = await wire.peer();
      const { leg, events } = wire.dial({ uri: peer.uri('ana') });
      const invite = await peer.expectRequest('INVITE');
      expect(invite.body).toHaveLength(0);
      const ok = peer.responseTo(invite, 200, { 'Content-Type': 'application/sdp' });
      ok.body = Buffer.from(sdp(5000));
      peer.send(ok);
      await events.of('answered');
      leg.ack(sdp(4006));
      const ack = await peer.expectRequest('ACK');
      expect(ack.body.toString()).toBe(sdp(4006));
      leg.bye(elsewhere);
      const bye = await peer.expectRequest('BYE');
      expect(bye.get('reason')).toBe('SIP;cause=200;text="Call completed elsewhere"');
      peer.send(peer.responseTo(bye, 200));
      expect(await events.of('ended')).toEqual({ type: 'ended', by: 'us' });
      await wire.idle();
    });

    it('cancels a ringing phone and says why', async () => {
      const peer = await wire.peer();
      const { leg, events } = wire.dial({ uri: peer.uri('ana'), sdpOffer: sdp() });
      const invite = await peer.expectRequest('INVITE');
      peer.send(peer.responseTo(invite, 180));
      await events.of('progress');
      leg.cancel(elsewhere);
      const cancel = await peer.expectRequest('CANCEL');
      expect(cancel.get('reason')).toMatch(/^SIP; ?cause=200; ?text="Call completed elsewhere"$/);
      peer.send(peer.responseTo(cancel, 200));
      peer.send(peer.responseTo(invite, 487));
      expect(await events.of('failed')).toEqual({ type: 'failed', status: 487 });
      await peer.expectRequest('ACK');
      await wire.idle();
    });

    it('keeps a CANCEL back until the phone has said something', async () => {
      const peer = await wire.peer();
      const { leg, events } = wire.dial({ uri: peer.uri('ana'), sdpOffer: sdp() });
      const invite = await peer.expectRequest('INVITE');
      leg.cancel(elsewhere);
      // The INVITE is sent again in the meantime: no CANCEL has gone before a provisional response.
      await peer.expectRequest('INVITE');
      expect(peer.inbox.filter((message) => message.kind === 'request' && message.method === 'CANCEL')).toEqual([]);
      peer.send(peer.responseTo(invite, 100));
      const cancel = await peer.expectRequest('CANCEL');
      peer.send(peer.responseTo(cancel, 200));
      peer.send(peer.responseTo(invite, 487));
      await events.of('failed');
      await wire.idle();
    });

    it('acknowledges and hangs up a 200 that crosses the CANCEL', async () => {
      const peer = await wire.peer();
      const { leg, events } = wire.dial({ uri: peer.uri('ana'), sdpOffer: sdp() });
      const invite = await peer.expectRequest('INVITE');
      peer.send(peer.responseTo(invite, 180));
      await events.of('progress');
      leg.cancel(elsewhere);
      const ok = peer.responseTo(invite, 200, { 'Content-Type': 'application/sdp' });
      ok.body = Buffer.from(sdp());
      peer.send(ok);
      await peer.expectRequest('ACK');
      const bye = await peer.expectRequest('BYE');
      // drachtio-server says this BYE itself, with its own text.
      expect(bye.get('reason')).toMatch(/^SIP ?;cause=200 ?;text=/);
      peer.send(peer.responseTo(bye, 200));
      expect(await events.of('failed')).toEqual({ type: 'failed', status: 487 });
      expect(events.all.filter(({ type }) => type === 'answered' || type === 'ended')).toEqual([]);
      await wire.idle();
    });

    it.each([
      [486, {}, { status: 486 }],
      [302, { Contact: '<sip:0900@127.0.0.1>' }, { status: 302 }],
      [
        480,
        { Reason: 'Q.850;cause=19;text="no answer"', 'Retry-After': '3 (soon)' },
        { status: 480, q850: 19, retryAfterMs: 3000 },
      ],
    ])('tells of a refusal with %i', async (status, headers, outcome) => {
      const peer = await wire.peer();
      const { events } = wire.dial({ uri: peer.uri('ana'), sdpOffer: sdp() });
      const invite = await peer.expectRequest('INVITE');
      peer.send(peer.responseTo(invite, status, headers));
      expect(await events.of('failed')).toEqual({ type: 'failed', ...outcome });
      await peer.expectRequest('ACK');
      await wire.idle();
    });

    it('fails with 503 where nobody listens on TCP', async () => {
      const { events } = wire.dial({ uri: 'sip:ana@127.0.0.1:9;transport=tcp', sdpOffer: sdp() });
      expect(await events.of('failed')).toMatchObject({ status: 503 });
      await wire.idle();
    });

    it('refuses what the control connection could not carry', async () => {
      const { events } = wire.dial({ uri: 'sip:ana@127.0.0.1:9', sdpOffer: sdp() + 'a=x'.repeat(5000) });
      expect(await events.of('failed')).toEqual({ type: 'failed', status: 513 });
      await wire.idle();
    });

    it('asks whether a contact is there', async () => {
      const peer = await wire.peer();
      const answer = wire.signalling.probe({ uri: peer.uri('ana') });
      peer.send(peer.responseTo(await peer.expectRequest('OPTIONS'), 405));
      expect(await answer).toBe(true);
      await wire.idle();
    });
  });
});

function byeOfCallee(peer: Awaited<ReturnType<Wire['peer']>>, invite: Awaited<ReturnType<typeof peer.expectRequest>>) {
  const target = /<([^>]*)>/.exec(invite.get('contact') ?? '')?.[1] ?? '';
  return peer.request('BYE', target, {
    From: `${invite.get('to') ?? ''};tag=callee`,
    To: invite.get('from') ?? '',
    'Call-ID': invite.get('call-id') ?? '',
    CSeq: '1 BYE',
  });
}
