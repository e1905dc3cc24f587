import { Buffer } from 'node:buffer';
import { fromApplication, fromNetwork, type App } from './app.js';
import { wayTo, type AgentContext, type AppCommand } from './agent-context.js';
import { copyAppHeaders } from './app-headers.js';
import { Dialog } from './dialog.js';
import type { Flow } from './flow.js';
import { derivedFrom } from './invite-client-transaction.js';
import type { SipRequest, SipResponse } from './message.js';
import { parseNameAddr, tagOf } from './name-addr.js';
import type { OutgoingInvite } from './outgoing-invite.js';
import { parseCSeq } from './request-check.js';
import { endDialog, sendAck } from './server-requests.js';
import { restartSessionTimer } from './session-refresh.js';
import { sessionExpiresOf } from './session-timer.js';
import { newId } from './tokens.js';
import type { ClientFailure } from './transaction-user.js';
import { responseTo } from './transaction-layer.js';
import { Transports } from './transports.js';
import { buildOutsideDialog, isSendable } from './uac-request.js';
import { natHopOfCallee } from './uas-calls.js';
import { parseUri } from './uri.js';

/** The methods that take the connection over which the callee registered. */
const TO_REGISTERED = new Set(['INVITE', 'OPTIONS', 'NOTIFY', 'MESSAGE']);

/** Headers of a CANCEL that are the INVITE's. */
const OF_INVITE = new Set(['from', 'to', 'call-id', 'cseq', 'contact', 'p-asserted-identity']);

/** Requests of applications that open something new, and what comes back for them. */
export class UserAgentClient {
  private readonly invites = new Map<string, OutgoingInvite>();
  private readonly byLocalTag = new Map<string, OutgoingInvite>();
  private readonly byDialogId = new Map<string, OutgoingInvite>();

  constructor(private readonly context: AgentContext) {}

  /** Sends a request outside dialogs; through `proxy` when that is a URI. */
  send(command: AppCommand<SipRequest>, proxy: string): void {
    const { app, messageId, message } = command;
    if (!isSendable(message)) {
      app.failed(messageId, `invalid request-uri: ${message.method} ${message.uri} SIP/2.0`);
      return;
    }
    const uri = parseUri(message.uri);
    if (proxy === '' && uri !== undefined && this.context.transports.isLocal(uri)) {
      app.failed(messageId, 'can not send request to myself');
      return;
    }
    const registered = TO_REGISTERED.has(message.method) ? this.context.registered.find(message.uri) : undefined;
    if (registered !== undefined) {
      this.sendOver(command, registered);
      return;
    }
    wayTo(this.context, proxyUri(proxy) ?? message.uri, (way) => {
      if (way.ok) this.sendOver(command, way.flow);
      else app.failed(messageId, way.reason);
    });
  }

  /** Sends the CANCEL of an INVITE, or keeps it until that is allowed (RFC 3261 §9.1). */
  cancel(command: AppCommand<SipRequest>, transactionId: string): void {
    const { app, messageId, message } = command;
    const invite = this.invites.get(transactionId);
    if (invite?.transaction === undefined || invite.dialog?.isConfirmed === true) {
      app.failed(messageId, `unable to cancel unknown transaction id: ${transactionId}`);
      return;
    }
    const cancel = derivedFrom(invite.request, 'CANCEL');
    copyAppHeaders(message, cancel, invite.flow.local, OF_INVITE);
    invite.isCancelled = true;
    invite.transaction.cancel(() => this.context.transactions.sendCancel(cancel, invite.flow));
    const origin = fromApplication(invite.flow, cancel);
    app.sent(messageId, { origin, transactionId: newId(), dialogId: '', message: cancel }, 'request');
  }

  /** The INVITE of ours that a request from the callee refers to before it has answered. */
  inviteOf(request: SipRequest): OutgoingInvite | undefined {
    return this.byLocalTag.get(localKey(request.get('call-id') ?? '', tagOf(request.get('to') ?? '') ?? ''));
  }

  /** The INVITE that made a dialog, as long as its answer may come again. */
  inviteOfDialog(dialogId: string): OutgoingInvite | undefined {
    return this.byDialogId.get(dialogId);
  }

  private sendOver(command: AppCommand<SipRequest>, flow: Flow): void {
    const { app, messageId, message } = command;
    const built = buildOutsideDialog(message, flow.local, Transports.contactUri(flow.local));
    if (!built.ok) {
      app.failed(messageId, built.reason);
      return;
    }
    const { request } = built;
    const id = newId();
    const report = (): void => {
      const origin = fromApplication(flow, request);
      app.sent(messageId, { origin, transactionId: id, dialogId: '', message: request }, 'request');
    };
    if (request.method === 'INVITE') {
      this.sendInvite(app, id, request, flow);
      report();
      return;
    }
    this.context.transactions.send(request, flow, {
      response: (response, from) => deliver(app, response, from, id, ''),
      failed: (failure) => deliver(app, failureResponse(request, failure), flow, id, ''),
    });
    report();
  }

  private sendInvite(app: App, id: string, request: SipRequest, flow: Flow): void {
    const invite: OutgoingInvite = {
      id,
      dialogId: newId(),
      app,
      request,
      flow,
      transaction: undefined,
      isCancelled: false,
      dialog: undefined,
      acks: new Map(),
    };
    this.invites.set(id, invite);
    this.byDialogId.set(invite.dialogId, invite);
    this.byLocalTag.set(localKeyOf(request), invite);
    invite.transaction = this.context.transactions.send(request, flow, {
      response: (response, from) => this.receive(invite, response, from),
      failed: (failure) => this.finish(invite, failureResponse(request, failure), flow),
    });
  }

  private receive(invite: OutgoingInvite, response: SipResponse, flow: Flow): void {
    if (response.status === 100) return;
    if (response.status < 200) {
      if (response.has('rseq') && invite.dialog === undefined) this.makeDialog(invite, response, flow);
      deliver(invite.app, response, flow, invite.id, invite.dialogId);
    } else if (response.status < 300) this.receiveAnswer(invite, response, flow);
    else this.finish(invite, response, flow);
  }

  private receiveAnswer(invite: OutgoingInvite, response: SipResponse, flow: Flow): void {
    const tag = tagOf(response.get('to') ?? '') ?? '';
    if (invite.acks.has(tag)) {
      const ack = invite.acks.get(tag);
      ack?.flow.send(ack.bytes);
      return;
    }
    const isFirst = invite.acks.size === 0;
    invite.acks.set(tag, undefined);
    if (!isFirst || !invite.app.open) {
      this.hangUpFork(invite, response, flow, tag);
      return;
    }
    const dialog = this.confirmDialog(invite, response, flow);
    const expires = sessionExpiresOf(response);
    if (expires !== undefined) restartSessionTimer(this.context, dialog, expires.seconds, expires.refresher !== 'uas');
    this.invites.delete(invite.id);
    this.byLocalTag.delete(localKeyOf(invite.request));
    // As long as the peer may repeat its answer (timer M), the ACK must be at hand.
    this.context.timers.start(this.context.timers.transactionMs, () => this.byDialogId.delete(invite.dialogId));
    deliver(invite.app, response, flow, invite.id, invite.dialogId);
  }

  private confirmDialog(invite: OutgoingInvite, response: SipResponse, flow: Flow): Dialog {
    const early = invite.dialog;
    if (early !== undefined) this.context.dialogs.remove(early);
    const dialog = this.makeDialog(invite, response, flow);
    if (early !== undefined) dialog.localSeq = Math.max(dialog.localSeq, early.localSeq);
    dialog.isConfirmed = true;
    dialog.byeAfterAck = invite.isCancelled;
    return dialog;
  }

  private makeDialog(invite: OutgoingInvite, response: SipResponse, flow: Flow): Dialog {
    const dialog = dialogFrom(invite, response, flow, invite.dialogId);
    invite.dialog = dialog;
    this.context.dialogs.add(dialog);
    return dialog;
  }

  /** Another phone of the same target answered too, or nobody is there to talk: it must not be left connected. */
  private hangUpFork(invite: OutgoingInvite, response: SipResponse, flow: Flow, tag: string): void {
    const dialog = dialogFrom(invite, response, flow, newId());
    const seq = dialog.localSeq;
    sendAck(this.context, dialog, dialog.request('ACK', seq), (ack) => {
      if (ack.ok) invite.acks.set(tag, { flow: ack.flow, bytes: ack.bytes });
    });
    endDialog(this.context, dialog, 'Call completed elsewhere', false);
  }

  private finish(invite: OutgoingInvite, response: SipResponse, flow: Flow): void {
    this.invites.delete(invite.id);
    this.byDialogId.delete(invite.dialogId);
    this.byLocalTag.delete(localKeyOf(invite.request));
    if (invite.dialog !== undefined) this.context.dialogs.remove(invite.dialog);
    deliver(invite.app, response, flow, invite.id, invite.dialogId);
  }
}

/** The response that an application gets when none came (RFC 3261 §8.1.3.1). */
export function failureResponse(request: SipRequest, failure: ClientFailure): SipResponse {
  return responseTo(request, failure === 'timeout' ? 408 : 503);
}

/** Hands a response to the application that waits for it. */
export function deliver(app: App, response: SipResponse, flow: Flow, transactionId: string, dialogId: string): void {
  if (!app.open) return;
  app.deliver({ origin: fromNetwork(flow, response), transactionId, dialogId, message: response });
}

function dialogFrom(invite: OutgoingInvite, response: SipResponse, flow: Flow, id: string): Dialog {
  const { request } = invite;
  const dialog = new Dialog({
    id,
    role: 'uac',
    callId: request.get('call-id') ?? '',
    local: request.get('from') ?? '',
    localTag: tagOf(request.get('from') ?? '') ?? '',
    remote: response.get('to') ?? '',
    remoteTag: tagOf(response.get('to') ?? '') ?? '',
    localSeq: parseCSeq(request.get('cseq') ?? '')?.seq ?? 0,
    remoteSeq: 0,
    routes: response.list('record-route').reverse(),
    target: parseNameAddr(response.list('contact')[0] ?? '')?.uri ?? request.uri,
    contact: request.get('contact') ?? '',
    app: invite.app,
  });
  dialog.connection = flow.reliable ? flow : undefined;
  dialog.natHop = natHopOfCallee(response, flow);
  dialog.inviteId = invite.id;
  dialog.ackSeq = dialog.localSeq;
  const type = request.get('content-type');
  if (type !== undefined && request.body.length > 0) dialog.localBody = { type, body: Buffer.from(request.body) };
  return dialog;
}

function proxyUri(proxy: string): string | undefined {
  if (proxy === '') return undefined;
  return /^sips?:/i.test(proxy) ? proxy : `sip:${proxy}`;
}

function localKeyOf(request: SipRequest): string {
  return localKey(request.get('call-id') ?? '', tagOf(request.get('from') ?? '') ?? '');
}

function localKey(callId: string, tag: string): string {
  return `${callId} ${tag}`;
}
