/**
 * What a leg of the scripted signalling does once it is established: offers either way, the peer's requests, and those of
 * others that are passed on to it. It keeps the rules of the real adapter (RFC 3261 §14): one offer at a time passes
 * through a dialog, ours waits for what is under way, the peer's is refused while ours is out.
 */
import type { LegEvent, ReferTarget, RequestToken } from '../../src/voice/signalling.js';
import { answerTo, sdpOf, type Session } from './scripted-sdp.js';

/** The test's side: what the peer does, and what it has been told. */
export interface ScriptedPeer {
  /** What the peer can do, and where it wants its RTP, from its next offer or answer on. */
  own: Session;
  /** Both sides of what was agreed last. */
  readonly local: string | undefined;
  readonly remote: string | undefined;
  /** SDP that we offered by re-INVITE, oldest first. */
  readonly offered: readonly string[];
  /** The last of them waits for its answer. */
  readonly isOffered: boolean;
  /** It crossed an offer of the peer, and waits before it goes out again. */
  readonly isPaused: boolean;
  answersOffer(sdp?: string): void;
  refusesOffer(status: number): void;
  /** The peer refuses with 491: the adapter waits and tries again. */
  glares(): void;
  /** That wait is over. */
  triesAgain(): void;
  /** A re-INVITE with what the peer has of its `own` now. */
  offers(options?: { readonly method?: 'INVITE' | 'UPDATE'; readonly sdp?: string }): RequestToken;
  /** A re-INVITE without SDP: it asks for our offer. */
  asksForOffer(): RequestToken;
  refers(referTo: ReferTarget): RequestToken;
  presses(digit: string): RequestToken;
  /** An offer of the peer waits for its answer, or the ACK for the peer's. */
  readonly isWaiting: boolean;
  /** A request that was passed on to this peer waits for its answer. */
  readonly isAsked: boolean;
  answersRelayed(): void;
  refusesRelayed(status: number): void;
  /** The ACK that carries an SDP answer is due. */
  readonly owesAck: boolean;
  acksOffer(): void;
  /** How the peer's requests were answered. */
  readonly responses: ReadonlyMap<RequestToken, { readonly status: number; readonly sdp?: string }>;
  readonly requests: readonly RequestToken[];
  /** Requests of other legs that were passed on to this peer. */
  readonly relayed: readonly RequestToken[];
  readonly referNews: readonly { readonly status: number; readonly isFinal: boolean }[];
  /** Contracts that the call has broken, in words. */
  readonly faults: readonly string[];
}

type RequestEvent = Extract<LegEvent, { type: 'request' }>;
type PeerRequest = Omit<RequestEvent, 'type' | 'token'>;

interface Waiting {
  readonly from: ScriptedSession;
  readonly request: PeerRequest;
  isPassedOn: boolean;
}

let lastToken = 0;
let lastPort = 4_000;

/** All requests that wait: a token that came on one leg is relayed by another. */
const waiting = new Map<RequestToken, Waiting>();

function isOffer({ method }: PeerRequest): boolean {
  return method === 'INVITE' || method === 'UPDATE';
}

export abstract class ScriptedSession implements ScriptedPeer {
  own: Session;
  local: string | undefined;
  remote: string | undefined;
  readonly offered: string[] = [];
  readonly requests: RequestToken[] = [];
  readonly responses = new Map<RequestToken, { status: number; sdp?: string }>();
  readonly relayed: RequestToken[] = [];
  readonly referNews: { status: number; isFinal: boolean }[] = [];
  readonly faults: string[] = [];
  #ourOffer: 'none' | 'blocked' | 'paused' | 'sent' = 'none';
  #asked: { readonly token: RequestToken; readonly request: PeerRequest } | undefined;
  /** Of an offer in our 200 to this peer: who made it is told that nobody answers. */
  #onGone: (() => void) | undefined;
  #ackOffer: (() => void) | undefined;
  /** What the peer was before an offer that may be refused. */
  #before: Session;

  protected abstract readonly isEstablished: boolean;
  /** The ACK to the dialog's first 2xx has not come. */
  protected abstract readonly isUnacked: boolean;
  protected abstract tell(event: LegEvent): void;

  constructor(host: string) {
    lastPort += 2;
    this.own = { host, port: lastPort, formats: ['0', '8', '101'], direction: 'sendrecv' };
    this.#before = this.own;
  }

  get isOffered(): boolean {
    return this.#ourOffer === 'sent' && this.isEstablished;
  }

  get isPaused(): boolean {
    return this.#ourOffer === 'paused' && this.isEstablished;
  }

  get isWaiting(): boolean {
    return this.#hasOwnOffer() || this.#ackOffer !== undefined;
  }

  get isAsked(): boolean {
    return this.#asked !== undefined && this.isEstablished;
  }

  get owesAck(): boolean {
    return this.#ackOffer !== undefined && this.isEstablished;
  }

  answersOffer(sdp?: string): void {
    const offer = this.offered.at(-1);
    if (!this.isOffered || offer === undefined) return;
    this.#ourOffer = 'none';
    this.agree(sdp ?? answerTo(offer, this.own), offer);
    this.tell({ type: 'offer-answered', sdp: this.local ?? '' });
  }

  refusesOffer(status: number): void {
    if (!this.isOffered) return;
    this.#ourOffer = 'none';
    this.tell({ type: 'offer-refused', status });
  }

  glares(): void {
    if (this.isOffered) this.#ourOffer = 'paused';
  }

  triesAgain(): void {
    if (!this.isPaused) return;
    this.#ourOffer = 'blocked';
    this.proceed();
  }

  offers({ method = 'INVITE', sdp = sdpOf(this.own) }: Parameters<ScriptedPeer['offers']>[0] = {}): RequestToken {
    return this.#request({ method, sdp });
  }

  asksForOffer(): RequestToken {
    return this.#request({ method: 'INVITE' });
  }

  refers(referTo: ReferTarget): RequestToken {
    return this.#request({ method: 'REFER', referTo });
  }

  presses(digit: string): RequestToken {
    return this.#request({ method: 'INFO', digit });
  }

  answersRelayed(): void {
    if (this.#asked === undefined || !this.isEstablished) return;
    const { token, request } = this.#asked;
    this.#asked = undefined;
    const from = waiting.get(token)?.from;
    const { sdp } = request;
    const said = sdp === undefined ? sdpOf(this.own) : answerTo(sdp, this.own);
    if (sdp !== undefined) this.agree(said, sdp);
    this.tell({ type: 'described', sdp: said });
    if (sdp !== undefined) return from === undefined ? this.proceed() : from.#answered(token, 200, said);
    // The answer to this offer comes with the other one's ACK, or it is silence when who asked has gone.
    const settle = (answer: string): void => {
      this.#ackOffer = undefined;
      this.agree(said, answer);
    };
    const silence = (): void =>
      settle(answerTo(said, { ...this.own, host: '0.0.0.0', port: 9, direction: 'inactive' }));
    this.#ackOffer = () => undefined;
    if (from === undefined) silence();
    else from.#answered(token, 200, said, settle, silence);
  }

  refusesRelayed(status: number): void {
    const token = this.#asked?.token;
    if (token === undefined || !this.isEstablished) return;
    this.#asked = undefined;
    const from = waiting.get(token)?.from;
    if (from !== undefined) from.#answered(token, status);
    this.proceed();
  }

  acksOffer(): void {
    if (this.isEstablished) this.#ackOffer?.();
  }

  // ─── EstablishedLeg

  offer(sdpOffer: string): void {
    if (this.#ourOffer !== 'none') this.#fault('a second offer while one is out');
    if ([...waiting.values()].some(({ from, isPassedOn, request }) => from === this && !isPassedOn && isOffer(request)))
      this.#fault('an offer while the own of the leg waits for the call');
    if (!this.isEstablished || this.#ourOffer !== 'none') {
      queueMicrotask(() => this.tell({ type: 'offer-refused', status: 491 }));
      return;
    }
    this.offered.push(sdpOffer);
    this.#ourOffer = 'blocked';
    this.proceed();
  }

  respond(token: RequestToken, status: number, { sdp }: { readonly sdp?: string } = {}): void {
    const entry = waiting.get(token);
    if (entry === undefined && this.responses.has(token)) {
      // Answered below because the leg has ended.
      if (this.isEstablished) this.#fault(`request ${String(token)} answered twice`);
      return;
    }
    if (entry?.from !== this) return this.#fault(`request ${String(token)} did not come on this leg`);
    if (entry.isPassedOn) return this.#fault(`request ${String(token)} answered and passed on`);
    const isAgreed = status >= 200 && status < 300 && isOffer(entry.request);
    if (isAgreed && sdp === undefined) return this.#fault(`request ${String(token)} agreed without SDP`);
    if (isAgreed && entry.request.sdp === undefined) this.#answered(token, status, sdp, () => undefined);
    else this.#answered(token, status, sdp);
  }

  relay(token: RequestToken): void {
    const entry = waiting.get(token);
    if (entry === undefined) return;
    if (entry.isPassedOn) return this.#fault(`request ${String(token)} passed on twice`);
    entry.isPassedOn = true;
    this.relayed.push(token);
    if (!this.isEstablished) return entry.from.#answered(token, 481);
    if (!isOffer(entry.request)) return entry.from.#answered(token, 200);
    if (this.#isNegotiating()) return entry.from.#answered(token, 491);
    this.#asked = { token, request: entry.request };
  }

  notifyRefer(status: number, { isFinal }: { readonly isFinal: boolean }): void {
    this.referNews.push({ status, isFinal });
  }

  protected agree(local: string, remote: string): void {
    this.local = local;
    this.remote = remote;
    this.#before = this.own;
    this.proceed();
  }

  /** An offer of ours that waits may go out. */
  protected proceed(): void {
    if (this.#ourOffer === 'blocked' && !this.isUnacked && !this.#isNegotiating()) this.#ourOffer = 'sent';
  }

  /** The adapter answers whoever waits when the leg is over, or its BYE goes out. */
  protected refuseAll(): void {
    this.#ourOffer = 'none';
    this.#ackOffer = undefined;
    const asked = this.#asked?.token;
    this.#asked = undefined;
    this.#onGone?.();
    this.#onGone = undefined;
    const from = asked === undefined ? undefined : waiting.get(asked)?.from;
    if (asked !== undefined && from !== undefined) from.#answered(asked, 481);
    for (const [token, { from }] of waiting) if (from === this) this.#answered(token, 487);
  }

  #answered(
    token: RequestToken,
    status: number,
    sdp?: string,
    onAck?: (answer: string) => void,
    onGone?: () => void,
  ): void {
    const entry = waiting.get(token);
    waiting.delete(token);
    if (entry === undefined) return;
    this.responses.set(token, { status, ...(sdp === undefined ? {} : { sdp }) });
    if (!isOffer(entry.request)) return;
    if (status >= 300 || sdp === undefined) {
      this.own = this.#before;
      return this.proceed();
    }
    if (onAck === undefined) return this.agree(entry.request.sdp ?? '', sdp);
    this.#onGone = onGone;
    this.#ackOffer = () => {
      this.#ackOffer = undefined;
      this.#onGone = undefined;
      const answer = answerTo(sdp, this.own);
      this.agree(answer, sdp);
      onAck(answer);
      this.tell({ type: 'described', sdp: answer });
    };
  }

  #isNegotiating(): boolean {
    return (
      this.#ourOffer === 'sent' || this.#asked !== undefined || this.#ackOffer !== undefined || this.#hasOwnOffer()
    );
  }

  #hasOwnOffer(): boolean {
    return [...waiting.values()].some(({ from, request }) => from === this && isOffer(request));
  }

  #request(request: PeerRequest): RequestToken {
    lastToken += 1;
    const token = lastToken;
    if (!this.isEstablished) return token;
    this.requests.push(token);
    if (isOffer(request) && (this.isUnacked || this.#isNegotiating())) {
      this.responses.set(token, { status: 491 });
      this.own = this.#before;
      return token;
    }
    waiting.set(token, { from: this, request, isPassedOn: false });
    this.tell({ type: 'request', token, ...request });
    return token;
  }

  #fault(what: string): void {
    this.faults.push(what);
  }
}
