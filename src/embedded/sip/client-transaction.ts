import type { Buffer } from 'node:buffer';
import type { Flow } from './flow.js';
import { serialise, type SipRequest, type SipResponse } from './message.js';
import type { TransactionHost } from './server-transaction.js';
import type { Timer } from './timers.js';
import type { ClientEvents, ClientFailure } from './transaction-user.js';

/** A client transaction for any method but INVITE and ACK (RFC 3261 §17.1.2). */
export class ClientTransaction {
  private state: 'trying' | 'proceeding' | 'completed' = 'trying';
  private readonly bytes: Buffer;
  private retransmission: Timer | undefined;
  private giveUp: Timer | undefined;

  constructor(
    readonly key: string,
    request: SipRequest,
    private readonly flow: Flow,
    private readonly events: ClientEvents,
    private readonly host: TransactionHost,
  ) {
    this.bytes = serialise(request);
  }

  start(): void {
    const { timers } = this.host;
    this.giveUp = timers.start(timers.transactionMs, () => this.fail('timeout')); // timer F
    if (!this.flow.reliable) this.repeat(timers.times.t1);
    this.flow.send(this.bytes, () => this.fail('transport'));
  }

  received(response: SipResponse, flow: Flow): void {
    if (this.state === 'completed') return;
    if (response.status < 200) {
      this.state = 'proceeding';
      this.events.response(response, flow);
      return;
    }
    this.state = 'completed';
    this.stopTimers();
    if (this.flow.reliable) this.host.ended(this.key);
    else this.host.timers.start(this.host.timers.times.t4, () => this.host.ended(this.key)); // timer K
    this.events.response(response, flow);
  }

  private repeat(ms: number): void {
    const { timers } = this.host;
    this.retransmission = timers.start(ms, () => {
      this.flow.send(this.bytes);
      // RFC 3261 §17.1.2.2: T2 at once after a provisional.
      this.repeat(this.state === 'proceeding' ? timers.times.t2 : Math.min(2 * ms, timers.times.t2));
    }); // timer E
  }

  private fail(failure: ClientFailure): void {
    if (this.state === 'completed') return;
    this.state = 'completed';
    this.stopTimers();
    this.host.ended(this.key);
    this.events.failed(failure);
  }

  private stopTimers(): void {
    this.retransmission?.stop();
    this.giveUp?.stop();
  }
}
