/**
 * Digest authentication of who signs in to us (RFC 3261 §22, RFC 8760): `qop=auth`, nonces that carry their own time of
 * issue under a signature, and a nonce count that only rises.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DigestAlgorithm } from '../../config/routing-config.js';
import type { Clock } from '../../kernel/clock.js';
import { parseParams, parseSipUri, splitOutside } from '../sip-uri.js';

export interface DigestAuth {
  /** The WWW-Authenticate values of a 401, one header field each. */
  challenge(options?: { readonly isStale?: boolean; readonly userAgent?: string }): readonly string[];
  verify(attempt: DigestAttempt): DigestVerdict;
}

export interface DigestAttempt {
  readonly method: string;
  /** Request-URI. */
  readonly uri: string;
  /** The Authorization header field's value; several are joined by commas. */
  readonly authorization: string | undefined;
  readonly userAgent?: string;
}

export type DigestVerdict =
  | { readonly type: 'authenticated'; readonly username: string }
  /** Nothing for our realm was sent: challenge. */
  | { readonly type: 'missing' }
  /** Right credentials on a nonce that is too old, unknown or used before: challenge anew with `stale=true`. */
  | { readonly type: 'stale'; readonly username: string }
  /** Wrong password, unknown user or malformed: nothing tells which. */
  | { readonly type: 'wrong'; readonly username: string };

interface DigestAuthOptions {
  readonly realm: () => string;
  /** What to offer a phone, by its User-Agent, in this order. */
  readonly algorithms: (userAgent: string) => readonly DigestAlgorithm[];
  readonly passwordOf: (username: string) => string | undefined;
  readonly clock: Clock;
  readonly nonceLifetimeMs?: number;
  /** How many nonces in use are remembered; beyond, the oldest must be fetched anew. */
  readonly maxNonces?: number;
}

export function createDigestAuth(options: DigestAuthOptions): DigestAuth {
  const { realm, algorithms, clock, passwordOf } = options;
  const nonces = createNonces(clock, options.nonceLifetimeMs ?? 300_000, options.maxNonces ?? 50_000);
  return {
    challenge({ isStale = false, userAgent = '' } = {}) {
      const nonce = nonces.issue();
      const stale = isStale ? ', stale=true' : '';
      return algorithms(userAgent).map(
        (algorithm) => `Digest realm="${realm()}", nonce="${nonce}", qop="auth", algorithm=${algorithm}${stale}`,
      );
    },
    verify({ method, uri, authorization, userAgent = '' }) {
      const credentials = credentialsFor(realm(), authorization ?? '');
      if (credentials === undefined) return { type: 'missing' };
      const username = credentials.username ?? '';
      const algorithm = algorithmOf(credentials.algorithm);
      if (
        algorithm === undefined ||
        !algorithms(userAgent).includes(algorithm) ||
        credentials.qop?.toLowerCase() !== 'auth' ||
        !isSameTarget(credentials.uri ?? '', uri)
      ) {
        return { type: 'wrong', username };
      }
      // An unknown user costs the same time as a wrong password.
      const password = passwordOf(username);
      const expected = responseOf(credentials, { algorithm, method, password: password ?? 'unknown' });
      const isRight = isEqual(expected, credentials.response ?? '') && password !== undefined;
      if (!isRight) return { type: 'wrong', username };
      return { type: nonces.use(credentials.nonce ?? '', credentials.nc ?? '') ? 'authenticated' : 'stale', username };
    },
  };
}

type Parameters = Readonly<Record<string, string | null | undefined>>;

/** Of all Digest credentials in the field those for our realm; a proxy on the way may have its own beside them. */
function credentialsFor(realm: string, field: string): Parameters | undefined {
  const groups: string[][] = [];
  for (const part of splitOutside(field, ',')) {
    const scheme = /^\s*digest\s+/i.exec(part);
    if (scheme !== null) groups.push([part.slice(scheme[0].length)]);
    else groups.at(-1)?.push(part);
  }
  return groups.map((group) => parseParams(group.join(';'))).find((params) => params.realm === realm);
}

function algorithmOf(name: string | null | undefined): DigestAlgorithm | undefined {
  const upper = name?.toUpperCase() ?? 'MD5';
  return upper === 'MD5' || upper === 'SHA-256' ? upper : undefined;
}

/** RFC 3261 §22.4 has the URI be the Request-URI; proxies and phones differ in parameters, which we let pass. */
function isSameTarget(claimed: string, actual: string): boolean {
  if (claimed === actual) return true;
  const [one, other] = [parseSipUri(claimed), parseSipUri(actual)];
  if (one === undefined || other === undefined) return false;
  return one.user === other.user && one.host === other.host;
}

function responseOf(
  { username, realm, uri, nonce, nc, cnonce }: Parameters,
  { algorithm, method, password }: { algorithm: DigestAlgorithm; method: string; password: string },
): string {
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const ha1 = hash(`${username ?? ''}:${realm ?? ''}:${password}`);
  const ha2 = hash(`${method}:${uri ?? ''}`);
  return hash(`${ha1}:${nonce ?? ''}:${nc ?? ''}:${cnonce ?? ''}:auth:${ha2}`);
}

function isEqual(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given.toLowerCase())];
  return one.length === other.length && timingSafeEqual(one, other);
}

interface Nonces {
  issue(): string;
  /** `false` for a nonce that is not ours, too old, or used with this or a higher count before. */
  use(nonce: string, count: string): boolean;
}

/** A nonce is its time of issue, a random part and a signature: nothing is remembered before it is used. */
function createNonces(clock: Clock, lifetimeMs: number, maxNonces: number): Nonces {
  const key = randomBytes(32);
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url').slice(0, 22);
  const counts = new Map<string, { readonly issuedMs: number; readonly count: number }>();
  /** What was issued up to then and is not in `counts` may have been used and forgotten. */
  let forgottenUntilMs = -1;

  const forgetOldest = () => {
    for (const [nonce, { issuedMs }] of counts) {
      const isExpired = issuedMs + lifetimeMs < clock.now();
      if (!isExpired && counts.size <= maxNonces) return;
      counts.delete(nonce);
      if (!isExpired) forgottenUntilMs = Math.max(forgottenUntilMs, issuedMs);
    }
  };

  return {
    issue() {
      const text = `${clock.now().toString(36)}.${randomBytes(9).toString('base64url')}`;
      return `${text}.${sign(text)}`;
    },
    use(nonce, countText) {
      const [time = '', random = '', signature = ''] = nonce.split('.');
      if (!isEqualText(sign(`${time}.${random}`), signature)) return false;
      const issuedMs = Number.parseInt(time, 36);
      const count = /^[0-9a-f]{8}$/i.test(countText) ? Number.parseInt(countText, 16) : 0;
      const last = counts.get(nonce);
      if (issuedMs + lifetimeMs < clock.now() || (last === undefined && issuedMs <= forgottenUntilMs)) return false;
      if (count <= (last?.count ?? 0)) return false;
      counts.set(nonce, { issuedMs, count });
      forgetOldest();
      return true;
    },
  };
}

function isEqualText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
