import type { Flow } from './flow.js';
import type { SipRequest, SipResponse } from './message.js';
import type { ServerTransaction } from './server-transaction.js';
import type { InviteServerTransaction } from './invite-server-transaction.js';

/** Why a client transaction ended without a final response from the peer (RFC 3261 §8.1.3.1). */
export type ClientFailure = 'timeout' | 'transport';

/** What a client transaction tells whoever started it. */
export interface ClientEvents {
  /** Each provisional and final response, 2xx to INVITE every time that one arrives. */
  readonly response: (response: SipResponse, flow: Flow) => void;
  readonly failed: (failure: ClientFailure) => void;
}

/** The layer above the transactions. */
export interface TransactionUser {
  invite(transaction: InviteServerTransaction): void;
  request(transaction: ServerTransaction): void;
  /** An ACK that belongs to no transaction: one for a 2xx. */
  ack(request: SipRequest, flow: Flow): void;
}
