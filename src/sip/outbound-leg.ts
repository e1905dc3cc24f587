/**
 * The leg of an INVITE that we send (RFC 3261 §13.2).
 *
 * ```
 *   inviting ──2xx──► answered (dialog lives on)         gone ◄──▲
 *      │  └──3xx-6xx, time-out──► failed ────────────────────────┤
 *      └──cancel──► cancelling ──487, other, 2xx (ACK, BYE), silence──► failed
 * ```
 */
import { randomUUID } from 'node:crypto';
import { sipCallId, type LegId, type SipCallId } from '../kernel/ids.js';
import type {
  DialogName,
  LegEvent,
  OutboundInvite,
  OutboundLeg,
  ReasonHeader,
  RequestToken,
} from '../voice/signalling.js';
import { escapeUser } from '../voice/sip-uri.js';
import { Dialog, dialogNameOf } from './dialog.js';
import { createDigestClients, type DigestClient } from './digest-client.js';
import type { SrfAck, SrfRequest, SrfResponse } from './drachtio-srf-types.js';
import { transactionTimeoutMs, type Farewell, type LegContext, type PendingInvite } from './leg-context.js';
import { sdpOf } from './session-body.js';
import { longerSessionHeaders, sessionRequestHeaders } from './session-timer.js';
import {
  allowedMethods,
  formatReason,
  headerOf,
  q850Of,
  quoted,
  retryAfterMsOf,
  supportedOptions,
} from './sip-headers.js';
import { forgetRequest, statusOfNotSent } from './stack.js';
import type { TimerScope } from './timers.js';

type State =
  | { readonly name: 'inviting' }
  | { readonly name: 'cancelling'; readonly reason: ReasonHeader | undefined }
  /** A 2xx brought an offer that waits for {@link OutboundLeg.ack}. */
  | { readonly name: 'unacked'; readonly dialog: Dialog; readonly ack: SrfAck }
  | { readonly name: 'answered'; readonly dialog: Dialog }
  | { readonly name: 'failed' };

export class SrfOutboundLeg implements OutboundLeg, PendingInvite {
  readonly id: LegId;
  readonly sipCallId: SipCallId = sipCallId(randomUUID());

  readonly #context: LegContext;
  readonly #invite: OutboundInvite;
  readonly #onEvent: (event: LegEvent) => void;
  readonly #timers: TimerScope;
  readonly #newDigest: (() => DigestClient) | undefined;
  readonly #digest: DigestClient | undefined;
  readonly #headers: Record<string, string>;
  #state: State = { name: 'inviting' };
  /** The transaction on the wire; none between a challenge and the INVITE that answers it. */
  #sent: SrfRequest | undefined;
  #earlySdp: string | undefined;

  constructor(context: LegContext, invite: OutboundInvite, onEvent: (event: LegEvent) => void) {
    this.id = invite.leg;
    this.#context = context;
    this.#invite = invite;
    this.#onEvent = onEvent;
    this.#timers = context.timers.scope();
    this.#newDigest = invite.credentials === undefined ? undefined : createDigestClients(invite.credentials);
    this.#digest = this.#newDigest?.();
    this.#headers = {
      ...headersOf(invite, this.sipCallId),
      ...sessionRequestHeaders(context.sessionTimers),
      ...invite.headers,
    };
    context.pendingInvites.add(this);
    this.#send();
  }

  get dialog(): DialogName | undefined {
    return 'dialog' in this.#state ? this.#state.dialog.name : undefined;
  }

  cancel(reason?: ReasonHeader): void {
    if (this.#state.name === 'unacked' || this.#state.name === 'answered') return this.bye(reason);
    if (this.#state.name !== 'inviting') return;
    this.#state = { name: 'cancelling', reason };
    this.#sendCancel(reason);
    // RFC 3261 §9.1: a UAC that hears nothing for 64*T1 after its CANCEL takes the INVITE for cancelled.
    this.#timers.after(transactionTimeoutMs, () => this.#silence());
  }

  ack(sdp: string): void {
    if (this.#state.name !== 'unacked') return;
    const { dialog, ack } = this.#state;
    this.#state = { name: 'answered', dialog };
    ack({ body: sdp });
    dialog.answered(sdp);
  }

  relay(token: RequestToken): void {
    if ('dialog' in this.#state) return this.#state.dialog.relay(token);
    const request = this.#context.peerRequests.find(token);
    request?.answer(this.#state.name === 'failed' ? 481 : request.method === 'INVITE' ? 491 : 480);
  }

  respond(token: RequestToken, status: number, options?: { readonly sdp?: string }): void {
    if ('dialog' in this.#state) this.#state.dialog.respond(token, status, options);
  }

  offer(sdpOffer: string): void {
    if ('dialog' in this.#state) return this.#state.dialog.offer(sdpOffer);
    if (this.#state.name !== 'failed') queueMicrotask(() => this.#onEvent({ type: 'offer-refused', status: 491 }));
  }

  notifyRefer(status: number, { isFinal }: { readonly isFinal: boolean }): void {
    if ('dialog' in this.#state) this.#state.dialog.notifyRefer(status, isFinal);
  }

  bye(reason?: ReasonHeader): void {
    if (this.#state.name === 'inviting') return this.cancel(reason);
    if (this.#state.name === 'unacked') {
      this.#state.ack();
      this.#state = { name: 'answered', dialog: this.#state.dialog };
    }
    if (this.#state.name === 'answered') this.#state.dialog.bye(reason);
  }

  connectionLost(): Farewell | undefined {
    const sent = this.#sent;
    this.#failed({ status: 503 });
    if (sent === undefined) return undefined;
    const cancel = { method: 'CANCEL', stackTxnId: sent.stackTxnId };
    return (client) => client.request(sent.uri, cancel, () => undefined);
  }

  stop(): void {
    this.cancel();
  }

  #send(): void {
    this.#sent = undefined;
    const { uri, proxy, sdpOffer } = this.#invite;
    this.#context.stack.send(
      {
        method: 'INVITE',
        target: { uri, ...(proxy === undefined ? {} : { proxy }) },
        headers: this.#headers,
        ...(sdpOffer === undefined ? {} : { body: sdpOffer }),
      },
      {
        onSent: (sent) => this.#onSent(sent),
        onResponse: (response, ack) => this.#onResponse(response, ack),
        onNotSent: (why) => this.#failed({ status: statusOfNotSent[why] }),
      },
    );
  }

  #onSent(sent: SrfRequest): void {
    this.#sent = sent;
    // For a second try in the same call (RFC 3261 §8.1.3.5): same From with its tag, CSeq one higher.
    this.#headers.From = sent.headers.from ?? this.#headers.From ?? '';
    if (this.#state.name === 'cancelling') this.#sendCancel(this.#state.reason);
  }

  #sendCancel(reason: ReasonHeader | undefined): void {
    // The server itself keeps a CANCEL back until a provisional response has come; it does not show us every 100.
    const headers = reason === undefined ? {} : { Reason: formatReason(reason) };
    this.#sent?.cancel({ headers }, () => undefined);
  }

  #onResponse(response: SrfResponse, ack: SrfAck): void {
    const { status } = response;
    if (status < 200) return this.#onProvisional(response);
    if (status < 300) return this.#onAnswered(response, ack);
    if (this.#state.name !== 'failed' && this.#tryAgain(response)) return;
    const q850 = q850Of(headerOf(response.headers, 'reason'));
    const retryAfterMs = retryAfterMsOf(headerOf(response.headers, 'retry-after'));
    this.#failed({
      status,
      ...(q850 === undefined ? {} : { q850 }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }

  #onProvisional(response: SrfResponse): void {
    const { status } = response;
    if (this.#state.name !== 'inviting' || status === 100) return;
    const sdp = sdpOf(response);
    this.#earlySdp = sdp ?? this.#earlySdp;
    this.#onEvent({ type: 'progress', status, ...(sdp === undefined ? {} : { sdp }) });
  }

  /** Answers a challenge, or asks for a longer session interval. */
  #tryAgain(response: SrfResponse): boolean {
    const { status, headers } = response;
    if (this.#state.name !== 'inviting') return false;
    const extra =
      status === 401 || status === 407
        ? this.#digest?.answer({ status, headers, method: 'INVITE', uri: this.#sent?.uri ?? this.#invite.uri })
        : status === 422
          ? longerSessionHeaders(this.#context.sessionTimers, headers)
          : undefined;
    if (extra === undefined) return false;
    const sequence = Number.parseInt(this.#sent?.headers.cseq ?? this.#headers.CSeq ?? '1', 10);
    this.#headers.CSeq = `${sequence + 1} INVITE`;
    Object.assign(this.#headers, extra);
    this.#send();
    return true;
  }

  #onAnswered(response: SrfResponse, ack: SrfAck): void {
    const { sdpOffer } = this.#invite;
    const state = this.#state;
    if ('dialog' in state) return ack();
    const dialog = new Dialog({
      context: this.#context,
      dialogId: response.stackDialogId ?? `${this.sipCallId};from-tag=`,
      emit: this.#onEvent,
      peerHeaders: response.headers,
      ...(this.#newDigest === undefined ? {} : { newDigest: this.#newDigest }),
      ownsCallId: true,
    });
    dialog.name = dialogNameOf(this.sipCallId, { local: this.#headers.From, remote: response.headers.to });
    dialog.localSdp = sdpOffer;
    dialog.localContact = this.#sent?.headers.contact;
    dialog.confirm();
    const sdp = sdpOf(response) ?? this.#earlySdp;
    if (state.name !== 'inviting' || sdp === undefined) {
      // The 2xx crossed our CANCEL, or carries no media to talk by: the phone hears ACK and BYE.
      this.#failed({ status: state.name === 'inviting' ? 488 : 487 });
      ack();
      return dialog.dismiss(state.name === 'cancelling' ? state.reason : undefined);
    }
    this.#leaveInviting();
    dialog.session.onAccepted(response.headers);
    if (sdpOffer === undefined) {
      dialog.holdForAnswer();
      this.#state = { name: 'unacked', dialog, ack };
    } else {
      this.#state = { name: 'answered', dialog };
      ack();
    }
    this.#onEvent({ type: 'answered', sdp });
  }

  #failed(failure: { status: number; q850?: number; retryAfterMs?: number }): void {
    if (this.#state.name !== 'inviting' && this.#state.name !== 'cancelling') return;
    this.#state = { name: 'failed' };
    this.#leaveInviting();
    this.#onEvent({ type: 'failed', ...failure });
  }

  /** The phone never answered our CANCEL. */
  #silence(): void {
    const sent = this.#sent;
    this.#failed({ status: 408 });
    // A 2xx that comes yet is still ACKed and hung up; after that nobody waits for the phone any more.
    if (sent !== undefined) this.#context.linger(transactionTimeoutMs, () => forgetRequest(sent));
  }

  #leaveInviting(): void {
    this.#timers.end();
    this.#context.pendingInvites.delete(this);
  }
}

function headersOf(invite: OutboundInvite, callId: SipCallId): Record<string, string> {
  const { user, host, displayName } = invite.from;
  const name = displayName === undefined ? '' : `${quoted(displayName)} `;
  const userPart = user === '' ? '' : `${escapeUser(user)}@`;
  return {
    From: `${name}<sip:${userPart}${host}>`,
    To: `<${invite.to ?? invite.uri}>`,
    'Call-ID': callId,
    'Max-Forwards': '70',
    Allow: allowedMethods,
    Supported: supportedOptions,
  };
}
