import type { Buffer } from 'node:buffer';
import type { Flow } from './flow.js';
import { serialise, type SipRequest, type SipResponse } from './message.js';
import type { Timers } from './timers.js';

/** What transactions need of the table that holds them. */
export interface TransactionHost {
  readonly timers: Timers;
  /** The transaction is over; nothing that comes shall be matched to it any more. */
  ended(key: string): void;
  /** A final response was sent, or none ever will be. */
  answered(flow: Flow): void;
}

/** A server transaction for any method but INVITE and ACK (RFC 3261 §17.2.2). */
export class ServerTransaction {
  private state: 'trying' | 'proceeding' | 'completed' = 'trying';
  private lastResponse: Buffer | undefined;

  constructor(
    readonly key: string,
    readonly request: SipRequest,
    readonly flow: Flow,
    private readonly host: TransactionHost,
  ) {}

  get isAnswered(): boolean {
    return this.state === 'completed';
  }

  /** The request came again. */
  retransmitted(): void {
    if (this.lastResponse !== undefined) this.flow.send(this.lastResponse);
  }

  /** Sends a response. Answers false when a final one has been sent before. */
  respond(response: SipResponse): boolean {
    if (this.state === 'completed') return false;
    this.lastResponse = serialise(response);
    this.flow.send(this.lastResponse);
    if (response.status < 200) {
      this.state = 'proceeding';
      return true;
    }
    this.state = 'completed';
    this.host.answered(this.flow);
    if (this.flow.reliable) this.host.ended(this.key);
    else this.host.timers.start(this.host.timers.transactionMs, () => this.host.ended(this.key)); // timer J
    return true;
  }

  /** Forgets a request that nobody is going to answer. */
  abandon(): void {
    if (this.state === 'completed') return;
    this.state = 'completed';
    this.host.answered(this.flow);
    this.host.ended(this.key);
  }
}
