/**
 * One SIP dialog, from the moment it can carry requests to the answer to its BYE.
 *
 * ```
 *   early ──confirm──► confirmed ──bye, session expired, fault──► ending ──answer to our BYE──► over
 *     └────────────────────┴── the peer's BYE, the server's, connection lost ──────────────────► over
 * ```
 * Its parts: the peer's requests (dialog-answers), ours (dialog-requests), our offers, what a REFER wants to hear, and the
 * session's upkeep. One offer at a time passes through all of them (RFC 3261 §14).
 */
import type { SipCallId } from '../kernel/ids.js';
import type { DialogName, LegEvent, ReasonHeader, RequestToken } from '../voice/signalling.js';
import { parseNameAddr } from '../voice/sip-uri.js';
import { createDialogAnswers, type DialogAnswers } from './dialog-answers.js';
import { createDialogRequests, type DialogRequests, type FinalAnswer, type RequestContent } from './dialog-requests.js';
import type { DigestClient } from './digest-client.js';
import type { SrfHeaders, SrfRequest, SrfResponse } from './drachtio-srf-types.js';
import type { DialogEntry, Farewell, LegContext } from './leg-context.js';
import { createOurOffers, type OurOffers } from './our-offers.js';
import { createReferNews, referAcceptance, type ReferNews } from './refer-news.js';
import { relayRequest, type RelayTarget } from './relay.js';
import type { SessionTimer } from './session-timer.js';
import { createSessionUpkeep } from './session-upkeep.js';
import { formatReason, headerOf, q850Of } from './sip-headers.js';
import { respondTo } from './stack.js';
import type { TimerScope } from './timers.js';

type EndedBy = Extract<LegEvent, { type: 'ended' }>['by'];

interface DialogOptions {
  readonly context: LegContext;
  /** The server's id; a later one is taken over by {@link Dialog.confirm}. */
  readonly dialogId: string;
  readonly emit: (event: LegEvent) => void;
  /** The peer's header fields that tell what it can do: its INVITE's, or those of its 2xx. */
  readonly peerHeaders: SrfHeaders;
  /** We sent the INVITE. */
  readonly ownsCallId: boolean;
  readonly newDigest?: () => DigestClient;
}

export class Dialog implements DialogEntry, RelayTarget {
  readonly session: SessionTimer;
  /** SDP that we sent last, for refreshes. */
  localSdp: string | undefined;
  localContact: string | undefined;
  /** Known once a 2xx has gone or come. */
  name: DialogName | undefined;

  readonly #context: LegContext;
  readonly #emit: (event: LegEvent) => void;
  readonly #timers: TimerScope;
  readonly #requests: DialogRequests;
  readonly #answers: DialogAnswers;
  readonly #offers: OurOffers;
  readonly #referNews: ReferNews;
  #dialogId: string;
  #state: 'early' | 'confirmed' | 'ending' | 'over' = 'early';
  /** The peer's 2xx brought an offer that our ACK has not answered yet. */
  #owesAnswer = false;
  #hasEnded = false;

  constructor(options: DialogOptions) {
    const { context, dialogId, emit } = options;
    this.#context = context;
    this.#dialogId = dialogId;
    this.#emit = emit;
    this.#timers = context.timers.scope();
    this.session = createSessionUpkeep({
      context,
      timers: this.#timers,
      requests: () => this.#requests,
      isNegotiating: () => this.isNegotiating,
      isOver: () => this.isOver,
      localSdp: () => this.localSdp,
      onDead: () => this.#hangUp('session-timer'),
    });
    this.#requests = this.#createRequests(options);
    this.#answers = this.#createAnswers(options);
    this.#offers = createOurOffers({
      timers: this.#timers,
      ownsCallId: options.ownsCallId,
      isBlocked: () => this.isNegotiating || this.#answers.isUnacked,
      send: (sdp, done) => this.modify('INVITE', { headers: {}, body: sdp }, done),
      emit,
    });
    this.#referNews = createReferNews((content) => this.#notify(content));
    context.dialogs.set(dialogId, this);
  }

  get isEarly(): boolean {
    return this.#state === 'early';
  }

  get isOver(): boolean {
    return this.#state === 'ending' || this.#state === 'over';
  }

  get allowsUpdate(): boolean {
    return this.#answers.allowsUpdate;
  }

  get isNegotiating(): boolean {
    return this.#isOffering || this.#state === 'early' || this.#answers.isNegotiating;
  }

  confirm(dialogId = this.#dialogId): void {
    if (this.#state === 'early') this.#state = 'confirmed';
    if (dialogId === this.#dialogId || this.isOver) return;
    this.#context.dialogs.delete(this.#dialogId);
    this.#dialogId = dialogId;
    this.#context.dialogs.set(dialogId, this);
  }

  /** Of the 2xx to the INVITE that began this dialog; a BYE of ours waits for it. */
  expectAck(invite: SrfRequest, onAck: (sdp: string | undefined) => void): void {
    this.#answers.expectAck(invite, onAck);
  }

  relay(token: RequestToken): void {
    const request = this.#context.peerRequests.find(token);
    if (request === undefined) return;
    if (this.isOver) return request.answer(481);
    if (this.#state === 'early') return request.answer(request.method === 'INVITE' ? 491 : 480);
    relayRequest(request, this);
  }

  respond(token: RequestToken, status: number, { sdp }: { readonly sdp?: string } = {}): void {
    const request = this.#answers.find(token);
    if (request === undefined) return;
    const isAccepted = status >= 200 && status < 300;
    const isOffer = request.method === 'INVITE' || request.method === 'UPDATE';
    // A 2xx without SDP would leave both with different ideas of the session (RFC 3264 §5).
    if (isAccepted && isOffer)
      return request.answer(sdp === undefined ? 488 : status, sdp === undefined ? {} : { body: sdp });
    const isReferral = isAccepted && request.method === 'REFER';
    request.answer(status, isReferral ? { headers: referAcceptance(request.headers) } : {});
    if (isReferral) this.#referNews.begin(request.headers);
  }

  offer(sdp: string): void {
    if (this.isOver) return;
    if (this.#state === 'early') queueMicrotask(() => this.#emit({ type: 'offer-refused', status: 491 }));
    else this.#offers.make(sdp);
  }

  notifyRefer(status: number, isFinal: boolean): void {
    this.#referNews.tell(status, isFinal);
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

  described(sdp: string): void {
    if (!this.isOver) this.#emit({ type: 'described', sdp });
  }

  holdForAnswer(): void {
    this.#owesAnswer = true;
  }

  answered(sdp: string | undefined): void {
    this.#owesAnswer = false;
    if (sdp !== undefined) this.localSdp = sdp;
    this.#settled();
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
    if (req.method === 'ACK') return this.#answers.acked(req);
    if (req.method === 'BYE') {
      respondTo(res, 200);
      this.#ended('peer', q850Of(headerOf(req.headers, 'reason')));
      return this.#close();
    }
    if (this.isOver) return respondTo(res, 481);
    this.#answers.take(req, res);
  }

  // ─── parts

  #createRequests({ context, newDigest }: DialogOptions): DialogRequests {
    return createDialogRequests({
      stack: context.stack,
      dialogId: () => this.#dialogId,
      newDigest,
      session: this.session,
      localContact: () => this.localContact,
      onLocalSdp: (sdp) => (this.localSdp = sdp),
      onSettled: () => this.#settled(),
      linger: (delayMs, cleanUp) => context.linger(delayMs, cleanUp),
      onGone: () => this.#hangUp('fault'),
    });
  }

  #createAnswers({ context, emit, peerHeaders }: DialogOptions): DialogAnswers {
    return createDialogAnswers({
      context,
      timers: this.#timers,
      session: this.session,
      peerHeaders,
      isEarly: () => this.isEarly,
      isOffering: () => this.#isOffering,
      localContact: () => this.localContact,
      emit,
      onLocalSdp: (sdp) => (this.localSdp = sdp),
      onSettled: () => this.#settled(),
      onNoAnswer: () => this.fail(),
    });
  }

  get #isOffering(): boolean {
    return this.#requests.isOffering || this.#owesAnswer;
  }

  /** An offer of ours that waits may go, once all that follows from what is settled has happened. */
  #settled(): void {
    queueMicrotask(() => this.#offers.proceed());
  }

  #notify(content: RequestContent): void {
    if (this.isOver) return;
    // The server adds a Contact to INVITE only; NOTIFY has to have one too (RFC 6665 §8.2.1).
    const contact = this.localContact === undefined ? {} : { Contact: this.localContact };
    this.request('NOTIFY', { ...content, headers: { ...content.headers, ...contact } }, () => undefined);
  }

  // ─── the end

  #hangUp(by: EndedBy, reason?: ReasonHeader): void {
    if (this.isOver) return;
    this.#offers.end();
    if (by === 'us') this.#answers.whenByeMayGo(() => this.#sayBye(by, reason));
    else this.#sayBye(by, reason);
  }

  #sayBye(by: EndedBy, reason: ReasonHeader | undefined): void {
    if (this.isOver) return;
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
    this.#offers.end();
    this.#timers.end();
    this.#requests.abort();
    this.#answers.refuseAll();
  }

  #close(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#release();
    this.#context.dialogs.delete(this.#dialogId);
  }
}

/** From the values of From and To, as they stand in the INVITE and its 2xx. */
export function dialogNameOf(
  callId: SipCallId,
  { local, remote }: { readonly local: string | undefined; readonly remote: string | undefined },
): DialogName {
  const tagOf = (value: string | undefined) => parseNameAddr(value ?? '')?.params.tag ?? '';
  return { callId, localTag: tagOf(local), remoteTag: tagOf(remote) };
}
