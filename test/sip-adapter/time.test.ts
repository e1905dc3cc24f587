/** What happens by time alone, on a clock that is turned by hand; the server's own timers run as they do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import type { SipRequest } from '../../src/embedded/sip/message.js';
import { availableSipServers, type RunningSipServer } from '../support/sip-servers.js';
import { talk, withSdp } from './talk.js';
import { openWire, sdp, type Wire } from './wire.js';

describe.each(availableSipServers())('time on the $name server', (underTest) => {
  let server: RunningSipServer;
  let wire: Wire;
  let clock: ManualClock;

  beforeEach(async () => {
    clock = createManualClock();
    server = await underTest.start();
    wire = await openWire(server, { clock, sessionTimers: { expiresMs: 200_000, minSeMs: 100_000 } });
  });
  afterEach(async () => {
    const stopped = wire.close();
    await clock.turn(5_000);
    await stopped;
    await server.stop();
  });

  it('says 180 again each minute while a call waits', async () => {
    const peer = await wire.peer();
    const invite = peer.request('INVITE', 'sip:900@127.0.0.1', {}, sdp());
    peer.send(invite);
    const { leg } = await wire.calls.next();
    leg.progress(180);
    await peer.response(180);
    await clock.turn(60_000);
    await peer.response(180);
    await clock.turn(60_000);
    await peer.response(180);
    leg.reject(480);
    peer.send(peer.ackOf(invite, await peer.response(480)));
    await wire.idle();
  });

  it('gives a phone up that never answers the CANCEL, and hangs up should it answer after all', async () => {
    const peer = await wire.peer();
    const { leg, events } = wire.dial({ uri: peer.uri('ana'), sdpOffer: sdp() });
    const invite = await peer.expectRequest('INVITE');
    peer.send(peer.responseTo(invite, 180));
    await events.of('progress');
    leg.cancel();
    await peer.expectRequest('CANCEL');
    await clock.turn(31_000);
    expect(events.all.some(({ type }) => type === 'failed')).toBe(false);
    await clock.turn(1_000);
    expect(await events.of('failed')).toEqual({ type: 'failed', status: 408 });
    await wire.idle();
    peer.send(withSdp(peer.responseTo(invite, 200), sdp()));
    await peer.expectRequest('ACK');
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await wire.idle();
    expect(events.all.map(({ type }) => type)).toEqual(['progress', 'failed']);
  });

  const timerHeaders = { Supported: 'timer', 'Session-Expires': '120;refresher=uac' };

  it('refreshes a session as long as it is answered, and hangs up when it is not', async () => {
    const call = await talk(wire, { answerHeaders: timerHeaders, inviteHeaders: timerHeaders });
    const { caller, callee } = call;
    for (let round = 0; round < 2; round++) {
      await clock.turn(53_000);
      const refresh = await callee.peer.expectRequest('INVITE');
      expect(refresh.body.toString()).toBe(sdp(4000));
      expect(refresh.get('session-expires')).toMatch(/^120; ?refresher=uac$/);
      callee.peer.send(withSdp(callee.peer.responseTo(refresh, 200, timerHeaders), sdp(5000)));
      await callee.peer.expectRequest('ACK');
      const update = caller.request('UPDATE', timerHeaders);
      caller.peer.send(update);
      const ok = await caller.peer.response(200, update);
      expect(ok.get('session-expires')).toMatch(/^120; ?refresher=uac$/);
    }
    await clock.turn(53_000);
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('INVITE'), 481));
    expect(await callee.events.of('ended')).toEqual({ type: 'ended', by: 'session-timer' });
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('BYE'), 481));
    caller.leg.bye();
    caller.peer.send(caller.peer.responseTo(await caller.peer.expectRequest('BYE'), 200));
    await wire.idle();
  });

  it('makes an offer after the refresh that is under way, and refreshes with what was offered', async () => {
    const call = await talk(wire, { answerHeaders: timerHeaders });
    const { callee } = call;
    const accept = async (request: SipRequest): Promise<void> => {
      callee.peer.send(withSdp(callee.peer.responseTo(request, 200, timerHeaders), sdp(5000)));
      await callee.peer.expectRequest('ACK');
    };
    await clock.turn(53_000);
    const refresh = await callee.peer.expectRequest('INVITE');
    callee.leg.offer(sdp(6000));
    await accept(refresh);
    const offer = await callee.peer.expectRequest('INVITE');
    expect(offer.body.toString()).toBe(sdp(6000));
    expect(offer.get('session-expires')).toMatch(/^120; ?refresher=uac$/);
    await accept(offer);
    await callee.events.of('offer-answered');
    await clock.turn(53_000);
    const next = await callee.peer.expectRequest('INVITE');
    expect(next.body.toString()).toBe(sdp(6000));
    await accept(next);
    await call.end();
  });

  it('hangs up a caller who was to refresh and did not', async () => {
    const { caller, callee } = await talk(wire, { inviteHeaders: timerHeaders });
    // 120 s less the smaller of 32 s and a third of it.
    await clock.turn(87_000);
    expect(caller.events.all.some(({ type }) => type === 'ended')).toBe(false);
    await clock.turn(1_000);
    expect(await caller.events.of('ended')).toEqual({ type: 'ended', by: 'session-timer' });
    caller.peer.send(caller.peer.responseTo(await caller.peer.expectRequest('BYE'), 200));
    callee.leg.bye();
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('BYE'), 200));
    await wire.idle();
  });

  it('asks a peer without session timers whether it is still there', async () => {
    const call = await talk(wire);
    const { caller, callee } = call;
    await clock.turn(100_000);
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('OPTIONS'), 405));
    caller.peer.send(caller.peer.responseTo(await caller.peer.expectRequest('OPTIONS'), 481));
    expect(await caller.events.of('ended')).toEqual({ type: 'ended', by: 'session-timer' });
    caller.peer.send(caller.peer.responseTo(await caller.peer.expectRequest('BYE'), 481));
    callee.leg.bye();
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('BYE'), 200));
    await wire.idle();
  });

  it('refuses a session interval that is too small', async () => {
    const peer = await wire.peer();
    const headers = { Supported: 'timer', 'Session-Expires': '95' };
    const invite = peer.request('INVITE', 'sip:900@127.0.0.1', headers, sdp());
    peer.send(invite);
    const refusal = await peer.response(422);
    expect(refusal.get('min-se')).toBe('100');
    peer.send(peer.ackOf(invite, refusal));
    expect(wire.calls.all).toHaveLength(0);
  });

  it('ends a leg whose peer asked for our offer and never answered it', async () => {
    const { caller, callee } = await talk(wire, { relays: false });
    const reinvite = caller.request('INVITE');
    caller.peer.send(reinvite);
    caller.leg.respond((await caller.events.of('request')).token, 200, { sdp: sdp(6000) });
    await caller.peer.response(200, reinvite);
    await clock.turn(32_000);
    expect(await caller.events.of('ended')).toEqual({ type: 'ended', by: 'fault' });
    caller.peer.send(caller.peer.responseTo(await caller.peer.expectRequest('BYE'), 200));
    callee.leg.bye();
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('BYE'), 200));
    await wire.idle();
  });

  it('ends a leg with an offer that nobody answered', async () => {
    const { caller, callee } = await talk(wire);
    const reinvite = caller.request('INVITE');
    caller.peer.send(reinvite);
    callee.peer.send(withSdp(callee.peer.responseTo(await callee.peer.expectRequest('INVITE'), 200), sdp()));
    await caller.peer.response(200, reinvite);
    await clock.turn(32_000);
    await callee.peer.expectRequest('ACK');
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('BYE'), 200));
    expect(await callee.events.of('ended')).toEqual({ type: 'ended', by: 'fault' });
    caller.leg.bye();
    caller.peer.send(caller.peer.responseTo(await caller.peer.expectRequest('BYE'), 200));
    await wire.idle();
  });
});
