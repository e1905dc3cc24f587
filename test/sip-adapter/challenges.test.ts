import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DigestAlgorithm } from '../../src/config/routing-config.js';
import { systemClock } from '../../src/kernel/clock.js';
import { createDigestAuth } from '../../src/voice/access/digest-auth.js';
import type { SipRequest, SipResponse } from '../../src/embedded/sip/message.js';
import type { UdpPeer } from '../support/sip-peer.js';
import { availableSipServers, type RunningSipServer } from '../support/sip-servers.js';
import { withSdp } from './talk.js';
import { openWire, sdp, type Wire } from './wire.js';

/** A carrier's own check of what we answer. */
function carrier(algorithms: readonly DigestAlgorithm[]) {
  return createDigestAuth({
    realm: () => 'carrier.test',
    algorithms: () => algorithms,
    passwordOf: (username) => (username === 'acme' ? 'geheim' : undefined),
    clock: systemClock,
  });
}

function challenge(peer: UdpPeer, request: SipRequest, values: readonly string[], status = 407): SipResponse {
  const response = peer.responseTo(request, status);
  for (const value of values) response.add(status === 407 ? 'Proxy-Authenticate' : 'WWW-Authenticate', value);
  return response;
}

function verdict(auth: ReturnType<typeof carrier>, request: SipRequest): string {
  const authorization = request.get('proxy-authorization') ?? request.get('authorization');
  return auth.verify({ method: request.method, uri: request.uri, authorization }).type;
}

const credentials = { username: 'acme', password: 'geheim' };

describe.each(availableSipServers())("carriers' challenges on the $name server", (underTest) => {
  let server: RunningSipServer;
  let wire: Wire;

  beforeAll(async () => {
    server = await underTest.start();
    wire = await openWire(server, { sessionTimers: { expiresMs: 1_800_000, minSeMs: 90_000 } });
  });
  afterAll(async () => {
    await wire.close();
    await server.stop();
  });

  it.each([
    ['SHA-256 where it is offered beside MD5', ['MD5', 'SHA-256'], 407],
    ['MD5 alone', ['MD5'], 407],
    ['401 as well as 407', ['SHA-256', 'MD5'], 401],
  ] as const)('answers %s', async (_, algorithms, status) => {
    const auth = carrier(algorithms);
    const peer = await wire.peer();
    const { leg, events } = wire.dial({ uri: peer.uri('600'), sdpOffer: sdp(), credentials });
    const first = await peer.expectRequest('INVITE');
    peer.send(challenge(peer, first, auth.challenge(), status));
    await peer.expectRequest('ACK');
    const second = await peer.expectRequest('INVITE');
    expect(verdict(auth, second)).toBe('authenticated');
    if (algorithms.length > 1) {
      const field = second.get('proxy-authorization') ?? second.get('authorization');
      expect(field).toContain('algorithm=SHA-256');
    }
    expect(second.get('call-id')).toBe(first.get('call-id'));
    expect(second.get('from')).toBe(first.get('from'));
    expect(Number.parseInt(second.get('cseq') ?? '', 10)).toBe(Number.parseInt(first.get('cseq') ?? '', 10) + 1);

    peer.send(withSdp(peer.responseTo(second, 200), sdp(5000)));
    await events.of('answered');
    await peer.expectRequest('ACK');
    leg.bye();
    const bye = await peer.expectRequest('BYE');
    peer.send(challenge(peer, bye, auth.challenge()));
    const signed = await peer.expectRequest('BYE');
    expect(verdict(auth, signed)).toBe('authenticated');
    peer.send(peer.responseTo(signed, 200));
    expect(await events.of('ended')).toEqual({ type: 'ended', by: 'us' });
    await wire.idle();
  });

  it.each([
    ['the same nonce, counting up', () => 'kept', ['00000001', '00000002', '00000003']],
    ['a fresh nonce', () => Math.random().toString(36), ['00000001', '00000001', '00000001']],
  ])('answers with each re-INVITE of a call, for %s', async (_, nextNonce, expected) => {
    const peer = await wire.peer();
    const counts: string[] = [];
    const accept = async (): Promise<void> => {
      const bare = await peer.expectRequest('INVITE');
      peer.send(challenge(peer, bare, [`Digest realm="carrier.test", qop="auth", nonce="${nextNonce()}"`]));
      await peer.expectRequest('ACK');
      const signed = await peer.expectRequest('INVITE');
      counts.push(/nc=(\d+)/.exec(signed.get('proxy-authorization') ?? '')?.[1] ?? 'none');
      peer.send(withSdp(peer.responseTo(signed, 200), sdp(5000)));
      await peer.expectRequest('ACK');
    };
    const { leg, events } = wire.dial({ uri: peer.uri('600'), sdpOffer: sdp(), credentials });
    await accept();
    await events.of('answered');
    for (const port of [6000, 6002]) {
      leg.offer(sdp(port));
      await accept();
      await events.of('offer-answered');
    }
    expect(counts).toEqual(expected);
    leg.bye();
    peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await events.of('ended');
    await wire.idle();
  });

  it('takes a fresh nonce when its own was stale, and gives up when it is refused for good', async () => {
    const auth = carrier(['MD5']);
    const peer = await wire.peer();
    const { events } = wire.dial({ uri: peer.uri('600'), sdpOffer: sdp(), credentials });
    for (const isStale of [false, true, false]) {
      const invite = await peer.expectRequest('INVITE');
      peer.send(challenge(peer, invite, auth.challenge({ isStale })));
      await peer.expectRequest('ACK');
    }
    expect(await events.of('failed')).toEqual({ type: 'failed', status: 407 });
    await wire.idle();
  });

  it('does not answer without credentials', async () => {
    const peer = await wire.peer();
    const { events } = wire.dial({ uri: peer.uri('600'), sdpOffer: sdp() });
    peer.send(challenge(peer, await peer.expectRequest('INVITE'), carrier(['MD5']).challenge()));
    expect(await events.of('failed')).toEqual({ type: 'failed', status: 407 });
    await wire.idle();
  });

  it('cancels the INVITE that answers the challenge', async () => {
    const peer = await wire.peer();
    const { leg, events } = wire.dial({ uri: peer.uri('600'), sdpOffer: sdp(), credentials });
    peer.send(challenge(peer, await peer.expectRequest('INVITE'), carrier(['MD5']).challenge()));
    const second = await peer.expectRequest('INVITE');
    leg.cancel();
    peer.send(peer.responseTo(second, 100));
    const cancel = await peer.expectRequest('CANCEL');
    expect(cancel.get('cseq')).toBe((second.get('cseq') ?? '').replace('INVITE', 'CANCEL'));
    peer.send(peer.responseTo(cancel, 200));
    peer.send(peer.responseTo(second, 487));
    expect(await events.of('failed')).toEqual({ type: 'failed', status: 487 });
    await wire.idle();
  });

  it('does not answer a challenge any more once it is cancelled', async () => {
    const peer = await wire.peer();
    const { leg, events } = wire.dial({ uri: peer.uri('600'), sdpOffer: sdp(), credentials });
    const invite = await peer.expectRequest('INVITE');
    leg.cancel();
    peer.send(challenge(peer, invite, carrier(['MD5']).challenge()));
    expect(await events.of('failed')).toEqual({ type: 'failed', status: 407 });
    await wire.idle();
  });

  it('tries once more with the session interval that a peer insists on', async () => {
    const peer = await wire.peer();
    const { events } = wire.dial({ uri: peer.uri('600'), sdpOffer: sdp() });
    const first = await peer.expectRequest('INVITE');
    expect(first.get('session-expires')).toMatch(/^1800; ?refresher=uac$/);
    peer.send(peer.responseTo(first, 422, { 'Min-SE': '3600' }));
    const second = await peer.expectRequest('INVITE');
    expect(second.get('session-expires')).toMatch(/^3600; ?refresher=uac$/);
    expect(second.get('min-se')).toBe('3600');
    peer.send(peer.responseTo(second, 486));
    expect(await events.of('failed')).toEqual({ type: 'failed', status: 486 });
    await wire.idle();
  });
});
