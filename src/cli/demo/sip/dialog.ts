/** An established call seen from one side (RFC 3261 §12): requests inside it, in both directions, until a BYE. */
import { SipRequest, type SipResponse } from '../../../embedded/sip/message.js';
import { parseNameAddr } from '../../../embedded/sip/name-addr.js';
import type { ClientTransactions } from './client-transactions.js';
import { responseTo } from './responses.js';
import type { EarPool } from './ear.js';
import type { ServerTransaction } from './server-transactions.js';
import type { Session } from './session.js';
import { type Peer, peerOfUri, uriHost } from './udp-socket.js';

export type CallEvent =
  /** Outgoing: a provisional response other than 100 came. */
  | { readonly type: 'ringing'; readonly status: number }
  /** Both sides know that the call stands: our ACK has gone out, or the peer's has come. */
  | { readonly type: 'answered' }
  /** Outgoing: it came to nothing. */
  | { readonly type: 'failed'; readonly status: number }
  /** Incoming: the caller's side gave up before we answered; the value of its Reason header, if it gave one. */
  | { readonly type: 'cancelled'; readonly reason?: string }
  | { readonly type: 'ended'; readonly by: 'us' | 'peer'; readonly reason?: string };

export interface UaCall {
  readonly callId: string;
  /** Ends it as its phase asks: CANCEL, 603, or BYE once the ACK is there. Harmless when it is over. */
  hangUp(): void;
  /** While talking: puts the peer on hold, or goes on. */
  hold(isOn: boolean): void;
  /** Packets of sound that have arrived so far. */
  heard(): number;
}

/** What all calls of one user agent share. */
export interface AgentCore {
  readonly transactions: Pick<ClientTransactions, 'request' | 'sendAck'>;
  readonly local: Peer;
  /** Value of our Contact header. */
  readonly contact: string;
  /** By Call-ID. */
  readonly dialogs: Map<string, Dialog>;
  readonly ears: EarPool;
}

export interface Dialog {
  /** A request of the peer inside the dialog. */
  receive(transaction: ServerTransaction): void;
  /** The ACK to our 2xx came. */
  acknowledged(ack: SipRequest): void;
  /** ACK for the 2xx to our INVITE; again for each repetition. */
  ack(): void;
  bye(): void;
  /** A re-INVITE. */
  hold(isOn: boolean): void;
}

export interface DialogOptions {
  readonly session: Session;
  readonly callId: string;
  /** From (or To) as we send it, and as the peer does; both with tags. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** Value of the peer's Contact header. */
  readonly remoteContact: string;
  readonly routes: readonly string[];
  /** Number of the INVITE, when it was ours; 0 when it was the peer's. */
  readonly cseq: number;
  readonly onAcknowledged: () => void;
  readonly onEnded: (by: 'us' | 'peer', reason: string | undefined) => void;
}

/** Registers itself under its Call-ID and leaves with the BYE. */
export function openDialog(core: AgentCore, options: DialogOptions): Dialog {
  const target = parseNameAddr(options.remoteContact)?.uri ?? options.remoteContact;
  const nextHop = peerOfUri(parseNameAddr(options.routes[0] ?? '')?.uri ?? target);
  let cseq = options.cseq;
  let over = false;

  const build = (method: string, number: number): SipRequest => {
    const request = new SipRequest(method, target).add('Max-Forwards', '70');
    for (const route of options.routes) request.add('Route', route);
    request.add('From', options.localAddress).add('To', options.remoteAddress);
    return request.add('Call-ID', options.callId).add('CSeq', `${number} ${method}`);
  };
  const end = (by: 'us' | 'peer', reason: string | undefined): void => {
    if (over) return;
    over = true;
    core.dialogs.delete(options.callId);
    options.session.close();
    options.onEnded(by, reason);
  };
  const ack = (number: number): void => core.transactions.sendAck(build('ACK', number), nextHop);

  const dialog: Dialog = {
    receive(transaction) {
      const { request } = transaction;
      transaction.respond(answerInside(request, core, options.session));
      if (request.method === 'BYE') end('peer', request.get('reason'));
    },
    acknowledged(message) {
      options.session.hear(message);
      options.onAcknowledged();
    },
    ack: () => ack(options.cseq),
    hold(isOn) {
      if (over) return;
      cseq += 1;
      const number = cseq;
      const invite = build('INVITE', number).add('Contact', core.contact);
      options.session.setOnHold(isOn);
      options.session.describe(invite);
      core.transactions.request(invite, nextHop, (response) => {
        if (response.status < 200 || response.status >= 300) return;
        ack(number);
        options.session.hear(response);
      });
    },
    bye() {
      if (over) return;
      cseq += 1;
      core.transactions.request(build('BYE', cseq), nextHop, () => undefined);
      end('us', undefined);
    },
  };
  core.dialogs.set(options.callId, dialog);
  return dialog;
}

/** Hold and session refreshes are agreed to; the rest is acknowledged. */
function answerInside(request: SipRequest, core: AgentCore, session: Session): SipResponse {
  const response = responseTo(request, 200);
  const isOffer = request.method === 'INVITE' || (request.method === 'UPDATE' && request.body.length > 0);
  if (isOffer) {
    session.hear(request);
    session.describe(response);
  }
  return isOffer || request.method === 'UPDATE' ? response.add('Contact', core.contact) : response;
}

export function contactOf(user: string, local: Peer): string {
  return `<sip:${user}@${uriHost(local.host)}:${local.port}>`;
}
