import type { SipRequest } from './message.js';
import { parseNameAddr } from './name-addr.js';
import { parseUri, uriScheme } from './uri.js';

/** What is wrong with a request, as the response that says so. */
export interface RequestFault {
  readonly status: 400 | 416;
  readonly reason: string;
}

const bad = (reason: string): RequestFault => ({ status: 400, reason });

/** Headers that may stand only once and that a server cannot do without (RFC 3261 §8.1.1). */
const SINGLE = ['from', 'to', 'call-id', 'cseq'] as const;

/** Largest CSeq (RFC 3261 §8.1.1.5: less than 2^31). */
const MAX_CSEQ = 2 ** 31 - 1;

/** Checks what the server and the applications rely on in every request. Answers undefined when all is well. */
export function faultOf(request: SipRequest): RequestFault | undefined {
  for (const name of SINGLE) {
    const values = request.getAll(name);
    if (values.length !== 1 || values[0] === '') return bad(`Missing Or Repeated ${name} Header`);
  }
  return faultOfUri(request.uri) ?? faultOfCSeq(request) ?? faultOfParties(request) ?? faultOfOthers(request);
}

function faultOfUri(uri: string): RequestFault | undefined {
  const scheme = uriScheme(uri);
  if (scheme === undefined || /[\s<>"]/.test(uri)) return bad('Bad Request-URI');
  if (scheme === 'tel') return undefined;
  if (scheme !== 'sip' && scheme !== 'sips') return { status: 416, reason: 'Unsupported URI Scheme' };
  return parseUri(uri) === undefined ? bad('Bad Request-URI') : undefined;
}

function faultOfCSeq(request: SipRequest): RequestFault | undefined {
  const cseq = parseCSeq(request.get('cseq') ?? '');
  if (cseq === undefined) return bad('Bad CSeq');
  return cseq.method === request.method ? undefined : bad('CSeq Method Does Not Match');
}

function faultOfParties(request: SipRequest): RequestFault | undefined {
  const from = parseNameAddr(request.get('from') ?? '');
  const to = parseNameAddr(request.get('to') ?? '');
  if (from === undefined) return bad('Bad From Header');
  if (to === undefined) return bad('Bad To Header');
  if (request.method === 'INVITE' && !from.params.get('tag')) return bad('Missing From Tag');
  return undefined;
}

function faultOfOthers(request: SipRequest): RequestFault | undefined {
  const hops = request.getAll('max-forwards');
  const isBadHop = (value: string): boolean => !/^\d{1,9}$/.test(value) || Number(value) > 255;
  if (hops.length > 1 || hops.some(isBadHop)) return bad('Bad Max-Forwards');
  if (request.method !== 'INVITE') return undefined;
  const contact = request.list('contact')[0];
  if (contact === undefined || parseNameAddr(contact) === undefined) return bad('Missing Or Bad Contact');
  return undefined;
}

/** Reads `number method`. Answers undefined when malformed or too large. */
export function parseCSeq(text: string): { readonly seq: number; readonly method: string } | undefined {
  const space = text.search(/[ \t]/);
  const digits = text.slice(0, Math.max(space, 0));
  const method = text.slice(space + 1).trim();
  if (space < 0 || method === '' || !/^\d{1,10}$/.test(digits)) return undefined;
  const seq = Number(digits);
  return seq <= MAX_CSEQ ? { seq, method } : undefined;
}
