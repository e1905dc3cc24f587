/** The requests that we send inside one dialog. */
import type { DigestClient } from './digest-client.js';
import type { SrfAck, SrfRequest, SrfResponse } from './drachtio-srf-types.js';
import type { SessionTimer } from './session-timer.js';
import { allowedMethods } from './sip-headers.js';
import { forgetRequest, statusOfNotSent, type NotSent, type Stack } from './stack.js';

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

interface Deps {
  readonly stack: Stack;
  readonly dialogId: () => string;
  readonly digest: DigestClient | undefined;
  readonly session: SessionTimer;
  readonly localContact: () => string | undefined;
  /** The peer accepted this SDP of ours. */
  onLocalSdp(sdp: string): void;
  /** 408 or 481 came, or the server knows nothing of the dialog: it is no more (RFC 3261 §12.2.1.2). */
  onGone(): void;
}

interface InFlight {
  sent?: SrfRequest;
  readonly isOffer: boolean;
  readonly done: (answer: FinalAnswer) => void;
}

const noAck: SrfAck = () => undefined;

export function createDialogRequests(deps: Deps): DialogRequests {
  const inFlight = new Set<InFlight>();

  function send(method: string, content: RequestContent, done: (answer: FinalAnswer) => void): void {
    const entry: InFlight = { isOffer: method === 'INVITE' || method === 'UPDATE', done };
    inFlight.add(entry);
    deps.stack.send(
      { method, target: { dialogId: deps.dialogId() }, ...content },
      {
        onSent(sent) {
          entry.sent = sent;
          if (!inFlight.has(entry)) forgetRequest(sent);
        },
        onResponse(response, ack) {
          if (response.status < 200) return;
          const isAwaited = inFlight.delete(entry);
          const credentials = isAwaited ? answerChallenge(method, entry, response) : undefined;
          if (credentials !== undefined) {
            return send(method, { ...content, headers: { ...content.headers, ...credentials } }, done);
          }
          if (isAwaited) return finish(method, { status: response.status, response, ack }, done);
          if (method === 'INVITE' && response.status < 300) ack();
        },
        onNotSent(why: NotSent) {
          if (inFlight.delete(entry)) finish(method, { status: statusOfNotSent[why], ack: noAck }, done);
        },
      },
    );
  }

  function answerChallenge(method: string, { sent }: InFlight, { status, headers }: SrfResponse) {
    if ((status !== 401 && status !== 407) || sent === undefined) return undefined;
    return deps.digest?.answer({ status, headers, method, uri: sent.uri });
  }

  function finish(method: string, answer: FinalAnswer, done: (answer: FinalAnswer) => void): void {
    done(answer);
    if (method !== 'BYE' && (answer.status === 408 || answer.status === 481)) deps.onGone();
  }

  return {
    send,
    modify(method, content, done) {
      const contact = deps.localContact();
      const attempt = (isLast: boolean) =>
        send(
          method,
          {
            ...content,
            headers: {
              ...content.headers,
              Supported: 'timer',
              Allow: allowedMethods,
              // The server adds a Contact to INVITE only; UPDATE has to have one too (RFC 3311 §5.1).
              ...(method === 'UPDATE' && contact !== undefined ? { Contact: contact } : {}),
              ...deps.session.requestHeaders(),
            },
          },
          (answer) => {
            const { status, response } = answer;
            if (status === 422 && !isLast && response !== undefined && deps.session.onTooSmall(response.headers)) {
              return attempt(true);
            }
            if (response !== undefined && status < 300) {
              if (content.body !== undefined) deps.onLocalSdp(content.body);
              deps.session.onAccepted(response.headers);
            }
            done(answer);
          },
        );
      attempt(false);
    },
    get isOffering() {
      for (const entry of inFlight) if (entry.isOffer) return true;
      return false;
    },
    abort() {
      for (const entry of inFlight) {
        inFlight.delete(entry);
        if (entry.sent !== undefined) forgetRequest(entry.sent);
        entry.done({ status: 481, ack: noAck });
      }
    },
  };
}
