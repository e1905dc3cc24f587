/** What a leg of the scripted signalling does once it is established: offers either way, and the peer's requests. */
import type { LegEvent, ReferTarget, RequestToken } from '../../src/voice/signalling.js';

/** The test's side: what the peer does, and what it has been told. */
export interface ScriptedPeer {
  /** SDP that we offered by re-INVITE, oldest first. */
  readonly offered: readonly string[];
  /** The last of them waits for its answer. */
  readonly isOffered: boolean;
  answersOffer(sdp?: string): void;
  refusesOffer(status: number): void;
  /** A re-INVITE comes; without `sdp` it asks for our offer. */
  offers(sdp?: string): RequestToken;
  refers(referTo: ReferTarget): RequestToken;
  presses(digit: string): RequestToken;
  /** The peer answers what it was relayed, or our late offer. */
  describes(sdp: string): void;
  /** How we answered the peer's requests. */
  readonly responses: ReadonlyMap<RequestToken, { readonly status: number; readonly sdp?: string }>;
  /** Requests of other legs that were passed on to this peer. */
  readonly relayed: readonly RequestToken[];
  readonly referNews: readonly { readonly status: number; readonly isFinal: boolean }[];
}

let lastToken = 0;

/** Keeps the promises of `EstablishedLeg`; nothing is said of an offer once the leg ends or is sent away. */
export abstract class ScriptedSession implements ScriptedPeer {
  readonly offered: string[] = [];
  readonly responses = new Map<RequestToken, { status: number; sdp?: string }>();
  readonly relayed: RequestToken[] = [];
  readonly referNews: { status: number; isFinal: boolean }[] = [];
  #isOffered = false;

  protected abstract readonly isEstablished: boolean;
  protected abstract tell(event: LegEvent): void;

  get isOffered(): boolean {
    return this.#isOffered && this.isEstablished;
  }

  answersOffer(sdp = `answer to ${this.offered.at(-1)}`): void {
    if (this.#settle()) this.tell({ type: 'offer-answered', sdp });
  }

  refusesOffer(status: number): void {
    if (this.#settle()) this.tell({ type: 'offer-refused', status });
  }

  offers(sdp?: string): RequestToken {
    return this.#request({ method: 'INVITE', ...(sdp === undefined ? {} : { sdp }) });
  }

  refers(referTo: ReferTarget): RequestToken {
    return this.#request({ method: 'REFER', referTo });
  }

  presses(digit: string): RequestToken {
    return this.#request({ method: 'INFO', digit });
  }

  describes(sdp: string): void {
    if (this.isEstablished) this.tell({ type: 'described', sdp });
  }

  // ─── EstablishedLeg

  offer(sdpOffer: string): void {
    if (this.isOffered || !this.isEstablished) {
      queueMicrotask(() => this.tell({ type: 'offer-refused', status: 491 }));
      return;
    }
    this.offered.push(sdpOffer);
    this.#isOffered = true;
  }

  respond(token: RequestToken, status: number, options: { readonly sdp?: string } = {}): void {
    this.responses.set(token, { status, ...options });
  }

  relay(token: RequestToken): void {
    this.relayed.push(token);
  }

  notifyRefer(status: number, { isFinal }: { readonly isFinal: boolean }): void {
    this.referNews.push({ status, isFinal });
  }

  #settle(): boolean {
    const wasOffered = this.isOffered;
    this.#isOffered = false;
    return wasOffered;
  }

  #request(request: Omit<Extract<LegEvent, { type: 'request' }>, 'type' | 'token'>): RequestToken {
    lastToken += 1;
    const token = lastToken;
    if (this.isEstablished) this.tell({ type: 'request', token, ...request });
    return token;
  }
}
