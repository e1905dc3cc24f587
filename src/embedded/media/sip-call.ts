import { Buffer } from 'node:buffer';
import { isIP } from 'node:net';
import type { Flow } from '../sip/flow.js';
import type { InviteServerTransaction } from '../sip/invite-server-transaction.js';
import { serialise, type SipRequest } from '../sip/message.js';
import { parseCSeq } from '../sip/request-check.js';
import type { Timer, Timers } from '../sip/timers.js';
import { responseTo, type TransactionLayer } from '../sip/transaction-layer.js';
import { targetOf, Transports } from '../sip/transports.js';
import { parseUri } from '../sip/uri.js';
import { SipDialog } from './sip-dialog.js';
import type { PressedKey } from './telephone-event.js';

/** What the SIP side asks of whoever runs the call. */
export interface SipCallUser {
  /** A new offer came (a re-INVITE). Answers the answer, or the status that refuses it. */
  offered(sdp: string): { readonly sdp: string } | { readonly refusedWith: number };
  /** A re-INVITE asks for our offer. */
  offer(): string;
  /** The party's answer to our offer came, in the ACK; undefined when there was none. */
  answered(sdp: string | undefined): void;
  pressed(key: PressedKey): void;
  /** The party has hung up, or is gone. */
  ended(why: 'bye' | 'no-ack'): void;
}

export interface SipContext {
  readonly timers: Timers;
  readonly transactions: TransactionLayer;
  /** The way to an IP address. */
  readonly flowTo: (host: string, port: number) => Flow;
  /** Forgets the call. */
  readonly over: (call: SipCall) => void;
}

interface Unacknowledged {
  readonly isOffer: boolean;
  readonly stop: () => void;
}

/** One call that came by INVITE. */
export class SipCall {
  readonly dialog: SipDialog;
  private state: 'invited' | 'confirmed' | 'over' = 'invited';
  private user: SipCallUser | undefined;
  private readonly unacknowledged = new Map<number, Unacknowledged>();

  constructor(
    private readonly context: SipContext,
    readonly invite: InviteServerTransaction,
  ) {
    this.dialog = new SipDialog(invite.request, invite.flow);
  }

  get isOver(): boolean {
    return this.state === 'over';
  }

  /** Answers the INVITE with 200. `isOffer` when the INVITE came without one: the party's answer is awaited in the ACK. */
  accept(sdp: string, isOffer: boolean, user: SipCallUser): void {
    if (this.state !== 'invited') return;
    this.state = 'confirmed';
    this.user = user;
    this.respond(this.invite, sdp, isOffer);
  }

  refuse(status: number, reason?: string): void {
    if (this.state !== 'invited') return;
    this.invite.respond(responseTo(this.invite.request, status, { reason, tag: this.dialog.localTag }));
    this.finish();
  }

  /** Ends the call: BYE. */
  hangUp(reason?: string): void {
    if (this.state !== 'confirmed') return;
    this.finish();
    const bye = this.dialog.request('BYE');
    if (reason !== undefined) bye.add('Reason', reason);
    this.context.transactions.send(bye, this.wayBack(), { response: () => undefined, failed: () => undefined });
  }

  acknowledged(ack: SipRequest): void {
    const seq = parseCSeq(ack.get('cseq') ?? '')?.seq ?? -1;
    const pending = this.unacknowledged.get(seq);
    if (pending === undefined) return;
    pending.stop();
    this.unacknowledged.delete(seq);
    if (pending.isOffer) this.user?.answered(sdpOf(ack));
  }

  /** A CANCEL of the INVITE. */
  cancelled(): void {
    if (this.state === 'invited') this.refuse(487);
  }

  reinvited(transaction: InviteServerTransaction): void {
    const { request } = transaction;
    const refuse = (status: number): void => {
      transaction.respond(responseTo(request, status));
    };
    // RFC 3261 §14.2; 500 would ask for a Retry-After, 491 lets the peer choose its time.
    if (this.unacknowledged.size > 0) return refuse(491);
    if (!this.dialog.takes(request)) return refuse(500);
    if (this.user === undefined) return refuse(481);
    const sdp = sdpOf(request);
    if (sdp === undefined) return this.respond(transaction, this.user.offer(), true);
    const outcome = this.user.offered(sdp);
    if ('refusedWith' in outcome) refuse(outcome.refusedWith);
    else this.respond(transaction, outcome.sdp, false);
  }

  /** A request other than INVITE and ACK. Answers the status. */
  requested(request: SipRequest): number {
    if (!this.dialog.takes(request)) return 500;
    switch (request.method) {
      case 'BYE':
        this.end('bye');
        return 200;
      case 'INFO':
        return this.informed(request);
      case 'UPDATE':
        // A session refresh; a new offer has to come by re-INVITE.
        return request.body.length === 0 ? 200 : 488;
      case 'OPTIONS':
        return 200;
      default:
        return 405;
    }
  }

  /** Where the dialog's next hop is; where the INVITE came from when that has a name only. */
  private wayBack(): Flow {
    const uri = parseUri(this.dialog.nextHop);
    const target = uri === undefined ? undefined : targetOf(uri);
    return target === undefined || isIP(target.host) === 0
      ? this.dialog.flow
      : this.context.flowTo(target.host, target.port);
  }

  private informed(request: SipRequest): number {
    const type = (request.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
    const key = keyOfInfo(type ?? '', request.body.toString('latin1'));
    if (key !== undefined) this.user?.pressed(key);
    return key !== undefined || request.body.length === 0 ? 200 : 415;
  }

  private respond(transaction: InviteServerTransaction, sdp: string, isOffer: boolean): void {
    const response = responseTo(transaction.request, 200, { tag: this.dialog.localTag });
    response.add('Contact', `<${Transports.contactUri(transaction.flow.local)}>`);
    response.add('Allow', ALLOWED).add('Supported', 'timer').add('Content-Type', 'application/sdp');
    response.body = Buffer.from(sdp);
    transaction.respond(response);
    const seq = parseCSeq(transaction.request.get('cseq') ?? '')?.seq ?? 0;
    this.unacknowledged.set(seq, { isOffer, stop: this.repeat(transaction.flow, serialise(response)) });
  }

  /** Repeats a 2xx until its ACK comes, and gives up after 64 × T1 (RFC 3261 §13.3.1.4). */
  private repeat(flow: Flow, bytes: Buffer): () => void {
    const { timers } = this.context;
    let next: Timer | undefined;
    const repeatIn = (ms: number): void => {
      next = timers.start(ms, () => {
        flow.send(bytes);
        repeatIn(Math.min(2 * ms, timers.times.t2));
      });
    };
    repeatIn(timers.times.t1);
    const giveUp = timers.start(timers.transactionMs, () => {
      this.hangUp();
      this.user?.ended('no-ack');
    });
    return () => {
      next?.stop();
      giveUp.stop();
    };
  }

  private end(why: 'bye' | 'no-ack'): void {
    if (this.state === 'over') return;
    this.finish();
    this.user?.ended(why);
  }

  private finish(): void {
    this.state = 'over';
    for (const { stop } of this.unacknowledged.values()) stop();
    this.unacknowledged.clear();
    this.context.over(this);
  }
}

export const ALLOWED = 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE';

/** The session description in a request, if there is one. */
export function sdpOf(request: SipRequest): string | undefined {
  const isSdp = /^application\/sdp\b/i.test(request.get('content-type') ?? '');
  return isSdp && request.body.length > 0 ? request.body.toString('utf8') : undefined;
}

const DEFAULT_KEY_MS = 250;

/** A key in an INFO: `application/dtmf-relay` with Signal and Duration in ms, or `application/dtmf` with the key alone. */
function keyOfInfo(type: string, body: string): PressedKey | undefined {
  const relay = type === 'application/dtmf-relay' ? /^\s*signal\s*=\s*([0-9*#a-d])\s*$/im.exec(body) : null;
  const digit = relay?.[1] ?? (type === 'application/dtmf' ? /^\s*([0-9*#a-d])\s*$/i.exec(body)?.[1] : undefined);
  if (digit === undefined) return undefined;
  const ms = Number(/^\s*duration\s*=\s*(\d{1,5})\s*$/im.exec(body)?.[1] ?? DEFAULT_KEY_MS);
  return { digit: digit.toUpperCase(), duration: ms * 8, source: 'ENDPOINT' };
}
