import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { signed } from '../../../test/support/inbound-request.js';
import { createManualClock, type ManualClock } from '../../../test/support/manual-clock.js';
import type { DigestAlgorithm } from '../../config/routing-config.js';
import { createDigestAuth, type DigestAuth } from './digest-auth.js';

const request = { method: 'REGISTER', uri: 'sip:example.test' };
const ana = { username: 'ana', password: 'geheim' };

describe('digest authentication', () => {
  let clock: ManualClock;
  const create = (algorithms: readonly DigestAlgorithm[] = ['SHA-256', 'MD5'], maxNonces = 100): DigestAuth =>
    createDigestAuth({
      realm: () => 'example.test',
      algorithms: () => algorithms,
      passwordOf: (username) => (username === 'ana' ? 'geheim' : undefined),
      clock,
      nonceLifetimeMs: 60_000,
      maxNonces,
    });
  const sign = (auth: DigestAuth, credentials = ana, what = request) =>
    signed({ status: 401, headers: { 'WWW-Authenticate': auth.challenge() } }, what, credentials);

  beforeEach(() => {
    clock = createManualClock();
  });

  it('offers each algorithm in a header field of its own, in the order of the config', () => {
    const values = create().challenge();
    expect(values.map((value) => /algorithm=([^,]*)/.exec(value)?.[1])).toEqual(['SHA-256', 'MD5']);
    for (const value of values) {
      expect(value).toMatch(/^Digest realm="example\.test", nonce="[^"]+", qop="auth", algorithm=[^,]+$/);
    }
    expect(create(['MD5']).challenge({ isStale: true })[0]).toMatch(/, stale=true$/);
  });

  it.each(['SHA-256', 'MD5'] as const)('knows the right answer by %s', (algorithm) => {
    const auth = create([algorithm]);
    expect(auth.verify({ ...request, authorization: sign(auth) })).toEqual({ type: 'authenticated', username: 'ana' });
  });

  /** RFC 7616 §3.9.1, computed by hand over our own nonce: the formula, not our own client, is what is compared. */
  it('agrees with the published formula', () => {
    const auth = create(['SHA-256']);
    const nonce = /nonce="([^"]+)"/.exec(auth.challenge()[0]!)![1]!;
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    const response = hash(
      `${hash('ana:example.test:geheim')}:${nonce}:00000001:0a4f113b:auth:${hash('REGISTER:sip:example.test')}`,
    );
    const authorization =
      `Digest username="ana",realm="example.test",nonce="${nonce}",uri="sip:example.test",` +
      `response="${response.toUpperCase()}",algorithm=sha-256,cnonce="0a4f113b",nc=00000001,qop=auth`;
    expect(auth.verify({ ...request, authorization })).toEqual({ type: 'authenticated', username: 'ana' });
  });

  it.each([
    ['a wrong password', { username: 'ana', password: 'falsch' }],
    ['an unknown user', { username: 'bob', password: 'geheim' }],
    ['an unknown user with the stand-in password', { username: 'bob', password: 'unknown' }],
  ])('says the same of %s', (_, credentials) => {
    const auth = create();
    const verdict = auth.verify({ ...request, authorization: sign(auth, credentials) });
    expect(verdict).toEqual({ type: 'wrong', username: credentials.username });
  });

  it.each([
    ['of another method', { method: 'INVITE', uri: request.uri }],
    ['for another target', { method: 'REGISTER', uri: 'sip:other.test' }],
  ])('refuses the answer %s', (_, what) => {
    const auth = create();
    expect(auth.verify({ ...what, authorization: sign(auth) }).type).toBe('wrong');
  });

  it('lets a target pass that differs in its parameters only', () => {
    const auth = create();
    const authorization = sign(auth, ana, { method: 'REGISTER', uri: 'sip:example.test;transport=udp' });
    expect(auth.verify({ ...request, authorization }).type).toBe('authenticated');
  });

  it.each([
    ['nothing', undefined],
    ['another scheme', 'Basic YW5hOmdlaGVpbQ=='],
    ['another realm', 'Digest username="ana", realm="other", nonce="1", uri="sip:example.test", response="x"'],
    ['nonsense', '",;=,,Digest'],
  ])('asks again for %s', (_, authorization) => {
    expect(create().verify({ ...request, authorization }).type).toBe('missing');
  });

  it.each([
    ['without qop', / ?qop=auth,?/, ''],
    ['with qop=auth-int', /qop=auth/, 'qop=auth-int'],
    ['by an algorithm that was not offered', /algorithm=SHA-256/, 'algorithm=SHA-512-256'],
    ['with a cut response', /response="[^"]{10}/, 'response="'],
  ])('refuses an answer %s', (_, pattern, replacement) => {
    const auth = create();
    const authorization = sign(auth).replace(pattern, replacement);
    expect(auth.verify({ ...request, authorization }).type).toBe('wrong');
  });

  it('finds the answer to its own realm among others', () => {
    const auth = create();
    const authorization = `Digest username="x", realm="proxy", nonce="1", response="2", ${sign(auth)}`;
    expect(auth.verify({ ...request, authorization }).type).toBe('authenticated');
  });

  describe('nonces', () => {
    it('grow stale', async () => {
      const auth = create();
      const authorization = sign(auth);
      await clock.turn(60_001);
      expect(auth.verify({ ...request, authorization })).toEqual({ type: 'stale', username: 'ana' });
    });

    it('that grew stale do not hide a wrong password', async () => {
      const auth = create();
      const authorization = sign(auth, { username: 'ana', password: 'falsch' });
      await clock.turn(60_001);
      expect(auth.verify({ ...request, authorization }).type).toBe('wrong');
    });

    it('that another process or a forger made are stale', () => {
      expect(create().verify({ ...request, authorization: sign(create()) }).type).toBe('stale');
    });

    it('are not taken twice with the same count, and again with a higher one only', () => {
      const auth = create(['MD5']);
      const nonce = /nonce="([^"]+)"/.exec(auth.challenge()[0]!)![1]!;
      const use = (count: string) => auth.verify({ ...request, authorization: withCount(nonce, count) }).type;
      expect(use('00000001')).toBe('authenticated');
      expect(use('00000001')).toBe('stale');
      expect(use('0000000a')).toBe('authenticated');
      expect(use('00000009')).toBe('stale');
      expect(use('0000000b')).toBe('authenticated');
      expect(use('c')).toBe('stale');
      expect(use('00000000')).toBe('stale');
    });

    it('that had to be forgotten cannot be used again', async () => {
      const auth = create(['MD5'], 2);
      const first = sign(auth);
      expect(auth.verify({ ...request, authorization: first }).type).toBe('authenticated');
      for (let other = 0; other < 3; other++) {
        await clock.turn(1);
        expect(auth.verify({ ...request, authorization: sign(auth) }).type).toBe('authenticated');
      }
      expect(auth.verify({ ...request, authorization: first }).type).toBe('stale');
      await clock.turn(1);
      expect(auth.verify({ ...request, authorization: sign(auth) }).type).toBe('authenticated');
    });
  });

  function withCount(nonce: string, nc: string): string {
    // The client always counts from one; another count is signed by hand.
    const challenge = `Digest realm="example.test", nonce="${nonce}", qop="auth", algorithm=MD5`;
    const parts = signed({ status: 401, headers: { 'WWW-Authenticate': [challenge] } }, request, ana);
    const cnonce = /cnonce="([^"]+)"/.exec(parts)![1]!;
    const ha1 = md5('ana:example.test:geheim');
    const response = md5(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${md5('REGISTER:sip:example.test')}`);
    return parts.replace(/response="[^"]+"/, `response="${response}"`).replace('nc=00000001', `nc=${nc}`);
  }
});

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
