import { describe, expect, it } from 'vitest';
import { serialise } from '../../src/embedded/sip/message.js';
import { availableSipServers } from '../support/sip-servers.js';
import { SDP, World } from './world.js';

describe.each(availableSipServers())('transports on $name', (server) => {
  const world = new World(server);

  it('notes in Via where a request came from and answers there', async () => {
    const app = await world.app('options');
    const peer = await world.udp();
    const options = peer.request('OPTIONS', world.uri());
    const branch = /branch=([^;]+)/.exec(options.get('via') ?? '')?.[1] ?? '';
    options.set('Via', `SIP/2.0/UDP 192.0.2.4:5999;branch=${branch}`);
    peer.send(options);
    const delivered = await app.delivered('OPTIONS');
    const via = delivered.message.get('via') ?? '';
    expect(via).toContain('received=127.0.0.1');
    expect(via).toContain(`rport=${String(peer.port)}`);
    await app.respond(delivered.transactionId, '200 OK');
    const ok = await peer.response(200, options);
    expect(ok.get('via')).toContain(`rport=${String(peer.port)}`);
  });

  it('believes no received parameter', async () => {
    const app = await world.app('options');
    const peer = await world.udp();
    const options = peer.request('OPTIONS', world.uri());
    options.set('Via', `${options.get('via') ?? ''};received=192.0.2.66`);
    peer.send(options);
    const delivered = await app.delivered('OPTIONS');
    expect(delivered.message.get('via')).not.toContain('192.0.2.66');
    await app.respond(delivered.transactionId, '200 OK');
    await peer.response(200, options);
  });

  it('gives back all Vias in order', async () => {
    const app = await world.app('options');
    const peer = await world.udp();
    const options = peer.request('OPTIONS', world.uri());
    options.add('Via', 'SIP/2.0/TCP proxy.example.net;branch=z9hG4bKp, SIP/2.0/UDP phone.example.net;branch=z9hG4bKq');
    peer.send(options);
    await app.respond((await app.delivered('OPTIONS')).transactionId, '200 OK');
    const vias = (await peer.response(200, options)).list('via');
    expect(vias).toHaveLength(3);
    expect(vias[1]).toContain('proxy.example.net');
    expect(vias[2]).toContain('phone.example.net');
  });

  it('answers a repeated request without asking the application again', async () => {
    const app = await world.app('options');
    const peer = await world.udp();
    const options = peer.request('OPTIONS', world.uri());
    peer.send(options);
    await app.respond((await app.delivered('OPTIONS')).transactionId, '200 OK');
    await peer.response(200, options);
    peer.send(options);
    await peer.response(200, options);
    expect(app.waitingCount(() => true)).toBe(0);
  });

  // drachtio-server 0.9.4 says 400 to bodies of 9 KB and more.
  it.each(server.isEmbedded ? [5_000, 60_000] : [5_000])('takes datagrams of %d bytes', async (size) => {
    const app = await world.app('message');
    const peer = await world.udp();
    const message = peer.request('MESSAGE', world.uri());
    message.add('Content-Type', 'text/plain').body = Buffer.alloc(size, 'x');
    peer.send(message);
    const delivered = await app.delivered('MESSAGE');
    expect(delivered.message.body.length).toBe(size);
    await app.respond(delivered.transactionId, '200 OK');
    await peer.response(200, message);
  });

  it('stays with UDP for messages above 1300 bytes', async () => {
    const app = await world.app();
    const peer = await world.udp();
    await app.request('MESSAGE', peer.uri('bob'), ['Content-Type: text/plain'], 'x'.repeat(5000));
    const message = await peer.expectRequest('MESSAGE');
    expect(message.body.length).toBe(5000);
    peer.send(peer.responseTo(message, 200));
    await app.deliveredResponse(200);
  });

  it('overlooks keep-alives and noise on UDP', async () => {
    const app = await world.app('options');
    const peer = await world.udp();
    for (const noise of [
      '',
      '\r\n',
      '\r\n\r\n',
      '\0',
      Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4]),
      'x',
    ]) {
      peer.sendBytes(noise);
    }
    const options = peer.request('OPTIONS', world.uri());
    peer.send(options);
    await app.respond((await app.delivered('OPTIONS')).transactionId, '200 OK');
    await peer.response(200, options);
    expect(peer.inbox).toEqual([]);
  });

  it('makes a call over one TCP connection', async () => {
    const app = await world.app('invite');
    const peer = await world.tcp();
    const call = await world.answeredCall(app, peer);
    expect(call.delivered.protocol).toBe('tcp');
    expect(call.ok.get('contact')).toBe(`<sip:127.0.0.1:${String(world.address('tcp').port)};transport=tcp>`);
    await app.inside('BYE', call.dialogId);
    const bye = await peer.expectRequest('BYE');
    expect(bye.get('via')).toContain('SIP/2.0/TCP');
    expect(peer.accepted).toBe(0);
    peer.send(peer.responseTo(bye, 200));
    await app.deliveredResponse(200);
  });

  it('opens a TCP connection where the URI asks for it, and uses it again', async () => {
    const app = await world.app();
    const peer = await world.tcp();
    await app.request('INVITE', peer.uri('bob'), [], SDP);
    const invite = await peer.expectRequest('INVITE');
    const port = String(world.address('tcp').port);
    expect(invite.get('via')).toMatch(new RegExp(`^SIP/2\\.0/TCP 127\\.0\\.0\\.1:${port};`));
    expect(invite.get('contact')).toBe(`<sip:127.0.0.1:${port};transport=tcp>`);
    peer.sendOverAccepted(peer.responseTo(invite, 200));
    const { dialogId } = await app.deliveredResponse(200);
    await app.inside('ACK', dialogId);
    await peer.expectRequest('ACK');
    await app.inside('BYE', dialogId);
    peer.sendOverAccepted(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await app.deliveredResponse(200);
    expect(peer.accepted).toBe(1);
  });

  it('reads messages that come in pieces and several at once', async () => {
    const app = await world.app('options');
    const peer = await world.tcp();
    const first = peer.request('OPTIONS', world.uri(), {}, SDP);
    const second = peer.request('OPTIONS', world.uri());
    const bytes = Buffer.concat([serialise(first), serialise(second)]);
    for (let at = 0; at < bytes.length; at += 100) {
      peer.sendBytes(bytes.subarray(at, at + 100));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    for (const each of [first, second]) {
      await app.respond((await app.delivered('OPTIONS')).transactionId, '200 OK');
      await peer.response(200, each);
    }
  });

  it('answers a keep-alive on TCP with one empty line', async () => {
    const peer = await world.tcp();
    peer.sendBytes('\r\n\r\n');
    await expect.poll(() => peer.pongs).toBe(1);
  });

  it('reaches a phone over the connection that it registered with', async () => {
    const app = await world.app('register');
    const peer = await world.tcp();
    const contact = '<sip:ana@192.0.2.5:7777;transport=tcp>';
    const register = peer.request('REGISTER', world.uri(), { Contact: contact });
    peer.send(register);
    await app.respond((await app.delivered('REGISTER')).transactionId, '200 OK', [`Contact: ${contact};expires=60`]);
    await peer.response(200, register);
    for (const method of ['OPTIONS', 'INVITE']) {
      await app.request(method, 'sip:ana@192.0.2.5:7777;transport=tcp', [], method === 'INVITE' ? SDP : '');
      const request = await peer.expectRequest(method);
      expect(request.uri).toBe('sip:ana@192.0.2.5:7777;transport=tcp');
      peer.send(peer.responseTo(request, 486));
      await app.deliveredResponse(486);
    }
  });

  it('tells the application when the connection for its answer has gone', async () => {
    const app = await world.app('options');
    const peer = await world.tcp();
    peer.send(peer.request('OPTIONS', world.uri()));
    const { transactionId } = await app.delivered('OPTIONS');
    peer.hangUp();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await app.respond(transactionId, '200 OK')).ok).toBe('NOK');
  });
});
