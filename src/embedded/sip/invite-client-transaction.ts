import type { Buffer } from 'node:buffer';
import type { Flow } from './flow.js';
import { serialise, SipRequest, type SipResponse } from './message.js';
import type { TransactionHost } from './server-transaction.js';
import type { Timer } from './timers.js';
import type { ClientEvents, ClientFailure } from './transaction-user.js';

/**
 * An INVITE client transaction (RFC 3261 §17.1.1, with the Accepted state of RFC 6026 §7.2).
 *
 * ```
 *  calling ──1xx──> proceeding ──2xx──> accepted ──M──> gone    (each 2xx goes to the user, who ACKs)
 *     └──────┬──────────┴──────3xx-6xx─> completed ──D──> gone  (ACKed here)
 *            └──B, transport, no answer to CANCEL──> gone
 * ```
 */
export class InviteClientTransaction {
  private state: 'calling' | 'proceeding' | 'accepted' | 'completed' | 'gone' = 'calling';
  private readonly bytes: Buffer;
  private retransmission: Timer | undefined;
  private giveUp: Timer | undefined;
  private ack: Buffer | undefined;
  private heldCancel: (() => void) | undefined;

  constructor(
    readonly key: string,
    readonly request: SipRequest,
    readonly flow: Flow,
    private readonly events: ClientEvents,
    private readonly host: TransactionHost,
  ) {
    this.bytes = serialise(request);
  }

  start(): void {
    const { timers } = this.host;
    this.giveUp = timers.start(timers.transactionMs, () => this.fail('timeout')); // timer B
    if (!this.flow.reliable) this.repeat(timers.times.t1);
    this.flow.send(this.bytes, () => this.fail('transport'));
  }

  /**
   * Runs `send` once a provisional response is there: now, later, or never when a final one comes first
   * (RFC 3261 §9.1). Ends with a timeout when no final response follows the CANCEL within 64 × T1.
   * Answers false when the INVITE has been answered already.
   */
  cancel(send: () => void): boolean {
    if (this.state === 'calling') {
      this.heldCancel = send;
      return true;
    }
    if (this.state !== 'proceeding') return false;
    this.sendCancel(send);
    return true;
  }

  received(response: SipResponse, flow: Flow): void {
    if (this.state === 'calling' || this.state === 'proceeding') this.firstAnswer(response, flow);
    else if (this.state === 'accepted') {
      if (response.status >= 200 && response.status < 300) this.events.response(response, flow);
    } else if (this.state === 'completed' && response.status >= 300 && this.ack !== undefined) this.flow.send(this.ack);
  }

  private firstAnswer(response: SipResponse, flow: Flow): void {
    const { timers } = this.host;
    this.retransmission?.stop();
    if (response.status < 200) {
      if (this.state === 'calling') {
        this.state = 'proceeding';
        this.giveUp?.stop();
        if (this.heldCancel !== undefined) this.sendCancel(this.heldCancel);
        this.heldCancel = undefined;
      }
      this.events.response(response, flow);
      return;
    }
    this.giveUp?.stop();
    if (response.status < 300) {
      this.state = 'accepted';
      timers.start(timers.transactionMs, () => this.end()); // timer M
    } else {
      this.state = 'completed';
      this.ack = serialise(ackFor(this.request, response));
      this.flow.send(this.ack);
      // Timer D: at least 32 s with the default T1.
      if (this.flow.reliable) this.end();
      else timers.start(timers.transactionMs, () => this.end());
    }
    this.events.response(response, flow);
  }

  private sendCancel(send: () => void): void {
    send();
    this.giveUp?.stop();
    const { timers } = this.host;
    this.giveUp = timers.start(timers.transactionMs, () => this.fail('timeout'));
  }

  private repeat(ms: number): void {
    this.retransmission = this.host.timers.start(ms, () => {
      this.flow.send(this.bytes);
      this.repeat(2 * ms);
    }); // timer A
  }

  private fail(failure: ClientFailure): void {
    if (this.state !== 'calling' && this.state !== 'proceeding') return;
    this.retransmission?.stop();
    this.giveUp?.stop();
    this.end();
    this.events.failed(failure);
  }

  private end(): void {
    this.state = 'gone';
    this.host.ended(this.key);
  }
}

/** The ACK for a final response that is no 2xx (RFC 3261 §17.1.1.3). */
export function ackFor(invite: SipRequest, response: SipResponse): SipRequest {
  return derivedFrom(invite, 'ACK').set('To', response.get('to') ?? invite.get('to') ?? '');
}

/** A request with the INVITE's branch, destination and sequence number: its ACK or its CANCEL (RFC 3261 §9.1). */
export function derivedFrom(invite: SipRequest, method: 'ACK' | 'CANCEL'): SipRequest {
  const request = new SipRequest(method, invite.uri);
  request.add('Via', invite.list('via')[0] ?? '');
  request.add('Max-Forwards', '70');
  for (const route of invite.getAll('route')) request.add('Route', route);
  for (const name of ['From', 'To', 'Call-ID']) request.add(name, invite.get(name) ?? '');
  return request.add('CSeq', `${(invite.get('cseq') ?? '').split(' ')[0] ?? ''} ${method}`);
}
