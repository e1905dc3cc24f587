/** Requests that we send through the SIP server. Nothing here throws; what goes wrong is told to the handlers. */

import type { Logger } from '../kernel/logger.js';
import type { ResponseHeaders } from '../voice/signalling.js';
import type { SrfAck, SrfClient, SrfHeaders, SrfRequest, SrfResponse } from './drachtio-srf-types.js';
import { withoutControls } from './sip-headers.js';

export interface Stack {
  /** The handlers are called after this function has returned. */
  send(request: OutgoingRequest, handlers: RequestHandlers): void;
}

export interface OutgoingRequest {
  readonly method: string;
  /** Inside a dialog the server knows where it goes. */
  readonly target: { readonly uri: string; readonly proxy?: string } | { readonly dialogId: string };
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RequestHandlers {
  /** It is on its way; `sent` names the transaction. */
  onSent?(sent: SrfRequest): void;
  onResponse(response: SrfResponse, ack: SrfAck): void;
  onNotSent(why: NotSent): void;
}

/** `no-dialog`: the server knows nothing of it (any more). */
export type NotSent = 'no-dialog' | 'too-large' | 'no-connection' | 'refused';

/** The status that a peer would have answered with. */
export const statusOfNotSent: Readonly<Record<NotSent, number>> = {
  'no-dialog': 481,
  'too-large': 513,
  'no-connection': 503,
  refused: 503,
};

/**
 * drachtio-server takes at most 12,228 bytes in one control message and loses anything longer without a word; what it
 * adds itself to a header field is not counted.
 */
const maxMessageBytes = 12_000;

/** @param onPeerRequest an UPDATE that drachtio-srf hands to the request under way instead of the middleware */
export function createStack({
  client,
  log,
  onPeerRequest,
}: {
  client: () => SrfClient | undefined;
  log: Logger;
  onPeerRequest: (req: SrfRequest, res: SrfResponse) => void;
}): Stack {
  return {
    send(request, handlers) {
      const srf = client();
      const later = (why: NotSent) => queueMicrotask(() => handlers.onNotSent(why));
      if (srf === undefined) {
        later('no-connection');
        return;
      }
      const headers = cleanHeaders(request.headers);
      if (!fitsControlMessage(headers, request.body)) {
        log.warn({ method: request.method }, 'request too large for the SIP server');
        later('too-large');
        return;
      }
      const inDialog = 'dialogId' in request.target;
      const uri = inDialog ? 'sip:placeholder' : request.target.uri;
      try {
        srf.request(
          uri,
          {
            method: request.method,
            headers,
            ...(request.body === undefined ? {} : { body: request.body }),
            ...(inDialog ? { stackDialogId: request.target.dialogId } : proxyOf(request.target)),
          },
          (error, sent) => {
            if (error !== null || sent === undefined) {
              log.debug({ method: request.method, error: error?.message }, 'request not sent');
              return later(error?.code === 'ENODIALOG' ? 'no-dialog' : 'refused');
            }
            sent.on('update', onPeerRequest);
            sent.on('response', (response, ack) => handlers.onResponse(response, ack));
            handlers.onSent?.(sent);
          },
        );
      } catch (error) {
        // drachtio-srf asserts that there is a connection, which may have gone this very moment.
        log.debug({ method: request.method, err: error }, 'request not sent');
        later('no-connection');
      }
    },
  };
}

function proxyOf(target: { uri: string; proxy?: string }): { proxy?: string } {
  return target.proxy === undefined ? {} : { proxy: target.proxy };
}

/** Answers a peer's request; a status that drachtio-srf does not know becomes its class's x00 (RFC 3261 §8.1.3.2). */
export function respondTo(
  res: SrfResponse,
  status: number,
  options: { reason?: string; headers?: ResponseHeaders; body?: string } = {},
  onSent?: (error: string | undefined, sentHeaders: SrfHeaders) => void,
): void {
  const headers = cleanHeaders(options.headers ?? {});
  const fits = fitsControlMessage(headers, options.body);
  const send = (code: number) =>
    res.send(
      code,
      options.reason === undefined ? undefined : withoutControls(options.reason),
      { headers, ...(options.body === undefined || !fits ? {} : { body: options.body }) },
      onSent === undefined
        ? undefined
        : (error, sent) =>
            onSent(error === null || error === undefined ? undefined : describe(error), sent?.headers ?? {}),
    );
  // A 2xx whose body was left out would be an answer without media.
  const code = fits || status >= 300 ? status : 513;
  try {
    send(code);
  } catch {
    send(Math.floor(code / 100) * 100);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : typeof error === 'string' ? error : 'unknown error';
}

function cleanHeaders(headers: ResponseHeaders): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // drachtio-srf has one value for a name, and would join two by a comma; a line break makes them two fields.
    clean[name] = typeof value === 'string' ? withoutControls(value) : value.map(withoutControls).join(`\r\n${name}: `);
  }
  return clean;
}

function fitsControlMessage(headers: SrfHeaders, body: string | undefined): boolean {
  // Start line, the leader and the header fields that drachtio-srf copies from the request stay below this.
  let bytes = 1_500 + (body === undefined ? 0 : Buffer.byteLength(body));
  for (const [name, value] of Object.entries(headers)) bytes += name.length + Buffer.byteLength(value) + 4;
  return bytes <= maxMessageBytes;
}

/** Answers 503 over another connection than the request came on: the server knows the transaction on any. */
export function refuseOn(client: SrfClient, res: SrfResponse): void {
  const agent = client.app.client;
  const socket = agent?.mapServer.keys().next().value;
  if (agent === undefined || socket === undefined) return;
  res.agent = agent;
  res.socket = socket;
  respondTo(res, 503);
}

/** Stops waiting for an answer that will not come: drachtio-srf would keep the request for good. */
export function forgetRequest(sent: SrfRequest): void {
  sent.agent.mapServer.get(sent.socket)?.pendingSipRequests.delete(sent.stackTxnId);
}
