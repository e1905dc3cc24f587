import { Buffer } from 'node:buffer';
import { fromNetwork, type App } from './app.js';
import { copyAppHeaders, ensureContentType } from './app-headers.js';
import { reportResponse, type AgentContext, type AppCommand } from './agent-context.js';
import { Dialog } from './dialog.js';
import type { Flow } from './flow.js';
import type { SipRequest, SipResponse } from './message.js';
import { parseNameAddr, tagOf } from './name-addr.js';
import { parseCSeq } from './request-check.js';
import type { InviteServerTransaction } from './invite-server-transaction.js';
import type { ServerTransaction } from './server-transaction.js';
import { refreshTarget, restartSessionTimer } from './session-refresh.js';
import { sessionExpiresOf } from './session-timer.js';
import type { Timer } from './timers.js';
import { newId, newTag } from './tokens.js';
import { responseTo } from './transaction-layer.js';
import { Transports } from './transports.js';
import { awaitAck, natHopOfCaller } from './uas-calls.js';

/** A request that an application has to answer. */
export interface OpenRequest {
  readonly id: string;
  readonly app: App;
  readonly transaction: ServerTransaction | InviteServerTransaction;
  /** The dialog of a request inside one, or the one that an INVITE is making. */
  dialog: Dialog | undefined;
  /** Whether the request came inside a dialog. */
  readonly isInside: boolean;
  /** Our tag in the To header, once the application has answered anything. */
  localTag: string | undefined;
  /** An UPDATE inside a dialog that is still being made; the application answers it under the INVITE's id. */
  update: ServerTransaction | undefined;
  giveUp: Timer | undefined;
}

/** Headers of an application's response that are taken from the request instead. */
const FROM_REQUEST = new Set(['from', 'to', 'call-id', 'cseq']);

const UNKNOWN = 'Response not sent due to unknown transaction';

/** The methods that may open something new; others make sense in a dialog only. As drachtio-server has it. */
const OUTSIDE_DIALOG = new Set([
  'INVITE', 'REGISTER', 'MESSAGE', 'OPTIONS', 'INFO', 'NOTIFY', 'SUBSCRIBE', 'PUBLISH',
]); // prettier-ignore

/** The server's side of requests from the network: keeps them until an application answers. */
export class UserAgentServer {
  private readonly open = new Map<string, OpenRequest>();
  private readonly invites = new Map<InviteServerTransaction, OpenRequest>();
  private readonly byDialog = new Map<Dialog, Set<OpenRequest>>();

  constructor(private readonly context: AgentContext) {}

  /** Requests that wait for an application. */
  get size(): number {
    return this.open.size;
  }

  /** A request that belongs to no dialog goes to the next application that wants its method. */
  receiveOutside(transaction: ServerTransaction | InviteServerTransaction): void {
    const { request, flow } = transaction;
    const isKnownMethod = OUTSIDE_DIALOG.has(request.method);
    if (request.method === 'INVITE' && tagOf(request.get('to') ?? '') !== undefined) this.refuse(transaction, 481);
    else if (request.method === 'INVITE' && this.hasAnswered(request)) this.refuse(transaction, 491);
    else if (request.method === 'BYE' || request.method === 'UPDATE') this.refuse(transaction, 481);
    else if (!isKnownMethod) {
      this.context.log.debug({ method: request.method }, 'request of this method outside a dialog dropped');
      transaction.abandon();
    } else if (request.method === 'REGISTER' && isBadWildcard(request)) this.refuse(transaction, 400);
    else this.offer(transaction, flow);
  }

  /** Remembers a request inside a dialog that the dialog's application will answer. */
  expectAnswer(transaction: ServerTransaction | InviteServerTransaction, dialog: Dialog): OpenRequest {
    return this.add(transaction, dialog.app, dialog);
  }

  /** Remembers a request that comes before there is a dialog, for an application that is known. */
  expectAnswerFrom(transaction: ServerTransaction | InviteServerTransaction, app: App): OpenRequest {
    return this.add(transaction, app, undefined);
  }

  /** The INVITE whose dialog is still being made. */
  openInviteOf(dialog: Dialog): OpenRequest | undefined {
    for (const entry of this.byDialog.get(dialog) ?? []) if (!entry.isInside) return entry;
    return undefined;
  }

  /** Answers what is still open in a dialog that has ended (RFC 3261 §15.1.2). */
  endRequestsOf(dialog: Dialog): void {
    for (const entry of [...(this.byDialog.get(dialog) ?? [])]) {
      this.forget(entry);
      if (entry.transaction.request.method === 'INVITE') this.refuse(entry.transaction, 487);
      else entry.transaction.abandon();
    }
  }

  /** A CANCEL: answered here, the INVITE too; the application is told. */
  receiveCancel(transaction: ServerTransaction): void {
    const invite = this.context.transactions.inviteOf(transaction.request);
    // drachtio-server has forgotten an INVITE that was answered by 200, but not one that was refused.
    if (invite === undefined || invite.isAccepted) {
      this.refuse(transaction, 481);
      return;
    }
    const entry = this.invites.get(invite);
    const tag = entry?.localTag ?? newTag();
    transaction.respond(responseTo(transaction.request, 200, { tag }));
    if (entry === undefined || invite.isAnswered) return;
    this.forget(entry);
    if (entry.update !== undefined) this.refuse(entry.update, 481);
    if (entry.dialog !== undefined && !entry.isInside) this.context.dialogs.remove(entry.dialog);
    const origin = fromNetwork(transaction.flow, transaction.request);
    const dialogId = entry.dialog?.id ?? '';
    if (entry.app.open) entry.app.deliver({ origin, transactionId: entry.id, dialogId, message: transaction.request });
    invite.respond(responseTo(invite.request, 487, { tag }));
  }

  /** An application's response to a request that it was given. */
  respond(command: AppCommand<SipResponse>, transactionId: string): void {
    const entry = this.open.get(transactionId);
    const answered = parseCSeq(command.message.get('cseq') ?? '')?.method;
    if (entry === undefined) {
      const isCancel = answered === 'CANCEL';
      const reason = isCancel ? '200 OK to incoming CANCEL is automatically generated by the stack' : UNKNOWN;
      command.app.failed(command.messageId, reason);
      return;
    }
    if (!entry.transaction.flow.open) {
      command.app.failed(command.messageId, 'transport for response has been shutdown or closed');
      if (command.message.status >= 200) this.drop(entry);
      return;
    }
    entry.giveUp?.stop();
    if (entry.update !== undefined && answered === 'UPDATE') this.respondToUpdate(command, entry, entry.update);
    else if (entry.isInside) this.respondInside(command, entry);
    else this.respondOutside(command, entry);
  }

  /** Whether this caller's call has been answered already: an INVITE without To tag makes no sense then. */
  private hasAnswered(invite: SipRequest): boolean {
    const dialog = this.context.dialogs.confirmedWith(invite.get('call-id') ?? '');
    return dialog?.role === 'uas' && dialog.remoteTag === tagOf(invite.get('from') ?? '');
  }

  /** Ends an INVITE whose caller has hung up by BYE. The application learns of it when it answers. */
  abandonInviteOf(dialog: Dialog): void {
    const entry = this.openInviteOf(dialog);
    if (entry === undefined) return;
    this.forget(entry);
    this.context.dialogs.remove(dialog);
    entry.transaction.respond(responseTo(entry.transaction.request, 487, { tag: entry.localTag }));
  }

  private offer(transaction: ServerTransaction | InviteServerTransaction, flow: Flow): void {
    const { request } = transaction;
    if (request.method === 'INVITE') transaction.respond(responseTo(request, 100));
    const app = this.context.chooseApp(request.method);
    if (app === undefined) {
      this.refuse(transaction, 503);
      return;
    }
    const entry = this.add(transaction, app, undefined);
    entry.giveUp = this.context.timers.start(2 * this.context.timers.transactionMs, () => {
      this.forget(entry);
      // drachtio-server forgets such an INVITE and leaves the caller with its 100 for ever.
      if (request.method === 'INVITE') this.refuse(transaction, 504);
      else transaction.abandon();
    });
    const receivedOn = { host: flow.local.host, port: flow.local.port };
    const origin = fromNetwork(flow, request);
    app.deliver({ origin, transactionId: entry.id, dialogId: '', message: request, receivedOn });
  }

  private add(
    transaction: ServerTransaction | InviteServerTransaction,
    app: App,
    dialog: Dialog | undefined,
  ): OpenRequest {
    const entry: OpenRequest = {
      id: newId(),
      app,
      transaction,
      dialog,
      isInside: dialog !== undefined,
      localTag: dialog?.localTag,
      update: undefined,
      giveUp: undefined,
    };
    this.open.set(entry.id, entry);
    if (dialog !== undefined) this.tie(entry, dialog);
    if ('acknowledged' in transaction) this.invites.set(transaction, entry);
    return entry;
  }

  private tie(entry: OpenRequest, dialog: Dialog): void {
    const entries = this.byDialog.get(dialog);
    if (entries === undefined) this.byDialog.set(dialog, new Set([entry]));
    else entries.add(entry);
  }

  private forget(entry: OpenRequest): void {
    entry.giveUp?.stop();
    this.open.delete(entry.id);
    const entries = entry.dialog === undefined ? undefined : this.byDialog.get(entry.dialog);
    entries?.delete(entry);
    if (entry.dialog !== undefined && entries?.size === 0) this.byDialog.delete(entry.dialog);
    if ('acknowledged' in entry.transaction) this.invites.delete(entry.transaction);
  }

  private drop(entry: OpenRequest): void {
    this.forget(entry);
    entry.transaction.abandon();
    if (!entry.isInside && entry.dialog !== undefined) this.context.dialogs.remove(entry.dialog);
  }

  private refuse(transaction: ServerTransaction | InviteServerTransaction, status: number): void {
    transaction.respond(responseTo(transaction.request, status, { tag: newTag() }));
  }

  private respondOutside(command: AppCommand<SipResponse>, entry: OpenRequest): void {
    const { message } = command;
    const isInvite = entry.transaction.request.method === 'INVITE';
    entry.localTag ??= tagOf(message.get('to') ?? '') ?? newTag();
    const response = this.build(command, entry, isInvite && isSuccess(message.status));
    if (response === undefined) return;
    if (isInvite && message.status > 100 && message.status < 300) this.prepareDialog(entry);
    if (message.status >= 200) this.forget(entry);
    entry.transaction.respond(response);
    const { flow, request } = entry.transaction;
    if (isInvite && message.status >= 200) this.finishInvite(entry, response);
    if (request.method === 'REGISTER' && message.status === 200) this.context.registered.learn(request, response, flow);
    reportResponse(command, flow, response, entry.id, entry.dialog?.id ?? '');
  }

  private respondInside(command: AppCommand<SipResponse>, entry: OpenRequest): void {
    const { dialog, transaction } = entry;
    const { message } = command;
    const isInvite = transaction.request.method === 'INVITE';
    const response = this.build(command, entry, isInvite);
    if (response === undefined || dialog === undefined) return;
    if (message.status >= 200) this.forget(entry);
    transaction.respond(response);
    if (isSuccess(message.status) && (isInvite || transaction.request.method === 'UPDATE')) {
      refreshTarget(dialog, transaction.request.list('contact')[0]);
      rememberBody(dialog, response);
      if (isInvite) awaitAck(this.context, dialog, transaction.flow, response);
    }
    reportResponse(command, transaction.flow, response, entry.id, dialog.id);
  }

  private respondToUpdate(command: AppCommand<SipResponse>, entry: OpenRequest, update: ServerTransaction): void {
    const options = { reason: command.message.reason, tag: entry.localTag };
    const response = responseTo(update.request, command.message.status, options);
    copyAppHeaders(command.message, response, update.flow.local, FROM_REQUEST);
    response.body = command.message.body;
    ensureContentType(response);
    update.respond(response);
    if (command.message.status >= 200) entry.update = undefined;
    reportResponse(command, update.flow, response, entry.id, entry.dialog?.id ?? '');
  }

  private build(command: AppCommand<SipResponse>, entry: OpenRequest, withContact: boolean): SipResponse | undefined {
    const { message } = command;
    const { request, flow } = entry.transaction;
    if (message.has('require') && message.status < 200 && /\b100rel\b/i.test(message.get('require') ?? '')) {
      const reason = 'reliable provisional responses are not supported by the embedded SIP server';
      command.app.failed(command.messageId, reason);
      return undefined;
    }
    const response = responseTo(request, message.status, { reason: message.reason, tag: entry.localTag });
    if (withContact && !message.has('contact')) response.add('Contact', `<${Transports.contactUri(flow.local)}>`);
    copyAppHeaders(message, response, flow.local, FROM_REQUEST);
    if (request.method === 'INVITE' && message.status === 200) confirmSessionTimer(request, response);
    response.body = message.body;
    ensureContentType(response);
    return response;
  }

  /** Makes the dialog with the first response that has our tag (RFC 3261 §12.1.1). */
  private prepareDialog(entry: OpenRequest): void {
    if (entry.dialog !== undefined) return;
    const { request, flow } = entry.transaction;
    const dialog = new Dialog({
      id: newId(),
      role: 'uas',
      callId: request.get('call-id') ?? '',
      local: `${request.get('to') ?? ''};tag=${entry.localTag ?? ''}`,
      localTag: entry.localTag ?? '',
      remote: request.get('from') ?? '',
      remoteTag: tagOf(request.get('from') ?? '') ?? '',
      localSeq: Math.floor(Math.random() * 1e6),
      remoteSeq: parseCSeq(request.get('cseq') ?? '')?.seq ?? 0,
      routes: request.list('record-route'),
      target: parseNameAddr(request.list('contact')[0] ?? '')?.uri ?? '',
      contact: `<${Transports.contactUri(flow.local)}>`,
      app: entry.app,
    });
    dialog.connection = flow.reliable ? flow : undefined;
    dialog.natHop = natHopOfCaller(request, flow);
    dialog.inviteId = entry.id;
    entry.dialog = dialog;
    this.tie(entry, dialog);
    this.context.dialogs.add(dialog);
  }

  private finishInvite(entry: OpenRequest, response: SipResponse): void {
    const { dialog, transaction } = entry;
    if (dialog === undefined) return;
    if (!isSuccess(response.status)) {
      this.context.dialogs.remove(dialog);
      return;
    }
    dialog.isConfirmed = true;
    dialog.contact = response.get('contact') ?? dialog.contact;
    rememberBody(dialog, response);
    awaitAck(this.context, dialog, transaction.flow, response);
    this.startSessionTimer(dialog, response);
  }

  private startSessionTimer(dialog: Dialog, response: SipResponse): void {
    const expires = sessionExpiresOf(response);
    if (expires === undefined) return;
    restartSessionTimer(this.context, dialog, expires.seconds, expires.refresher === 'uas');
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function rememberBody(dialog: Dialog, response: SipResponse): void {
  const type = response.get('content-type');
  if (type !== undefined && response.body.length > 0) dialog.localBody = { type, body: Buffer.from(response.body) };
}

/** What the caller asked for is granted when the application does not care (RFC 4028 §9). */
function confirmSessionTimer(request: SipRequest, response: SipResponse): void {
  const asked = request.get('session-expires');
  if (asked === undefined || response.has('session-expires')) return;
  if (sessionExpiresOf(request)?.refresher !== undefined) response.add('Session-Expires', asked);
}

/** `Contact: *` removes all bindings and needs Expires 0 (RFC 3261 §10.2.2). */
function isBadWildcard(request: SipRequest): boolean {
  const expires = request.get('expires');
  return request.get('contact')?.trim() === '*' && expires !== undefined && Number(expires) !== 0;
}
