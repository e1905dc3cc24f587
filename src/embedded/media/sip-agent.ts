import { createAddressBook } from '../sip/address-book.js';
import type { Flow } from '../sip/flow.js';
import type { InviteServerTransaction } from '../sip/invite-server-transaction.js';
import type { SipRequest } from '../sip/message.js';
import { tagOf } from '../sip/name-addr.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import { DEFAULT_SIP_TIMES, Timers, type SipTimes } from '../sip/timers.js';
import { newTag } from '../sip/tokens.js';
import { responseTo, TransactionLayer } from '../sip/transaction-layer.js';
import type { TransactionUser } from '../sip/transaction-user.js';
import { listenUdp, type UdpTransport } from '../sip/transport-udp.js';
import { ALLOWED, SipCall, type SipContext } from './sip-call.js';

/** Generous: the SIP server is the only peer, but it may bring many calls at once. */
const LIMITS = { maxTransactions: 100_000, maxOpenPerSource: 100_000 };

export interface SipAgentOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly times?: SipTimes;
  /** A call arrives; it is to be accepted or refused. */
  readonly invited: (call: SipCall) => void;
}

/** The media server as a SIP user agent that is called and never calls (RFC 3261), over UDP. */
export class SipAgent implements TransactionUser {
  private readonly timers: Timers;
  private readonly transactions: TransactionLayer;
  private transport: UdpTransport | undefined;
  private readonly context: SipContext;
  private readonly calls = new Map<string, SipCall>();

  constructor(private readonly options: SipAgentOptions) {
    this.timers = new Timers(options.times ?? DEFAULT_SIP_TIMES);
    this.transactions = new TransactionLayer(this.timers, LIMITS, this, () => undefined);
    this.context = {
      timers: this.timers,
      transactions: this.transactions,
      flowTo: (host, port) => {
        if (this.transport === undefined) throw new Error('the SIP agent does not listen yet');
        return this.transport.flowTo(host, port);
      },
      over: (call) => {
        if (this.calls.get(call.dialog.callId) === call) this.calls.delete(call.dialog.callId);
      },
    };
  }

  /** Binds the port. Answers where it listens; rejects with the system's error. */
  async listen(): Promise<{ readonly host: string; readonly port: number }> {
    this.transport = await listenUdp({
      host: this.options.host,
      port: this.options.port,
      addresses: createAddressBook(),
      received: (bytes, flow) => this.transactions.receive(bytes, flow),
    });
    return this.transport.address;
  }

  async close(): Promise<void> {
    this.timers.stopAll();
    await this.transport?.close();
  }

  invite(transaction: InviteServerTransaction): void {
    const { request } = transaction;
    const callId = request.get('call-id') ?? '';
    const known = this.calls.get(callId);
    if (tagOf(request.get('to') ?? '') !== undefined) {
      if (known?.dialog.owns(request) === true) known.reinvited(transaction);
      else transaction.respond(responseTo(request, 481));
      return;
    }
    // A channel's UUID is the Call-ID, so there can be only one of it; also RFC 3261 §8.2.2.2.
    if (known !== undefined) {
      transaction.respond(responseTo(request, 482, { tag: newTag() }));
      return;
    }
    if (request.has('require')) {
      const response = responseTo(request, 420, { tag: newTag() });
      response.add('Unsupported', request.getAll('require').join(', '));
      transaction.respond(response);
      return;
    }
    const call = new SipCall(this.context, transaction);
    this.calls.set(callId, call);
    this.options.invited(call);
  }

  request(transaction: ServerTransaction): void {
    const { request } = transaction;
    const call = this.calls.get(request.get('call-id') ?? '');
    if (request.method === 'CANCEL') {
      const invite = this.transactions.inviteOf(request);
      transaction.respond(responseTo(request, invite === undefined ? 481 : 200, { tag: newTag() }));
      if (invite !== undefined && call?.invite === invite) call.cancelled();
      return;
    }
    if (call?.dialog.owns(request) === true) {
      const response = responseTo(request, call.requested(request));
      transaction.respond(response.add('Allow', ALLOWED));
      return;
    }
    const isInside = tagOf(request.get('to') ?? '') !== undefined;
    const status = isInside ? 481 : request.method === 'OPTIONS' ? 200 : 405;
    const response = responseTo(request, status, { tag: newTag() });
    transaction.respond(response.add('Allow', ALLOWED).add('Accept', 'application/sdp'));
  }

  ack(request: SipRequest, _flow: Flow): void {
    const call = this.calls.get(request.get('call-id') ?? '');
    if (call?.dialog.owns(request) === true) call.acknowledged(request);
  }
}
