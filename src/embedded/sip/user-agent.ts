import { fromNetwork } from './app.js';
import type { AgentContext, AppCommand } from './agent-context.js';
import { DialogCommands } from './dialog-commands.js';
import type { Dialog } from './dialog.js';
import type { Flow } from './flow.js';
import type { InviteServerTransaction } from './invite-server-transaction.js';
import type { SipRequest, SipResponse } from './message.js';
import { parseCSeq } from './request-check.js';
import type { ServerTransaction } from './server-transaction.js';
import { restartSessionTimer } from './session-refresh.js';
import { MIN_SESSION_SECONDS, sessionExpiresOf } from './session-timer.js';
import { newId, newTag } from './tokens.js';
import { responseTo } from './transaction-layer.js';
import type { TransactionUser } from './transaction-user.js';
import { UserAgentClient } from './uac.js';
import { UserAgentServer, type OpenRequest } from './uas.js';
import { acknowledge } from './uas-calls.js';

/** Requests inside a dialog that an application gets as if they came outside while the dialog is still being made. */
const OUTSIDE_WHILE_EARLY = new Set(['NOTIFY', 'OPTIONS', 'INFO', 'MESSAGE', 'PUBLISH', 'SUBSCRIBE']);

/** The user agent between transactions and applications: sends each message to where it belongs. */
export class UserAgent implements TransactionUser {
  private readonly server: UserAgentServer;
  private readonly client: UserAgentClient;
  private readonly commands: DialogCommands;

  constructor(private readonly context: AgentContext) {
    this.server = new UserAgentServer(context);
    this.client = new UserAgentClient(context);
    this.commands = new DialogCommands(context, this.client);
  }

  // ---- from the network

  invite(transaction: InviteServerTransaction): void {
    const dialog = this.context.dialogs.of(transaction.request);
    if (dialog === undefined) this.server.receiveOutside(transaction);
    else this.receiveInside(transaction, dialog);
  }

  request(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.method === 'CANCEL') {
      this.server.receiveCancel(transaction);
      return;
    }
    const dialog = this.context.dialogs.of(request);
    if (dialog !== undefined) {
      this.receiveInside(transaction, dialog);
      return;
    }
    if (request.method === 'UPDATE' && this.receiveUpdateOfCallee(transaction)) return;
    this.server.receiveOutside(transaction);
  }

  ack(request: SipRequest, flow: Flow): void {
    const dialog = this.context.dialogs.of(request);
    if (dialog === undefined || !acknowledge(dialog, request) || !dialog.app.open) return;
    const transactionId = dialog.inviteId === '' ? newId() : dialog.inviteId;
    dialog.inviteId = '';
    dialog.app.deliver({ origin: fromNetwork(flow, request), transactionId, dialogId: dialog.id, message: request });
  }

  // ---- from applications

  /** Sends a request inside a dialog. */
  sendInside(command: AppCommand<SipRequest>, dialogId: string): void {
    this.commands.send(command, dialogId);
  }

  /** Sends a request outside dialogs, unless its Call-ID is that of one. */
  sendOutside(command: AppCommand<SipRequest>, proxy: string): void {
    const dialog = this.context.dialogs.confirmedWith(command.message.get('call-id') ?? '');
    if (dialog === undefined) this.client.send(command, proxy);
    else this.commands.send(command, dialog.id);
  }

  cancel(command: AppCommand<SipRequest>, transactionId: string): void {
    this.client.cancel(command, transactionId);
  }

  respond(command: AppCommand<SipResponse>, transactionId: string): void {
    this.server.respond(command, transactionId);
  }

  private receiveInside(transaction: ServerTransaction | InviteServerTransaction, dialog: Dialog): void {
    const { request } = transaction;
    const seq = parseCSeq(request.get('cseq') ?? '')?.seq ?? 0;
    if (!dialog.isConfirmed && this.receiveWhileEarly(transaction, dialog)) return;
    dialog.remoteSeq = Math.max(seq, dialog.remoteSeq);
    if (request.method === 'INVITE') transaction.respond(responseTo(request, 100));
    if (request.method === 'INVITE' || request.method === 'UPDATE') {
      if (!this.takeSessionTimer(transaction, dialog)) return;
    }
    if (request.method === 'BYE') this.receiveBye(transaction as ServerTransaction, dialog);
    else if (!dialog.app.open) this.refuse(transaction, 481);
    else this.hand(transaction, dialog, this.server.expectAnswer(transaction, dialog));
  }

  private receiveBye(transaction: ServerTransaction, dialog: Dialog): void {
    this.context.dialogs.remove(dialog);
    this.server.endRequestsOf(dialog);
    if (dialog.app.open) this.hand(transaction, dialog, this.server.expectAnswer(transaction, dialog));
    else this.refuse(transaction, 481);
  }

  private hand(transaction: ServerTransaction | InviteServerTransaction, dialog: Dialog, entry: OpenRequest): void {
    const origin = fromNetwork(transaction.flow, transaction.request);
    dialog.app.deliver({ origin, transactionId: entry.id, dialogId: dialog.id, message: transaction.request });
  }

  /** Before the 2xx the application knows of no dialog. Answers whether the request has been dealt with. */
  private receiveWhileEarly(transaction: ServerTransaction | InviteServerTransaction, dialog: Dialog): boolean {
    const { request } = transaction;
    if (request.method === 'UPDATE' && dialog.role === 'uac') return this.receiveUpdateOfCallee(transaction);
    if (request.method === 'UPDATE') {
      const invite = this.server.openInviteOf(dialog);
      if (invite === undefined || invite.update !== undefined) {
        this.refuse(transaction, 500); // RFC 3311 §5.2
        return true;
      }
      invite.update = transaction as ServerTransaction;
      const origin = fromNetwork(transaction.flow, request);
      invite.app.deliver({ origin, transactionId: invite.id, dialogId: dialog.id, message: request });
      return true;
    }
    if (OUTSIDE_WHILE_EARLY.has(request.method)) this.server.receiveOutside(transaction);
    else this.refuse(transaction, 481);
    if (request.method === 'BYE') this.server.abandonInviteOf(dialog);
    return true;
  }

  /** An UPDATE from the phone that we call, before it answers. */
  private receiveUpdateOfCallee(transaction: ServerTransaction | InviteServerTransaction): boolean {
    const invite = this.client.inviteOf(transaction.request);
    if (!invite?.app.open) return false;
    const entry = this.server.expectAnswerFrom(transaction, invite.app);
    const origin = fromNetwork(transaction.flow, transaction.request);
    invite.app.deliver({ origin, transactionId: entry.id, dialogId: invite.dialogId, message: transaction.request });
    return true;
  }

  /** RFC 4028 §9: too short is refused, anything else starts the timer anew. */
  private takeSessionTimer(transaction: ServerTransaction | InviteServerTransaction, dialog: Dialog): boolean {
    const expires = sessionExpiresOf(transaction.request);
    const before = dialog.sessionTimer;
    before?.stop();
    dialog.sessionTimer = undefined;
    if (expires === undefined) return true;
    if (expires.seconds < MIN_SESSION_SECONDS) {
      const refusal = responseTo(transaction.request, 422);
      transaction.respond(refusal.add('Min-SE', String(MIN_SESSION_SECONDS)));
      return false;
    }
    // The refresher is named by role in this transaction, in which the peer is the UAC.
    const theyRefresh = expires.refresher === 'uac' || (expires.refresher === undefined && before?.weRefresh === true);
    restartSessionTimer(this.context, dialog, expires.seconds, !theyRefresh);
    return true;
  }

  private refuse(transaction: ServerTransaction | InviteServerTransaction, status: number): void {
    transaction.respond(responseTo(transaction.request, status, { tag: newTag() }));
  }
}
