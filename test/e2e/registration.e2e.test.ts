/** Phones that register, and those who would like to be taken for one. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  challengesOf,
  openSipPeer,
  registerAt,
  registerText,
  requestText,
  transact,
  type RegisterOptions,
  type SipPeer,
} from '../sipp/sip-peer.js';
import type { WireMessage } from '../sipp/wire-trace.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { accountOf, agents, domain, numbered, siteYaml } from './site.js';
import { completedElsewhere, connected, reasonOf } from './wire.js';

const authDelayMs = 100;
/** And as many at once. */
const requestsPerSecond = 50;
const many = numbered('many-', 3);

const yaml = siteYaml({
  agents: agents('ana', 'bob', 'eva', 'kim', 'twin', ...many),
  queues: { twin: { members: ['twin'], wrap_up: '0s' } },
  entry_points: { 'to-twin': { queue: 'twin', public: true } },
  sip: {
    protection: { max_requests_per_second: requestsPerSecond, auth_delay: `${authDelayMs}ms`, auth_max_delay: '1s' },
    digest: ['MD5', 'SHA-256'],
  },
});

describe.each(availableSipServers())('registration on $name', (server) => {
  let site: RunningSite;
  const peers: SipPeer[] = [];

  beforeAll(async () => {
    site = await startSite({ server, yaml });
  });
  afterEach(async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.close()));
    await site.nothingLeft();
  });
  afterAll(() => site.stop());

  /** Each from an address of its own: what one does to its source is not another's affair. */
  async function peerAt(host: string): Promise<SipPeer> {
    const peer = await openSipPeer(site.udp, host);
    peers.push(peer);
    return peer;
  }

  const as = (username: string, more: Partial<RegisterOptions> = {}): RegisterOptions => ({
    domain,
    ...accountOf(username),
    ...more,
  });

  const presenceOf = async (name: string) =>
    (await site.switchboard.ledger.snapshot()).agents.find(({ agent }) => agent === name)?.presence.state;

  it.each(['SHA-256', 'MD5'] as const)('a phone registers with %s and makes its agent available', async (algorithm) => {
    const peer = await peerAt('127.0.0.1');
    const name = algorithm === 'MD5' ? 'ana' : 'bob';
    const registered = await registerAt(peer, as(name, { algorithm }));
    expect(registered.status).toBe(200);
    expect(registered.header('Contact')).toContain(`sip:${name}@127.0.0.1:${peer.port}`);
    await site.eventually(
      'agent.presence_changed',
      ({ agent, presence }) => agent === name && presence === 'available',
    );
    expect((await registerAt(peer, as(name, { algorithm, expires: 0 }))).status).toBe(200);
    await site.eventually('agent.presence_changed', ({ agent, presence }) => agent === name && presence === 'offline');
    expect(await presenceOf(name)).toBe('offline');
  });

  it('a registration that is not renewed ends by itself', async () => {
    const peer = await peerAt('127.0.0.1');
    expect((await registerAt(peer, as('kim', { expires: 1 }))).status).toBe(200);
    await site.eventually('agent.device_unregistered', ({ agent }) => agent === 'kim');
    await site.eventually('agent.presence_changed', ({ agent, presence }) => agent === 'kim' && presence === 'offline');
  });

  it('too short a time is refused with the shortest there is', async () => {
    const peer = await peerAt('127.0.0.1');
    const brief = as('kim', { contacts: [`<sip:kim@127.0.0.1:${peer.port}>;expires=0.5`] });
    expect([200, 400, 423]).toContain((await registerAt(peer, brief)).status);
  });

  it('two phones of one account both ring, and one is told that the other has it', async () => {
    const [first, second] = [
      await site.phones(['twin'], { then: { does: 'answer', afterMs: 60 } }),
      await site.phones(['twin'], { then: { does: 'nothing' } }),
    ];
    await site.call({ what: 'talk', forMs: 50 }, ['to-twin']);
    await site.nothingLeft();
    expect(connected(first.calls())).toEqual(['twin']);
    expect(second.calls().map(reasonOf)).toEqual([completedElsewhere]);
  });

  it('an account registers for itself only', async () => {
    const peer = await peerAt('127.0.0.1');
    const own = registerText(peer, as('ana')).replace(/^(To|From): <sip:ana@/gm, '$1: <sip:bob@');
    const challenge = challengesOf(await transact(peer, own))[0]!;
    const signed = registerText(peer, as('ana'), challenge).replace(/^(To|From): <sip:ana@/gm, '$1: <sip:bob@');
    expect((await transact(peer, signed)).status).toBe(403);
    expect(await presenceOf('bob')).toBe('offline');
  });

  it('a wrong password is answered later each time, an unknown user just the same', async () => {
    const seen: Record<string, { waitedMs: number; response: WireMessage }[]> = {};
    for (const [host, username] of [
      ['127.0.0.3', 'eva'],
      ['127.0.0.4', 'nobody-of-that-name'],
    ] as const) {
      const peer = await peerAt(host);
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const options = as(username, { password: 'guessed' });
        const challenge = challengesOf(await transact(peer, registerText(peer, options)))[0]!;
        const sentAt = performance.now();
        const response = await transact(peer, registerText(peer, options, challenge));
        (seen[username] ??= []).push({ waitedMs: performance.now() - sentAt, response });
      }
    }
    for (const attempts of Object.values(seen)) {
      expect(attempts.map(({ response }) => response.status)).toEqual([403, 403, 403]);
      attempts.forEach(({ waitedMs }, failures) => expect(waitedMs).toBeGreaterThan(authDelayMs * 2 ** failures - 5));
    }
    const [known, unknown] = Object.values(seen).map((attempts) => attempts.map(({ response }) => headersOf(response)));
    expect(known).toEqual(unknown);
    expect(site.events.filter(({ type }) => type === 'sip.auth_failed')).toHaveLength(6);
  });

  it('a nonce is good for one request: who plays it again is challenged anew', async () => {
    const [phone, thief] = [await peerAt('127.0.0.1'), await peerAt('127.0.0.5')];
    const challenge = challengesOf(await transact(phone, registerText(phone, as('ana'))))[0]!;
    expect((await transact(phone, registerText(phone, as('ana'), challenge))).status).toBe(200);
    const stolen = await transact(thief, registerText(thief, as('ana'), challenge));
    expect(stolen.status).toBe(401);
    expect(challengesOf(stolen).map(({ stale }) => stale)).toEqual([true, true]);
    expect(challengesOf(stolen)[0]!.nonce).not.toBe(challenge.nonce);
    // The same nonce with a count that has risen is what phones do to save a round trip.
    const next = registerText(phone, as('ana', { expires: 0 }), challenge, { nonceCount: 2 });
    expect((await transact(phone, next)).status).toBe(200);
  });

  it('a nonce of our own making is none of theirs', async () => {
    const peer = await peerAt('127.0.0.1');
    const challenge = challengesOf(await transact(peer, registerText(peer, as('ana'))))[0]!;
    const forged = registerText(peer, as('ana'), { ...challenge, nonce: 'Zm9yZ2Vk' });
    const response = await transact(peer, forged);
    expect([401, 403]).toContain(response.status);
    expect(await presenceOf('ana')).toBe('offline');
  });

  it('a source that floods is shed, and phones elsewhere register as ever', async () => {
    const flooder = await peerAt('127.0.0.6');
    const begunMs = performance.now();
    for (let i = 0; i < 400; i += 1) {
      flooder.send(
        requestText(flooder, { method: 'REGISTER', uri: `sip:${domain}`, fromUser: 'x', toUser: 'x', domain }),
      );
    }
    await site.eventually('sip.source_shed', ({ address }) => address === '127.0.0.6');
    const peer = await peerAt('127.0.0.7');
    expect((await registerAt(peer, as('ana'))).status).toBe(200);
    expect((await registerAt(peer, as('ana', { expires: 0 }))).status).toBe(200);
    const served = new Set(flooder.received.filter(({ status }) => status === 401).map(({ callId }) => callId));
    const seconds = (performance.now() - begunMs) / 1_000;
    expect(served.size).toBeLessThanOrEqual(requestsPerSecond * (1 + seconds));
  });

  it('several phones at once, each with its own account, all get in', async () => {
    const peer = await peerAt('127.0.0.1');
    const statuses = await Promise.all(many.map(async (name) => (await registerAt(peer, as(name))).status));
    expect(statuses).toEqual(many.map(() => 200));
    const snapshot = await site.switchboard.ledger.snapshot();
    for (const name of many) {
      expect(snapshot.agents.find(({ agent }) => agent === name)).toMatchObject({
        presence: { state: 'available' },
        reachable: ['voice'],
      });
      await registerAt(peer, as(name, { expires: 0 }));
    }
  });
});

/** What a response says beside what is of its own request. */
function headersOf(response: WireMessage): string[] {
  return response.text
    .split('\n')
    .filter((line) => !/^(Via|From|To|Call-ID|CSeq):/i.test(line))
    .sort();
}
