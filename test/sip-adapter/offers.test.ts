import { describe, expect, it } from 'vitest';
import type { SipRequest } from '../../src/embedded/sip/message.js';
import type { InboundLeg, OutboundLeg } from '../../src/voice/signalling.js';
import { availableSipServers } from '../support/sip-servers.js';
import { talk, withSdp, type Party } from './talk.js';
import { sdp, type Wire, withWire } from './wire.js';

type AnyParty = Party<InboundLeg> | Party<OutboundLeg>;

async function accepts(party: AnyParty, reinvite: SipRequest, answer: string): Promise<SipRequest> {
  party.peer.send(withSdp(party.peer.responseTo(reinvite, 200), answer));
  return party.peer.expectRequest('ACK');
}

function outcomes(party: AnyParty): string[] {
  return party.events.all.map(({ type }) => type).filter((type) => type.startsWith('offer-') || type === 'ended');
}

describe.each(availableSipServers())('offers on the $name server', (underTest) => {
  let wire: Wire;
  withWire(underTest, (opened) => (wire = opened));

  it.each(['caller', 'callee'] as const)('re-INVITE the %s, whose answer comes back', async (who) => {
    const call = await talk(wire);
    const party = call[who];
    for (const port of [6000, 6002]) {
      party.leg.offer(sdp(port));
      const reinvite = await party.peer.expectRequest('INVITE');
      expect(reinvite.body.toString()).toBe(sdp(port));
      expect(reinvite.get('content-type')).toBe('application/sdp');
      expect(reinvite.get('contact')).toBeDefined();
      const ack = await accepts(party, reinvite, sdp(port + 1));
      expect(ack.get('cseq')).toBe((reinvite.get('cseq') ?? '').replace('INVITE', 'ACK'));
      expect(await party.events.of('offer-answered')).toEqual({ type: 'offer-answered', sdp: sdp(port + 1) });
    }
    await call.end();
  });

  it('leave the session as it was when they are refused', async () => {
    const call = await talk(wire);
    const { callee } = call;
    callee.leg.offer(sdp(6000));
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('INVITE'), 488));
    await callee.peer.expectRequest('ACK');
    expect(await callee.events.of('offer-refused')).toEqual({ type: 'offer-refused', status: 488 });
    await call.end();
  });

  it('are refused at once while another is out, or the call still rings', async () => {
    const call = await talk(wire);
    const { callee } = call;
    callee.leg.offer(sdp(6000));
    callee.leg.offer(sdp(6002));
    expect(await callee.events.of('offer-refused')).toEqual({ type: 'offer-refused', status: 491 });
    await accepts(callee, await callee.peer.expectRequest('INVITE'), sdp(6001));
    await callee.events.of('offer-answered');

    const ringing = wire.dial({ uri: callee.peer.uri('ben'), sdpOffer: sdp() });
    const invite = await callee.peer.expectRequest('INVITE');
    ringing.leg.offer(sdp());
    expect(await ringing.events.of('offer-refused')).toEqual({ type: 'offer-refused', status: 491 });
    callee.peer.send(callee.peer.responseTo(invite, 486));
    await callee.peer.expectRequest('ACK');
    await call.end();
  });

  it('answer 491 to an offer that crosses them, and are made again when they get one', async () => {
    const call = await talk(wire, { relays: false });
    const { caller } = call;
    // The caller owns the Call-ID, so our pause is the short one of RFC 3261 §14.1.
    caller.leg.offer(sdp(6000));
    const crossed = await caller.peer.expectRequest('INVITE');
    const theirs = caller.request('INVITE', {}, sdp(4100));
    caller.peer.send(theirs);
    caller.peer.send(caller.peer.ackOf(theirs, await caller.peer.response(491, theirs)));
    caller.peer.send(caller.peer.responseTo(crossed, 491));
    await caller.peer.expectRequest('ACK');
    const again = await caller.peer.expectRequest('INVITE');
    expect(again.body.toString()).toBe(sdp(6000));
    await accepts(caller, again, sdp(4102));
    await caller.events.of('offer-answered');
    expect(outcomes(caller)).toEqual(['offer-answered']);
    await call.end();
  });

  it('let the offer of the peer pass before they are made again', async () => {
    const call = await talk(wire, { relays: false });
    const { callee } = call;
    callee.leg.offer(sdp(6000));
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('INVITE'), 491));
    await callee.peer.expectRequest('ACK');
    const theirs = callee.request('INVITE', {}, sdp(5100));
    callee.peer.send(theirs);
    const { token } = await callee.events.of('request');
    callee.leg.respond(token, 200, { sdp: sdp(6002) });
    await callee.peer.response(200, theirs);
    callee.peer.send(callee.ack(theirs));
    await accepts(callee, await callee.peer.expectRequest('INVITE'), sdp(5102));
    expect(await callee.events.of('offer-answered')).toEqual({ type: 'offer-answered', sdp: sdp(5102) });
    await call.end();
  });

  it('wait for the offer of the peer, its answer and its ACK', async () => {
    const call = await talk(wire, { relays: false });
    const { caller } = call;
    const theirs = caller.request('INVITE', {}, sdp(4100));
    caller.peer.send(theirs);
    const request = await caller.events.of('request');
    expect(request).toMatchObject({ method: 'INVITE', sdp: sdp(4100) });
    caller.leg.offer(sdp(6000));
    caller.leg.respond(request.token, 200, { sdp: sdp(6002) });
    const ok = await caller.peer.response(200, theirs);
    expect(ok.body.toString()).toBe(sdp(6002));
    expect(caller.peer.inbox.some((message) => message.kind === 'request' && message.method === 'INVITE')).toBe(false);
    caller.peer.send(caller.ack(theirs));
    await accepts(caller, await caller.peer.expectRequest('INVITE'), sdp(4102));
    await caller.events.of('offer-answered');
    await call.end();
  });

  it('wait for the ACK to the 200 that has only just answered the call', async () => {
    const peer = await wire.peer();
    const invite = peer.request('INVITE', 'sip:900@127.0.0.1', {}, sdp());
    peer.send(invite);
    const { leg, events } = await wire.calls.next();
    leg.answer(sdp(6000));
    leg.offer(sdp(6002));
    const ok = await peer.response(200, invite);
    peer.send(peer.ackOf(invite, ok));
    await events.of('acked');
    const reinvite = await peer.expectRequest('INVITE');
    expect(reinvite.body.toString()).toBe(sdp(6002));
    peer.send(withSdp(peer.responseTo(reinvite, 200), sdp(4002)));
    await peer.expectRequest('ACK');
    expect(await events.of('offer-answered')).toEqual({ type: 'offer-answered', sdp: sdp(4002) });
    leg.bye();
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await events.of('ended');
    await wire.idle();
  });

  it('come after the answer to an offer that was made in a 200', async () => {
    const peer = await wire.peer();
    const { leg, events } = wire.dial({ uri: peer.uri('media') });
    const invite = await peer.expectRequest('INVITE');
    expect(invite.body).toHaveLength(0);
    const ok = withSdp(peer.responseTo(invite, 200), sdp(7000));
    peer.send(ok);
    expect(await events.of('answered')).toEqual({ type: 'answered', sdp: sdp(7000) });
    leg.ack(`${sdp(6000)}a=inactive\r\n`);
    const ack = await peer.expectRequest('ACK');
    expect(ack.body.toString()).toContain('a=inactive');
    expect(ack.get('content-type')).toBe('application/sdp');
    leg.offer(sdp(6002));
    const reinvite = await peer.expectRequest('INVITE');
    expect(reinvite.body.toString()).toBe(sdp(6002));
    peer.send(withSdp(peer.responseTo(reinvite, 200), sdp(7002)));
    await peer.expectRequest('ACK');
    expect(await events.of('offer-answered')).toEqual({ type: 'offer-answered', sdp: sdp(7002) });
    leg.bye();
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await events.of('ended');
    await wire.idle();
  });

  it.each([481, 408])('end a leg whose peer answers %i', async (status) => {
    const call = await talk(wire);
    const { caller, callee } = call;
    callee.leg.offer(sdp(6000));
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('INVITE'), status));
    expect(await callee.events.of('offer-refused')).toEqual({ type: 'offer-refused', status });
    expect(await callee.events.of('ended')).toEqual({ type: 'ended', by: 'fault' });
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('BYE'), 200));
    caller.leg.bye();
    caller.peer.send(caller.peer.responseTo(await caller.peer.expectRequest('BYE'), 200));
    await wire.idle();
  });

  it('hear nothing after a BYE of ours, which goes at once', async () => {
    const call = await talk(wire);
    const { caller, callee } = call;
    callee.leg.offer(sdp(6000));
    const reinvite = await callee.peer.expectRequest('INVITE');
    callee.leg.bye();
    const bye = await callee.peer.expectRequest('BYE');
    callee.peer.send(callee.peer.responseTo(reinvite, 487));
    callee.peer.send(callee.peer.responseTo(bye, 200));
    await callee.events.of('ended');
    expect(outcomes(callee)).toEqual(['ended']);
    caller.leg.bye();
    caller.peer.send(caller.peer.responseTo(await caller.peer.expectRequest('BYE'), 200));
    await wire.idle();
  });

  it('hear nothing after a BYE of the peer', async () => {
    const call = await talk(wire);
    const { caller, callee } = call;
    callee.leg.offer(sdp(6000));
    const reinvite = await callee.peer.expectRequest('INVITE');
    const bye = callee.request('BYE');
    callee.peer.send(bye);
    await callee.peer.response(200, bye);
    callee.peer.send(callee.peer.responseTo(reinvite, 487));
    await callee.events.of('ended');
    caller.leg.bye();
    caller.peer.send(caller.peer.responseTo(await caller.peer.expectRequest('BYE'), 200));
    await wire.idle();
    expect(outcomes(callee)).toEqual(['ended']);
  });

  it('are asked of us by a re-INVITE without SDP, and answered in its ACK', async () => {
    const call = await talk(wire, { relays: false });
    const { caller } = call;
    const reinvite = caller.request('INVITE');
    caller.peer.send(reinvite);
    const request = await caller.events.of('request');
    expect(request).not.toHaveProperty('sdp');
    caller.leg.respond(request.token, 200, { sdp: sdp(6000) });
    const ok = await caller.peer.response(200, reinvite);
    expect(ok.body.toString()).toBe(sdp(6000));
    caller.peer.send(caller.ack(reinvite, sdp(4100)));
    expect(await caller.events.of('described')).toEqual({ type: 'described', sdp: sdp(4100) });
    await call.end();
  });

  it.each(['before it was answered', 'before its ACK'] as const)(
    'of the peer to which the other one has answered with an offer are ended by silence when their sender leaves %s',
    async (when) => {
      const call = await talk(wire);
      const { caller, callee } = call;
      const reinvite = caller.request('INVITE');
      caller.peer.send(reinvite);
      const passedOn = await callee.peer.expectRequest('INVITE');
      const answer = (): void => callee.peer.send(withSdp(callee.peer.responseTo(passedOn, 200), sdp(5200)));
      if (when === 'before its ACK') {
        answer();
        await caller.peer.response(200, reinvite);
      }
      const bye = caller.request('BYE');
      caller.peer.send(bye);
      await caller.peer.response(200, bye);
      if (when === 'before it was answered') answer();
      const ack = await callee.peer.expectRequest('ACK');
      expect(ack.body.toString()).toContain('a=inactive');
      expect(await callee.events.of('described')).toEqual({ type: 'described', sdp: sdp(5200) });
      // Nothing is under way any more: who comes next is offered at once.
      callee.leg.offer(sdp(6000));
      const next = await callee.peer.expectRequest('INVITE');
      callee.peer.send(withSdp(callee.peer.responseTo(next, 200), sdp(5300)));
      expect(await callee.events.of('offer-answered')).toMatchObject({ sdp: sdp(5300) });
      await callee.peer.expectRequest('ACK');
      callee.leg.bye();
      callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('BYE'), 200));
      await wire.idle();
    },
  );

  it('of the peer that are passed on are told on both sides', async () => {
    const call = await talk(wire);
    const { caller, callee } = call;
    const reinvite = caller.request('INVITE');
    caller.peer.send(reinvite);
    const passedOn = await callee.peer.expectRequest('INVITE');
    callee.peer.send(withSdp(callee.peer.responseTo(passedOn, 200), sdp(5200)));
    await caller.peer.response(200, reinvite);
    caller.peer.send(caller.ack(reinvite, sdp(4200)));
    await callee.peer.expectRequest('ACK');
    expect(await callee.events.of('described')).toEqual({ type: 'described', sdp: sdp(5200) });
    expect(await caller.events.of('described')).toEqual({ type: 'described', sdp: sdp(4200) });
    await call.end();
  });
});
