import { describe, expect, it } from 'vitest';
import { availableSipServers } from '../support/sip-servers.js';
import { talk, withSdp } from './talk.js';
import { sdp, type Wire, withWire } from './wire.js';

describe.each(availableSipServers())('requests inside dialogs on the $name server', (underTest) => {
  let wire: Wire;
  withWire(underTest, (opened) => (wire = opened));

  it.each(['caller', 'callee'] as const)('passes a re-INVITE of the %s on and its answer back', async (who) => {
    const call = await talk(wire);
    const [from, to] = who === 'caller' ? [call.caller, call.callee] : [call.callee, call.caller];
    const reinvite = from.request('INVITE', {}, sdp(4100));
    from.peer.send(reinvite);
    const passedOn = await to.peer.expectRequest('INVITE');
    expect(passedOn.body.toString()).toBe(sdp(4100));
    to.peer.send(withSdp(to.peer.responseTo(passedOn, 200), sdp(5100)));
    const ok = await from.peer.response(200, reinvite);
    expect(ok.body.toString()).toBe(sdp(5100));
    expect(ok.get('contact')).toBeDefined();
    from.peer.send(from.ack(reinvite));
    const ack = await to.peer.expectRequest('ACK');
    expect(ack.get('cseq')).toBe((passedOn.get('cseq') ?? '').replace('INVITE', 'ACK'));
    await call.end();
  });

  it('carries the answer to a late offer across in the ACK', async () => {
    const call = await talk(wire);
    const { caller, callee } = call;
    const reinvite = caller.request('INVITE');
    caller.peer.send(reinvite);
    const passedOn = await callee.peer.expectRequest('INVITE');
    expect(passedOn.body).toHaveLength(0);
    callee.peer.send(withSdp(callee.peer.responseTo(passedOn, 200), sdp(5200)));
    const ok = await caller.peer.response(200, reinvite);
    expect(ok.body.toString()).toBe(sdp(5200));
    caller.peer.send(caller.ack(reinvite, sdp(4200)));
    const ack = await callee.peer.expectRequest('ACK');
    expect(ack.body.toString()).toBe(sdp(4200));
    await call.end();
  });

  it.each([
    ['as UPDATE to a peer that allows it', 'INVITE, ACK, BYE, UPDATE', 'UPDATE'],
    ['as re-INVITE to one that does not', 'INVITE, ACK, BYE', 'INVITE'],
  ])('passes an UPDATE on %s', async (_, allow, method) => {
    const call = await talk(wire, { answerHeaders: { Allow: allow } });
    const { caller, callee } = call;
    const update = caller.request('UPDATE', {}, sdp(4300));
    caller.peer.send(update);
    const passedOn = await callee.peer.expectRequest(method);
    expect(passedOn.body.toString()).toBe(sdp(4300));
    expect(passedOn.get('contact')).toBeDefined();
    callee.peer.send(withSdp(callee.peer.responseTo(passedOn, 200), sdp(5300)));
    const ok = await caller.peer.response(200, update);
    expect(ok.body.toString()).toBe(sdp(5300));
    expect(ok.get('contact')).toBeDefined();
    if (method === 'INVITE') await callee.peer.expectRequest('ACK');
    await call.end();
  });

  it.each([
    [488, { Warning: '304 example.test "no such media"' }],
    [491, {}],
    [500, { 'Retry-After': '4' }],
  ])('brings a refusal with %i back to who asked', async (status, headers) => {
    const call = await talk(wire);
    const { caller, callee } = call;
    const reinvite = caller.request('INVITE', {}, sdp(4100));
    caller.peer.send(reinvite);
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('INVITE'), status, headers));
    const refusal = await caller.peer.response(status, reinvite);
    for (const [name, value] of Object.entries(headers)) expect(refusal.get(name.toLowerCase())).toBe(value);
    caller.peer.send(caller.ack(reinvite));
    await callee.peer.expectRequest('ACK');
    await call.end();
  });

  it('answers 491 to a peer whose offer crosses the one that it is being sent', async () => {
    const call = await talk(wire);
    const { caller, callee } = call;
    const reinvite = caller.request('INVITE', {}, sdp(4100));
    caller.peer.send(reinvite);
    const passedOn = await callee.peer.expectRequest('INVITE');
    const crossing = callee.request('INVITE', {}, sdp(5100));
    callee.peer.send(crossing);
    await callee.peer.response(491, crossing);
    callee.peer.send(callee.ack(crossing));
    callee.peer.send(withSdp(callee.peer.responseTo(passedOn, 200), sdp(5100)));
    await caller.peer.response(200, reinvite);
    caller.peer.send(caller.ack(reinvite));
    await call.end();
  });

  it('answers UPDATE without SDP and OPTIONS by itself', async () => {
    const call = await talk(wire);
    const { caller } = call;
    const update = caller.request('UPDATE');
    caller.peer.send(update);
    expect((await caller.peer.response(200, update)).get('contact')).toBeDefined();
    const options = caller.request('OPTIONS');
    caller.peer.send(options);
    expect((await caller.peer.response(200, options)).get('allow')).toContain('UPDATE');
    expect(caller.events.all.some(({ type }) => type === 'request')).toBe(false);
    await call.end();
  });

  it('reads the digit of an INFO and passes it on as it came', async () => {
    const call = await talk(wire);
    const { caller, callee } = call;
    const info = caller
      .request('INFO', {}, 'Signal=5\r\nDuration=160\r\n')
      .set('Content-Type', 'application/dtmf-relay');
    caller.peer.send(info);
    const passedOn = await callee.peer.expectRequest('INFO');
    expect(passedOn.get('content-type')).toBe('application/dtmf-relay');
    expect(passedOn.body.toString()).toBe('Signal=5\r\nDuration=160\r\n');
    callee.peer.send(callee.peer.responseTo(passedOn, 200));
    await caller.peer.response(200, info);
    expect(await caller.events.of('request')).toMatchObject({ method: 'INFO', digit: '5' });
    await call.end();
  });

  it('answers as the call decides', async () => {
    const call = await talk(wire, { relays: false });
    const { caller } = call;
    const refer = caller.request('REFER', { 'Refer-To': '<sip:bob@example.test>' });
    caller.peer.send(refer);
    const { token, method } = await caller.events.of('request');
    expect(method).toBe('REFER');
    caller.leg.respond(token, 501);
    caller.leg.respond(token, 200);
    await caller.peer.response(501, refer);
    await call.end();
  });

  it('answers 481 to what is passed on to a leg that has ended', async () => {
    const call = await talk(wire, { relays: false });
    const { caller, callee } = call;
    callee.leg.bye();
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('BYE'), 200));
    await callee.events.of('ended');
    const info = caller.request('INFO');
    caller.peer.send(info);
    callee.leg.relay((await caller.events.of('request')).token);
    await caller.peer.response(481, info);
    caller.leg.bye();
    caller.peer.send(caller.peer.responseTo(await caller.peer.expectRequest('BYE'), 200));
    await wire.idle();
  });

  it.each([
    ['MESSAGE', 481],
    ['INVITE', 487],
  ])('leaves no %s of a peer unanswered when its leg ends', async (method, status) => {
    const call = await talk(wire, { relays: false });
    const { caller } = call;
    const request = caller.request(method, {}, method === 'INVITE' ? sdp(4100) : '');
    caller.peer.send(request);
    await caller.events.of('request');
    caller.leg.bye();
    await caller.peer.response(status, request);
    if (method === 'INVITE') caller.peer.send(caller.ack(request));
    await call.end();
  });

  it('tells who asked when the other leg ends before it has answered', async () => {
    const call = await talk(wire);
    const { caller, callee } = call;
    const reinvite = caller.request('INVITE', {}, sdp(4100));
    caller.peer.send(reinvite);
    await callee.peer.expectRequest('INVITE');
    const bye = callee.request('BYE');
    callee.peer.send(bye);
    await callee.peer.response(200, bye);
    await callee.events.of('ended');
    await caller.peer.response(481, reinvite);
    caller.peer.send(caller.ack(reinvite));
    caller.leg.bye();
    caller.peer.send(caller.peer.responseTo(await caller.peer.expectRequest('BYE'), 200));
    await wire.idle();
  });

  it('ends a leg whose peer knows nothing of it any more', async () => {
    const call = await talk(wire);
    const { caller, callee } = call;
    const info = caller.request('INFO');
    caller.peer.send(info);
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('INFO'), 481));
    await caller.peer.response(481, info);
    expect(await callee.events.of('ended')).toEqual({ type: 'ended', by: 'fault' });
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('BYE'), 481));
    caller.leg.bye();
    caller.peer.send(caller.peer.responseTo(await caller.peer.expectRequest('BYE'), 200));
    await wire.idle();
  });

  it('hears both hang up at once', async () => {
    const call = await talk(wire);
    const { caller, callee } = call;
    caller.leg.bye();
    const ours = await caller.peer.expectRequest('BYE');
    const theirs = caller.request('BYE');
    caller.peer.send(theirs);
    caller.peer.send(caller.peer.responseTo(ours, 200));
    await caller.events.of('ended');
    expect(caller.events.all.filter(({ type }) => type === 'ended')).toHaveLength(1);
    callee.leg.bye();
    callee.leg.bye();
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('BYE'), 200));
    await callee.events.of('ended');
    await wire.idle();
  });
});
