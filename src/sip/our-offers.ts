/**
 * Offers of ours inside an established dialog (RFC 3261 §14.1, RFC 3264 §8).
 *
 * ```
 *   none ──make──► blocked ──way is free──► sent ──2xx, refusal──► none
 *                    ▲  ▲─────────────────────┤
 *                    └──random pause──glare───┘
 * ```
 * A dialog carries one offer at a time: ours waits while the peer's offer, a refresh or an ACK is under way. When both
 * sides offered at once (491), each lets the other go first by a random time.
 */
import type { LegEvent } from '../voice/signalling.js';
import type { FinalAnswer } from './dialog-requests.js';
import { transactionTimeoutMs } from './leg-context.js';
import { sdpOf } from './session-body.js';
import { headerOf, retryAfterMsOf } from './sip-headers.js';
import type { TimerScope } from './timers.js';

export interface OurOffers {
  make(sdp: string): void;
  /** Something that stood in an offer's way may be over. */
  proceed(): void;
  /** The dialog is over: nothing more is said. */
  end(): void;
}

interface OurOffersDeps {
  readonly timers: TimerScope;
  /** A UAC chooses the Call-ID; who owns it waits longer after glare. */
  readonly ownsCallId: boolean;
  /** Another offer or an ACK is under way. */
  isBlocked(): boolean;
  send(sdp: string, done: (answer: FinalAnswer) => void): void;
  emit(event: LegEvent): void;
}

type State =
  | { readonly name: 'none' }
  | {
      readonly name: 'blocked';
      readonly sdp: string;
      readonly triesLeft: number;
      readonly giveUp: () => void;
      readonly isPausing: boolean;
    }
  | { readonly name: 'sent' }
  | { readonly name: 'ended' };

const maxTries = 4;
/** RFC 3261 §14.2: the longest Retry-After of a peer that has another offer to settle first. */
const longestRetryMs = 10_000;

export function createOurOffers(deps: OurOffersDeps): OurOffers {
  return new ReInvites(deps);
}

class ReInvites implements OurOffers {
  readonly #deps: OurOffersDeps;
  #state: State = { name: 'none' };

  constructor(deps: OurOffersDeps) {
    this.#deps = deps;
  }

  make(sdp: string): void {
    if (this.#state.name === 'ended') return;
    if (this.#state.name !== 'none') return queueMicrotask(() => this.#tell({ type: 'offer-refused', status: 491 }));
    this.#block(sdp, maxTries);
    this.proceed();
  }

  proceed(): void {
    const state = this.#state;
    if (state.name !== 'blocked' || state.isPausing || this.#deps.isBlocked()) return;
    state.giveUp();
    this.#state = { name: 'sent' };
    this.#deps.send(state.sdp, (answer) => this.#onAnswer(state.sdp, state.triesLeft - 1, answer));
  }

  end(): void {
    this.#state = { name: 'ended' };
  }

  #block(sdp: string, triesLeft: number, pauseMs?: number): void {
    const isPausing = pauseMs !== undefined;
    const fire = isPausing
      ? () => this.#resume(sdp, triesLeft)
      : () => this.#settle({ type: 'offer-refused', status: 491 });
    const giveUp = this.#deps.timers.after(pauseMs ?? transactionTimeoutMs, fire);
    this.#state = { name: 'blocked', sdp, triesLeft, giveUp, isPausing };
  }

  #resume(sdp: string, triesLeft: number): void {
    if (this.#state.name !== 'blocked') return;
    this.#block(sdp, triesLeft);
    this.proceed();
  }

  #onAnswer(sdp: string, triesLeft: number, { status, response, ack }: FinalAnswer): void {
    if (status < 300) ack();
    if (this.#state.name !== 'sent') return;
    const pauseMs = this.#pauseAfter(status, headerOf(response?.headers ?? {}, 'retry-after'));
    if (pauseMs !== undefined && triesLeft > 0) return this.#block(sdp, triesLeft, pauseMs);
    if (status >= 300) return this.#settle({ type: 'offer-refused', status });
    // RFC 3264 §5: no 2xx to an offer goes without an answer; who sends one all the same agrees to nothing.
    const answer = response === undefined ? undefined : sdpOf(response);
    this.#settle(answer ? { type: 'offer-answered', sdp: answer } : { type: 'offer-refused', status: 488 });
  }

  /** How long to wait before the same offer may go out again; `undefined` when it was refused for good. */
  #pauseAfter(status: number, retryAfter: string | undefined): number | undefined {
    // RFC 3261 §14.1, in units of 10 ms: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other.
    if (status === 491) return (this.#deps.ownsCallId ? 210 + randomBelow(191) : randomBelow(201)) * 10;
    const pauseMs = status === 500 ? retryAfterMsOf(retryAfter) : undefined;
    return pauseMs !== undefined && pauseMs <= longestRetryMs ? pauseMs : undefined;
  }

  #settle(event: LegEvent): void {
    if (this.#state.name === 'ended') return;
    this.#state = { name: 'none' };
    this.#deps.emit(event);
  }

  #tell(event: LegEvent): void {
    if (this.#state.name !== 'ended') this.#deps.emit(event);
  }
}

function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit);
}
