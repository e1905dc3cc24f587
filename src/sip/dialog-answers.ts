/**
 * The peer's requests inside one dialog, until they are answered: what needs no decision is answered here, the rest is
 * handed over as tokens. An INVITE is under way until the ACK to our 2xx has come.
 */
import type { LegEvent, RequestToken } from '../voice/signalling.js';
import type { SrfHeaders, SrfRequest, SrfResponse } from './drachtio-srf-types.js';
import { transactionTimeoutMs, type LegContext } from './leg-context.js';
import type { PeerAnswer, PeerRequest } from './peer-request.js';
import { referTargetOf } from './refer-target.js';
import { sdpOf, sessionBodyOf, unreadBodyHeaders } from './session-body.js';
import type { SessionTimer } from './session-timer.js';
import { allowedMethods, dtmfDigitOf, headerOf, supportedOptions, tokensOf } from './sip-headers.js';
import { respondTo } from './stack.js';
import type { TimerScope } from './timers.js';

type RequestEvent = Extract<LegEvent, { type: 'request' }>;

export interface DialogAnswers {
  /** By the peer's last Allow. */
  readonly allowsUpdate: boolean;
  /** An offer of the peer waits for its answer, or ours in a 2xx for the ACK's. */
  readonly isNegotiating: boolean;
  /** A 2xx to an INVITE waits for its ACK. */
  readonly isUnacked: boolean;
  /** A request that waits for its answer. */
  find(token: RequestToken): PeerRequest | undefined;
  take(req: SrfRequest, res: SrfResponse): void;
  acked(ack: SrfRequest): void;
  /** The 2xx to the dialog's first INVITE goes out now. */
  expectAck(invite: SrfRequest, onAck: (sdp: string | undefined) => void): void;
  /** RFC 3261 §15: calls back when BYE may be said, after the ACK of a 2xx that began a dialog or carried an offer. */
  whenByeMayGo(go: () => void): void;
  /** The dialog is over: whoever waits hears so. */
  refuseAll(): void;
}

interface DialogAnswersDeps {
  readonly context: LegContext;
  readonly timers: TimerScope;
  readonly session: SessionTimer;
  readonly peerHeaders: SrfHeaders;
  isEarly(): boolean;
  /** An offer of ours is out. */
  isOffering(): boolean;
  localContact(): string | undefined;
  emit(event: LegEvent): void;
  onLocalSdp(sdp: string): void;
  /** An offer has its answer, a 2xx its ACK. */
  onSettled(): void;
  /** The ACK that was to bring an SDP answer did not come. */
  onNoAnswer(): void;
}

interface ExpectedAck {
  readonly sequence: string;
  readonly holdsBye: boolean;
  readonly carriesAnswer: boolean;
  readonly onAck: (sdp: string | undefined) => void;
  readonly onGone?: (() => void) | undefined;
  readonly cancelTimeout: () => void;
}

const handedOver: readonly string[] = ['INFO', 'MESSAGE', 'REFER', 'NOTIFY'] satisfies RequestEvent['method'][];

export function createDialogAnswers(deps: DialogAnswersDeps): DialogAnswers {
  return new PeerSide(deps);
}

class PeerSide implements DialogAnswers {
  readonly #deps: DialogAnswersDeps;
  readonly #waiting = new Map<RequestToken, PeerRequest>();
  #allowed: readonly string[];
  #ack: ExpectedAck | undefined;

  constructor(deps: DialogAnswersDeps) {
    this.#deps = deps;
    this.#allowed = tokensOf(headerOf(deps.peerHeaders, 'allow'));
  }

  get allowsUpdate(): boolean {
    return this.#allowed.includes('update');
  }

  get isNegotiating(): boolean {
    return this.#ack?.carriesAnswer === true || this.#hasOffer();
  }

  get isUnacked(): boolean {
    return this.#ack !== undefined;
  }

  find(token: RequestToken): PeerRequest | undefined {
    return this.#waiting.get(token);
  }

  take(req: SrfRequest, res: SrfResponse): void {
    if (req.method === 'OPTIONS') {
      const headers = { Allow: allowedMethods, Accept: 'application/sdp', Supported: supportedOptions };
      return respondTo(res, 200, { headers });
    }
    if (req.method === 'INVITE' || req.method === 'UPDATE') return this.#takeOffer(req, res);
    if (req.method === 'REFER') {
      const referTo = referTargetOf(req.headers);
      return typeof referTo === 'number' ? respondTo(res, referTo) : this.#handOver(req, res, { referTo });
    }
    if (!handedOver.includes(req.method)) return respondTo(res, 405, { headers: { Allow: allowedMethods } });
    const digit = req.method === 'INFO' ? dtmfDigitOf(headerOf(req.headers, 'content-type'), req.body) : undefined;
    this.#handOver(req, res, digit === undefined ? {} : { digit });
  }

  acked(ack: SrfRequest): void {
    // A 2xx that was repeated is ACKed again, maybe after the next INVITE (RFC 3261 §13.2.2.4).
    if (this.#ack?.sequence === sequenceOf(ack)) this.#settleAck(sdpOf(ack));
  }

  expectAck(invite: SrfRequest, onAck: (sdp: string | undefined) => void): void {
    // The server itself says BYE when this ACK does not come.
    const sequence = sequenceOf(invite);
    this.#ack = {
      sequence,
      holdsBye: true,
      carriesAnswer: sdpOf(invite) === undefined,
      onAck,
      cancelTimeout: () => undefined,
    };
  }

  whenByeMayGo(go: () => void): void {
    const ack = this.#ack;
    if (ack?.holdsBye !== true) return go();
    this.#ack = {
      ...ack,
      onAck(sdp) {
        ack.onAck(sdp);
        go();
      },
    };
  }

  refuseAll(): void {
    for (const request of this.#waiting.values()) request.answer(request.method === 'INVITE' ? 487 : 481);
    this.#ack?.onGone?.();
  }

  #cancelled(token: RequestToken): void {
    if (this.#forget(token)) this.#deps.emit({ type: 'request-cancelled', token });
  }

  #takeOffer(req: SrfRequest, res: SrfResponse): void {
    const found = sessionBodyOf(req);
    if (found.type === 'other') return respondTo(res, 415, { headers: unreadBodyHeaders });
    const hasOffer = req.method === 'INVITE' || found.type === 'sdp';
    // RFC 3261 §14.2: 491 while our own offer is out, 500 while the peer's earlier one is unanswered.
    if (hasOffer && (this.#deps.isOffering() || this.#ack?.carriesAnswer === true)) return respondTo(res, 491);
    if (hasOffer && (this.#hasOffer() || this.#deps.isEarly())) {
      return respondTo(res, 500, { headers: { 'Retry-After': String(Math.floor(Math.random() * 11)) } });
    }
    const minSe = this.#deps.session.refusalOf(req.headers);
    if (minSe !== undefined) return respondTo(res, 422, { headers: { 'Min-SE': String(minSe) } });
    const allow = headerOf(req.headers, 'allow');
    if (allow !== undefined) this.#allowed = tokensOf(allow);
    if (!hasOffer) return respondTo(res, 200, { headers: this.#acceptanceHeaders(req) });
    this.#handOver(req, res, found.type === 'sdp' ? { sdp: found.sdp } : {});
  }

  #handOver(req: SrfRequest, res: SrfResponse, details: Pick<RequestEvent, 'digit' | 'sdp' | 'referTo'>): void {
    const request = this.#deps.context.peerRequests.add((token) => ({
      token,
      method: req.method,
      headers: req.headers,
      body: req.body || undefined,
      answer: (status, options) => this.#answer(token, req, res, status, options),
    }));
    this.#waiting.set(request.token, request);
    // The server has answered 487 already.
    if (req.method === 'INVITE') req.on('cancel', () => this.#cancelled(request.token));
    const method = req.method as RequestEvent['method'];
    this.#deps.emit({ type: 'request', token: request.token, method, ...details });
  }

  #answer(token: RequestToken, req: SrfRequest, res: SrfResponse, status: number, options: PeerAnswer = {}): void {
    if (status < 200) return;
    if (!this.#forget(token)) return options.onGone?.();
    const accepts = status < 300 && (req.method === 'INVITE' || req.method === 'UPDATE');
    const { body, reason } = options;
    if (accepts && req.method === 'INVITE') this.#expectAnotherAck(req, options);
    respondTo(res, status, {
      ...(reason === undefined ? {} : { reason }),
      headers: { ...options.headers, ...(accepts ? this.#acceptanceHeaders(req) : {}) },
      ...(body === undefined ? {} : { body }),
    });
    if (accepts && body !== undefined) this.#deps.onLocalSdp(body);
    this.#deps.onSettled();
  }

  #expectAnotherAck(invite: SrfRequest, { onAck, onNoAck, onGone }: PeerAnswer): void {
    const carriesAnswer = sdpOf(invite) === undefined;
    const cancelTimeout = this.#deps.timers.after(transactionTimeoutMs, () => {
      this.#ack = undefined;
      this.#deps.onSettled();
      if (!carriesAnswer) return;
      // An offer without an answer leaves the session in no known state (RFC 3261 §13.2.2.4).
      onNoAck?.();
      this.#deps.onNoAnswer();
    });
    this.#ack = {
      sequence: sequenceOf(invite),
      holdsBye: carriesAnswer,
      carriesAnswer,
      cancelTimeout,
      onGone,
      onAck: (sdp) => {
        onAck?.(sdp);
        if (carriesAnswer && sdp !== undefined) this.#deps.emit({ type: 'described', sdp });
      },
    };
  }

  #settleAck(sdp: string | undefined): void {
    const ack = this.#ack;
    this.#ack = undefined;
    ack?.cancelTimeout();
    ack?.onAck(sdp);
    this.#deps.onSettled();
  }

  #acceptanceHeaders(req: SrfRequest): SrfHeaders {
    const contact = this.#deps.localContact();
    return {
      Allow: allowedMethods,
      Supported: supportedOptions,
      // The server adds a Contact to answers to INVITE only; UPDATE has to have one too (RFC 3311 §5.2).
      ...(req.method === 'UPDATE' && contact !== undefined ? { Contact: contact } : {}),
      ...this.#deps.session.accept(req.headers),
    };
  }

  #hasOffer(): boolean {
    for (const { method } of this.#waiting.values()) if (method === 'INVITE' || method === 'UPDATE') return true;
    return false;
  }

  #forget(token: RequestToken): boolean {
    this.#deps.context.peerRequests.remove(token);
    return this.#waiting.delete(token);
  }
}

function sequenceOf({ headers }: SrfRequest): string {
  return /\d+/.exec(headers.cseq ?? '')?.[0] ?? '';
}
