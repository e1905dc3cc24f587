/**
 * Answers a carrier's digest challenges (RFC 3261 §22, RFC 8760). One client for each request, which remembers the nonces
 * that it has tried, since the same answer to the same nonce would go round for ever; a leg's clients count together how
 * often a nonce was used (RFC 7616 §3.4).
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Credentials } from '../config/routing-config.js';
import { parseParams, splitOutside } from '../voice/sip-uri.js';
import type { SrfHeaders } from './drachtio-srf-types.js';
import { headerOf, quoted } from './sip-headers.js';

export interface DigestClient {
  /**
   * The header field that answers a 401 or 407; `undefined` when no challenge can be answered, or the credentials have
   * been refused already.
   */
  answer(challenge: DigestChallenge): Readonly<Record<string, string>> | undefined;
}

export interface DigestChallenge {
  readonly status: 401 | 407;
  readonly headers: SrfHeaders;
  readonly method: string;
  readonly uri: string;
}

interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque?: string;
  readonly algorithm: 'SHA-256' | 'MD5';
  readonly namesAlgorithm: boolean;
  readonly qop: boolean;
  readonly stale: boolean;
}

export function createDigestClients(
  credentials: Credentials,
  makeCnonce: () => string = () => randomBytes(8).toString('hex'),
): () => DigestClient {
  const uses = new Map<string, number>();
  return () => {
    const tried = new Set<string>();
    const refusedRealms = new Set<string>();
    return {
      answer({ status, headers, method, uri }) {
        const field = headerOf(headers, status === 401 ? 'www-authenticate' : 'proxy-authenticate');
        const challenge = strongest(parseChallenges(field ?? ''));
        if (challenge === undefined) return undefined;
        // RFC 3261 §22.3: credentials that were rejected are not sent again, unless only their nonce was too old.
        const { nonce, realm, stale } = challenge;
        if (tried.has(nonce) || (refusedRealms.has(realm) && !stale)) return undefined;
        refusedRealms.add(realm);
        tried.add(nonce);
        const count = (uses.get(nonce) ?? 0) + 1;
        uses.set(nonce, count);
        const name = status === 401 ? 'Authorization' : 'Proxy-Authorization';
        return { [name]: authorization(challenge, credentials, { method, uri, count, cnonce: makeCnonce() }) };
      },
    };
  };
}

function authorization(
  challenge: Challenge,
  { username, password }: Credentials,
  { method, uri, count, cnonce }: { method: string; uri: string; count: number; cnonce: string },
): string {
  const nc = count.toString(16).padStart(8, '0');
  const hash = (text: string) =>
    createHash(challenge.algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const ha1 = hash(`${username}:${challenge.realm}:${password}`);
  const ha2 = hash(`${method}:${uri}`);
  const response = challenge.qop
    ? hash(`${ha1}:${challenge.nonce}:${nc}:${cnonce}:auth:${ha2}`)
    : hash(`${ha1}:${challenge.nonce}:${ha2}`);
  return [
    `Digest username=${quoted(username)}`,
    `realm=${quoted(challenge.realm)}`,
    `nonce=${quoted(challenge.nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
    ...(challenge.namesAlgorithm ? [`algorithm=${challenge.algorithm}`] : []),
    ...(challenge.opaque === undefined ? [] : [`opaque=${quoted(challenge.opaque)}`]),
    ...(challenge.qop ? ['qop=auth', `nc=${nc}`, `cnonce="${cnonce}"`] : []),
  ].join(', ');
}

/** RFC 8760 §2.4: the topmost one that we support; we take the strongest, wherever it stands. */
function strongest(challenges: readonly Challenge[]): Challenge | undefined {
  return challenges.find((challenge) => challenge.algorithm === 'SHA-256') ?? challenges[0];
}

/** Challenges of one header field; those that we cannot answer are left out. */
function parseChallenges(field: string): readonly Challenge[] {
  // Several header fields arrive joined by commas, and parameters are separated by commas too: a scheme begins anew.
  const groups: string[][] = [];
  for (const part of splitOutside(field, ',')) {
    const scheme = /^\s*([a-z0-9-]+)\s+(?=[a-z0-9-]+\s*=)/i.exec(part);
    if (scheme === null) groups.at(-1)?.push(part);
    else groups.push(scheme[1]?.toLowerCase() === 'digest' ? [part.slice(scheme[0].length)] : []);
  }
  return groups.flatMap((group) => {
    const params = parseParams(group.join(';'));
    const algorithm = (params.algorithm ?? 'MD5').toUpperCase();
    const qops = params.qop?.split(',').map((qop) => qop.trim().toLowerCase());
    if (!params.realm || !params.nonce || (algorithm !== 'MD5' && algorithm !== 'SHA-256')) return [];
    if (qops?.includes('auth') === false) return [];
    return [
      {
        realm: params.realm,
        nonce: params.nonce,
        ...(typeof params.opaque !== 'string' ? {} : { opaque: params.opaque }),
        algorithm,
        namesAlgorithm: typeof params.algorithm === 'string',
        qop: qops !== undefined,
        stale: params.stale?.toLowerCase() === 'true',
      },
    ];
  });
}
