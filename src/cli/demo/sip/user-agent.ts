/**
 * A small SIP user agent over UDP: it registers, calls and is called. The demo's phones, callers and carrier are made of it,
 * and tests may use it too. It counts what it hears, and says nothing but silence.
 */
import { randomBytes } from 'node:crypto';

import { quote } from '../../../embedded/sip/header-text.js';
import { SipRequest, type SipResponse } from '../../../embedded/sip/message.js';
import { tagOf } from '../../../embedded/sip/name-addr.js';
import { createClientTransactions } from './client-transactions.js';
import { type AgentCore, type CallEvent, contactOf, type UaCall } from './dialog.js';
import { type Account, addDigestAnswer } from './digest-answer.js';
import { openEars } from './ear.js';
import { type IncomingCall, type IncomingInvite, receiveInvite } from './incoming-call.js';
import { placeCall } from './outgoing-call.js';
import { newTag, responseTo } from './responses.js';
import { createTimers } from './timers.js';
import { createServerTransactions, type ServerHandlers, type ServerTransaction } from './server-transactions.js';
import { openSipSocket, type Peer } from './udp-socket.js';

export interface UserAgent {
  readonly local: Peer;
  /** Registers for `expiresS` seconds, 0 to un-register, answering one challenge. Gives the final status. */
  register(expiresS: number): Promise<number>;
  /**
   * Calls a URI through the server's address, answering one challenge. Events come after this has returned.
   * @param from who calls, when it is not the user of this agent
   */
  call(uri: string, onEvent: (event: CallEvent) => void, from?: CallerIdentity): UaCall;
  /** Dialogs and incoming INVITEs that are not over. */
  openCalls(): number;
  /** Closes the port at once and says goodbye to nobody. */
  close(): void;
}

export interface CallerIdentity {
  /** User part of From. */
  readonly user: string;
  readonly displayName?: string;
}

export interface UserAgentOptions {
  readonly host: string;
  readonly port?: number;
  /** Where the switchboard listens. */
  readonly server: Peer;
  readonly domain: string;
  /** User part of From and Contact. */
  readonly user: string;
  readonly displayName?: string;
  /** What challenges are answered with. */
  readonly account?: Account;
  /** How many calls may come or go in the same moment. */
  readonly spareEars?: number;
  /** A call came: ring, answer or reject it. The returned function is told what becomes of it. None: 480. */
  readonly onCall?: (call: IncomingCall) => (event: CallEvent) => void;
}

/** A phone of one person. */
const SPARE_EARS = 2;

/** Opens a UDP port, 0 or none takes a free one. */
export async function createUserAgent(options: UserAgentOptions): Promise<UserAgent> {
  const socket = await openSipSocket(options.host, options.port);
  const timers = createTimers();
  const invites = new Map<ServerTransaction, IncomingInvite>();
  const { local } = socket;
  const dialogs: AgentCore['dialogs'] = new Map();
  const contact = contactOf(options.user, local);
  const handlers: ServerHandlers = {
    onRequest(transaction) {
      const { request } = transaction;
      const dialog = dialogs.get(request.get('call-id') ?? '');
      if (dialog !== undefined) dialog.receive(transaction);
      else if (request.method === 'INVITE' && tagOf(request.get('to') ?? '') === undefined) receiveCall(transaction);
      else transaction.respond(responseTo(request, request.method === 'OPTIONS' ? 200 : 481));
    },
    onCancel: (invite, cancel) => invites.get(invite)?.cancelled(cancel.get('reason')),
    onAck: (ack) => dialogs.get(ack.get('call-id') ?? '')?.acknowledged(ack),
  };
  const transactions = createClientTransactions(socket, timers);
  const receiveRequest = createServerTransactions(socket, timers, handlers);
  socket.onMessage((message, from) => {
    if (message.kind === 'response') transactions.receive(message);
    else receiveRequest(message, from);
  });
  const ears = await openEars(options.host, options.spareEars ?? SPARE_EARS);
  const core: AgentCore = { transactions, local, contact, dialogs, ears };

  function receiveCall(transaction: ServerTransaction): void {
    if (options.onCall === undefined) {
      transaction.respond(responseTo(transaction.request, 480));
      return;
    }
    let listener: (event: CallEvent) => void = () => undefined;
    const onFinal = (): boolean => invites.delete(transaction);
    const invite = receiveInvite(core, transaction, (event) => listener(event), onFinal);
    invites.set(transaction, invite);
    listener = options.onCall(invite.call);
  }

  const { server, account } = options;
  return {
    local,
    register: createRegister(options, core, contact),
    call(uri, onEvent, identity = options) {
      const from = fromOf(identity, options.domain);
      return placeCall(core, { from, server, uri, onEvent, ...(account && { account }) });
    },
    openCalls: () => dialogs.size + invites.size,
    close() {
      timers.stop();
      ears.close();
      socket.close();
    },
  };
}

function fromOf({ displayName, user }: CallerIdentity, domain: string): string {
  const address = `<sip:${user}@${domain}>`;
  return displayName === undefined ? address : `${quote(displayName)} ${address}`;
}

function createRegister(
  options: UserAgentOptions,
  { transactions }: AgentCore,
  contact: string,
): UserAgent['register'] {
  const { user, domain, server, account } = options;
  const aor = `<sip:${user}@${domain}>`;
  const callId = `${randomBytes(10).toString('hex')}@${options.host}`;
  const tag = newTag();
  let cseq = 0;
  const build = (expiresS: number): SipRequest => {
    cseq += 1;
    const request = new SipRequest('REGISTER', `sip:${domain}`).add('Max-Forwards', '70');
    request.add('From', `${aor};tag=${tag}`).add('To', aor).add('Call-ID', callId).add('CSeq', `${cseq} REGISTER`);
    return request.add('Contact', contact).add('Expires', String(expiresS));
  };
  const send = (request: SipRequest): Promise<SipResponse> =>
    new Promise((resolve) => {
      transactions.request(request, server, (response) => {
        if (response.status >= 200) resolve(response);
      });
    });
  return async (expiresS) => {
    const first = await send(build(expiresS));
    if (first.status !== 401 || account === undefined) return first.status;
    const again = build(expiresS);
    if (!addDigestAnswer(again, first, account)) return first.status;
    return (await send(again)).status;
  };
}
