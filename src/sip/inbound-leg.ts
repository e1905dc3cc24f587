/** The leg of an INVITE that came to us (RFC 3261 §13.3). */
import { sipCallId, type LegId, type SipCallId } from '../kernel/ids.js';
import type { DialogName, InboundLeg, LegEvent, ReasonHeader, RequestToken } from '../voice/signalling.js';
import { parseNameAddr } from '../voice/sip-uri.js';
import { Dialog, dialogNameOf } from './dialog.js';
import type { SrfHeaders, SrfRequest, SrfResponse } from './drachtio-srf-types.js';
import type { Farewell, LegContext, PendingInvite } from './leg-context.js';
import { sdpOf } from './session-body.js';
import { allowedMethods, supportedOptions } from './sip-headers.js';
import { refuseOn, respondTo } from './stack.js';
import type { TimerScope } from './timers.js';

/** RFC 3261 §13.3.1.1: a proxy on the way gives up after three minutes of silence. */
const progressRepeatMs = 60_000;

export interface InboundInvite {
  readonly req: SrfRequest;
  readonly res: SrfResponse;
  /** CANCEL came before anybody took the call. */
  readonly isCancelled: boolean;
}

export class SrfInboundLeg implements InboundLeg, PendingInvite {
  readonly id: LegId;
  readonly sipCallId: SipCallId;

  readonly #context: LegContext;
  readonly #req: SrfRequest;
  readonly #res: SrfResponse;
  readonly #onEvent: (event: LegEvent) => void;
  readonly #dialog: Dialog;
  readonly #timers: TimerScope;
  #state: 'waiting' | 'answered' | 'over' = 'waiting';
  #cancelRepeat: () => void = () => undefined;

  constructor(context: LegContext, invite: InboundInvite, id: LegId, onEvent: (event: LegEvent) => void) {
    this.id = id;
    this.sipCallId = sipCallId(invite.req.headers['call-id'] ?? '');
    this.#context = context;
    this.#req = invite.req;
    this.#res = invite.res;
    this.#onEvent = onEvent;
    this.#timers = context.timers.scope();
    this.#dialog = new Dialog({
      context,
      dialogId: dialogIdOf(invite.req),
      emit: (event) => this.#onDialogEvent(event),
      peerHeaders: invite.req.headers,
      ownsCallId: false,
    });
    context.pendingInvites.add(this);
    invite.req.on('cancel', () => this.#cancelled());
    if (invite.isCancelled) queueMicrotask(() => this.#cancelled());
  }

  get dialog(): DialogName | undefined {
    return this.#dialog.name;
  }

  progress(status: 180 | 181 | 182 | 183, sdp?: string): void {
    if (this.#state !== 'waiting') return;
    respondTo(this.#res, status, sdp === undefined ? {} : { body: sdp });
    this.#cancelRepeat();
    this.#cancelRepeat = this.#timers.after(progressRepeatMs, () => this.progress(status, sdp));
  }

  answer(sdp: string): void {
    if (this.#state !== 'waiting') return;
    this.#leaveWaiting('answered');
    const isOurOffer = sdpOf(this.#req) === undefined;
    this.#dialog.localSdp = sdp;
    this.#dialog.expectAck(this.#req, (answer) => {
      this.#onEvent({ type: 'acked', ...(isOurOffer && answer !== undefined ? { sdp: answer } : {}) });
    });
    const headers = {
      Allow: allowedMethods,
      Supported: supportedOptions,
      ...this.#dialog.session.accept(this.#req.headers),
    };
    this.#dialog.confirm();
    respondTo(this.#res, 200, { headers, body: sdp }, (error, sent) => this.#answerSent(error, sent));
  }

  reject(status: number, options: { reason?: string; headers?: Readonly<Record<string, string>> } = {}): void {
    if (this.#state !== 'waiting') return;
    this.#leaveWaiting('over');
    this.#dialog.drop();
    respondTo(this.#res, status, options);
  }

  relay(token: RequestToken): void {
    this.#dialog.relay(token);
  }

  respond(token: RequestToken, status: number, options?: { readonly sdp?: string }): void {
    this.#dialog.respond(token, status, options);
  }

  offer(sdpOffer: string): void {
    this.#dialog.offer(sdpOffer);
  }

  notifyRefer(status: number, { isFinal }: { readonly isFinal: boolean }): void {
    this.#dialog.notifyRefer(status, isFinal);
  }

  bye(reason?: ReasonHeader): void {
    if (this.#state === 'waiting') this.reject(480);
    else this.#dialog.bye(reason);
  }

  connectionLost(): Farewell {
    this.#cancelled();
    return (client) => refuseOn(client, this.#res);
  }

  stop(): void {
    this.#cancelled();
    respondTo(this.#res, 503);
  }

  #answerSent(error: string | undefined, sent: SrfHeaders): void {
    if (error === undefined) {
      this.#dialog.localContact = sent.contact;
      this.#dialog.name = dialogNameOf(this.sipCallId, { local: sent.to, remote: this.#req.headers.from });
      if (this.#res.stackDialogId) this.#dialog.confirm(this.#res.stackDialogId);
      return;
    }
    if (this.#state === 'over') return;
    this.#context.log.info({ error }, 'answer not sent');
    this.#state = 'over';
    this.#dialog.drop();
    // A CANCEL that crossed our 200 took the transaction away; drachtio-srf keeps such a CANCEL to itself.
    if (/unknown transaction|cancel/i.test(error)) this.#onEvent({ type: 'cancelled' });
    else this.#onEvent({ type: 'ended', by: 'fault' });
  }

  #onDialogEvent(event: LegEvent): void {
    if (event.type === 'ended') {
      // A caller may say BYE while the dialog is early (RFC 3261 §15); the INVITE wants its answer all the same.
      if (this.#state === 'waiting') {
        this.#cancelled();
        return respondTo(this.#res, 487);
      }
      this.#state = 'over';
    }
    this.#onEvent(event);
  }

  /** CANCEL came, and the server has answered 487. */
  #cancelled(): void {
    if (this.#state !== 'waiting') return;
    this.#leaveWaiting('over');
    this.#dialog.drop();
    this.#onEvent({ type: 'cancelled' });
  }

  #leaveWaiting(next: 'answered' | 'over'): void {
    this.#state = next;
    this.#timers.end();
    this.#context.pendingInvites.delete(this);
  }
}

/** The server names dialogs like this (drachtio-srf relies on it too), so that no answer has to be waited for. */
function dialogIdOf(req: SrfRequest): string {
  const tag = parseNameAddr(req.headers.from ?? '')?.params.tag ?? '';
  return `${req.headers['call-id'] ?? ''};from-tag=${tag}`;
}
