import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import { createEventStream } from '../../src/kernel/event-stream.js';
import { createAccounts } from '../../src/voice/access/accounts.js';
import { createDigestAuth } from '../../src/voice/access/digest-auth.js';
import { createDoorkeeper } from '../../src/voice/access/doorkeeper.js';
import { createRegistrar, type Registrar } from '../../src/voice/access/registrar.js';
import { createSourceGuard } from '../../src/voice/access/source-guard.js';
import type { SipResponse } from '../../src/embedded/sip/message.js';
import { signed } from '../support/inbound-request.js';
import { sampleSite } from '../support/sample-site.js';
import { TcpPeer, type SipPeer } from '../support/sip-peer.js';
import type { Screening } from '../../src/voice/signalling.js';
import { availableSipServers, type RunningSipServer } from '../support/sip-servers.js';
import { withSdp } from './talk.js';
import { Inbox, openWire, sdp, type Wire } from './wire.js';

const ana = { username: 'ana', password: 'ana-secret' };
const target = { method: 'REGISTER', uri: 'sip:example.test' };

describe.each(availableSipServers())('registration on the $name server', (underTest) => {
  let server: RunningSipServer;
  let wire: Wire;
  let registrar: Registrar;
  let screening: Screening = 'admit';
  const shed = new Inbox<string>();

  beforeAll(async () => {
    server = await underTest.start();
    const config = sampleSite();
    const accounts = createAccounts(() => config);
    const events = createEventStream({
      clock: systemClock,
      configVersion: () => 'v',
      onListenerError: () => undefined,
    });
    const auth = createDigestAuth({
      realm: () => config.sip.domain,
      algorithms: () => config.sip.digestAlgorithms,
      passwordOf: (username) => accounts.passwordOf(username),
      clock: systemClock,
    });
    const protection = () => ({ ...config.sip.protection, authDelayMs: 20 });
    const guard = createSourceGuard({ clock: systemClock, events, protection, isExempt: () => false });
    registrar = createRegistrar({
      settings: () => config.sip.registrar,
      accounts,
      doorkeeper: createDoorkeeper({ auth, guard }),
      clock: systemClock,
      events,
      probe: (contact) => wire.signalling.probe(contact),
      onReachable: () => undefined,
    });
    wire = await openWire(server, {
      handlers: {
        onRegister: (request) => registrar.onRegister(request),
        screen({ address }) {
          if (screening !== 'admit') shed.push(address);
          return screening;
        },
      },
    });
  });
  afterAll(async () => {
    registrar.stop();
    await wire.close();
    await server.stop();
  });

  async function register(peer: SipPeer, contact: string, password = ana.password): Promise<SipResponse> {
    const words = { From: '<sip:ana@example.test>;tag=1', To: '<sip:ana@example.test>', Contact: contact };
    const first = peer.request('REGISTER', target.uri, words);
    peer.send(first);
    const challenge = await peer.response(401);
    const fields = challenge.getAll('www-authenticate');
    expect(fields.map((field) => /algorithm=([^,]+)/.exec(field)?.[1])).toEqual(['SHA-256', 'MD5']);
    const answer = { status: 401, headers: { 'WWW-Authenticate': fields } };
    const second = peer.request('REGISTER', target.uri, words);
    second.set('Call-ID', first.get('call-id') ?? '').set('CSeq', '2 REGISTER');
    second.add('Authorization', signed(answer, target, { ...ana, password }));
    peer.send(second);
    return (await peer.next((message) => message.kind === 'response' && message.status !== 401)) as SipResponse;
  }

  it('takes a phone in and rings it', async () => {
    const peer = await wire.peer();
    const ok = await register(peer, `<${peer.uri('ana')}>;expires=120`);
    expect(ok.status).toBe(200);
    expect(ok.get('contact')).toBe(`<${peer.uri('ana')}>;expires=120`);
    const [contact] = registrar.contactsOf('ana');
    const { events } = wire.dial({ ...contact!, sdpOffer: sdp() });
    peer.send(peer.responseTo(await peer.expectRequest('INVITE'), 486));
    await events.of('failed');
    await wire.idle();
  });

  it('answers a wrong password late with 403', async () => {
    const peer = await wire.peer();
    expect((await register(peer, `<${peer.uri('ana')}>`, 'falsch')).status).toBe(403);
  });

  it('reaches a phone on TCP through the connection that it opened', async () => {
    const tcp = server.sip.find(({ transport }) => transport === 'tcp')!;
    const peer = await TcpPeer.open(tcp);
    expect((await register(peer, '<sip:ana@10.255.255.1:5060;transport=tcp>')).status).toBe(200);
    const contact = registrar.contactsOf('ana').find(({ uri }) => uri.includes('10.255'))!;
    expect(contact.proxy).toMatch(/^sip:127\.0\.0\.1:\d+;transport=tcp$/);
    const { leg, events } = wire.dial({ ...contact, sdpOffer: sdp() });
    const invite = await peer.expectRequest('INVITE');
    expect(invite.uri).toBe('sip:ana@10.255.255.1:5060;transport=tcp');
    peer.send(
      withSdp(peer.responseTo(invite, 200, { Contact: '<sip:ana@10.255.255.1:5060;transport=tcp>' }), sdp(5000)),
    );
    await events.of('answered');
    await peer.expectRequest('ACK');
    leg.bye();
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await events.of('ended');
    const probe = wire.signalling.probe(contact);
    peer.send(peer.responseTo(await peer.expectRequest('OPTIONS'), 200));
    expect(await probe).toBe(true);
    await wire.idle();
    await peer.close();
  });

  it('reaches a phone behind a NAT where it registered from', async () => {
    const peer = await wire.peer();
    await register(peer, '<sip:ana@10.255.255.2:5060>');
    const contact = registrar.contactsOf('ana').find(({ uri }) => uri.includes('10.255.255.2'))!;
    const { leg, events } = wire.dial({ ...contact, sdpOffer: sdp() });
    const invite = await peer.expectRequest('INVITE');
    peer.send(withSdp(peer.responseTo(invite, 200, { Contact: '<sip:ana@10.255.255.2:5060>' }), sdp(5000)));
    await events.of('answered');
    await peer.expectRequest('ACK');
    leg.bye();
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await events.of('ended');
    await wire.idle();
  });

  it.each(['INVITE', 'OPTIONS', 'REGISTER'])('refuses %s of a source that is too fast', async (method) => {
    screening = 'refuse';
    const peer = await wire.peer();
    const request = peer.request(method, 'sip:900@127.0.0.1', {}, method === 'INVITE' ? sdp() : '');
    peer.send(request);
    const refusal = await peer.response(503, request);
    await shed.next();
    expect(refusal.get('retry-after')).toBe('5');
    if (method === 'INVITE') peer.send(peer.ackOf(request, refusal));
    screening = 'admit';
    await wire.idle();
  });

  it('leaves a flood without an answer and without a trace, but lets no caller wait for ever', async () => {
    screening = 'drop';
    const peer = await wire.peer();
    const invite = peer.request('INVITE', 'sip:900@127.0.0.1', {}, sdp());
    peer.send(invite);
    peer.send(peer.request('OPTIONS', 'sip:127.0.0.1'));
    peer.send(peer.ackOf(invite, await peer.response(503, invite)));
    await shed.next();
    await shed.next();
    screening = 'admit';
    const last = peer.request('OPTIONS', 'sip:127.0.0.1');
    peer.send(last);
    await peer.response(200, last);
    expect(peer.inbox.map((message) => message.kind === 'response' && message.status)).toEqual([100]);
    expect(wire.calls.all).toEqual([]);
    expect(wire.signalling.counts()).toEqual({ dialogs: 0, pendingInvites: 0, timers: 0 });
  });
});
