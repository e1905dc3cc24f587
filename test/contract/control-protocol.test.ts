import { describe, expect, it } from 'vitest';
import { ControlApp } from '../support/control-app.js';
import { availableSipServers } from '../support/sip-servers.js';
import { World } from './world.js';

describe.each(availableSipServers())('control protocol on $name', (server) => {
  const world = new World(server);

  it('lets an application in that knows the secret and tells it where the server listens', async () => {
    const app = world.keep(await ControlApp.connect(world.running.control));
    const answer = await app.command(`authenticate|${world.running.control.secret}|red,blue`);
    expect(answer.ok).toBe('OK');
    const [hostports, version, local] = answer.fields;
    const { host, port } = world.address('udp');
    expect(hostports?.split(',')).toContain(`udp/${host}:${String(port)}`);
    expect(hostports?.split(',').some((each) => each.startsWith('tcp/'))).toBe(true);
    expect(local?.split(',').sort()).toEqual(hostports?.split(',').sort());
    expect(version).toMatch(/^v\d+\.\d+\.\d+/);
  });

  it('shows an application the door that does not know the secret', async () => {
    const app = world.keep(await ControlApp.connect(world.running.control));
    const id = app.send('authenticate|wrong|');
    await app.closed();
    expect(app.frames.map((each) => each.fields.slice(1))).toEqual([['response', id, 'NO', 'incorrect secret']]);
  });

  it('answers a ping', async () => {
    const app = await world.app();
    expect(await app.command('ping')).toMatchObject({ ok: 'OK', fields: ['pong'] });
  });

  it('takes and gives back methods', async () => {
    const app = await world.app();
    const peer = await world.udp();
    expect((await app.command('route|options')).ok).toBe('OK');
    const first = peer.request('OPTIONS', world.uri());
    peer.send(first);
    await app.respond((await app.delivered('OPTIONS')).transactionId, '200 OK');
    await peer.response(200, first);
    expect((await app.command('remove_route|options')).ok).toBe('OK');
    const second = peer.request('OPTIONS', world.uri());
    peer.send(second);
    await peer.response(503, second);
  });

  it('ends the connection over a command that it does not know', async () => {
    const app = await world.app();
    const id = app.send('dance|1');
    await app.closed();
    expect(app.frames.map((each) => each.fields.slice(1))).toEqual([['response', id, 'NO', 'Unknown message type']]);
  });

  it('ends the connection over bytes that are no frames', async () => {
    const app = await world.app();
    app.socket.write('hello#world');
    await app.closed();
  });

  it('reads frames that come in pieces and several at once', async () => {
    const app = await world.app();
    const frame = (id: string): string => `${String(Buffer.byteLength(`${id}|ping`))}#${id}|ping`;
    const all = frame('one') + frame('two') + frame('three');
    for (const piece of [all.slice(0, 6), all.slice(6, 12), all.slice(12)]) {
      app.socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await expect.poll(() => app.frames.map((each) => each.fields[2])).toEqual(['one', 'two', 'three']);
  });

  it('counts bytes, not letters', async () => {
    const app = await world.app('message');
    const peer = await world.udp();
    const message = peer.request('MESSAGE', world.uri(), { Subject: 'Grüße 👋' });
    message.add('Content-Type', 'text/plain').body = Buffer.from('schöne Grüße');
    peer.send(message);
    const delivered = await app.delivered('MESSAGE');
    expect(delivered.message.get('subject')).toBe('Grüße 👋');
    expect(delivered.message.body.toString()).toBe('schöne Grüße');
    await app.respond(delivered.transactionId, '200 OK', ['Subject: tschüß', 'Content-Type: text/plain'], 'größer');
    const ok = await peer.response(200, message);
    expect(ok.get('subject')).toBe('tschüß');
    expect(ok.body.toString()).toBe('größer');
  });

  it('says NOK to a response without a request', async () => {
    const app = await world.app();
    expect(await app.respond('nothing', '200 OK')).toMatchObject({ ok: 'NOK' });
  });

  // What the stand-in does not do it says honestly.
  it.runIf(server.isEmbedded)('refuses to be a proxy', async () => {
    const app = await world.app();
    const answer = await app.command('proxy|x|||||||sip:a@127.0.0.1:9\r\nINVITE sip:a SIP/2.0\r\n\r\n');
    expect(answer).toMatchObject({ ok: 'NOK', fields: ['proxying is not supported by the embedded SIP server'] });
  });

  it.runIf(server.isEmbedded)('does nothing for an application that has not signed in', async () => {
    const app = world.keep(await ControlApp.connect(world.running.control));
    app.send('route|invite');
    await app.closed();
    expect(app.frames[0]?.fields.slice(3)).toEqual(['NO', 'not authenticated']);
  });
});
