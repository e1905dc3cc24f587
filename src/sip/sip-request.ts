/** A request outside dialogs as policy sees it. */
import { sipCallId } from '../kernel/ids.js';
import type { SipRequest, SipSource } from '../voice/signalling.js';
import { parseNameAddr, parseNameAddrs, parseSipUri } from '../voice/sip-uri.js';
import type { SrfRequest } from './drachtio-srf-types.js';
import { sdpOf } from './session-body.js';
import { headerOf } from './sip-headers.js';

/** `undefined` when a header field that everything depends on is missing or malformed: the answer is 400. */
export function readSipRequest(req: SrfRequest, respond: SipRequest['respond']): SipRequest | undefined {
  const { headers } = req;
  const from = parseNameAddr(headers.from ?? '');
  const to = parseNameAddr(headers.to ?? '');
  const callId = headers['call-id'];
  const contactField = headerOf(headers, 'contact');
  const contactStar = contactField?.trim() === '*';
  const contacts = contactField === undefined || contactStar ? [] : parseNameAddrs(contactField);
  if (from === undefined || to === undefined || contacts === undefined || !callId) return undefined;
  const sdp = sdpOf(req);
  return {
    method: req.method,
    uri: req.uri,
    user: parseSipUri(req.uri)?.user ?? '',
    callId: sipCallId(callId),
    from,
    to,
    contacts,
    contactStar,
    source: sourceOf(req),
    ...(sdp ? { sdp } : {}),
    header: (name) => headerOf(headers, name.toLowerCase()) ?? headers[name],
    respond,
  };
}

const transports: readonly SipSource['transport'][] = ['udp', 'tcp', 'tls', 'ws', 'wss'];

export function sourceOf(req: SrfRequest): SipSource {
  const transport = req.protocol.toLowerCase();
  return {
    address: req.source_address.replace(/^\[|\]$/g, ''),
    port: req.source_port,
    transport: transports.find((known) => known === transport) ?? 'udp',
  };
}
