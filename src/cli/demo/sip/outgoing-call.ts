/** Calls that a user agent makes, from the INVITE to the end. */
import { randomBytes } from 'node:crypto';

import { SipRequest, type SipResponse } from '../../../embedded/sip/message.js';
import type { ClientTransaction } from './client-transactions.js';
import { type AgentCore, type CallEvent, type Dialog, openDialog, type UaCall } from './dialog.js';
import { type Account, addDigestAnswer } from './digest-answer.js';
import { newTag } from './responses.js';
import { openSession, type Session } from './session.js';
import type { Peer } from './udp-socket.js';

export interface OutgoingOptions {
  /** From without tag. */
  readonly from: string;
  readonly server: Peer;
  readonly uri: string;
  readonly account?: Account;
  readonly onEvent: (event: CallEvent) => void;
}

/** Sends an INVITE and answers one challenge. Events come after this has returned. */
export function placeCall(core: AgentCore, options: OutgoingOptions): UaCall {
  const { uri, onEvent } = options;
  const callId = `${randomBytes(10).toString('hex')}@${core.local.host}`;
  const from = `${options.from};tag=${newTag()}`;
  let transaction: ClientTransaction;
  let dialog: Dialog | undefined;
  let challenged = false;
  let hungUp = false;
  const session = openSession(core.ears, core.local.host);

  const invite = (cseq: number, prepare: (request: SipRequest) => void): void => {
    const request = new SipRequest('INVITE', uri).add('Max-Forwards', '70');
    request.add('From', from).add('To', `<${uri}>`).add('Call-ID', callId).add('CSeq', `${cseq} INVITE`);
    request.add('Contact', core.contact).add('Allow', 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO');
    session.describe(request);
    prepare(request);
    transaction = core.transactions.request(request, options.server, (response) => receive(response, cseq));
  };

  const receive = (response: SipResponse, cseq: number): void => {
    if (response.status < 200) {
      if (response.status > 100) onEvent({ type: 'ringing', status: response.status });
    } else if (response.status < 300) {
      if (dialog !== undefined) {
        dialog.ack();
        return;
      }
      session.hear(response);
      dialog = dialogOfAnswer(core, { callId, from, cseq, session }, response, onEvent);
      dialog.ack();
      onEvent({ type: 'answered' });
      // The 200 crossed our CANCEL.
      if (hungUp) dialog.bye();
    } else if (!challenged && (response.status === 401 || response.status === 407) && options.account !== undefined) {
      challenged = true;
      const { account } = options;
      invite(cseq + 1, (again) => addDigestAnswer(again, response, account));
    } else {
      session.close();
      onEvent({ type: 'failed', status: response.status });
    }
  };

  invite(1, () => undefined);
  return {
    callId,
    hangUp() {
      hungUp = true;
      if (dialog === undefined) transaction.cancel();
      else dialog.bye();
    },
    hold: (isOn) => dialog?.hold(isOn),
    heard: () => session.heard(),
  };
}

function dialogOfAnswer(
  core: AgentCore,
  call: { readonly callId: string; readonly from: string; readonly cseq: number; readonly session: Session },
  answer: SipResponse,
  onEvent: (event: CallEvent) => void,
): Dialog {
  return openDialog(core, {
    callId: call.callId,
    localAddress: call.from,
    remoteAddress: answer.get('to') ?? '',
    remoteContact: answer.get('contact') ?? '',
    routes: answer.list('record-route').reverse(),
    cseq: call.cseq,
    session: call.session,
    onAcknowledged: () => undefined,
    onEnded: (by, reason) => onEvent({ type: 'ended', by, ...(reason !== undefined && { reason }) }),
  });
}
