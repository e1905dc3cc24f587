import type { Buffer } from 'node:buffer';
import { ClientTransaction } from './client-transaction.js';
import { uriHost, type Flow } from './flow.js';
import { InviteClientTransaction } from './invite-client-transaction.js';
import { InviteServerTransaction } from './invite-server-transaction.js';
import { parse, serialise, type SipRequest, SipResponse, type SipMessage } from './message.js';
import { tagOf } from './name-addr.js';
import { faultOf, parseCSeq } from './request-check.js';
import { ServerTransaction, type TransactionHost } from './server-transaction.js';
import type { Timers } from './timers.js';
import { newBranch, newTag } from './tokens.js';
import type { ClientEvents, TransactionUser } from './transaction-user.js';
import { BRANCH_COOKIE, formatVia, parseVia, type Via } from './via.js';

export interface TransactionLimits {
  /** Transactions of both kinds that may exist at a time, answered ones that wait for retransmissions included. */
  readonly maxTransactions: number;
  /** Server transactions without a final response that one address may have. */
  readonly maxOpenPerSource: number;
}

type AnyClient = ClientTransaction | InviteClientTransaction;
type AnyServer = ServerTransaction | InviteServerTransaction;

/** Matches messages to transactions (RFC 3261 §17.1.3, §17.2.3) and refuses what is malformed or too much. */
export class TransactionLayer {
  private readonly servers = new Map<string, AnyServer>();
  private readonly clients = new Map<string, AnyClient>();
  private readonly openBySource = new Map<string, number>();
  private readonly serverHost: TransactionHost;
  private readonly clientHost: TransactionHost;

  constructor(
    readonly timers: Timers,
    private readonly limits: TransactionLimits,
    private readonly user: TransactionUser,
    private readonly dropped: (why: string, flow: Flow) => void,
  ) {
    this.serverHost = {
      timers,
      ended: (key) => this.servers.delete(key),
      answered: (flow) => this.countOpen(flow.remoteHost, -1),
    };
    this.clientHost = { timers, ended: (key) => this.clients.delete(key), answered: () => undefined };
  }

  /** Transactions that exist now. */
  get size(): number {
    return this.servers.size + this.clients.size;
  }

  /** Takes what came from the network. Never throws. */
  receive(bytes: Buffer, flow: Flow): void {
    const result = parse(bytes);
    const message = result.message;
    if (message?.kind === 'response') {
      if (result.ok) this.receiveResponse(message, flow);
      else this.dropped(result.reason, flow);
      return;
    }
    const via = message === undefined ? undefined : stampVia(message, flow);
    if (message === undefined || via === undefined) {
      this.dropped(result.ok ? 'no usable Via' : result.reason, flow);
      return;
    }
    const fault = result.ok ? faultOf(message) : result;
    if (fault === undefined) this.receiveRequest(message, via, flow);
    else this.refuse(message, flow, fault.status, fault.reason);
  }

  /** Starts a client transaction; adds the Via. */
  send(request: SipRequest, flow: Flow, events: ClientEvents): InviteClientTransaction | undefined {
    const branch = this.addVia(request, flow);
    const key = `${branch} ${request.method}`;
    if (request.method === 'INVITE') {
      const transaction = new InviteClientTransaction(key, request, flow, events, this.clientHost);
      this.clients.set(key, transaction);
      transaction.start();
      return transaction;
    }
    this.startClient(key, request, flow, events);
    return undefined;
  }

  /** Sends the CANCEL of an INVITE: it has the INVITE's Via, and with it its branch. */
  sendCancel(cancel: SipRequest, flow: Flow): void {
    const branch = parseVia(cancel.list('via')[0] ?? '')?.params.get('branch') ?? '';
    this.startClient(`${branch} CANCEL`, cancel, flow, { response: () => undefined, failed: () => undefined });
  }

  /** Adds a Via with a new branch to a request. Answers the branch. */
  addVia(request: SipRequest, flow: Flow): string {
    const branch = newBranch();
    const sentBy = `${uriHost(flow.local.host)}:${String(flow.local.port)}`;
    request.prepend('Via', `SIP/2.0/${flow.transport.toUpperCase()} ${sentBy};rport;branch=${branch}`);
    return branch;
  }

  /** The INVITE that a CANCEL means (RFC 3261 §9.2), if it is still known. */
  inviteOf(cancel: SipRequest): InviteServerTransaction | undefined {
    const via = parseVia(cancel.list('via')[0] ?? '');
    const found = via === undefined ? undefined : this.servers.get(serverKey(cancel, via));
    return found instanceof InviteServerTransaction ? found : undefined;
  }

  /** Answers a request without a transaction, as nothing shall be remembered of it. ACK gets no answer. */
  refuse(request: SipRequest, flow: Flow, status: number, reason?: string): void {
    if (request.method === 'ACK') {
      this.dropped(reason ?? 'refused', flow);
      return;
    }
    flow.send(serialise(responseTo(request, status, { reason, tag: newTag() })));
  }

  private startClient(key: string, request: SipRequest, flow: Flow, events: ClientEvents): void {
    const transaction = new ClientTransaction(key, request, flow, events, this.clientHost);
    this.clients.set(key, transaction);
    transaction.start();
  }

  private receiveResponse(response: SipResponse, flow: Flow): void {
    const vias = response.list('via');
    const branch = vias.length === 1 ? parseVia(vias[0] ?? '')?.params.get('branch') : undefined;
    const cseq = parseCSeq(response.get('cseq') ?? '');
    const transaction = cseq === undefined ? undefined : this.clients.get(`${branch ?? ''} ${cseq.method}`);
    const isWhole = response.has('call-id') && response.has('from') && response.has('to');
    if (transaction === undefined || !isWhole) this.dropped('no transaction for this response', flow);
    else transaction.received(response, flow);
  }

  private receiveRequest(request: SipRequest, via: Via, flow: Flow): void {
    const key = serverKey(request, via);
    const known = request.method === 'CANCEL' ? undefined : this.servers.get(key);
    if (request.method === 'ACK') {
      if (known instanceof InviteServerTransaction && !isAckOf2xx(request, known)) known.acknowledged();
      else this.user.ack(request, flow);
      return;
    }
    const transactionKey = request.method === 'CANCEL' ? `${key} CANCEL` : key;
    const existing = known ?? this.servers.get(transactionKey);
    if (existing !== undefined) existing.retransmitted();
    else if (this.isFull(flow)) this.refuse(request, flow, 503);
    else this.startServer(transactionKey, request, flow);
  }

  private startServer(key: string, request: SipRequest, flow: Flow): void {
    this.countOpen(flow.remoteHost, 1);
    if (request.method === 'INVITE') {
      const transaction = new InviteServerTransaction(key, request, flow, this.serverHost);
      this.servers.set(key, transaction);
      this.user.invite(transaction);
    } else {
      const transaction = new ServerTransaction(key, request, flow, this.serverHost);
      this.servers.set(key, transaction);
      this.user.request(transaction);
    }
  }

  private isFull(flow: Flow): boolean {
    if (this.size >= this.limits.maxTransactions) return true;
    return (this.openBySource.get(flow.remoteHost) ?? 0) >= this.limits.maxOpenPerSource;
  }

  private countOpen(source: string, change: 1 | -1): void {
    const count = (this.openBySource.get(source) ?? 0) + change;
    if (count > 0) this.openBySource.set(source, count);
    else this.openBySource.delete(source);
  }
}

/** RFC 3261 §17.2.3: by branch, sent-by and method; ACK and CANCEL find the INVITE. Older clients: by nearly everything. */
function serverKey(request: SipRequest, via: Via): string {
  const branch = via.params.get('branch') ?? '';
  const method = request.method === 'ACK' || request.method === 'CANCEL' ? 'INVITE' : request.method;
  const sentBy = `${via.host}:${String(via.port ?? '')}`;
  if (branch.startsWith(BRANCH_COOKIE) && branch.length > BRANCH_COOKIE.length) return `${branch} ${sentBy} ${method}`;
  const from = tagOf(request.get('from') ?? '') ?? '';
  const seq = parseCSeq(request.get('cseq') ?? '')?.seq ?? 0;
  return `2543 ${request.uri} ${from} ${request.get('call-id') ?? ''} ${String(seq)} ${sentBy} ${branch} ${method}`;
}

/** An old client's ACK of a 2xx has the INVITE's branch, or none; only the state of the INVITE tells. */
function isAckOf2xx(_ack: SipRequest, invite: InviteServerTransaction): boolean {
  return invite.isAccepted;
}

/**
 * Notes in the topmost Via where the request really came from (RFC 3261 §18.2.1, RFC 3581 §4). `rport` is always added, as
 * responses always go back where the request came from. Answers undefined when there is no usable Via.
 */
function stampVia(request: SipMessage, flow: Flow): Via | undefined {
  const first = request.list('via')[0];
  const via = first === undefined ? undefined : parseVia(first);
  if (via === undefined) return undefined;
  via.params.delete('received');
  if (via.host !== uriHost(flow.remoteHost)) via.params.set('received', flow.remoteHost);
  via.params.set('rport', String(flow.remotePort));
  request.setFirst('Via', formatVia(via));
  return via;
}

export interface ResponseOptions {
  readonly reason?: string | undefined;
  /** The To tag to add when the request has none. */
  readonly tag?: string | undefined;
}

/** A response with the headers that are copied from the request (RFC 3261 §8.2.6.2, §12.1.1). */
export function responseTo(request: SipRequest, status: number, options: ResponseOptions = {}): SipResponse {
  const response = options.reason === undefined ? new SipResponse(status) : new SipResponse(status, options.reason);
  for (const via of request.getAll('via')) response.add('Via', via);
  if (request.method === 'INVITE' && status > 100 && status < 300) {
    for (const route of request.getAll('record-route')) response.add('Record-Route', route);
  }
  response.add('From', request.get('from') ?? '');
  const to = request.get('to') ?? '';
  const needsTag = options.tag !== undefined && status > 100 && tagOf(to) === undefined;
  response.add('To', needsTag ? `${to};tag=${options.tag}` : to);
  response.add('Call-ID', request.get('call-id') ?? '');
  return response.add('CSeq', request.get('cseq') ?? '');
}
