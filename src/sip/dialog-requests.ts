/** The requests that we send inside one dialog. */
import type { DigestClient } from './digest-client.js';
import type { SrfAck, SrfRequest, SrfResponse } from './drachtio-srf-types.js';
import type { SessionTimer } from './session-timer.js';
import { allowedMethods, supportedOptions } from './sip-headers.js';
import { transactionTimeoutMs } from './leg-context.js';
import { forgetRequest, statusOfNotSent, type Stack } from './stack.js';

export interface RequestContent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface FinalAnswer {
  readonly status: number;
  /** None when the request could not be sent or the dialog ended first. */
  readonly response?: SrfResponse;
  /** To be called for a 2xx to an INVITE. */
  readonly ack: SrfAck;
}

export interface DialogRequests {
  send(method: string, content: RequestContent, done: (answer: FinalAnswer) => void): void;
  /** An INVITE or UPDATE with the session timer's header fields; a 422 is tried once more with the longer interval. */
  modify(method: 'INVITE' | 'UPDATE', content: RequestContent, done: (answer: FinalAnswer) => void): void;
  /** An INVITE or UPDATE of ours has no final answer yet. */
  readonly isOffering: boolean;
  /** The dialog is over: nothing is waited for any more, and who waits hears 481. */
  abort(): void;
}

interface DialogRequestsDeps {
  readonly stack: Stack;
  readonly dialogId: () => string;
  /** Answers the challenges of one request; none to a peer that we have no credentials for. */
  readonly newDigest: (() => DigestClient) | undefined;
  readonly session: SessionTimer;
  readonly localContact: () => string | undefined;
  /** The peer accepted this SDP of ours. */
  onLocalSdp(sdp: string): void;
  /** No INVITE or UPDATE of ours is under way any more. */
  onSettled(): void;
  /** Forgets a request that is not waited for, a while later. */
  linger(delayMs: number, cleanUp: () => void): void;
  /** 408 or 481 came, or the server knows nothing of the dialog: it is no more (RFC 3261 §12.2.1.2). */
  onGone(): void;
}

interface InFlight {
  sent?: SrfRequest;
  readonly digest: DigestClient | undefined;
  readonly isOffer: boolean;
  readonly done: (answer: FinalAnswer) => void;
}

type Answered = FinalAnswer & { readonly response: SrfResponse };

const noAck: SrfAck = () => undefined;

export function createDialogRequests(deps: DialogRequestsDeps): DialogRequests {
  return new InDialogRequests(deps);
}

class InDialogRequests implements DialogRequests {
  readonly #deps: DialogRequestsDeps;
  readonly #inFlight = new Set<InFlight>();

  constructor(deps: DialogRequestsDeps) {
    this.#deps = deps;
  }

  get isOffering(): boolean {
    for (const entry of this.#inFlight) if (entry.isOffer) return true;
    return false;
  }

  send(method: string, content: RequestContent, done: (answer: FinalAnswer) => void): void {
    this.#send(method, content, {
      isOffer: method === 'INVITE' || method === 'UPDATE',
      digest: this.#deps.newDigest?.(),
      done,
    });
  }

  #send(method: string, content: RequestContent, entry: InFlight): void {
    this.#inFlight.add(entry);
    this.#deps.stack.send(
      { method, target: { dialogId: this.#deps.dialogId() }, ...content },
      {
        onSent: (sent) => {
          entry.sent = sent;
          if (!this.#inFlight.has(entry)) this.#abandon(entry);
        },
        onResponse: (response, ack) => {
          if (response.status >= 200) this.#onFinal(method, content, entry, { status: response.status, response, ack });
        },
        onNotSent: (why) => {
          const answer = { status: statusOfNotSent[why], ack: noAck };
          if (this.#inFlight.delete(entry)) this.#finish(method, answer, entry);
        },
      },
    );
  }

  modify(method: 'INVITE' | 'UPDATE', content: RequestContent, done: (answer: FinalAnswer) => void): void {
    const { session } = this.#deps;
    const attempt = (isLast: boolean) => {
      const headers = { ...content.headers, ...this.#modifyHeaders(method) };
      this.send(method, { ...content, headers }, (answer) => {
        const { status, response } = answer;
        if (status === 422 && !isLast && response !== undefined && session.onTooSmall(response.headers)) {
          attempt(true);
          return;
        }
        if (response !== undefined && status < 300) {
          if (content.body !== undefined) this.#deps.onLocalSdp(content.body);
          session.onAccepted(response.headers);
        }
        done(answer);
      });
    };
    attempt(false);
  }

  abort(): void {
    for (const entry of this.#inFlight) {
      this.#inFlight.delete(entry);
      this.#abandon(entry);
      entry.done({ status: 481, ack: noAck });
    }
  }

  /** Nobody waits for its answer; a 2xx that comes yet to an INVITE is ACKed all the same (RFC 3261 §13.2.2.4). */
  #abandon({ sent, isOffer }: InFlight): void {
    if (sent === undefined) return;
    if (isOffer) this.#deps.linger(transactionTimeoutMs, () => forgetRequest(sent));
    else forgetRequest(sent);
  }

  #modifyHeaders(method: 'INVITE' | 'UPDATE'): Readonly<Record<string, string>> {
    const contact = this.#deps.localContact();
    return {
      Supported: supportedOptions,
      Allow: allowedMethods,
      // The server adds a Contact to INVITE only; UPDATE has to have one too (RFC 3311 §5.1).
      ...(method === 'UPDATE' && contact !== undefined ? { Contact: contact } : {}),
      ...this.#deps.session.requestHeaders(),
    };
  }

  #onFinal(method: string, content: RequestContent, entry: InFlight, answer: Answered): void {
    if (!this.#inFlight.delete(entry)) {
      if (method === 'INVITE' && answer.status < 300) answer.ack();
      return;
    }
    const credentials = this.#answerChallenge(method, entry, answer.response);
    if (credentials === undefined) return this.#finish(method, answer, entry);
    const { isOffer, digest, done } = entry;
    const headers = { ...content.headers, ...credentials };
    this.#send(method, { ...content, headers }, { isOffer, digest, done });
  }

  #answerChallenge(method: string, { sent, digest }: InFlight, { status, headers }: SrfResponse) {
    if ((status !== 401 && status !== 407) || sent === undefined) return undefined;
    return digest?.answer({ status, headers, method, uri: sent.uri });
  }

  #finish(method: string, answer: FinalAnswer, { isOffer, done }: InFlight): void {
    done(answer);
    if (isOffer && !this.isOffering) this.#deps.onSettled();
    // RFC 5057 §5.1: a NOTIFY that nobody wants ends the subscription, not the call.
    if (method === 'BYE' || method === 'NOTIFY') return;
    if (answer.status === 408 || answer.status === 481) this.#deps.onGone();
  }
}
