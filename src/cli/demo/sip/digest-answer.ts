/** The answer to a digest challenge (RFC 8760 with qop=auth, RFC 2617 without qop). */
import { createHash, randomBytes } from 'node:crypto';

import { parseParams, unquote } from '../../../embedded/sip/header-text.js';
import type { SipRequest, SipResponse } from '../../../embedded/sip/message.js';

export interface Account {
  readonly username: string;
  readonly password: string;
}

const FIRST_USE = '00000001';
const HASHES: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256' };

/** Adds the header that answers the first challenge we understand; `false` when there is none, or none was asked for. */
export function addDigestAnswer(request: SipRequest, response: SipResponse, account: Account): boolean {
  const proxy = response.status === 407;
  for (const challenge of response.getAll(proxy ? 'proxy-authenticate' : 'www-authenticate')) {
    const value = digestAnswer(challenge, request, account);
    if (value === undefined) continue;
    request.set(proxy ? 'Proxy-Authorization' : 'Authorization', value);
    return true;
  }
  return false;
}

function digestAnswer(challenge: string, request: SipRequest, account: Account): string | undefined {
  const param = digestParams(challenge);
  const nonce = param?.('nonce');
  const algorithm = param?.('algorithm') ?? 'MD5';
  if (param === undefined || nonce === undefined || HASHES[algorithm.toLowerCase()] === undefined) return undefined;
  const realm = param('realm') ?? '';
  const opaque = param('opaque');
  const cnonce = (param('qop') ?? '').split(',').some((one) => one.trim() === 'auth')
    ? randomBytes(8).toString('hex')
    : '';
  const { method, uri } = request;
  const response = digestOf({ algorithm, realm, nonce, cnonce, nc: FIRST_USE, method, uri }, account);
  return [
    `Digest username="${account.username}", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=${algorithm}`,
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ...(cnonce === '' ? [] : [`qop=auth, nc=${FIRST_USE}, cnonce="${cnonce}"`]),
    `response="${response}"`,
  ].join(', ');
}

/** Whether an answer to a challenge of ours shows that its sender knows the password. Each nonce is used once. */
export function isDigestRight(answer: string | undefined, nonce: string, method: string, account: Account): boolean {
  const param = digestParams(answer ?? '');
  if (param?.('nonce') !== nonce || param('username') !== account.username) return false;
  const expected = digestOf(
    {
      algorithm: param('algorithm') ?? 'MD5',
      realm: param('realm') ?? '',
      nonce,
      cnonce: param('cnonce') ?? '',
      nc: param('nc') ?? '',
      method,
      uri: param('uri') ?? '',
    },
    account,
  );
  return param('response') === expected;
}

interface DigestInput {
  readonly algorithm: string;
  readonly realm: string;
  readonly nonce: string;
  /** Empty: without qop, as in RFC 2069. */
  readonly cnonce: string;
  readonly nc: string;
  readonly method: string;
  readonly uri: string;
}

function digestOf(input: DigestInput, account: Account): string {
  const hash = HASHES[input.algorithm.toLowerCase()] ?? 'md5';
  const digest = (text: string): string => createHash(hash).update(text).digest('hex');
  const ha1 = digest(`${account.username}:${input.realm}:${account.password}`);
  const ha2 = digest(`${input.method}:${input.uri}`);
  const { nonce, nc, cnonce } = input;
  return digest(cnonce === '' ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2}`);
}

function digestParams(header: string): ((name: string) => string | undefined) | undefined {
  const scheme = /^digest\s+/i.exec(header);
  if (scheme === null) return undefined;
  const params = parseParams(commasToSemicolons(header.slice(scheme[0].length)));
  return (name) => {
    const value = params.get(name);
    return value === undefined ? undefined : unquote(value);
  };
}

/** Challenges part their parameters by commas, outside quotes; the reader of parameters knows semicolons. */
function commasToSemicolons(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"|,/g, (match) => (match === ',' ? ';' : match));
}
