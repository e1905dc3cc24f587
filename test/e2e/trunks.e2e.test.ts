/** Carriers: who may call in by address or password, who may call out and where to, with digests of both algorithms. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerChallenge, digestParameters, isSignedWith } from '../sipp/digest.js';
import { freePort } from '../support/free-ports.js';
import type { PhoneBank } from '../sipp/phones.js';
import { challengesOf, openSipPeer, requestText } from '../sipp/sip-peer.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { accountOf, agents, domain, siteYaml } from './site.js';
import { connected, sdpOwner, story } from './wire.js';

const inbound = { username: 'carrier-in', password: 'secret-of-the-carrier' };
const outbound = { username: 'site', password: 'secret-of-the-site' };
/** Another loopback address: a phone of the site would say so in From, a stranger comes from elsewhere. */
const carrierHost = '127.0.0.2';

const yamlFor = (ports: { sha: number; md5: number }) => {
  const { ana, bob, ...rest } = agents('ana', 'bob', 'eve', 'kim');
  return siteYaml({
    agents: {
      ana: { ...ana, extension: '201', dial_out: 'sha' },
      bob: { ...bob, dial_out: 'md5' },
      ...rest,
    },
    queues: { support: { members: ['kim'], wrap_up: '0s' } },
    entry_points: { '+34910000000': { queue: 'support' } },
    trunks: {
      sha: {
        host: '127.0.0.1',
        port: ports.sha,
        addresses: [carrierHost],
        outbound,
        allowed_prefixes: ['+346', '+3491'],
        caller_id: '+34910000000',
      },
      md5: { host: '127.0.0.1', port: ports.md5, inbound, outbound, allowed_prefixes: ['+346'] },
    },
  });
};

const talk = { what: 'talk', forMs: 50 } as const;
const refusedWith = (status: number) => ({ what: 'be-refused', status }) as const;

describe.each(availableSipServers())('trunks on $name', (server) => {
  let site: RunningSite;
  let kim: PhoneBank;
  const carriers: Record<'sha' | 'md5', PhoneBank> = {} as never;

  beforeAll(async () => {
    const ports = { sha: await freePort(), md5: await freePort() };
    site = await startSite({ server, yaml: yamlFor(ports) });
    const then = { does: 'answer', afterMs: 30 } as const;
    const realm = 'carrier.example';
    for (const [trunk, algorithm] of [
      ['sha', 'SHA-256'],
      ['md5', 'MD5'],
    ] as const) {
      const habit = { name: `${trunk}-carrier`, challenges: { realm, algorithm }, then };
      carriers[trunk] = await site.carrier(ports[trunk], habit);
    }
    kim = await site.phones(['kim'], { name: 'kim', then });
  });
  afterEach(() => site.nothingLeft());
  afterAll(() => site.stop());

  describe('in', () => {
    it('by address: the carrier reaches entry points that are not public', async () => {
      const done = await site.call(talk, ['+34910000000'], { host: carrierHost });
      expect(sdpOwner(done.calls[0]!, 'received')).toBe('kim');
    });

    it('by digest with MD5', async () => {
      const before = kim.calls().length;
      await site.call(talk, ['+34910000000'], { habit: { credentials: inbound, from: 'carrier-in' } });
      expect(connected(kim.calls().slice(before))).toEqual(['kim']);
    });

    it('by digest with SHA-256', async () => {
      const peer = await openSipPeer(site.udp);
      const uri = `sip:+34910000000@${domain}`;
      const invite = (cseq: number, headers: string[]) =>
        requestText(peer, {
          method: 'INVITE',
          uri,
          fromUser: 'anybody',
          toUser: '+34910000000',
          domain,
          callId: `sha-${server.name}`,
          cseq,
          headers: [`Contact: <sip:${peer.host}:${peer.port}>`, ...headers],
          body: 'v=0\no=peer 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 40000 RTP/AVP 0\n',
        });
      try {
        peer.send(invite(1, []));
        const challenged = await peer.next(({ status }) => status === 401);
        const challenge = challengesOf(challenged).find(({ algorithm }) => algorithm === 'SHA-256')!;
        const signing = { ...inbound, method: 'INVITE', uri };
        peer.send(invite(2, [`Authorization: ${answerChallenge(challenge, signing)}`]));
        const answered = await peer.next(({ status, cseq }) => status === 200 && cseq.number === 2);
        const target = /<(.*?)>/.exec(answered.header('Contact')!)![1]!;
        for (const method of ['ACK', 'BYE']) {
          peer.send(
            requestText(peer, {
              method,
              uri: target,
              fromUser: 'anybody',
              toUser: '+34910000000',
              domain,
              callId: answered.callId,
              cseq: method === 'ACK' ? 2 : 3,
            })
              .replace(/^To: .*$/m, `To: ${answered.header('To')}`)
              .replace(/^From: .*$/m, `From: ${answered.header('From')}`),
          );
        }
        const bye = await peer.next(({ cseq, status }) => cseq.method === 'BYE' && status === 200);
        expect(bye.status).toBe(200);
      } finally {
        await peer.close();
      }
    });

    it('anybody else is asked for a password, and no phone rings', async () => {
      const before = kim.calls().length;
      await site.call(refusedWith(401), ['+34910000000']);
      expect(kim.calls()).toHaveLength(before);
    });

    it.each([
      ['an unknown number', '+34919999999'],
      ['an outside number: never', '+34600111222'],
      ['an extension', '201'],
      ['a star code', '*1'],
    ])('the carrier may not dial %s', async (_what, number) => {
      await site.call(refusedWith(404), [number], { host: carrierHost });
      expect(carriers.sha.calls()).toEqual([]);
    });
  });

  describe('out', () => {
    it.each<['SHA-256' | 'MD5', 'ana' | 'bob', 'sha' | 'md5', string]>([
      ['SHA-256', 'ana', 'sha', '+34910000000'],
      ['MD5', 'bob', 'md5', 'bob'],
    ])('an agent calls out through a carrier that asks for %s', async (algorithm, agent, trunk, callerId) => {
      const done = await site.call(talk, ['+34600111222'], { habit: { credentials: accountOf(agent), from: agent } });
      expect(sdpOwner(done.calls[0]!, 'received')).toBe(`${trunk}-carrier`);
      const call = carriers[trunk].callsTo('+34600111222').at(-1)!;
      expect(story(call)).toBe('<INVITE >407 INVITE <ACK <INVITE >180 INVITE >200 INVITE <ACK <BYE >200 BYE');
      const signed = call.flatMap((message) => message.header('Proxy-Authorization') ?? [])[0]!;
      expect(digestParameters(signed)).toMatchObject({ username: outbound.username, algorithm });
      expect(isSignedWith(signed, outbound.password, 'INVITE')).toBe(true);
      expect(/sip:([^@]+)@/.exec(call[0]!.header('From')!)![1]).toBe(callerId);
    });

    it.each([
      ['403', 'a prefix that is not allowed', 'ana', '+44600111222', 403],
      ['404', 'anything from a phone without a trunk', 'eve', '+34600111222', 404],
    ])('%s for %s', async (_status, _what, agent, number, status) => {
      const before = carriers.sha.calls().length;
      await site.call(refusedWith(status), [number], { habit: { credentials: accountOf(agent), from: agent } });
      expect(carriers.sha.calls()).toHaveLength(before);
    });

    it('who is no phone of the site cannot dial out', async () => {
      await site.call(refusedWith(401), ['+34600111222']);
      await site.call(refusedWith(403), ['+34600111222'], {
        habit: { credentials: { username: 'ana', password: 'guessed' }, from: 'ana' },
      });
    });
  });
});
