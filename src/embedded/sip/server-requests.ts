import type { Buffer } from 'node:buffer';
import { fromApplication } from './app.js';
import type { AgentContext } from './agent-context.js';
import { wayTo } from './agent-context.js';
import type { Dialog } from './dialog.js';
import type { Flow } from './flow.js';
import { serialise, type SipRequest } from './message.js';
import type { ClientEvents } from './transaction-user.js';
import type { InviteClientTransaction } from './invite-client-transaction.js';

/** Why the server ends a dialog by itself, in drachtio-server's words where it does so too. */
export type OwnByeReason =
  'ACK timeout' | 'ACK-BYE due to cancel race condition' | 'Session timer expired' | 'Call completed elsewhere';

/**
 * Sends a request of a dialog with its own transaction. `sent` tells the flow, or why there is none.
 * The connection of the dialog is used as long as it is open.
 */
export function sendInDialog(
  context: AgentContext,
  dialog: Dialog,
  request: SipRequest,
  events: ClientEvents,
  sent: (result: SentInDialog) => void,
): void {
  withDialogFlow(context, dialog, request.uri, (result) => {
    if (!result.ok) {
      sent(result);
      return;
    }
    const transaction = context.transactions.send(request, result.flow, events);
    sent({ ok: true, flow: result.flow, transaction });
  });
}

export type SentInDialog =
  | { readonly ok: true; readonly flow: Flow; readonly transaction: InviteClientTransaction | undefined }
  | { readonly ok: false; readonly reason: string };

/** The flow for a request of a dialog. */
export function withDialogFlow(
  context: AgentContext,
  dialog: Dialog,
  requestUri: string,
  done: (result: { ok: true; flow: Flow } | { ok: false; reason: string }) => void,
): void {
  if (dialog.connection?.open === true) {
    done({ ok: true, flow: dialog.connection });
    return;
  }
  const hop = dialog.nextHop(requestUri);
  const registered = context.registered.find(hop);
  if (registered !== undefined) done({ ok: true, flow: registered });
  else wayTo(context, hop, done);
}

/** Sends an ACK: no transaction, its own branch (RFC 3261 §13.2.2.4). `sent` tells the bytes, to be sent again. */
export function sendAck(
  context: AgentContext,
  dialog: Dialog,
  ack: SipRequest,
  sent: (result: { ok: true; flow: Flow; bytes: Buffer } | { ok: false; reason: string }) => void,
): void {
  withDialogFlow(context, dialog, ack.uri, (result) => {
    if (!result.ok) {
      sent(result);
      return;
    }
    context.transactions.addVia(ack, result.flow);
    const bytes = serialise(ack);
    result.flow.send(bytes);
    sent({ ok: true, flow: result.flow, bytes });
  });
}

/** Sends a BYE of the server's own, forgets the dialog, and tells its application where it has one to tell. */
export function endDialog(context: AgentContext, dialog: Dialog, reason: OwnByeReason, tell = true): void {
  context.log.info({ callId: dialog.callId, reason }, 'dialog ended by the server');
  const bye = dialog.request('BYE', ++dialog.localSeq);
  bye.add('Reason', `SIP ;cause=200 ;text="${reason}"`);
  context.dialogs.remove(dialog);
  const silent: ClientEvents = { response: () => undefined, failed: () => undefined };
  sendInDialog(context, dialog, bye, silent, (result) => {
    if (!result.ok || !tell || !dialog.app.open) return;
    const origin = fromApplication(result.flow, bye);
    dialog.app.deliver({ origin, transactionId: 'unsolicited', dialogId: dialog.id, message: bye });
  });
}
