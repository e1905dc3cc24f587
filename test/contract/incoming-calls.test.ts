import { describe, expect, it } from 'vitest';
import type { SipResponse } from '../../src/embedded/sip/message.js';
import { availableSipServers } from '../support/sip-servers.js';
import { isResponse, SDP, World } from './world.js';

describe.each(availableSipServers())('incoming calls on $name', (server) => {
  const world = new World(server);

  it('says 100 at once and hands the INVITE to the application with where it came from', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const trying = await peer.response(100, invite);
    const delivered = await app.delivered('INVITE');
    expect(trying.get('to')).toBe(invite.get('to'));
    expect(delivered).toMatchObject({
      source: 'network',
      protocol: 'udp',
      host: '127.0.0.1',
      port: peer.port,
      dialogId: '',
    });
    expect(delivered.fields.slice(10)).toEqual(['127.0.0.1', String(world.address('udp').port), '']);
    expect(delivered.message.uri).toBe(world.uri());
    expect(delivered.message.body.toString()).toBe(SDP);
    await app.respond(delivered.transactionId, '603 Decline');
    peer.send(peer.ackOf(invite, await peer.response(603)));
  });

  it('sends what the application answers and tells it what was sent', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    const ringing = await app.respond(transactionId, '180 Ringing', [
      'X-Custom: yes',
      'Via: SIP/2.0/UDP evil',
      'Record-Route: <sip:evil>',
    ]);
    expect(ringing).toMatchObject({ ok: 'OK', transactionId });
    expect(ringing.dialogId).not.toBe('');
    expect(ringing.fields.slice(0, 6)).toEqual([
      'application',
      expect.any(String),
      'udp',
      '127.0.0.1',
      String(peer.port),
      expect.any(String),
    ]);
    const onWire = await peer.response(180, invite);
    expect(onWire.get('x-custom')).toBe('yes');
    expect(onWire.list('via')).toHaveLength(1);
    expect(onWire.has('record-route')).toBe(false);
    const answer = await app.respond(transactionId, '200 OK', [], SDP);
    expect(answer.dialogId).toBe(ringing.dialogId);
    const ok = await peer.response(200, invite);
    expect(ok.get('to')).toBe(onWire.get('to'));
    expect(ok.get('contact')).toBe(`<sip:127.0.0.1:${String(world.address('udp').port)}>`);
    expect(ok.get('content-type')).toBe('application/sdp');
    peer.send(peer.ackOf(invite, ok));
    const ack = await app.delivered('ACK');
    expect(ack).toMatchObject({ transactionId, dialogId: answer.dialogId });
    const bye = peer.inDialog('BYE', invite, ok, 2);
    peer.send(bye);
    const byeDelivered = await app.delivered('BYE');
    expect(byeDelivered.dialogId).toBe(answer.dialogId);
    expect(byeDelivered.transactionId).not.toBe(transactionId);
    await app.respond(byeDelivered.transactionId, '200 OK');
    await peer.response(200, bye);
  });

  it('takes the To tag that the application gives', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    await app.respond(transactionId, '486 Busy Here', [`To: ${invite.get('to') ?? ''};tag=mine`]);
    const busy = await peer.response(486, invite);
    expect(busy.get('to')).toMatch(/;tag=mine$/);
    peer.send(peer.ackOf(invite, busy));
  });

  it('answers a repeated INVITE itself and keeps the ACK of a refusal to itself', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    await app.respond(transactionId, '180 Ringing');
    await peer.response(180, invite);
    peer.send(invite);
    await peer.response(180, invite);
    await app.respond(transactionId, '486 Busy Here');
    const busy = await peer.response(486, invite);
    peer.send(invite);
    await peer.response(486, invite);
    peer.send(peer.ackOf(invite, busy));
    const options = peer.request('OPTIONS', world.uri());
    peer.send(options);
    await peer.response(503, options);
    expect(app.waitingCount((each) => each.kind === 'request')).toBe(0);
  });

  it('refuses a second final response', async () => {
    const app = await world.app('invite', 'options');
    const peer = await world.udp();
    peer.send(peer.request('OPTIONS', world.uri()));
    const { transactionId } = await app.delivered('OPTIONS');
    expect((await app.respond(transactionId, '200 OK')).ok).toBe('OK');
    const again = await app.respond(transactionId, '200 OK');
    expect(again).toMatchObject({ ok: 'NOK', fields: ['Response not sent due to unknown transaction'] });
    expect((await app.respond('no-such-id', '200 OK')).ok).toBe('NOK');
  });

  it('answers a CANCEL and its INVITE before the application has said anything', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    const cancel = peer.cancelOf(invite).add('Reason', 'SIP;cause=200');
    peer.send(cancel);
    await peer.response(200, cancel);
    const terminated = await peer.response(487, invite);
    peer.send(peer.ackOf(invite, terminated));
    const delivered = await app.delivered('CANCEL');
    expect(delivered).toMatchObject({ source: 'network', transactionId });
    expect(delivered.message.get('reason')).toBe('SIP;cause=200');
    expect((await app.respond(transactionId, '200 OK')).ok).toBe('NOK');
  });

  it('answers a CANCEL and its INVITE after a provisional response', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    const { dialogId } = await app.respond(transactionId, '180 Ringing');
    const ringing = await peer.response(180, invite);
    const cancel = peer.cancelOf(invite);
    peer.send(cancel);
    await peer.response(200, cancel);
    const terminated = await peer.response(487, invite);
    expect(terminated.get('to')).toBe(ringing.get('to'));
    peer.send(peer.ackOf(invite, terminated));
    expect(await app.delivered('CANCEL')).toMatchObject({ transactionId, dialogId });
    const late = await app.respond(transactionId, '200 OK', [], SDP);
    expect(late.ok).toBe('NOK');
  });

  it('says 481 to a CANCEL of nothing', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const cancel = peer.cancelOf(peer.request('INVITE', world.uri()));
    peer.send(cancel);
    await peer.response(481, cancel);
    expect(app.waitingCount(() => true)).toBe(0);
  });

  it('repeats the 200 until its ACK comes', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    await app.respond(transactionId, '200 OK', [], SDP);
    const first = await peer.response(200, invite);
    const second = await peer.response(200, invite);
    expect(second.get('to')).toBe(first.get('to'));
    expect(second.body.toString()).toBe(SDP);
    peer.send(peer.ackOf(invite, second));
    const { dialogId } = await app.delivered('ACK');
    await app.inside('BYE', dialogId);
    const bye = await peer.expectRequest('BYE');
    peer.send(peer.responseTo(bye, 200));
    await app.deliveredResponse(200);
    expect(peer.inbox.filter((each) => isResponse(each, 200))).toEqual([]);
  });

  it('says 503 when no application wants the method', async () => {
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    peer.send(peer.ackOf(invite, await peer.response(503, invite)));
    const register = peer.request('REGISTER', world.uri());
    peer.send(register);
    await peer.response(503, register);
  });

  it('sends an UPDATE from the caller before the answer under the id of the INVITE', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    await app.respond(transactionId, '183 Session Progress', [], SDP);
    const progress = await peer.response(183, invite);
    const update = peer.inDialog('UPDATE', invite, progress, 2, SDP);
    peer.send(update);
    const delivered = await app.delivered('UPDATE');
    expect(delivered.transactionId).toBe(transactionId);
    await app.respond(transactionId, '200 OK', [`CSeq: ${update.get('cseq') ?? ''}`], SDP);
    await peer.response(200, update);
    await app.respond(transactionId, '200 OK', ['CSeq: 1 INVITE'], SDP);
    const ok = await peer.response(200, invite);
    peer.send(peer.ackOf(invite, ok));
    const { dialogId } = await app.delivered('ACK');
    await app.inside('BYE', dialogId);
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
  });

  it('puts the real address for localhost in Contact', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    await app.respond(transactionId, '200 OK', ['Contact: <sip:queue@localhost>'], SDP);
    const ok = await peer.response(200, invite);
    expect(ok.get('contact')).toBe(`<sip:queue@127.0.0.1:${String(world.address('udp').port)}>`);
    peer.send(peer.ackOf(invite, ok));
    const { dialogId } = await app.delivered('ACK');
    await app.inside('BYE', dialogId);
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
  });

  it('gives requests to applications in turn', async () => {
    const first = await world.app('options');
    const second = await world.app('options');
    const peer = await world.udp();
    const requests = [1, 2, 3, 4].map(() => peer.request('OPTIONS', world.uri()));
    for (const each of requests) peer.send(each);
    for (const app of [first, second, first, second]) {
      await app.respond((await app.delivered('OPTIONS')).transactionId, '200 OK');
    }
    for (const each of requests) await peer.response(200, each);
  });

  it('takes a CANCEL that crosses the 200 for what it is', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    await app.respond(transactionId, '200 OK', [], SDP);
    const ok = await peer.response(200, invite);
    const cancel = peer.cancelOf(invite);
    peer.send(cancel);
    await peer.response(481, cancel);
    peer.send(peer.ackOf(invite, ok));
    const { dialogId } = await app.delivered('ACK');
    await app.inside('BYE', dialogId);
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await app.deliveredResponse(200);
    expect(app.waitingCount((each) => each.kind === 'request')).toBe(0);
  });

  it('says 200 to a CANCEL that crosses a refusal, to no effect', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    await app.respond(transactionId, '486 Busy Here');
    const busy = await peer.response(486, invite);
    const cancel = peer.cancelOf(invite);
    peer.send(cancel);
    await peer.response(200, cancel);
    peer.send(peer.ackOf(invite, busy));
    expect(app.waitingCount((each) => each.kind === 'request')).toBe(0);
  });

  it('gives a second INVITE of the same call to the application as long as the first is open, and 491 after the answer', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    const twin = invite.clone().set('Via', `${invite.get('via') ?? ''}x`);
    const later = invite
      .clone()
      .set('Via', `${invite.get('via') ?? ''}y`)
      .set('CSeq', '2 INVITE');
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    peer.send(twin);
    await app.delivered('INVITE');
    await app.respond(transactionId, '200 OK', [], SDP);
    const ok = await peer.response(200, invite);
    peer.send(later);
    peer.send(peer.ackOf(later, await peer.response(491, later)));
    peer.send(peer.ackOf(invite, ok));
    const { dialogId } = await app.delivered('ACK');
    await app.inside('BYE', dialogId);
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await app.deliveredResponse(200);
  });

  it('gives the application what comes in a dialog that is not answered yet as if it came outside', async () => {
    const app = await world.app('invite', 'info');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    await app.respond(transactionId, '180 Ringing');
    const info = peer.inDialog('INFO', invite, await peer.response(180), 2);
    peer.send(info);
    const delivered = await app.delivered('INFO');
    expect(delivered.dialogId).toBe('');
    await app.respond(delivered.transactionId, '200 OK');
    await peer.response(200, info);
    await app.respond(transactionId, '480 Temporarily Unavailable');
    peer.send(peer.ackOf(invite, await peer.response(480)));
  });

  it('ends an INVITE whose caller sends BYE before the answer', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const invite = peer.request('INVITE', world.uri(), {}, SDP);
    peer.send(invite);
    const { transactionId } = await app.delivered('INVITE');
    await app.respond(transactionId, '180 Ringing');
    const bye = peer.inDialog('BYE', invite, await peer.response(180), 2);
    peer.send(bye);
    await peer.response(481, bye);
    const refusal = await peer.next(
      (each) => each.kind === 'response' && each.status > 480 && each.get('cseq') === '1 INVITE',
    );
    peer.send(peer.ackOf(invite, refusal as SipResponse));
    expect((await app.respond(transactionId, '200 OK', [], SDP)).ok).toBe('NOK');
  });

  it.each(['REFER', 'FOO', 'PRACK', 'ACK'])('drops %s outside dialogs', async (method) => {
    const app = await world.app('options', method.toLowerCase());
    const peer = await world.udp();
    peer.send(peer.request(method, world.uri()));
    const options = peer.request('OPTIONS', world.uri());
    peer.send(options);
    await app.respond((await app.delivered('OPTIONS')).transactionId, '200 OK');
    await peer.response(200, options);
    expect(peer.inbox).toEqual([]);
    expect(app.waitingCount(() => true)).toBe(0);
  });

  it.each(['REGISTER', 'MESSAGE', 'OPTIONS', 'INFO', 'NOTIFY', 'SUBSCRIBE', 'PUBLISH'])(
    'carries %s outside dialogs',
    async (method) => {
      const app = await world.app(method.toLowerCase());
      const peer = await world.udp();
      const request = peer.request(method, world.uri()).add('Event', 'presence');
      if (method === 'NOTIFY') request.add('Subscription-State', 'active');
      peer.send(request);
      const delivered = await app.delivered(method);
      expect(delivered.dialogId).toBe('');
      await app.respond(delivered.transactionId, '403 Forbidden');
      await peer.response(403, request);
    },
  );
});
