/** The answer to a digest challenge (RFC 8760 with qop=auth, RFC 2617 without qop). */
import { createHash, randomBytes } from 'node:crypto';

import { parseParams, unquote } from '../../../embedded/sip/header-text.js';
import type { SipRequest, SipResponse } from '../../../embedded/sip/message.js';

export interface Account {
  readonly username: string;
  readonly password: string;
}

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
  const scheme = /^digest\s+/i.exec(challenge);
  if (scheme === null) return undefined;
  const params = parseParams(commasToSemicolons(challenge.slice(scheme[0].length)));
  const param = (name: string): string | undefined => {
    const value = params.get(name);
    return value === undefined ? undefined : unquote(value);
  };
  const algorithm = param('algorithm') ?? 'MD5';
  const hash = HASHES[algorithm.toLowerCase()];
  const { realm, nonce, opaque } = { realm: param('realm') ?? '', nonce: param('nonce'), opaque: param('opaque') };
  if (hash === undefined || nonce === undefined) return undefined;

  const digest = (text: string): string => createHash(hash).update(text).digest('hex');
  const ha1 = digest(`${account.username}:${realm}:${account.password}`);
  const ha2 = digest(`${request.method}:${request.uri}`);
  const fields = [
    `username="${account.username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${request.uri}"`,
    `algorithm=${algorithm}`,
  ];
  if (opaque !== undefined) fields.push(`opaque="${opaque}"`);
  const withQop = (param('qop') ?? '').split(',').some((one) => one.trim() === 'auth');
  if (withQop) {
    const cnonce = randomBytes(8).toString('hex');
    fields.push('qop=auth', 'nc=00000001', `cnonce="${cnonce}"`);
    fields.push(`response="${digest(`${ha1}:${nonce}:00000001:${cnonce}:auth:${ha2}`)}"`);
  } else {
    fields.push(`response="${digest(`${ha1}:${nonce}:${ha2}`)}"`);
  }
  return `Digest ${fields.join(', ')}`;
}

/** Challenges part their parameters by commas, outside quotes; the reader of parameters knows semicolons. */
function commasToSemicolons(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"|,/g, (match) => (match === ',' ? ';' : match));
}
