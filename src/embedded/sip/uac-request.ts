import { copyAppHeaders, ensureContentType, withHost } from './app-headers.js';
import type { ListenAddress } from './flow.js';
import { SipRequest } from './message.js';
import { formatNameAddr, parseNameAddr, tagOf } from './name-addr.js';
import { parseCSeq } from './request-check.js';
import { newId, newTag } from './tokens.js';
import { parseUri, uriScheme } from './uri.js';

export type BuiltRequest =
  { readonly ok: true; readonly request: SipRequest } | { readonly ok: false; readonly reason: string };

/** The methods that an application may send. */
const METHODS = new Set([
  'INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'REGISTER', 'INFO', 'PRACK', 'UPDATE', 'MESSAGE', 'SUBSCRIBE', 'NOTIFY', 'REFER',
  'PUBLISH',
]); // prettier-ignore

/** Whether the server can send a request with this start line. */
export function isSendable(request: SipRequest): boolean {
  if (!METHODS.has(request.method)) return false;
  const scheme = uriScheme(request.uri);
  return scheme === 'tel' || (scheme?.startsWith('sip') === true && parseUri(request.uri) !== undefined);
}

const OWN = new Set(['from', 'to', 'call-id', 'cseq', 'contact']);

/** Completes a request that belongs to no dialog (RFC 3261 §8.1.1): what the application left out is made up. */
export function buildOutsideDialog(from: SipRequest, local: ListenAddress, contactUri: string): BuiltRequest {
  const fromValue = partyOf(from.get('from') ?? `<${contactUri}>`, local);
  if (fromValue === undefined) {
    return { ok: false, reason: `invalid from value provided by client: ${from.get('from') ?? ''}` };
  }
  const toValue = partyOf(from.get('to') ?? `<${from.uri}>`, local);
  if (toValue === undefined)
    return { ok: false, reason: `invalid to value provided by client: ${from.get('to') ?? ''}` };
  const request = new SipRequest(from.method, from.uri);
  request.add('Max-Forwards', '70');
  request.add('From', tagOf(fromValue) === undefined ? `${fromValue};tag=${newTag()}` : fromValue);
  request.add('To', toValue);
  request.add('Call-ID', from.get('call-id') ?? newId());
  const seq = parseCSeq(from.get('cseq') ?? '')?.seq ?? 1 + Math.floor(Math.random() * 1e8);
  request.add('CSeq', `${String(seq)} ${from.method}`);
  const contact = from.get('contact');
  if (contact !== undefined) request.add('Contact', contactValue(contact, local));
  else if (from.method === 'INVITE' || from.method === 'SUBSCRIBE') request.add('Contact', `<${contactUri}>`);
  copyAppHeaders(from, request, local, OWN);
  request.body = from.body;
  return ensureContentType(request) ? { ok: true, request } : { ok: false, reason: 'missing content-type' };
}

/** From or To in brackets, the placeholder host replaced. */
function partyOf(value: string, local: ListenAddress): string | undefined {
  if (value.includes('localhost')) return withHost(value, local);
  const address = parseNameAddr(value);
  if (address === undefined) return undefined;
  return value.includes('<') ? value.trim() : formatNameAddr(address);
}

function contactValue(value: string, local: ListenAddress): string {
  if (value.includes('@localhost')) return withHost(value, local) ?? value;
  return value.includes('<') || value.trim() === '*' ? value : `<${value}>`;
}
