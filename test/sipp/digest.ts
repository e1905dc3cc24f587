/** The client's half of digest authentication (RFC 7616, RFC 8760), written apart from the product's on purpose. */
import { createHash } from 'node:crypto';

export type Algorithm = 'MD5' | 'SHA-256';

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: Algorithm;
  readonly qop?: string;
  readonly opaque?: string;
  readonly stale: boolean;
}

/** Parses one WWW-Authenticate, Proxy-Authenticate, Authorization or Proxy-Authorization value into its parameters. */
export function digestParameters(value: string): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [, name, quoted, bare] of value
    .replace(/^\s*Digest\s+/i, '')
    .matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/g)) {
    parameters[name!.toLowerCase()] = quoted ?? bare ?? '';
  }
  return parameters;
}

export function parseChallenge(value: string): Challenge {
  const parameters = digestParameters(value);
  return {
    realm: parameters.realm ?? '',
    nonce: parameters.nonce ?? '',
    algorithm: parameters.algorithm === 'SHA-256' ? 'SHA-256' : 'MD5',
    ...(parameters.qop === undefined ? {} : { qop: parameters.qop }),
    ...(parameters.opaque === undefined ? {} : { opaque: parameters.opaque }),
    stale: parameters.stale?.toLowerCase() === 'true',
  };
}

export interface Answer {
  readonly username: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly nonceCount?: number;
  readonly cnonce?: string;
}

/** The value of an Authorization header field. */
export function answerChallenge(challenge: Challenge, answer: Answer): string {
  const nc = (answer.nonceCount ?? 1).toString(16).padStart(8, '0');
  const cnonce = answer.cnonce ?? '0a4f113b';
  const fields = [
    `username="${answer.username}"`,
    `realm="${challenge.realm}"`,
    `nonce="${challenge.nonce}"`,
    `uri="${answer.uri}"`,
    `response="${digestResponse({ ...challenge, ...answer, nc, cnonce })}"`,
    `algorithm=${challenge.algorithm}`,
    ...(challenge.qop === undefined ? [] : ['qop=auth', `nc=${nc}`, `cnonce="${cnonce}"`]),
    ...(challenge.opaque === undefined ? [] : [`opaque="${challenge.opaque}"`]),
  ];
  return `Digest ${fields.join(', ')}`;
}

/** RFC 7616 §3.4.1. */
export function digestResponse(of: {
  algorithm: Algorithm;
  username: string;
  realm: string;
  password: string;
  method: string;
  uri: string;
  nonce: string;
  qop?: string;
  nc: string;
  cnonce: string;
}): string {
  const hash = (text: string) =>
    createHash(of.algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const ha1 = hash(`${of.username}:${of.realm}:${of.password}`);
  const ha2 = hash(`${of.method}:${of.uri}`);
  return of.qop === undefined
    ? hash(`${ha1}:${of.nonce}:${ha2}`)
    : hash(`${ha1}:${of.nonce}:${of.nc}:${of.cnonce}:auth:${ha2}`);
}

/** Whether an Authorization value that came in was signed with this password. */
export function isSignedWith(value: string, password: string, method: string): boolean {
  const given = digestParameters(value);
  const expected = digestResponse({
    algorithm: given.algorithm === 'SHA-256' ? 'SHA-256' : 'MD5',
    username: given.username ?? '',
    realm: given.realm ?? '',
    password,
    method,
    uri: given.uri ?? '',
    nonce: given.nonce ?? '',
    ...(given.qop === undefined ? {} : { qop: given.qop }),
    nc: given.nc ?? '',
    cnonce: given.cnonce ?? '',
  });
  return given.response === expected;
}
