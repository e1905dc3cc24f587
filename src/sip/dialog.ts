/**
 * One SIP dialog, from the moment it can carry requests to the answer to its BYE.
 *
 * ```
 *   early ──confirm──► confirmed ──bye, session expired, fault──► ending ──answer to our BYE──► over
 *     └────────────────────┴── the peer's BYE, the server's, connection lost ──────────────────► over
 * ```
 * It answers what needs no decision (OPTIONS, UPDATE without SDP, BYE) and hands the rest over as tokens.
 */
import type { Credentials } from '../config/routing-config.js';
import type { LegEvent, ReasonHeader, RequestToken } from '../voice/signalling.js';
import { createDialogRequests, type DialogRequests, type FinalAnswer, type RequestContent } from './dialog-requests.js';
import { createDigestClient, type DigestClient } from './digest-client.js';
import type { SrfHeaders, SrfRequest, SrfResponse } from './drachtio-srf-types.js';
import { transactionTimeoutMs, type DialogEntry, type Farewell, type LegContext } from './leg-context.js';
import type { PeerAnswer, PeerRequest } from './peer-request.js';
import { relayRequest, type RelayTarget } from './relay.js';
import { createSessionTimer, type SessionTimer } from './session-timer.js';
import { allowedMethods, dtmfDigitOf, formatReason, headerOf, q850Of, tokensOf } from './sip-headers.js';
import { respondTo } from './stack.js';
import type { TimerScope } from './timers.js';

type EndedBy = Extract<LegEvent, { type: 'ended' }>['by'];
type RequestMethod = Extract<LegEvent, { type: 'request' }>['method'];

interface DialogOptions {
  readonly context: LegContext;
  /** The server's id; a later one is taken over by {@link Dialog.confirm}. */
  readonly dialogId: string;
  readonly emit: (event: LegEvent) => void;
  readonly credentials?: Credentials;
  /** The peer's header fields that tell what it can do: its INVITE's, or those of its 2xx. */
  readonly peerHeaders: SrfHeaders;
}

const relayedMethods: readonly string[] = ['INFO', 'MESSAGE', 'REFER', 'NOTIFY'] satisfies RequestMethod[];

/** After so many OPTIONS in a row that could not be delivered, so long apart, nobody is there any more. */
const probesUntilGone = 3;
const refusedProbePauseMs = 2_000;

export class Dialog implements DialogEntry, RelayTarget {
  readonly session: SessionTimer;
  /** SDP that we sent last, for refreshes. */
  localSdp: string | undefined;
  localContact: string | undefined;

  readonly #context: LegContext;
  readonly #emit: (event: LegEvent) => void;
  readonly #timers: TimerScope;
  readonly #digest: DigestClient | undefined;
  readonly #requests: DialogRequests;
  readonly #waiting = new Map<RequestToken, PeerRequest>();
  #dialogId: string;
  #state: 'early' | 'confirmed' | 'ending' | 'over' = 'early';
  #allowed: readonly string[];
  #onAck: ((sdp: string | undefined) => void) | undefined;
  #holdsForAnswer = false;
  #hasEnded = false;
  #probesRefused = 0;

  constructor({ context, dialogId, emit, credentials, peerHeaders }: DialogOptions) {
    this.#context = context;
    this.#dialogId = dialogId;
    this.#emit = emit;
    this.#timers = context.timers.scope();
    this.#allowed = tokensOf(headerOf(peerHeaders, 'allow'));
    this.session = createSessionTimer(context.sessionTimers, this.#timers, {
      refresh: () => this.#refresh(),
      probe: () => this.#probe(),
      expired: () => this.#hangUp('session-timer'),
    });
    this.#digest = credentials === undefined ? undefined : createDigestClient(credentials);
    this.#requests = createDialogRequests({
      stack: context.stack,
      dialogId: () => this.#dialogId,
      digest: this.#digest,
      session: this.session,
      localContact: () => this.localContact,
      onLocalSdp: (sdp) => (this.localSdp = sdp),
      onGone: () => this.#hangUp('fault'),
    });
    context.dialogs.set(dialogId, this);
  }

  get isEarly(): boolean {
    return this.#state === 'early';
  }

  get isOver(): boolean {
    return this.#state === 'ending' || this.#state === 'over';
  }

  get allowsUpdate(): boolean {
    return this.#allowed.includes('update');
  }

  get isNegotiating(): boolean {
    return this.#requests.isOffering || this.#holdsForAnswer || this.#state === 'early' || this.#hasPeerOffer();
  }

  confirm(dialogId = this.#dialogId): void {
    if (this.#state === 'early') this.#state = 'confirmed';
    if (dialogId === this.#dialogId || this.isOver) return;
    this.#context.dialogs.delete(this.#dialogId);
    this.#dialogId = dialogId;
    this.#context.dialogs.set(dialogId, this);
  }

  /** Of the next ACK; a BYE of ours waits for it. */
  expectAck(onAck: (sdp: string | undefined) => void): void {
    this.#onAck = onAck;
  }

  relay(token: RequestToken): void {
    const request = this.#context.peerRequests.find(token);
    if (request === undefined) return;
    if (this.isOver) return request.answer(481);
    if (this.#state === 'early') return request.answer(request.method === 'INVITE' ? 491 : 480);
    relayRequest(request, this);
  }

  respond(token: RequestToken, status: number, { sdp }: { readonly sdp?: string } = {}): void {
    this.#waiting.get(token)?.answer(status, sdp === undefined ? {} : { body: sdp });
  }

  offer(sdp: string): void {
    this.modify('INVITE', { headers: {}, body: sdp }, ({ status, response, ack }) => {
      if (status < 300) ack();
      if (status < 300 && response?.body) this.#emit({ type: 'offer-answered', sdp: response.body });
      else this.#emit({ type: 'offer-refused', status });
    });
  }

  notifyRefer(status: number): void {
    this.request('NOTIFY', { headers: { Event: 'refer' }, body: `SIP/2.0 ${status}` }, () => undefined);
  }

  bye(reason?: ReasonHeader): void {
    this.#hangUp('us', reason);
  }

  /** BYE to a phone that the call never heard of: nothing is told upwards. */
  dismiss(reason?: ReasonHeader): void {
    this.#hasEnded = true;
    this.#hangUp('us', reason);
  }

  /** Without BYE: the INVITE was refused, or came to nothing otherwise. */
  drop(): void {
    this.#hasEnded = true;
    this.#close();
  }

  // ─── RelayTarget

  request(method: string, content: RequestContent, done: (answer: FinalAnswer) => void): void {
    this.#requests.send(method, content, done);
  }

  modify(method: 'INVITE' | 'UPDATE', content: RequestContent, done: (answer: FinalAnswer) => void): void {
    this.#requests.modify(method, content, done);
  }

  holdForAnswer(): void {
    this.#holdsForAnswer = true;
  }

  answered(sdp: string | undefined): void {
    this.#holdsForAnswer = false;
    if (sdp !== undefined) this.localSdp = sdp;
  }

  fail(): void {
    this.#hangUp('fault');
  }

  // ─── DialogEntry

  connectionLost(): Farewell {
    const dialogId = this.#dialogId;
    this.#ended('fault');
    this.#close();
    return (client) => client.request('sip:placeholder', { method: 'BYE', stackDialogId: dialogId }, () => undefined);
  }

  stop(): void {
    this.#hangUp('us');
  }

  onServerBye(reason: string): void {
    // drachtio-server's own words: it says BYE for a session timer, for an ACK that did not come, for a late CANCEL.
    this.#ended(/session timer/i.test(reason) ? 'session-timer' : /cancel/i.test(reason) ? 'peer' : 'fault');
    this.#close();
  }

  onPeerRequest(req: SrfRequest, res: SrfResponse): void {
    if (req.method === 'ACK') return this.#acked(req.body || undefined);
    if (req.method === 'BYE') {
      respondTo(res, 200);
      this.#ended('peer', q850Of(headerOf(req.headers, 'reason')));
      return this.#close();
    }
    if (this.isOver) return respondTo(res, 481);
    if (req.method === 'OPTIONS') {
      return respondTo(res, 200, {
        headers: { Allow: allowedMethods, Accept: 'application/sdp', Supported: 'timer' },
      });
    }
    if (req.method === 'INVITE' || req.method === 'UPDATE') return this.#onPeerOffer(req, res);
    if (relayedMethods.includes(req.method)) return this.#handOver(req, res);
    respondTo(res, 405, { headers: { Allow: allowedMethods } });
  }

  #onPeerOffer(req: SrfRequest, res: SrfResponse): void {
    const hasOffer = req.method === 'INVITE' || Boolean(req.body);
    // RFC 3261 §14.2: 491 while our own offer is out, 500 while the peer's earlier one is unanswered.
    if (hasOffer && (this.#requests.isOffering || this.#holdsForAnswer)) return respondTo(res, 491);
    if (hasOffer && (this.#hasPeerOffer() || this.#state === 'early')) {
      return respondTo(res, 500, { headers: { 'Retry-After': String(Math.floor(Math.random() * 11)) } });
    }
    const minSe = this.session.refusalOf(req.headers);
    if (minSe !== undefined) return respondTo(res, 422, { headers: { 'Min-SE': String(minSe) } });
    const allow = headerOf(req.headers, 'allow');
    if (allow !== undefined) this.#allowed = tokensOf(allow);
    if (hasOffer) return this.#handOver(req, res);
    respondTo(res, 200, { headers: this.#acceptanceHeaders(req) });
  }

  #handOver(req: SrfRequest, res: SrfResponse): void {
    const request = this.#context.peerRequests.add((token) => ({
      token,
      method: req.method,
      headers: req.headers,
      body: req.body || undefined,
      answer: (status, options) => this.#answerPeer(token, req, res, status, options),
    }));
    this.#waiting.set(request.token, request);
    // The server has answered 487 already.
    if (req.method === 'INVITE') req.on('cancel', () => this.#forget(request.token));
    const digit = req.method === 'INFO' ? dtmfDigitOf(headerOf(req.headers, 'content-type'), req.body) : undefined;
    this.#emit({
      type: 'request',
      token: request.token,
      method: req.method as RequestMethod,
      ...(digit === undefined ? {} : { digit }),
    });
  }

  #answerPeer(token: RequestToken, req: SrfRequest, res: SrfResponse, status: number, options: PeerAnswer = {}): void {
    if (status < 200 || !this.#forget(token)) return;
    const accepts = status < 300 && (req.method === 'INVITE' || req.method === 'UPDATE');
    const { body, reason } = options;
    respondTo(res, status, {
      ...(reason === undefined ? {} : { reason }),
      headers: { ...options.headers, ...(accepts ? this.#acceptanceHeaders(req) : {}) },
      ...(body === undefined ? {} : { body }),
    });
    if (!accepts) return;
    if (body !== undefined) this.localSdp = body;
    if (options.onAck !== undefined) this.#awaitAnswer(options.onAck, options.onNoAck);
  }

  /** Our 2xx carried an offer: the session is open until the ACK brings its answer. */
  #awaitAnswer(onAck: (sdp: string | undefined) => void, onNoAck?: () => void): void {
    this.#holdsForAnswer = true;
    const settled = (then: () => void) => () => {
      this.#holdsForAnswer = false;
      this.#onAck = undefined;
      then();
    };
    const cancelTimeout = this.#timers.after(
      transactionTimeoutMs,
      settled(() => onNoAck?.()),
    );
    this.#onAck = (sdp) => {
      cancelTimeout();
      settled(() => onAck(sdp))();
    };
  }

  #acceptanceHeaders(req: SrfRequest): SrfHeaders {
    return {
      Allow: allowedMethods,
      Supported: 'timer',
      // The server adds a Contact to answers to INVITE only; UPDATE has to have one too (RFC 3311 §5.2).
      ...(req.method === 'UPDATE' && this.localContact !== undefined ? { Contact: this.localContact } : {}),
      ...this.session.accept(req.headers),
    };
  }

  #acked(sdp: string | undefined): void {
    const onAck = this.#onAck;
    this.#onAck = undefined;
    onAck?.(sdp);
  }

  #hasPeerOffer(): boolean {
    for (const { method } of this.#waiting.values()) if (method === 'INVITE' || method === 'UPDATE') return true;
    return false;
  }

  #forget(token: RequestToken): boolean {
    this.#context.peerRequests.remove(token);
    return this.#waiting.delete(token);
  }

  // ─── session timer

  #refresh(): void {
    if (this.isNegotiating) return this.session.again(2_000);
    const content = this.localSdp === undefined ? { headers: {} } : { headers: {}, body: this.localSdp };
    this.modify(this.localSdp === undefined ? 'UPDATE' : 'INVITE', content, ({ status, ack }) => {
      if (status < 300) ack();
      else if (status === 408 || status === 481) this.#hangUp('session-timer');
      else if (!this.isOver) this.session.again(4_000 + Math.floor(Math.random() * 2_000));
    });
  }

  #probe(): void {
    this.request('OPTIONS', { headers: { Accept: 'application/sdp' } }, ({ status }) => {
      // Any other answer, a refusal too, comes from somebody who knows the dialog.
      if (status === 408 || status === 481) return this.#hangUp('session-timer');
      if (this.isOver) return;
      // 503 is what the server says for a packet that cannot be delivered (RFC 3261 §8.1.3.1), and a busy peer for itself.
      this.#probesRefused = status === 503 ? this.#probesRefused + 1 : 0;
      if (this.#probesRefused >= probesUntilGone) this.#hangUp('session-timer');
      else this.session.again(status === 503 ? refusedProbePauseMs : undefined);
    });
  }

  // ─── the end

  #hangUp(by: EndedBy, reason?: ReasonHeader): void {
    if (this.isOver) return;
    if (by === 'us' && this.#onAck !== undefined) {
      // RFC 3261 §15: the callee says no BYE before the ACK; the server says it if the ACK never comes.
      const onAck = this.#onAck;
      this.#onAck = (sdp) => {
        onAck(sdp);
        this.#hangUp(by, reason);
      };
      return;
    }
    this.#state = 'ending';
    this.#release();
    if (by !== 'us') this.#ended(by);
    const headers = reason === undefined ? {} : { Reason: formatReason(reason) };
    this.#requests.send('BYE', { headers }, () => {
      this.#ended(by);
      this.#close();
    });
  }

  #ended(by: EndedBy, q850?: number): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#emit({ type: 'ended', by, ...(q850 === undefined ? {} : { q850 }) });
  }

  /** Nobody is left waiting: not the peer for our answers, nor the other leg for the peer's. */
  #release(): void {
    this.#timers.end();
    this.#requests.abort();
    for (const request of this.#waiting.values()) request.answer(request.method === 'INVITE' ? 487 : 481);
  }

  #close(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#release();
    this.#context.dialogs.delete(this.#dialogId);
  }
}
