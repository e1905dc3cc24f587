/** What a REFER asks for (RFC 3515 §2.1, RFC 3891, RFC 3892). */
import { parseReplaces } from '../voice/replaces.js';
import type { ReferTarget } from '../voice/signalling.js';
import { parseNameAddr, parseNameAddrs, parseSipUri } from '../voice/sip-uri.js';
import type { SrfHeaders } from './drachtio-srf-types.js';
import { headerOf } from './sip-headers.js';

/** A number is the status that the REFER deserves. */
export function referTargetOf(headers: SrfHeaders): ReferTarget | 400 | 501 {
  // RFC 3515 §2.4.2: exactly one Refer-To.
  const values = parseNameAddrs(headerOf(headers, 'refer-to') ?? '');
  const [target] = values ?? [];
  if (target === undefined || values?.length !== 1) return 400;
  // A user part may have a question mark in it.
  const mark = target.uri.indexOf('?', target.uri.indexOf('@') + 1);
  const uri = mark < 0 ? target.uri : target.uri.slice(0, mark);
  const query = mark < 0 ? '' : target.uri.slice(mark + 1);
  const parsed = parseSipUri(uri);
  if (parsed === undefined) return 400;
  // A REFER may ask for any method; we make calls only.
  if ((parsed.params.method ?? 'INVITE').toUpperCase() !== 'INVITE') return 501;
  const replacesField = uriHeader(query, 'replaces');
  const replaces = replacesField === undefined ? undefined : parseReplaces(replacesField);
  if (replacesField !== undefined && replaces === undefined) return 400;
  const referredBy = parseNameAddr(headerOf(headers, 'referred-by') ?? '')?.user;
  return {
    uri: uri.replace(/;method=[^;]*/i, ''),
    user: parsed.user,
    ...(replaces === undefined ? {} : { replaces }),
    ...(referredBy ? { referredBy } : {}),
  };
}

/** A header field inside a URI (RFC 3261 §19.1.1), unescaped. */
function uriHeader(query: string, name: string): string | undefined {
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).toLowerCase() !== name) continue;
    try {
      return decodeURIComponent(pair.slice(equals + 1));
    } catch {
      return '';
    }
  }
  return undefined;
}
