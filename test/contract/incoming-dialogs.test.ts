import { describe, expect, it } from 'vitest';
import { availableSipServers } from '../support/sip-servers.js';
import { SDP, World } from './world.js';

describe.each(availableSipServers())('dialogs of incoming calls on $name', (server) => {
  const world = new World(server);

  it('carries a re-INVITE from the caller to the application and back', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const call = await world.answeredCall(app, peer);
    const reinvite = peer.inDialog('INVITE', call.invite, call.ok, 2, SDP);
    peer.send(reinvite);
    await peer.response(100, reinvite);
    const delivered = await app.delivered('INVITE');
    expect(delivered.dialogId).toBe(call.dialogId);
    await app.respond(delivered.transactionId, '200 OK', [], SDP);
    const ok = await peer.response(200, reinvite);
    expect(ok.get('contact')).toBe(`<sip:127.0.0.1:${String(world.address('udp').port)}>`);
    peer.send(peer.ackOf(reinvite, ok));
    expect((await app.delivered('ACK')).dialogId).toBe(call.dialogId);
    const refused = peer.inDialog('INVITE', call.invite, call.ok, 3, SDP);
    peer.send(refused);
    await app.respond((await app.delivered('INVITE')).transactionId, '488 Not Acceptable Here');
    peer.send(peer.ackOf(refused, await peer.response(488, refused)));
  });

  it.each(['INFO', 'UPDATE', 'NOTIFY', 'MESSAGE', 'OPTIONS', 'REFER'])('carries %s inside a dialog', async (method) => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const call = await world.answeredCall(app, peer);
    const request = peer.inDialog(method, call.invite, call.ok, 2);
    if (method === 'REFER') request.add('Refer-To', '<sip:x@127.0.0.1:9>');
    if (method === 'NOTIFY') request.add('Event', 'refer').add('Subscription-State', 'active');
    peer.send(request);
    const delivered = await app.delivered(method);
    expect(delivered.dialogId).toBe(call.dialogId);
    await app.respond(delivered.transactionId, '202 Accepted', ['X-Answer: 1']);
    expect((await peer.response(202, request)).get('x-answer')).toBe('1');
    peer.send(request);
    await peer.response(202, request);
  });

  it('says 481 to requests in dialogs that it does not know', async () => {
    const app = await world.app('invite', 'bye', 'update');
    const peer = await world.udp();
    for (const method of ['BYE', 'UPDATE', 'INVITE']) {
      const request = peer.request(method, world.uri(), { To: `<${world.uri()}>;tag=nobody` });
      peer.send(request);
      const answer = await peer.response(481, request);
      if (method === 'INVITE') peer.send(peer.ackOf(request, answer));
    }
    expect(app.waitingCount(() => true)).toBe(0);
  });

  it('says 481 when the dialog has ended', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const call = await world.answeredCall(app, peer);
    await app.inside('BYE', call.dialogId);
    const bye = await peer.expectRequest('BYE');
    peer.send(peer.responseTo(bye, 200));
    await app.deliveredResponse(200);
    const late = peer.inDialog('BYE', call.invite, call.ok, 2);
    peer.send(late);
    await peer.response(481, late);
    const answer = await app.inside('INFO', call.dialogId);
    expect(answer).toMatchObject({ ok: 'NOK', fields: ['Server error: unable to find dialog for dialog id provided'] });
  });

  it('copies Record-Route and sends requests of the dialog along it', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const route = `<sip:127.0.0.1:${String(peer.port)};lr>`;
    const call = await world.answeredCall(app, peer, { 'Record-Route': route, Contact: '<sip:caller@192.0.2.1:5999>' });
    expect(call.ok.getAll('record-route')).toEqual([route]);
    await app.inside('BYE', call.dialogId);
    const bye = await peer.expectRequest('BYE');
    expect(bye.uri).toBe('sip:caller@192.0.2.1:5999');
    expect(bye.get('route')).toBe(route);
    peer.send(peer.responseTo(bye, 200));
    await app.deliveredResponse(200);
  });

  it('sends to where the caller really is when its Contact is elsewhere', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const call = await world.answeredCall(app, peer, { Contact: '<sip:caller@192.0.2.1:5999>' });
    await app.inside('BYE', call.dialogId);
    const bye = await peer.expectRequest('BYE');
    expect(bye.uri).toBe('sip:caller@192.0.2.1:5999');
    expect(bye.has('route')).toBe(false);
    peer.send(peer.responseTo(bye, 200));
    await app.deliveredResponse(200);
  });

  it('ends the dialog for the application when it sends BYE', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const call = await world.answeredCall(app, peer);
    const sent = await app.inside('BYE', call.dialogId, ['Reason: Q.850;cause=16']);
    const bye = await peer.expectRequest('BYE');
    expect(bye.get('reason')).toBe('Q.850;cause=16');
    expect(bye.get('from')).toBe(call.ok.get('to'));
    expect(bye.get('to')).toBe(call.invite.get('from'));
    expect(bye.get('max-forwards')).toBe('70');
    peer.send(peer.responseTo(bye, 200));
    const ok = await app.deliveredResponse(200);
    expect(ok).toMatchObject({ transactionId: sent.transactionId, dialogId: call.dialogId });
  });

  it('counts its own CSeq up within a dialog', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const call = await world.answeredCall(app, peer);
    const numbers: number[] = [];
    for (const method of ['INFO', 'INFO', 'BYE']) {
      await app.inside(method, call.dialogId);
      const request = await peer.expectRequest(method);
      numbers.push(Number.parseInt(request.get('cseq') ?? '', 10));
      peer.send(peer.responseTo(request, 200));
      await app.deliveredResponse(200);
    }
    expect(numbers).toEqual([numbers[0], (numbers[0] ?? 0) + 1, (numbers[0] ?? 0) + 2]);
  });

  it('refuses a BYE when the application of the dialog has gone', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const call = await world.answeredCall(app, peer);
    await app.close();
    const bye = peer.inDialog('BYE', call.invite, call.ok, 2);
    peer.send(bye);
    await peer.response(481, bye);
  });

  // drachtio-server 0.9.4 keeps to the Contact of the first INVITE; RFC 3261 §12.2.2 wants the new one.
  it.runIf(server.isEmbedded)('follows the Contact of a re-INVITE from the caller', async () => {
    const app = await world.app('invite');
    const peer = await world.udp();
    const call = await world.answeredCall(app, peer);
    const moved = `sip:moved@127.0.0.1:${String(peer.port)}`;
    const reinvite = peer.inDialog('INVITE', call.invite, call.ok, 2, SDP).set('Contact', `<${moved}>`);
    peer.send(reinvite);
    await app.respond((await app.delivered('INVITE')).transactionId, '200 OK', [], SDP);
    peer.send(peer.ackOf(reinvite, await peer.response(200, reinvite)));
    await app.delivered('ACK');
    await app.inside('BYE', call.dialogId);
    const bye = await peer.expectRequest('BYE');
    expect(bye.uri).toBe(moved);
    peer.send(peer.responseTo(bye, 200));
    await app.deliveredResponse(200);
  });
});
