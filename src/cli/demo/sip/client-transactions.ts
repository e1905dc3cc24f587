/** Client transactions over UDP (RFC 3261 §17.1). */
import { randomBytes } from 'node:crypto';

import { type SipMessage, SipRequest, type SipResponse } from '../../../embedded/sip/message.js';
import { BRANCH_COOKIE } from '../../../embedded/sip/via.js';
import { branchOf, responseTo } from './responses.js';
import { GIVE_UP_MS, retransmit, T2_MS, type Timers } from './timers.js';
import { type Peer, type SipSocket, uriHost } from './udp-socket.js';

export interface ClientTransaction {
  /** CANCEL for an INVITE, once it has had a provisional (RFC 3261 §9.1). */
  cancel(): void;
}

export interface ClientTransactions {
  /**
   * Sends a request (not ACK) with a Via of our own and hands over each response that counts: provisionals, then one final;
   * an INVITE's 2xx each time it comes, since every one wants an ACK. Silence becomes a 408 of our own making.
   */
  request(request: SipRequest, to: Peer, onResponse: (response: SipResponse) => void): ClientTransaction;
  /** Sends an ACK for a 2xx, which is a transaction of its own without an answer. */
  sendAck(ack: SipRequest, to: Peer): void;
  receive(response: SipResponse): void;
}

export function createClientTransactions(socket: SipSocket, timers: Timers): ClientTransactions {
  const clients = new Map<string, (response: SipResponse) => void>();
  return {
    request: (request, to, onResponse) => sendRequest({ socket, timers, clients, request, to, onResponse }),
    sendAck(ack, to) {
      ack.prepend('Via', newVia(socket.local));
      socket.send(ack, to);
    },
    receive: (response) => clients.get(clientKey(response))?.(response),
  };
}

interface Sending {
  readonly socket: SipSocket;
  readonly timers: Timers;
  readonly clients: Map<string, (response: SipResponse) => void>;
  readonly request: SipRequest;
  readonly to: Peer;
  readonly onResponse: (response: SipResponse) => void;
}

function sendRequest(sending: Sending): ClientTransaction {
  const { socket, timers, clients, request, to, onResponse } = sending;
  const isInvite = request.method === 'INVITE';
  // A CANCEL has the Via of its INVITE already.
  if (!request.has('via')) request.prepend('Via', newVia(socket.local));
  const key = clientKey(request);
  let state: 'trying' | 'proceeding' | 'over' = 'trying';
  let wantsCancel = false;

  const giveUp = (): void => {
    if (state === 'over') return;
    state = 'over';
    clients.delete(key);
    onResponse(responseTo(request, 408));
  };
  const stop = retransmit(timers, {
    send: () => socket.send(request, to),
    longestMs: isInvite ? GIVE_UP_MS : T2_MS,
    onTimeout: giveUp,
  });
  const sendCancel = (): void => {
    sendRequest({ ...sending, request: cancelOf(request), onResponse: () => undefined });
    timers.after(GIVE_UP_MS, giveUp);
  };

  clients.set(key, (response) => {
    if (response.status < 200) {
      if (state === 'over') return;
      if (isInvite) stop();
      if (state === 'trying' && wantsCancel) sendCancel();
      state = 'proceeding';
      onResponse(response);
      return;
    }
    if (isInvite && response.status >= 300) socket.send(ackForRefusal(request, response), to);
    if (state === 'over' && !(isInvite && response.status < 300)) return;
    if (state !== 'over') {
      stop();
      timers.after(GIVE_UP_MS, () => clients.delete(key));
    }
    state = 'over';
    onResponse(response);
  });
  socket.send(request, to);
  return {
    cancel() {
      if (state === 'proceeding' && !wantsCancel) sendCancel();
      wantsCancel = true;
    },
  };
}

function newVia(local: Peer): string {
  return `SIP/2.0/UDP ${uriHost(local.host)}:${local.port};rport;branch=${BRANCH_COOKIE}${randomBytes(8).toString('hex')}`;
}

/** RFC 3261 §9.1: the same branch, Request-URI, Call-ID, From, To and CSeq number. */
function cancelOf(invite: SipRequest): SipRequest {
  return sameTransaction(invite, 'CANCEL', invite.get('to') ?? '');
}

/** RFC 3261 §17.1.1.3: like CANCEL, with the To of the response. */
function ackForRefusal(invite: SipRequest, response: SipResponse): SipRequest {
  return sameTransaction(invite, 'ACK', response.get('to') ?? '');
}

function sameTransaction(invite: SipRequest, method: 'CANCEL' | 'ACK', to: string): SipRequest {
  const request = new SipRequest(method, invite.uri);
  request.add('Via', invite.getAll('via')[0] ?? '').add('Max-Forwards', '70');
  request.add('From', invite.get('from') ?? '').add('To', to);
  request.add('Call-ID', invite.get('call-id') ?? '');
  request.add('CSeq', `${Number.parseInt(invite.get('cseq') ?? '1', 10)} ${method}`);
  for (const route of invite.getAll('route')) request.add('Route', route);
  return request;
}

/** Branch and method of CSeq tell a client transaction (RFC 3261 §17.1.3). */
function clientKey(message: SipMessage): string {
  const method = (message.get('cseq') ?? '').split(/\s+/)[1] ?? '';
  return `${branchOf(message)} ${method}`;
}
