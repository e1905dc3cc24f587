import { describe, expect, it } from 'vitest';
import { availableSipServers } from '../support/sip-servers.js';
import { isRequest, isResponse, SDP, World } from './world.js';

describe.each(availableSipServers())('outgoing calls on $name', (server) => {
  const world = new World(server);

  it('completes what the application leaves out', async () => {
    const app = await world.app();
    const peer = await world.udp();
    const sent = await app.request('INVITE', peer.uri('bob'), ['x-trace: 1'], SDP);
    const invite = await peer.expectRequest('INVITE');
    const port = String(world.address('udp').port);
    expect(invite.get('from')).toMatch(new RegExp(`^<sip:127\\.0\\.0\\.1:${port}>;tag=`));
    expect(invite.get('to')).toBe(`<${peer.uri('bob')}>`);
    expect(invite.get('contact')).toBe(`<sip:127.0.0.1:${port}>`);
    expect(invite.get('max-forwards')).toBe('70');
    expect(invite.get('cseq')).toMatch(/^\d+ INVITE$/);
    expect(invite.get('content-type')).toBe('application/sdp');
    expect(invite.get('via')).toMatch(new RegExp(`^SIP/2\\.0/UDP 127\\.0\\.0\\.1:${port};.*branch=z9hG4bK`));
    expect(invite.get('via')).toContain(';rport');
    expect(invite.get('x-trace')).toBe('1');
    expect(invite.has('user-agent')).toBe(false);
    expect(sent.ok).toBe('OK');
    expect(sent.fields.slice(0, 6)).toEqual([
      'application',
      expect.any(String),
      'udp',
      '127.0.0.1',
      port,
      expect.any(String),
    ]);
    expect(sent.fields.slice(7)).toEqual(['Msg sent:', '']);
    expect(sent.message?.get('call-id')).toBe(invite.get('call-id'));
    expect(sent.message?.get('from')).toBe(invite.get('from'));
    peer.send(peer.responseTo(invite, 603));
    await peer.expectRequest('ACK');
  });

  it('keeps the identity that the application gives', async () => {
    const app = await world.app();
    const peer = await world.udp();
    const headers = [
      'From: "Ana" <sip:ana@localhost>;tag=mine',
      'To: <sip:bob@example.net>',
      'Call-ID: given-1@host',
      'CSeq: 77 INVITE',
      'Contact: sip:ana@localhost',
      'P-Asserted-Identity: <sip:ana@localhost>',
      'Via: SIP/2.0/UDP evil;branch=z9hG4bKx',
      'Route: <sip:evil;lr>',
    ];
    const sent = await app.request('INVITE', peer.uri('bob'), headers, SDP);
    const invite = await peer.expectRequest('INVITE');
    const here = `127.0.0.1:${String(world.address('udp').port)}`;
    expect(invite.get('from')).toBe(`"Ana" <sip:ana@${here}>;tag=mine`);
    expect(invite.get('to')).toBe('<sip:bob@example.net>');
    expect(invite.get('call-id')).toBe('given-1@host');
    expect(invite.get('cseq')).toBe('77 INVITE');
    expect(invite.get('contact')).toBe(`<sip:ana@${here}>`);
    expect(invite.get('p-asserted-identity')).toBe(`<sip:ana@${here}>`);
    expect(invite.list('via')).toHaveLength(1);
    expect(invite.has('route')).toBe(false);
    peer.send(peer.responseTo(invite, 401, { 'WWW-Authenticate': 'Digest realm="x", nonce="y"' }));
    const ack = await peer.expectRequest('ACK');
    expect(ack.get('cseq')).toBe('77 ACK');
    expect((await app.deliveredResponse(401)).transactionId).toBe(sent.transactionId);
    await app.request('INVITE', peer.uri('bob'), [...headers.slice(0, 3), 'CSeq: 78 INVITE'], SDP);
    const retry = await peer.expectRequest('INVITE');
    expect(retry.get('cseq')).toBe('78 INVITE');
    expect(retry.get('from')).toBe(invite.get('from'));
    expect(retry.get('call-id')).toBe('given-1@host');
    peer.send(peer.responseTo(retry, 404));
    await peer.expectRequest('ACK');
    await app.deliveredResponse(404);
  });

  it('passes provisional responses on, but no 100', async () => {
    const app = await world.app();
    const peer = await world.udp();
    const sent = await app.request('INVITE', peer.uri('bob'), [], SDP);
    const invite = await peer.expectRequest('INVITE');
    peer.send(peer.responseTo(invite, 100));
    peer.send(peer.responseTo(invite, 180));
    peer.send(peer.responseTo(invite, 183, { 'X-Progress': '1' }));
    const ringing = await app.deliveredResponse(180);
    const progress = await app.deliveredResponse(183);
    expect(ringing).toMatchObject({
      source: 'network',
      protocol: 'udp',
      port: peer.port,
      transactionId: sent.transactionId,
    });
    expect(ringing.dialogId).not.toBe('');
    expect(progress.message.get('x-progress')).toBe('1');
    expect(app.waitingCount((each) => isResponse(each, 100))).toBe(0);
    peer.send(peer.responseTo(invite, 486));
    const busy = await app.deliveredResponse(486);
    expect(busy.dialogId).toBe(ringing.dialogId);
    const ack = await peer.expectRequest('ACK');
    expect(ack.get('via')).toBe(invite.get('via'));
    expect(ack.uri).toBe(invite.uri);
    expect(ack.get('to')).toBe(busy.message.get('to'));
    peer.send(peer.responseTo(invite, 486));
    await peer.expectRequest('ACK');
    const tooLate = await app.inside('ACK', busy.dialogId);
    expect(tooLate.ok).toBe('NOK');
  });

  it('sends the ACK when the application says so, and again when the 200 comes again', async () => {
    const app = await world.app();
    const peer = await world.udp();
    const call = await world.placedCall(app, peer);
    expect(call.ack.uri).toBe(peer.uri('callee'));
    expect(call.ack.get('cseq')).toBe((call.invite.get('cseq') ?? '').replace('INVITE', 'ACK'));
    expect(call.ack.get('to')).toBe(call.ok.get('to'));
    expect(call.ack.list('via')[0]).not.toBe(call.invite.list('via')[0]);
    peer.send(call.ok);
    const again = await peer.expectRequest('ACK');
    expect(again.get('via')).toBe(call.ack.get('via'));
    expect(app.waitingCount((each) => isResponse(each, 200))).toBe(0);
    const bye = await app.inside('BYE', call.dialogId);
    const byeOnWire = await peer.expectRequest('BYE');
    expect(Number.parseInt(byeOnWire.get('cseq') ?? '', 10)).toBe(
      Number.parseInt(call.invite.get('cseq') ?? '', 10) + 1,
    );
    peer.send(peer.responseTo(byeOnWire, 200));
    expect((await app.deliveredResponse(200)).transactionId).toBe(bye.transactionId);
  });

  it('does not hand over a 200 again while the application has not sent its ACK', async () => {
    const app = await world.app();
    const peer = await world.udp();
    await app.request('INVITE', peer.uri('bob'), [], '');
    const invite = await peer.expectRequest('INVITE');
    expect(invite.body.length).toBe(0);
    const ok = peer.responseTo(invite, 200, { 'Content-Type': 'application/sdp' });
    ok.body = Buffer.from(SDP);
    peer.send(ok);
    peer.send(ok);
    const { dialogId, message } = await app.deliveredResponse(200);
    expect(message.body.toString()).toBe(SDP);
    const acknowledged = await app.inside('ACK', dialogId, [], SDP, peer.uri('bob'));
    expect(acknowledged.ok).toBe('OK');
    const ack = await peer.expectRequest('ACK');
    expect(ack.body.toString()).toBe(SDP);
    expect(ack.get('content-type')).toBe('application/sdp');
    expect(app.waitingCount((each) => isResponse(each, 200))).toBe(0);
    await app.inside('BYE', dialogId);
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await app.deliveredResponse(200);
  });

  it('keeps a CANCEL back until a provisional response has come', async () => {
    const app = await world.app();
    const peer = await world.udp();
    const sent = await app.request('INVITE', peer.uri('bob'), [], SDP);
    const invite = await peer.expectRequest('INVITE');
    const reason = 'SIP;cause=200;text="Call completed elsewhere"';
    const cancelled = await app.cancel(sent.transactionId, peer.uri('bob'), [`Reason: ${reason}`]);
    expect(cancelled.ok).toBe('OK');
    await peer.expectRequest('INVITE'); // repeated by timer A: still no CANCEL
    expect(peer.inbox.filter((each) => isRequest(each, 'CANCEL'))).toEqual([]);
    peer.send(peer.responseTo(invite, 180));
    const cancel = await peer.expectRequest('CANCEL');
    expect(cancel.get('via')).toBe(invite.get('via'));
    expect(cancel.get('cseq')).toBe((invite.get('cseq') ?? '').replace('INVITE', 'CANCEL'));
    expect(cancel.uri).toBe(invite.uri);
    expect(cancel.get('reason')).toBe(reason);
    peer.send(peer.responseTo(cancel, 200));
    peer.send(peer.responseTo(invite, 487));
    await peer.expectRequest('ACK');
    expect((await app.deliveredResponse(487)).transactionId).toBe(sent.transactionId);
    expect(app.waitingCount((each) => isResponse(each, 200))).toBe(0);
  });

  it('sends a CANCEL at once when the phone rings', async () => {
    const app = await world.app();
    const peer = await world.udp();
    const sent = await app.request('INVITE', peer.uri('bob'), [], SDP);
    const invite = await peer.expectRequest('INVITE');
    peer.send(peer.responseTo(invite, 180));
    await app.deliveredResponse(180);
    await app.cancel(sent.transactionId, peer.uri('bob'));
    peer.send(peer.responseTo(await peer.expectRequest('CANCEL'), 200));
    peer.send(peer.responseTo(invite, 487));
    await peer.expectRequest('ACK');
    await app.deliveredResponse(487);
    expect((await app.cancel(sent.transactionId, peer.uri('bob'))).ok).toBe('NOK');
    expect((await app.cancel('nothing', peer.uri('bob'))).fields).toEqual([
      'unable to cancel unknown transaction id: nothing',
    ]);
  });

  it('hangs up by itself, after the ACK, when a 200 crosses the CANCEL', async () => {
    const app = await world.app();
    const peer = await world.udp();
    const sent = await app.request('INVITE', peer.uri('bob'), [], SDP);
    const invite = await peer.expectRequest('INVITE');
    peer.send(peer.responseTo(invite, 180));
    await app.deliveredResponse(180);
    await app.cancel(sent.transactionId, peer.uri('bob'));
    const cancel = await peer.expectRequest('CANCEL');
    peer.send(peer.responseTo(cancel, 200));
    peer.send(peer.responseTo(invite, 200));
    const { dialogId } = await app.deliveredResponse(200);
    await app.inside('ACK', dialogId);
    await peer.expectRequest('ACK');
    const bye = await peer.expectRequest('BYE');
    expect(bye.get('reason')).toContain('ACK-BYE due to cancel race condition');
    peer.send(peer.responseTo(bye, 200));
    const told = await app.delivered('BYE');
    expect(told).toMatchObject({ source: 'application', transactionId: 'unsolicited', dialogId });
    const late = await app.inside('BYE', dialogId);
    expect(late.ok).toBe('NOK');
  });

  it('carries requests of the called phone into the application', async () => {
    const app = await world.app();
    const peer = await world.udp();
    const call = await world.placedCall(app, peer);
    for (const method of ['INVITE', 'INFO', 'BYE']) {
      const request = peer.request(method, world.uri(), {}, method === 'INVITE' ? SDP : '');
      request.set('From', call.ok.get('to') ?? '').set('To', call.ok.get('from') ?? '');
      request
        .set('Call-ID', call.ok.get('call-id') ?? '')
        .set('CSeq', `${String({ INVITE: 5, INFO: 6, BYE: 7 }[method])} ${method}`);
      peer.send(request);
      const delivered = await app.delivered(method);
      expect(delivered.dialogId).toBe(call.dialogId);
      await app.respond(delivered.transactionId, '200 OK', [], method === 'INVITE' ? SDP : '');
      const ok = await peer.response(200, request);
      if (method === 'INVITE') peer.send(peer.ackOf(request, ok));
    }
    expect((await app.inside('BYE', call.dialogId)).ok).toBe('NOK');
  });

  it('goes along the route set backwards, and to the Contact of the answer', async () => {
    const app = await world.app();
    const peer = await world.udp();
    const near = `<sip:127.0.0.1:${String(peer.port)};lr;n=near>`;
    const far = '<sip:192.0.2.9;lr;n=far>';
    const sent = await app.request('INVITE', peer.uri('bob'), [], SDP);
    const invite = await peer.expectRequest('INVITE');
    const ok = peer.responseTo(invite, 200, { Contact: '<sip:callee@192.0.2.7:5999>' });
    ok.set('Record-Route', [far, near]);
    peer.send(ok);
    const { dialogId } = await app.deliveredResponse(200);
    await app.inside('ACK', dialogId);
    const ack = await peer.expectRequest('ACK');
    expect(ack.uri).toBe('sip:callee@192.0.2.7:5999');
    expect(ack.list('route')).toEqual([near, far]);
    await app.inside('BYE', dialogId);
    const bye = await peer.expectRequest('BYE');
    expect(bye.list('route')).toEqual([near, far]);
    peer.send(peer.responseTo(bye, 200));
    expect(sent.ok).toBe('OK');
    await app.deliveredResponse(200);
  });

  // drachtio-server 0.9.4 keeps to the Contact of the first answer; RFC 3261 §12.2.1.2 wants the new one.
  it.runIf(server.isEmbedded)('follows the Contact of the answer to a re-INVITE', async () => {
    const app = await world.app();
    const peer = await world.udp();
    const call = await world.placedCall(app, peer);
    await app.inside('INVITE', call.dialogId, [], SDP);
    const reinvite = await peer.expectRequest('INVITE');
    expect(reinvite.uri).toBe(peer.uri('callee'));
    expect(reinvite.get('contact')).toBe(call.invite.get('contact'));
    peer.send(peer.responseTo(reinvite, 200, { Contact: `<sip:moved@127.0.0.1:${String(peer.port)}>` }));
    const moved = await app.deliveredResponse(200);
    expect(moved.dialogId).toBe(call.dialogId);
    await app.inside('ACK', call.dialogId);
    const ack = await peer.expectRequest('ACK');
    expect(ack.get('cseq')).toBe((reinvite.get('cseq') ?? '').replace('INVITE', 'ACK'));
    await app.inside('BYE', call.dialogId);
    const bye = await peer.expectRequest('BYE');
    expect([ack.uri, bye.uri]).toEqual([
      `sip:moved@127.0.0.1:${String(peer.port)}`,
      `sip:moved@127.0.0.1:${String(peer.port)}`,
    ]);
    peer.send(peer.responseTo(bye, 200));
    await app.deliveredResponse(200);
  });

  it('acknowledges a refused re-INVITE itself and keeps the dialog', async () => {
    const app = await world.app();
    const peer = await world.udp();
    const call = await world.placedCall(app, peer);
    await app.inside('INVITE', call.dialogId, [], SDP);
    peer.send(peer.responseTo(await peer.expectRequest('INVITE'), 491));
    await peer.expectRequest('ACK');
    await app.deliveredResponse(491);
    await app.inside('BYE', call.dialogId);
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await app.deliveredResponse(200);
  });

  it('sends through the proxy that the application names', async () => {
    const app = await world.app();
    const peer = await world.udp();
    await app.request('OPTIONS', 'sip:bob@example.invalid', [], '', `sip:127.0.0.1:${String(peer.port)}`);
    const options = await peer.expectRequest('OPTIONS');
    expect(options.uri).toBe('sip:bob@example.invalid');
    expect(options.has('route')).toBe(false);
    expect(options.has('contact')).toBe(false);
    peer.send(peer.responseTo(options, 200));
    expect((await app.deliveredResponse(200)).dialogId).toBe('');
  });

  it('carries REGISTER and its challenge', async () => {
    const app = await world.app();
    const peer = await world.udp();
    const sent = await app.request('REGISTER', `sip:127.0.0.1:${String(peer.port)}`, [
      'From: <sip:trunk@example.net>',
      'To: <sip:trunk@example.net>',
      'Contact: <sip:trunk@localhost>;expires=60',
    ]);
    const register = await peer.expectRequest('REGISTER');
    expect(register.get('contact')).toBe(`<sip:trunk@127.0.0.1:${String(world.address('udp').port)}>;expires=60`);
    peer.send(peer.responseTo(register, 401, { 'WWW-Authenticate': 'Digest realm="x", nonce="y", qop="auth"' }));
    const challenge = await app.deliveredResponse(401);
    expect(challenge.transactionId).toBe(sent.transactionId);
    expect(challenge.message.get('www-authenticate')).toBe('Digest realm="x", nonce="y", qop="auth"');
  });

  it.each([
    ['an unknown method', 'FOO sip:bob@127.0.0.1:9 SIP/2.0'],
    ['no URI', 'INVITE bob SIP/2.0'],
  ])('refuses a request with %s', async (_what, startLine) => {
    const app = await world.app();
    const answer = await app.command(`sip||\r\n${startLine}\r\n\r\n`);
    expect(answer.ok).toBe('NOK');
    expect(answer.fields[0]).toMatch(/^invalid request-uri/);
  });

  it('refuses a body of unknown type, a request to itself, and a transport that it has not', async () => {
    const app = await world.app();
    const peer = await world.udp();
    expect((await app.request('MESSAGE', peer.uri('bob'), [], 'hello')).fields).toEqual(['missing content-type']);
    expect((await app.request('INVITE', world.uri(), [], SDP)).fields).toEqual(['can not send request to myself']);
    const ws = await app.request('INVITE', 'sip:bob@127.0.0.1:9;transport=ws', [], SDP);
    expect(ws.ok).toBe('NOK');
  });

  it.each(['INVITE', 'OPTIONS'])(
    'tells the application 503 when nobody takes the connection for %s',
    async (method) => {
      const app = await world.app();
      const gone = await world.tcp();
      await gone.close();
      const answer = await app.request(method, gone.uri('bob'));
      expect(answer.ok).toBe('OK');
      const response = await app.deliveredResponse(503);
      expect(response).toMatchObject({ source: 'network', transactionId: answer.transactionId });
      expect(response.message.get('cseq')).toBe(answer.message?.get('cseq'));
    },
  );
});
