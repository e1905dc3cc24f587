/**
 * What a call needs of SIP. `src/sip/` implements it over drachtio-srf; unit tests bring a scripted one.
 *
 * The adapter keeps the wire's rules (RFC 3261 transactions and ACK, RFC 3311 UPDATE, RFC 4028 session timers, digest
 * answers to carriers); who is rung, who wins and what everybody is told is decided above it. No method throws for
 * anything a peer does: outcomes arrive as {@link LegEvent}s, asynchronously, in the order of the wire.
 */
import type { Credentials } from '../config/routing-config.js';
import type { LegId, SipCallId } from '../kernel/ids.js';

export interface Signalling {
  /** Connects to the SIP server and begins to hand over requests. */
  start(handlers: SignallingHandlers): Promise<void>;

  /** Sends an INVITE. The first event comes after this function has returned. */
  invite(request: OutboundInvite, onEvent: (event: LegEvent) => void): OutboundLeg;

  /** OPTIONS outside any dialog; `true` when anything at all came back in time. */
  probe(target: { readonly uri: string; readonly proxy?: string }): Promise<boolean>;

  /** What is still going on; all zero when nothing is left. */
  counts(): { readonly dialogs: number; readonly pendingInvites: number; readonly timers: number };

  /** Where phones reach us, one URI for each listener: `sip:127.0.0.1:5060;transport=udp`. */
  localUris(): readonly string[];

  stop(): Promise<void>;
}

export interface SignallingHandlers {
  /** Asked of every request outside dialogs before anything else is looked at. */
  screen?(source: SipSource): Screening;
  /** An INVITE outside any dialog. `request.respond` is for refusals; who takes the call uses `accept`. */
  onInvite(request: SipRequest, accept: (leg: LegId, onEvent: (event: LegEvent) => void) => InboundLeg): void;
  onRegister(request: SipRequest): void;
  /** The control connection was lost (`false`) or is back (`true`). The server's dialogs end with the connection. */
  onConnection(up: boolean): void;
}

/** A request outside any dialog, as far as policy needs to see it. */
export interface SipRequest {
  readonly method: string;
  readonly uri: string;
  /** User part of the Request-URI, unescaped; empty when there is none. */
  readonly user: string;
  readonly callId: SipCallId;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly contacts: readonly NameAddr[];
  /** The contact header was the single `*`. */
  readonly contactStar: boolean;
  /** Where the packet really came from. */
  readonly source: SipSource;
  readonly sdp?: string;
  header(name: string): string | undefined;
  respond(status: number, options?: { reason?: string; headers?: ResponseHeaders }): void;
}

/** A list stands for several header fields of one name, which WWW-Authenticate needs (RFC 3261 §7.3.1). */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[]>>;

/**
 * `refuse`: 503 with Retry-After. `drop`: no answer, for what comes in floods; but an INVITE, whose 100 the SIP server has
 * sent already, gets its 503 all the same: its caller would wait for ever.
 */
export type Screening = 'admit' | 'refuse' | 'drop';

export interface SipSource {
  readonly address: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
}

export interface NameAddr {
  readonly displayName?: string;
  readonly uri: string;
  readonly user: string;
  readonly host: string;
  readonly params: Readonly<Record<string, string | null>>;
}

export interface OutboundInvite {
  readonly leg: LegId;
  /** Request-URI. */
  readonly uri: string;
  /** Next hop, when it is not the Request-URI's: a contact behind NAT is reached where it registered from. */
  readonly proxy?: string;
  readonly from: { readonly user: string; readonly host: string; readonly displayName?: string };
  /** Defaults to `uri`. */
  readonly to?: string;
  /** None: the callee makes the offer and {@link OutboundLeg.ack} carries the answer. */
  readonly sdpOffer?: string;
  readonly credentials?: Credentials;
  readonly headers?: Readonly<Record<string, string>>;
}

interface EstablishedLeg {
  readonly id: LegId;
  readonly sipCallId: SipCallId;
  /** Known once a 2xx has gone or come. */
  readonly dialog?: DialogName | undefined;
  /**
   * Passes a request that came on another leg on to this one, its answer back, and a late SDP answer in the ACK too.
   * Glare, failures and time-outs come back to the requester as their own status.
   */
  relay(token: RequestToken): void;
  /**
   * Answers a request that came on this leg; a 200 to an INVITE or UPDATE with an offer carries `sdp`, the answer. When
   * the request brought none, `sdp` is our offer, and its answer arrives as `described`.
   */
  respond(token: RequestToken, status: number, options?: { readonly sdp?: string }): void;
  /**
   * Offers another session to the peer by re-INVITE; answered by exactly one of `offer-answered` and `offer-refused`,
   * unless the leg ends before, or `bye` is called: then neither comes, and `ended` says it all. What is under way in the
   * dialog (the ACK to our 200, the peer's own offer, a refresh) is waited for; glare (491) is tried again below, after
   * the random time of RFC 3261 §14.1, a few times. One at a time: a second while the first is out, or before the leg is
   * established, is refused with 491 at once. 408 and 481 end the leg too (RFC 3261 §12.2.1.2).
   */
  offer(sdpOffer: string): void;
  /**
   * What became of the last REFER that this peer was answered 2xx to (RFC 3515 §2.4.5): a NOTIFY with a `message/sipfrag`
   * of the status. The first one, `100 Trying`, goes out by itself. Nothing is sent when the peer wants no such news
   * (RFC 4488), has heard it already, or after the final one.
   */
  notifyRefer(status: number, options: { readonly isFinal: boolean }): void;
  /** Ends the leg with BYE; harmless when it has ended already. */
  bye(reason?: ReasonHeader): void;
}

export interface InboundLeg extends EstablishedLeg {
  /** A provisional response; repeated every minute while the call waits (RFC 3261 §13.3.1.1). */
  progress(status: 180 | 181 | 182 | 183, sdp?: string): void;
  answer(sdp: string): void;
  reject(status: number, options?: { reason?: string; headers?: Readonly<Record<string, string>> }): void;
}

export interface OutboundLeg extends EstablishedLeg {
  /**
   * Gives up ringing. CANCEL goes out once a provisional has come (RFC 3261 §9.1); a 200 that crosses it is ACKed and
   * followed by BYE with the same reason. Ends in `failed` (487 or whatever came, 408 when the phone never answers).
   */
  cancel(reason?: ReasonHeader): void;
  /** The answer to an offer that came in the 200. */
  ack(sdp: string): void;
}

/** RFC 3326. */
export interface ReasonHeader {
  readonly protocol: 'SIP' | 'Q.850';
  readonly cause: number;
  readonly text: string;
}

/** RFC 3261 §12: what names a dialog, as seen from here. */
export interface DialogName {
  readonly callId: SipCallId;
  readonly localTag: string;
  readonly remoteTag: string;
}

/** RFC 3515 §2.1; with `replaces` (RFC 3891) an attended transfer: the dialog that is to be taken over. */
export interface ReferTarget {
  readonly uri: string;
  /** User part, unescaped. */
  readonly user: string;
  readonly replaces?: { readonly callId: SipCallId; readonly toTag: string; readonly fromTag: string };
  /** The user part of Referred-By (RFC 3892), when there is one. */
  readonly referredBy?: string;
}

/** Names a request of the peer that waits for its answer. */
export type RequestToken = number;

export type LegEvent =
  | { readonly type: 'progress'; readonly status: number; readonly sdp?: string }
  /** Outbound: a 2xx came and, when we made the offer, was ACKed. */
  | { readonly type: 'answered'; readonly sdp: string }
  /** Outbound: a final refusal, or 408 for silence and 503 for a broken transport. */
  | { readonly type: 'failed'; readonly status: number; readonly q850?: number; readonly retryAfterMs?: number }
  /** Inbound: CANCEL came before our final response; 487 has gone out. */
  | { readonly type: 'cancelled' }
  /** Inbound: the ACK to our 2xx came, with the answer if ours was the offer. */
  | { readonly type: 'acked'; readonly sdp?: string }
  /** A request inside the dialog that is for the call to decide. UPDATE without SDP and OPTIONS are answered below. */
  | {
      readonly type: 'request';
      readonly token: RequestToken;
      readonly method: 'INVITE' | 'UPDATE' | 'INFO' | 'MESSAGE' | 'REFER' | 'NOTIFY';
      /** A digit that an INFO body carried (application/dtmf-relay or application/dtmf). */
      readonly digit?: string;
      /** The offer of an INVITE or UPDATE. */
      readonly sdp?: string;
      /** Of a REFER. */
      readonly referTo?: ReferTarget;
    }
  /** CANCEL came for an INVITE of the peer that was not answered yet; 487 has gone out, and the session is as before. */
  | { readonly type: 'request-cancelled'; readonly token: RequestToken }
  /** The peer has told its session anew otherwise than by a request or an answer of ours: by answering what was relayed. */
  | { readonly type: 'described'; readonly sdp: string }
  | { readonly type: 'offer-answered'; readonly sdp: string }
  /** The session stays as it was (RFC 3261 §14.1). */
  | { readonly type: 'offer-refused'; readonly status: number }
  /** The dialog is over: the peer's BYE, a request that timed out, a session timer, or the answer to our BYE. */
  | { readonly type: 'ended'; readonly by: 'peer' | 'us' | 'session-timer' | 'fault'; readonly q850?: number };
