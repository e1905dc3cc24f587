import type { Buffer } from 'node:buffer';
import type { Flow } from './flow.js';
import { serialise, type SipRequest, type SipResponse } from './message.js';
import type { TransactionHost } from './server-transaction.js';
import type { Timer } from './timers.js';

/**
 * An INVITE server transaction (RFC 3261 §17.2.1, with the Accepted state of RFC 6026 §7.1).
 *
 * ```
 *  proceeding ──2xx──> accepted ──L──> gone        (2xx are repeated by the user, not here)
 *      └─3xx-6xx─> completed ──ACK──> confirmed ──I──> gone
 *                      └──H──> gone
 * ```
 */
export class InviteServerTransaction {
  private state: 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'gone' = 'proceeding';
  private lastResponse: Buffer | undefined;
  private retransmission: Timer | undefined;
  private giveUp: Timer | undefined;

  constructor(
    readonly key: string,
    readonly request: SipRequest,
    readonly flow: Flow,
    private readonly host: TransactionHost,
  ) {}

  /** Whether a 2xx has been sent. */
  get isAccepted(): boolean {
    return this.state === 'accepted';
  }

  /** Whether a final response has been sent. */
  get isAnswered(): boolean {
    return this.state !== 'proceeding';
  }

  /** The INVITE came again. */
  retransmitted(): void {
    // RFC 6026 §7.1: in Accepted the user repeats the 2xx by its own timer.
    if (this.state !== 'proceeding' && this.state !== 'completed') return;
    if (this.lastResponse !== undefined) this.flow.send(this.lastResponse);
  }

  /** An ACK with this transaction's branch: the one for a final response that is no 2xx. */
  acknowledged(): void {
    if (this.state !== 'completed') return;
    this.state = 'confirmed';
    this.retransmission?.stop();
    this.giveUp?.stop();
    if (this.flow.reliable) this.end();
    else this.host.timers.start(this.host.timers.times.t4, () => this.end()); // timer I
  }

  /** Sends a response. Answers false when a final one has been sent before. */
  respond(response: SipResponse): boolean {
    if (this.state !== 'proceeding') return false;
    const bytes = serialise(response);
    this.lastResponse = bytes;
    this.flow.send(bytes);
    const { timers } = this.host;
    if (response.status < 200) return true;
    this.host.answered(this.flow);
    if (response.status < 300) {
      this.state = 'accepted';
      this.lastResponse = undefined;
      timers.start(timers.transactionMs, () => this.end()); // timer L
      return true;
    }
    this.state = 'completed';
    if (!this.flow.reliable) this.repeat(bytes, timers.times.t1);
    this.giveUp = timers.start(timers.transactionMs, () => this.end()); // timer H
    return true;
  }

  /** Forgets an INVITE that nobody is going to answer. */
  abandon(): void {
    if (this.state !== 'proceeding') return;
    this.host.answered(this.flow);
    this.end();
  }

  private repeat(bytes: Buffer, ms: number): void {
    const { timers } = this.host;
    this.retransmission = timers.start(ms, () => {
      this.flow.send(bytes);
      this.repeat(bytes, Math.min(2 * ms, timers.times.t2));
    }); // timer G
  }

  private end(): void {
    this.state = 'gone';
    this.retransmission?.stop();
    this.giveUp?.stop();
    this.host.ended(this.key);
  }
}
