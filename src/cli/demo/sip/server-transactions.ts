/** Server transactions over UDP (RFC 3261 §17.2): answers once, repeats for whoever asks again. */
import type { SipRequest, SipResponse } from '../../../embedded/sip/message.js';
import { branchOf, responseTo } from './responses.js';
import { GIVE_UP_MS, retransmit, T2_MS, type Timers } from './timers.js';
import type { Peer, SipSocket } from './udp-socket.js';

export interface ServerTransaction {
  readonly request: SipRequest;
  /** Sends a response to the request; a final one to INVITE is repeated until its ACK comes. */
  respond(response: SipResponse): void;
}

export interface ServerHandlers {
  onRequest(transaction: ServerTransaction): void;
  /** A CANCEL for an INVITE that has had no final response; the CANCEL itself has been answered. */
  onCancel(invite: ServerTransaction, cancel: SipRequest): void;
  /** An ACK for a 2xx; those for refusals are used up here. */
  onAck(ack: SipRequest): void;
}

interface ServerState {
  readonly transaction: ServerTransaction;
  last?: SipResponse;
  stopRepeating?: () => void;
}

/** Gives the function that takes every request off the wire. */
export function createServerTransactions(
  socket: SipSocket,
  timers: Timers,
  handlers: ServerHandlers,
): (request: SipRequest, from: Peer) => void {
  const states = new Map<string, ServerState>();

  const receiveAck = (ack: SipRequest): void => {
    const state = states.get(serverKey(ack, 'INVITE')) ?? acknowledgedBy(ack, states.values());
    state?.stopRepeating?.();
    if (state?.last === undefined || state.last.status < 300) handlers.onAck(ack);
  };

  const receiveCancel = (transaction: ServerTransaction): void => {
    const { request } = transaction;
    const invite = states.get(serverKey(request, 'INVITE'));
    transaction.respond(responseTo(request, invite === undefined ? 481 : 200));
    if (invite !== undefined && (invite.last?.status ?? 100) < 200) handlers.onCancel(invite.transaction, request);
  };

  return (request, from) => {
    if (request.method === 'ACK') {
      receiveAck(request);
      return;
    }
    const key = serverKey(request, request.method);
    const known = states.get(key);
    if (known !== undefined) {
      if (known.last !== undefined) socket.send(known.last, from);
      return;
    }
    const state = startServer({ socket, timers, request, from, forget: () => states.delete(key) });
    states.set(key, state);
    if (request.method === 'CANCEL') receiveCancel(state.transaction);
    else handlers.onRequest(state.transaction);
  };
}

interface Start {
  readonly socket: SipSocket;
  readonly timers: Timers;
  readonly request: SipRequest;
  readonly from: Peer;
  readonly forget: () => void;
}

function startServer({ socket, timers, request, from, forget }: Start): ServerState {
  const state: ServerState = {
    transaction: {
      request,
      respond(response) {
        state.last = response;
        socket.send(response, from);
        if (response.status < 200) return;
        timers.after(GIVE_UP_MS, forget);
        if (request.method !== 'INVITE') return;
        state.stopRepeating = retransmit(timers, {
          send: () => socket.send(response, from),
          longestMs: T2_MS,
          onTimeout: () => undefined,
        });
      },
    },
  };
  return state;
}

/** The ACK for a 2xx has a branch of its own; it goes by Call-ID and CSeq number. */
function acknowledgedBy(ack: SipRequest, states: Iterable<ServerState>): ServerState | undefined {
  for (const state of states) {
    const { request } = state.transaction;
    if (request.method !== 'INVITE' || request.get('call-id') !== ack.get('call-id')) continue;
    if (Number.parseInt(request.get('cseq') ?? '', 10) === Number.parseInt(ack.get('cseq') ?? '', 10)) return state;
  }
  return undefined;
}

/** Branch and method (RFC 3261 §17.2.3); ACK and CANCEL look for their INVITE. */
function serverKey(request: SipRequest, method: string): string {
  return `${branchOf(request)} ${method}`;
}
