/** Passes a request of one leg's peer on to the other leg's peer, and its answer back. */
import { silentSdp } from '../voice/sdp.js';
import type { FinalAnswer, RequestContent } from './dialog-requests.js';
import type { SrfHeaders } from './drachtio-srf-types.js';
import type { PeerRequest } from './peer-request.js';
import { sdpOf } from './session-body.js';
import { headerOf } from './sip-headers.js';

/** The leg that a request is passed on to. */
export interface RelayTarget {
  readonly allowsUpdate: boolean;
  /** An offer is under way in this dialog, ours or the peer's. */
  readonly isNegotiating: boolean;
  request(method: string, content: RequestContent, done: (answer: FinalAnswer) => void): void;
  /** An INVITE or UPDATE, with what the session timer adds to it. */
  modify(method: 'INVITE' | 'UPDATE', content: RequestContent, done: (answer: FinalAnswer) => void): void;
  /** Its 2xx told its session anew. */
  described(sdp: string): void;
  /** Its 2xx brought an offer: the dialog negotiates until {@link RelayTarget.answered}. */
  holdForAnswer(): void;
  answered(sdp: string | undefined): void;
  /** Ends the leg as a fault. */
  fail(): void;
}

/** What goes along besides the body; everything about the session timer, routes and identity is each leg's own. */
const requestHeaders = [
  'Content-Type',
  'Content-Disposition',
  'Content-Encoding',
  'Info-Package',
  'Event',
  'Subscription-State',
  'Refer-To',
  'Referred-By',
  'Accept',
  'Alert-Info',
  'Call-Info',
  'Subject',
];

const responseHeaders = ['Content-Type', 'Content-Disposition', 'Accept', 'Warning', 'Retry-After', 'Unsupported'];

export function relayRequest(request: PeerRequest, target: RelayTarget): void {
  const headers = pick(request.headers, requestHeaders);
  if (request.method === 'INVITE') return relayOffer('INVITE', request, target, headers);
  if (request.method === 'UPDATE') {
    // RFC 3311 §5.1: UPDATE goes only to who allows it; a re-INVITE says the same.
    return relayOffer(target.allowsUpdate ? 'UPDATE' : 'INVITE', request, target, headers);
  }
  target.request(request.method, { headers, ...bodyOf(request.body) }, (answer) => answerWith(request, answer));
}

function relayOffer(method: 'INVITE' | 'UPDATE', request: PeerRequest, target: RelayTarget, headers: SrfHeaders) {
  // RFC 3261 §14.1: two offers at once in one dialog are refused, and tried again by both after a random time.
  if (target.isNegotiating) {
    request.answer(491);
    return;
  }
  target.modify(method, { headers, ...bodyOf(request.body) }, (answer) => {
    const sdp = answer.response === undefined ? undefined : sdpOf(answer.response);
    if (isSuccess(answer.status) && sdp !== undefined) target.described(sdp);
    const isDelayedOffer = method === 'INVITE' && !request.body && isSuccess(answer.status);
    if (!isDelayedOffer) {
      if (method === 'INVITE' && isSuccess(answer.status)) answer.ack();
      return answerWith(request, answer);
    }
    target.holdForAnswer();
    let isSettled = false;
    const settle = (answerSdp: string | undefined): void => {
      if (isSettled) return;
      isSettled = true;
      answer.ack(answerSdp === undefined ? {} : { body: answerSdp });
      target.answered(answerSdp);
    };
    request.answer(answer.status, {
      ...answerOptions(answer),
      onAck: settle,
      // Nobody is left to answer this offer: silence, until whoever comes next is offered.
      onGone: () => settle(sdp === undefined ? undefined : silentSdp(sdp)),
      onNoAck() {
        if (isSettled) return;
        // An offer without an answer leaves the session in no known state (RFC 3261 §13.2.2.4).
        settle(undefined);
        target.fail();
      },
    });
  });
}

function answerWith(request: PeerRequest, answer: FinalAnswer): void {
  request.answer(answer.status, answerOptions(answer));
}

function answerOptions({ response }: FinalAnswer) {
  if (response === undefined) return {};
  return { headers: pick(response.headers, responseHeaders), ...bodyOf(response.body) };
}

function bodyOf(body: string | undefined): { body?: string } {
  return body ? { body } : {};
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function pick(headers: SrfHeaders, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headerOf(headers, name.toLowerCase());
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
