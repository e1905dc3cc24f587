/** A request inside a dialog that waits for the call to decide: handed over as a token, answered exactly once. */
import type { RequestToken } from '../voice/signalling.js';
import type { SrfHeaders } from './drachtio-srf-types.js';

export interface PeerRequest {
  readonly token: RequestToken;
  readonly method: string;
  readonly headers: SrfHeaders;
  readonly body: string | undefined;
  /** Only the first answer counts. */
  answer(status: number, options?: PeerAnswer): void;
}

export interface PeerAnswer {
  readonly reason?: string;
  readonly headers?: SrfHeaders;
  readonly body?: string;
  /** To a 2xx that answers an INVITE: what the ACK brings (an SDP answer when the 2xx carried the offer). */
  readonly onAck?: (sdp: string | undefined) => void;
  /** The ACK did not come in time. */
  readonly onNoAck?: () => void;
  /** The peer has left before the ACK, or before this answer. */
  readonly onGone?: () => void;
}

/** All requests that wait, of all legs: a token that came on one leg is relayed by another. */
export interface PeerRequests {
  add(make: (token: RequestToken) => PeerRequest): PeerRequest;
  find(token: RequestToken): PeerRequest | undefined;
  remove(token: RequestToken): void;
}

export function createPeerRequests(): PeerRequests {
  const waiting = new Map<RequestToken, PeerRequest>();
  let last = 0;
  return {
    add(make) {
      last += 1;
      const request = make(last);
      waiting.set(request.token, request);
      return request;
    },
    find: (token) => waiting.get(token),
    remove: (token) => void waiting.delete(token),
  };
}
