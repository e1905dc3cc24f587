/** What all legs of one signalling share. */
import type { SessionTimersConfig } from '../config/routing-config.js';
import type { Logger } from '../kernel/logger.js';
import type { SrfClient, SrfRequest, SrfResponse } from './drachtio-srf-types.js';
import type { PeerRequests } from './peer-request.js';
import type { Stack } from './stack.js';
import type { Timers } from './timers.js';

export interface LegContext {
  readonly stack: Stack;
  readonly timers: Timers;
  readonly log: Logger;
  readonly sessionTimers: SessionTimersConfig;
  /** By the server's dialog id. */
  readonly dialogs: Map<string, DialogEntry>;
  readonly peerRequests: PeerRequests;
  /** INVITEs without a final response, either way. */
  readonly pendingInvites: Set<PendingInvite>;
  /** A clean-up that nobody waits for and that the end of the signalling forgets. */
  linger(delayMs: number, cleanUp: () => void): void;
}

export interface DialogEntry {
  /** Its INVITE has no final response yet. */
  readonly isEarly: boolean;
  /** A request of the peer inside this dialog. */
  onPeerRequest(req: SrfRequest, res: SrfResponse): void;
  /** The server has sent a BYE by itself. */
  onServerBye(reason: string): void;
  connectionLost(): Farewell | undefined;
  /** The controller stops. */
  stop(): void;
}

/**
 * What the peer is told once the control connection is back. drachtio-server keeps dialogs and transactions over the
 * loss of it, but passes nothing of them on to the new connection: without this the phones would stay in a dead call.
 */
export type Farewell = (client: SrfClient) => void;

export interface PendingInvite {
  connectionLost(): Farewell | undefined;
  /** The controller stops. */
  stop(): void;
}

/** 64*T1 (RFC 3261 §17.1.1.2): how long a peer may take to answer at all. */
export const transactionTimeoutMs = 32_000;
