/** A request outside dialogs as the signalling would hand it over, with its answers written down. */
import { sipCallId } from '../../src/kernel/ids.js';
import type { Credentials } from '../../src/config/routing-config.js';
import { createDigestClients } from '../../src/sip/digest-client.js';
import type { ResponseHeaders, SipRequest } from '../../src/voice/signalling.js';
import { parseNameAddr, parseNameAddrs, parseSipUri } from '../../src/voice/sip-uri.js';

export interface Answer {
  readonly status: number;
  readonly headers: ResponseHeaders;
}

export interface InboundRequest extends SipRequest {
  readonly answers: readonly Answer[];
}

export interface RequestWords {
  readonly method?: string;
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly contact?: string;
  readonly callId?: string;
  readonly source?: Partial<SipRequest['source']>;
  readonly headers?: Readonly<Record<string, string>>;
}

export function inboundRequest(words: RequestWords): InboundRequest {
  const { method = 'INVITE', uri = 'sip:900@example.test', contact } = words;
  const headers: Record<string, string> = { cseq: `1 ${method}`, ...words.headers };
  const answers: Answer[] = [];
  const isStar = contact === '*';
  return {
    method,
    uri,
    user: parseSipUri(uri)!.user,
    callId: sipCallId(words.callId ?? 'call-1'),
    from: parseNameAddr(words.from ?? '<sip:caller@far.test>;tag=1')!,
    to: parseNameAddr(words.to ?? `<${uri}>`)!,
    contacts: contact === undefined || isStar ? [] : parseNameAddrs(contact)!,
    contactStar: isStar,
    source: { address: '192.0.2.1', port: 5060, transport: 'udp', ...words.source },
    header: (name) => headers[name.toLowerCase()],
    respond: (status, options) => void answers.push({ status, headers: options?.headers ?? {} }),
    answers,
  };
}

/** The Authorization that a phone answers the challenges of a 401 with. */
export function signed(
  { status, headers }: Answer,
  request: { method: string; uri: string },
  credentials: Credentials,
): string {
  if (status !== 401) throw new Error(`no challenge but ${status}`);
  const challenges = [headers['WWW-Authenticate'] ?? []].flat().join(', ');
  const answer = createDigestClients(credentials)().answer({
    status,
    headers: { 'www-authenticate': challenges },
    ...request,
  });
  return answer!.Authorization!;
}
