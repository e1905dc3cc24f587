import type { Flow } from '../sip/flow.js';
import { SipRequest } from '../sip/message.js';
import { parseNameAddr, tagOf } from '../sip/name-addr.js';
import { parseCSeq } from '../sip/request-check.js';
import { newTag } from '../sip/tokens.js';
import { parseUri } from '../sip/uri.js';

/** The dialog that an INVITE from the SIP server has made (RFC 3261 §12, seen from the UAS). */
export class SipDialog {
  readonly callId: string;
  readonly localTag = newTag();
  readonly remoteTag: string;
  private readonly routes: readonly string[];
  private readonly local: string;
  private readonly remote: string;
  private localSeq = Math.floor(Math.random() * 1e6);
  private remoteSeq: number;
  private target: string;

  constructor(
    invite: SipRequest,
    readonly flow: Flow,
  ) {
    this.callId = invite.get('call-id') ?? '';
    this.remoteTag = tagOf(invite.get('from') ?? '') ?? '';
    this.local = `${invite.get('to') ?? ''};tag=${this.localTag}`;
    this.remote = invite.get('from') ?? '';
    this.routes = invite.list('record-route');
    this.remoteSeq = parseCSeq(invite.get('cseq') ?? '')?.seq ?? 0;
    this.target = contactOf(invite) ?? '';
  }

  /** Whether a request belongs here. */
  owns(request: SipRequest): boolean {
    return tagOf(request.get('to') ?? '') === this.localTag && tagOf(request.get('from') ?? '') === this.remoteTag;
  }

  /** Whether a request is the next one (RFC 3261 §12.2.2); the dialog takes over its number and, from an INVITE, its target. */
  takes(request: SipRequest): boolean {
    const seq = parseCSeq(request.get('cseq') ?? '')?.seq ?? 0;
    if (seq <= this.remoteSeq) return false;
    this.remoteSeq = seq;
    if (request.method === 'INVITE' || request.method === 'UPDATE') this.target = contactOf(request) ?? this.target;
    return true;
  }

  /** A request in this dialog, without Via (RFC 3261 §12.2.1.1). */
  request(method: string): SipRequest {
    const request = new SipRequest(method, this.target);
    request.add('Max-Forwards', '70');
    for (const route of this.routes) request.add('Route', route);
    request.add('From', this.local).add('To', this.remote).add('Call-ID', this.callId);
    return request.add('CSeq', `${String(++this.localSeq)} ${method}`);
  }

  /** The URI of the next hop. */
  get nextHop(): string {
    const first = this.routes[0];
    return (first === undefined ? undefined : parseNameAddr(first)?.uri) ?? this.target;
  }
}

function contactOf(request: SipRequest): string | undefined {
  const uri = parseNameAddr(request.list('contact')[0] ?? '')?.uri;
  return uri !== undefined && parseUri(uri) !== undefined ? uri : undefined;
}
