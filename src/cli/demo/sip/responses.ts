/** Answers to requests, and what tells transactions apart. */
import { randomBytes } from 'node:crypto';

import { type SipMessage, type SipRequest, SipResponse } from '../../../embedded/sip/message.js';
import { tagOf } from '../../../embedded/sip/name-addr.js';
import { parseVia } from '../../../embedded/sip/via.js';

/** A response with the headers that RFC 3261 §8.2.6.2 copies. The To tag is ours from the first response on. */
export function responseTo(request: SipRequest, status: number, localTag?: string): SipResponse {
  const response = new SipResponse(status);
  for (const via of request.getAll('via')) response.add('Via', via);
  for (const name of ['From', 'To', 'Call-ID', 'CSeq']) {
    const value = request.get(name);
    if (value !== undefined) response.add(name, value);
  }
  const to = request.get('to') ?? '';
  if (tagOf(to) === undefined && status > 100) response.set('To', `${to};tag=${localTag ?? newTag()}`);
  return response;
}

export function newTag(): string {
  return randomBytes(6).toString('hex');
}

/** The branch of the topmost Via (RFC 3261 §8.1.1.7). */
export function branchOf(message: SipMessage): string {
  return parseVia(message.list('via')[0] ?? '')?.params.get('branch') ?? '';
}
