import { describe, expect, it } from 'vitest';
import { namesDialog, parseReplaces } from '../../src/voice/replaces.js';
import { availableSipServers } from '../support/sip-servers.js';
import { talk } from './talk.js';
import { sdp, type Wire, withWire } from './wire.js';

describe.each(availableSipServers())('transfers on the $name server', (underTest) => {
  let wire: Wire;
  withWire(underTest, (opened) => (wire = opened));

  it.each(['caller', 'callee'] as const)('asked for by the %s are told and followed by news', async (who) => {
    const call = await talk(wire, { relays: false });
    const party = call[who];
    const refer = party.request('REFER', { 'Refer-To': '<sip:901@127.0.0.1>', 'Referred-By': '<sip:ana@127.0.0.1>' });
    party.peer.send(refer);
    const request = await party.events.of('request');
    expect(request).toMatchObject({
      method: 'REFER',
      referTo: { uri: 'sip:901@127.0.0.1', user: '901', referredBy: 'ana' },
    });
    party.leg.respond(request.token, 202);
    await party.peer.response(202, refer);

    const first = await party.peer.expectRequest('NOTIFY');
    expect(first.get('event')).toBe('refer');
    expect(first.get('subscription-state')).toBe('active;expires=60');
    expect(first.get('content-type')).toBe('message/sipfrag;version=2.0');
    expect(first.get('contact')).toBeDefined();
    expect(first.body.toString()).toBe('SIP/2.0 100 Trying\r\n');
    party.peer.send(party.peer.responseTo(first, 200));

    party.leg.notifyRefer(100, { isFinal: false });
    party.leg.notifyRefer(180, { isFinal: false });
    const second = await party.peer.expectRequest('NOTIFY');
    expect(second.body.toString()).toBe('SIP/2.0 180 Ringing\r\n');
    party.peer.send(party.peer.responseTo(second, 200));

    party.leg.notifyRefer(200, { isFinal: true });
    party.leg.notifyRefer(200, { isFinal: true });
    const last = await party.peer.expectRequest('NOTIFY');
    expect(last.get('subscription-state')).toBe('terminated;reason=noresource');
    expect(last.body.toString()).toBe('SIP/2.0 200 OK\r\n');
    party.peer.send(party.peer.responseTo(last, 200));
    await call.end();
    expect(party.peer.inbox.some((message) => message.kind === 'request' && message.method === 'NOTIFY')).toBe(false);
  });

  it('name the second REFER of a dialog in its news', async () => {
    const call = await talk(wire, { relays: false });
    const { caller } = call;
    const events: string[] = [];
    for (const user of ['901', '902']) {
      const refer = caller.request('REFER', { 'Refer-To': `<sip:${user}@127.0.0.1>` });
      caller.peer.send(refer);
      caller.leg.respond((await caller.events.of('request')).token, 202);
      const notify = await caller.peer.expectRequest('NOTIFY');
      events.push((notify.get('event') ?? '').replace(refer.get('cseq')?.split(' ')[0] ?? '?', 'CSEQ'));
      caller.peer.send(caller.peer.responseTo(notify, 200));
    }
    expect(events).toEqual(['refer', 'refer;id=CSEQ']);
    await call.end();
  });

  it('bring no news to who wants none, and end no call when nobody takes them', async () => {
    const call = await talk(wire, { relays: false });
    const { caller, callee } = call;
    const silent = caller.request('REFER', { 'Refer-To': '<sip:901@127.0.0.1>', 'Refer-Sub': 'false' });
    caller.peer.send(silent);
    caller.leg.respond((await caller.events.of('request')).token, 202);
    expect((await caller.peer.response(202, silent)).get('refer-sub')).toBe('false');
    caller.leg.notifyRefer(200, { isFinal: true });

    const refer = callee.request('REFER', { 'Refer-To': '<sip:901@127.0.0.1>' });
    callee.peer.send(refer);
    callee.leg.respond((await callee.events.of('request')).token, 202);
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('NOTIFY'), 481));
    callee.leg.notifyRefer(180, { isFinal: false });
    callee.peer.send(callee.peer.responseTo(await callee.peer.expectRequest('NOTIFY'), 200));
    await call.end();
    expect(caller.peer.inbox.some((message) => message.kind === 'request' && message.method === 'NOTIFY')).toBe(false);
  });

  it('that are refused bring no news', async () => {
    const call = await talk(wire, { relays: false });
    const { caller } = call;
    const refer = caller.request('REFER', { 'Refer-To': '<sip:901@127.0.0.1>' });
    caller.peer.send(refer);
    caller.leg.respond((await caller.events.of('request')).token, 603);
    await caller.peer.response(603, refer);
    caller.leg.notifyRefer(200, { isFinal: true });
    await call.end();
    expect(caller.peer.inbox.some((message) => message.kind === 'request' && message.method === 'NOTIFY')).toBe(false);
  });

  it.each([
    ['without Refer-To', undefined, 400],
    ['with two targets', '<sip:901@127.0.0.1>, <sip:902@127.0.0.1>', 400],
    ['with a target that is none', '<nonsense>', 400],
    ['with a Replaces that names no dialog', '<sip:901@127.0.0.1?Replaces=abc>', 400],
    ['for another method than INVITE', '<sip:901@127.0.0.1;method=BYE>', 501],
  ])('are refused %s', async (_, referTo, status) => {
    const call = await talk(wire, { relays: false });
    const { caller } = call;
    const refer = caller.request('REFER', referTo === undefined ? {} : { 'Refer-To': referTo });
    caller.peer.send(refer);
    await caller.peer.response(status, refer);
    expect(caller.events.all.some(({ type }) => type === 'request')).toBe(false);
    await call.end();
  });

  it('with Replaces find the leg by its dialog', async () => {
    const call = await talk(wire, { relays: false });
    const { caller, callee } = call;
    const { callId, localTag, remoteTag } = callee.leg.dialog!;
    const replaces = encodeURIComponent(`${callId};to-tag=${localTag};from-tag=${remoteTag}`);
    const refer = caller.request('REFER', { 'Refer-To': `<sip:901@127.0.0.1?Replaces=${replaces}>` });
    caller.peer.send(refer);
    const { referTo } = await caller.events.of('request');
    expect(referTo?.uri).toBe('sip:901@127.0.0.1');
    expect(namesDialog(referTo!.replaces!, callee.leg.dialog!)).toBe(true);
    expect(namesDialog(referTo!.replaces!, caller.leg.dialog!)).toBe(false);
    await call.end();
  });

  it.each(['caller', 'callee'] as const)(
    'arrive as INVITE with Replaces, which names the leg of the %s',
    async (who) => {
      const call = await talk(wire, { relays: false });
      const seen = call[who].request('OPTIONS');
      const tag = (name: string) => /;tag=([^;]+)/.exec(seen.get(name) ?? '')?.[1];
      const field = `${seen.get('call-id')};to-tag=${tag('to')};from-tag=${tag('from')};early-only`;
      const peer = await wire.peer();
      const invite = peer.request('INVITE', 'sip:900@127.0.0.1', { Replaces: field, Require: 'replaces' }, sdp());
      peer.send(invite);
      const { request, leg } = await wire.calls.next();
      const replaces = parseReplaces(request.header('replaces') ?? '');
      expect(replaces).toMatchObject({ earlyOnly: true });
      expect(namesDialog(replaces!, call[who].leg.dialog!)).toBe(true);
      leg.reject(481);
      const refusal = await peer.response(481, invite);
      peer.send(peer.ackOf(invite, refusal));
      await call.end();
    },
  );
});
