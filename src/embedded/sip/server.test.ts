import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ControlApp } from '../../../test/support/control-app.js';
import { TcpPeer, UdpPeer } from '../../../test/support/sip-peer.js';
import { createEmbeddedSipServer, type EmbeddedSipServer, type EmbeddedSipServerOptions } from './server.js';

const SDP = 'v=0\r\n';
/** Containers are often without it. */
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
let opened: { close(): unknown }[] = [];

function keep<T extends { close(): unknown }>(each: T): T {
  opened.unshift(each);
  return each;
}

afterEach(async () => {
  const all = opened;
  opened = [];
  for (const each of all) await each.close();
});

async function start(options: Partial<EmbeddedSipServerOptions> = {}): Promise<EmbeddedSipServer> {
  const server = await createEmbeddedSipServer({
    listen: [
      { transport: 'udp', host: '127.0.0.1', port: 0 },
      { transport: 'tcp', host: '127.0.0.1', port: 0 },
    ],
    control: { host: '127.0.0.1', port: 0, secret: 's' },
    ...options,
  });
  return keep(server);
}

const app = async (server: EmbeddedSipServer, ...methods: string[]): Promise<ControlApp> =>
  keep(await ControlApp.signedIn({ ...server.control, secret: 's' }, ...methods));

function listener(
  server: EmbeddedSipServer,
  transport: 'udp' | 'tcp',
): { readonly host: string; readonly port: number } {
  const found = server.sip.find((each) => each.transport === transport);
  if (found === undefined) throw new Error(transport);
  return found;
}

const udp = async (server: EmbeddedSipServer): Promise<UdpPeer> => keep(await UdpPeer.open(listener(server, 'udp')));
const uri = (server: EmbeddedSipServer): string => `sip:100@127.0.0.1:${String(listener(server, 'udp').port)}`;

describe('embedded SIP server', () => {
  it('says why it cannot start and leaves nothing open', async () => {
    const server = await start();
    const taken = { transport: 'udp', ...listener(server, 'udp') } as const;
    const control = { host: '127.0.0.1', port: 0, secret: 's' };
    await expect(createEmbeddedSipServer({ listen: [taken], control })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const free = { transport: 'udp', host: '127.0.0.1', port: 0 } as const;
    await expect(
      createEmbeddedSipServer({ listen: [free], control: { ...control, port: server.control.port } }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('sheds a source that leaves too many requests open, and no other', async () => {
    const server = await start({ limits: { maxOpenPerSource: 3 } });
    const application = await app(server, 'options');
    const peer = await udp(server);
    const requests = [1, 2, 3, 4].map(() => peer.request('OPTIONS', uri(server)));
    for (const each of requests) peer.send(each);
    await peer.response(503, requests[3]);
    const first = await application.delivered('OPTIONS');
    await application.respond(first.transactionId, '200 OK');
    await peer.response(200);
    peer.send(peer.request('OPTIONS', uri(server)));
    await expect.poll(() => application.waitingCount(() => true)).toBe(3);
  });

  it('keeps no more transactions than it may', async () => {
    const server = await start({ limits: { maxTransactions: 5 } });
    await app(server, 'options');
    const peer = await udp(server);
    for (let i = 0; i < 50; i++) peer.send(peer.request('OPTIONS', uri(server)));
    await expect.poll(() => peer.inbox.length).toBe(45);
    expect(server.counts().transactions).toBe(5);
  });

  it('closes connections that never say anything whole', async () => {
    const server = await start({ limits: { messageMs: 100 } });
    const silent = await TcpPeer.open(listener(server, 'tcp'));
    const slow = await TcpPeer.open(listener(server, 'tcp'));
    keep(silent);
    keep(slow);
    slow.sendBytes('OPTIONS sip:');
    await expect.poll(() => silent.isClosedByServer && slow.isClosedByServer).toBe(true);
  });

  it('closes connections without traffic, and those that are too many', async () => {
    const server = await start({ limits: { idleMs: 100, maxConnectionsPerHost: 2 } });
    const peers = await Promise.all([1, 2, 3].map(() => TcpPeer.open(listener(server, 'tcp'))));
    peers.forEach(keep);
    await expect.poll(() => peers.filter((each) => each.isClosedByServer).length).toBe(3);
    expect(server.counts().sockets).toBe(0);
  });

  it.each([
    ['headers without end', `OPTIONS sip:a SIP/2.0\r\n${'X: y\r\n'.repeat(20_000)}`],
    ['a body without end', 'OPTIONS sip:a SIP/2.0\r\nContent-Length: 999999999\r\n\r\n'],
  ])('closes a connection that sends %s', async (_what, text) => {
    const server = await start();
    const peer = keep(await TcpPeer.open(listener(server, 'tcp')));
    peer.sendBytes(text);
    await expect.poll(() => peer.isClosedByServer).toBe(true);
  });

  it('lives through noise on every port', async () => {
    const server = await start();
    const application = await app(server, 'options', 'invite', 'register');
    const peer = await udp(server);
    const whole = peer.request('INVITE', uri(server), {}, SDP);
    const text = `${whole.head()}\r\n${SDP}`;
    const damage = fc.tuple(fc.nat(text.length), fc.nat(20), fc.string());
    for (const edits of fc.sample(fc.array(damage, { minLength: 1, maxLength: 5 }), 500)) {
      peer.sendBytes(edits.reduce((all, [at, cut, put]) => all.slice(0, at) + put + all.slice(at + cut), text));
    }
    for (const port of [listener(server, 'tcp').port, server.control.port]) {
      for (const bytes of fc.sample(fc.uint8Array({ minLength: 1, maxLength: 300 }), 30)) {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        socket.end(bytes);
      }
    }
    const options = peer.request('OPTIONS', uri(server), { 'Call-ID': 'still-there' });
    peer.send(options);
    await expect.poll(() => application.waitingCount((each) => each.get('call-id') === 'still-there')).toBe(1);
  });

  it.skipIf(!hasIpv6)('speaks IPv6', async () => {
    const server = await start({ listen: [{ transport: 'udp', host: '::1', port: 0 }] });
    const application = await app(server, 'options');
    const socket = createSocket('udp6');
    socket.bind(0, '::1');
    await once(socket, 'listening');
    const me = `[::1]:${String(socket.address().port)}`;
    const here = listener(server, 'udp').port;
    const text = `OPTIONS sip:a@[::1]:${String(here)} SIP/2.0\r\nVia: SIP/2.0/UDP ${me};branch=z9hG4bK6\r\nFrom: <sip:a@${me}>;tag=1\r\nTo: <sip:b@[::1]>\r\nCall-ID: 6\r\nCSeq: 1 OPTIONS\r\n\r\n`;
    const answered = once(socket, 'message');
    socket.send(text, here, '::1');
    const { transactionId, message } = await application.delivered('OPTIONS');
    expect(message.get('via')).not.toContain('received');
    await application.respond(transactionId, '200 OK');
    const [bytes] = (await answered) as [Buffer];
    expect(bytes.toString()).toMatch(/^SIP\/2\.0 200 OK/);
    const request = once(socket, 'message');
    await application.request('INVITE', `sip:bob@${me}`, [], SDP);
    const [invite] = (await request) as [Buffer];
    expect(invite.toString()).toContain(`Contact: <sip:[::1]:${String(here)}>`);
    socket.close();
  });

  it('hangs up a phone that answers when the application has gone', async () => {
    const server = await start();
    const application = await app(server);
    const peer = await udp(server);
    await application.request('INVITE', peer.uri('bob'), [], SDP);
    const invite = await peer.expectRequest('INVITE');
    peer.send(peer.responseTo(invite, 180));
    await application.deliveredResponse(180);
    await application.close();
    peer.send(peer.responseTo(invite, 200));
    await peer.expectRequest('ACK');
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await expect.poll(() => server.counts().dialogs).toBe(0);
  });
});
