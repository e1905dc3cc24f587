/** That the files of `freeswitch/` let in whom they should and nobody else, and speak what they say they speak. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startFreeswitch, type RunningMediaServer } from '../support/freeswitch-server.js';
import { UdpPeer } from '../support/sip-peer.js';

const binary = process.env.FREESWITCH_BIN ?? '';
/** Everything that the event socket says to these lines, until it has been silent for a while or hangs up. */
async function eventSocket(port: number, lines: readonly string[], localAddress = '127.0.0.1'): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, localAddress }).setEncoding('utf8');
  let said = '';
  socket.on('data', (text: string) => (said += text)).on('error', () => undefined);
  await once(socket, 'connect');
  for (const line of lines) socket.write(`${line}\n\n`);
  const closed = once(socket, 'close');
  socket.setTimeout(700, () => socket.destroy());
  await closed;
  return said;
}

async function caller(server: RunningMediaServer): Promise<UdpPeer> {
  const peer = await UdpPeer.open(server.sip);
  onTestFinished(() => peer.close());
  return peer;
}

const address = (server: RunningMediaServer) => `sip:place@${server.sip.host}:${String(server.sip.port)}`;

/** The session of a party that neither speaks nor hears for now. */
const deaf = [
  'v=0',
  'o=phone 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 9 RTP/AVP 0 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=inactive',
  '',
].join('\r\n');

/** What the server says of itself to a call that brings no offer; the call is ended at once. */
async function sessionWithoutOffer(server: RunningMediaServer): Promise<string> {
  const peer = await caller(server);
  const invite = peer.request('INVITE', address(server));
  peer.send(invite);
  const answer = await peer.response(200);
  const ack = peer.ackOf(invite, answer).set('Content-Type', 'application/sdp');
  ack.body = Buffer.from(deaf);
  peer.send(ack);
  const bye = peer.inDialog('BYE', invite, answer, 2);
  peer.send(bye);
  await peer.response(200, bye);
  return answer.body.toString();
}

const codecs = (sdp: string) => Array.from(sdp.matchAll(/^a=rtpmap:\d+ ([\w-]+)/gm), ([, name]) => name);

describe.runIf(binary !== '')('FreeSWITCH with the files of freeswitch/', () => {
  let server: RunningMediaServer;
  beforeAll(async () => {
    server = await startFreeswitch(binary, { FREESWITCH_RTP_FROM: '29400', FREESWITCH_RTP_TO: '29418' });
  });
  afterAll(() => server.stop());

  it('lets in who knows the password, and nobody else', async () => {
    const { esl } = server;
    expect(await eventSocket(esl.port, [`auth ${esl.password}`, 'api status'])).toMatch(/\+OK accepted[^]*is ready/);
    expect(await eventSocket(esl.port, ['auth ClueCon', 'api status'])).toMatch(/-ERR invalid$/m);
  });

  it('offers one stream of G.711, Opus and G.722 to whoever makes no offer, with keys by RFC 4733', async () => {
    const sdp = await sessionWithoutOffer(server);
    expect(sdp.match(/^m=.*/gm)).toEqual([expect.stringMatching(/^m=audio \d+ RTP\/AVP 8 0 /)]);
    expect(codecs(sdp)).toEqual(['PCMA', 'PCMU', 'opus', 'G722', 'telephone-event', 'telephone-event']);
  });

  it('keeps to the ports that it is told', async () => {
    const port = Number(/^m=audio (\d+)/m.exec(await sessionWithoutOffer(server))?.[1]);
    expect(port % 2).toBe(0);
    expect(port).toBeGreaterThanOrEqual(29_400);
    expect(port).toBeLessThanOrEqual(29_418);
  });

  it('registers nobody', async () => {
    const peer = await caller(server);
    peer.send(peer.request('REGISTER', `sip:${server.sip.host}:${String(server.sip.port)}`));
    await peer.response(405);
  });
});

describe.runIf(binary !== '')('FreeSWITCH with the files of freeswitch/ and other settings', () => {
  const start = async (settings: Readonly<Record<string, string | undefined>>): Promise<RunningMediaServer> => {
    const server = await startFreeswitch(binary, settings);
    onTestFinished(() => server.stop());
    return server;
  };

  it.each([
    ['unset', undefined],
    ['empty', ''],
  ])('lets nobody in while the password is %s', async (_about, password) => {
    const { esl } = await start({ FREESWITCH_PASSWORD: password });
    expect(await eventSocket(esl.port, ['auth ClueCon'])).toContain('-ERR invalid');
    expect(await eventSocket(esl.port, ['auth '])).not.toContain('+OK');
  });

  it('takes no calls and no commands from addresses that are not named', async () => {
    const other = await start({ FREESWITCH_ALLOWED: '192.0.2.0/24,198.51.100.7/32' });
    expect(await eventSocket(other.esl.port, [`auth ${other.esl.password}`])).toContain('Access Denied');
    const peer = await caller(other);
    for (const sdp of ['', deaf]) {
      const invite = peer.request('INVITE', address(other), {}, sdp);
      peer.send(invite);
      await peer.response(403, invite);
    }
  });

  it('ends the call of who has sent no sound for as long as it is told', async () => {
    const server = await start({ FREESWITCH_MEDIA_TIMEOUT: '500' });
    const peer = await caller(server);
    const invite = peer.request('INVITE', address(server), {}, deaf);
    peer.send(invite);
    const answer = await peer.response(200, invite);
    peer.send(peer.ackOf(invite, answer));
    const bye = await peer.expectRequest('BYE');
    expect(bye.get('reason')).toContain('MEDIA_TIMEOUT');
    peer.send(peer.responseTo(bye, 200));
  });

  it('can be opened to several networks', async () => {
    const { esl } = await start({ FREESWITCH_ALLOWED: '192.0.2.0/24,127.0.0.2/32' });
    expect(await eventSocket(esl.port, [`auth ${esl.password}`], '127.0.0.2')).toContain('+OK accepted');
    expect(await eventSocket(esl.port, [`auth ${esl.password}`], '127.0.0.1')).toContain('Access Denied');
  });
});
