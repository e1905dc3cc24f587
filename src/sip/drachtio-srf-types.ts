/**
 * What we use of drachtio-srf, typed once: its own declarations leave out the low-level request and response calls.
 * Its Dialog class is not used: it answers re-INVITEs by itself and knows one digest algorithm only.
 */
import type { Socket } from 'node:net';
import Srf from 'drachtio-srf';

/** Header field names as its parser leaves them: lower case, except `X-` and some `P-` ones. */
export type SrfHeaders = Readonly<Record<string, string>>;

interface SrfMessage {
  readonly headers: SrfHeaders;
  readonly body?: string;
}

export interface SrfRequest extends SrfMessage {
  readonly method: string;
  readonly uri: string;
  /** `application`: the server itself sent this request and lets us know. */
  readonly source: 'network' | 'application';
  readonly source_address: string;
  readonly source_port: number;
  readonly protocol: string;
  readonly stackTxnId: string;
  /** Of requests inside a dialog: `<Call-ID>;from-tag=<tag of the INVITE's From>`. */
  readonly stackDialogId?: string;
  readonly socket: Socket;
  readonly agent: SrfAgent;
  on(event: 'response', listener: (res: SrfResponse, ack: SrfAck) => void): void;
  on(event: 'cancel', listener: (cancel: SrfMessage) => void): void;
  on(event: 'update', listener: (req: SrfRequest, res: SrfResponse) => void): void;
  cancel(options: { headers?: SrfHeaders }, callback: (error: unknown) => void): void;
}

export interface SrfResponse extends SrfMessage {
  readonly status: number;
  readonly stackDialogId?: string;
  readonly finalResponseSent: boolean;
  agent: SrfAgent;
  socket: Socket;
  send(
    status: number,
    reason: string | undefined,
    options: { headers?: SrfHeaders; body?: string },
    callback?: (error: unknown, sent?: SrfMessage) => void,
  ): void;
}

export type SrfAck = (options?: { body?: string }) => void;

export interface SrfAgent {
  readonly mapServer: Map<
    Socket,
    {
      /** Requests of ours that wait for their final response, by transaction; the library never gives up on one. */
      readonly pendingSipRequests: Map<string, unknown>;
    }
  >;
}

export interface SrfRequestOptions {
  readonly method: string;
  readonly uri?: string;
  readonly proxy?: string;
  readonly headers?: SrfHeaders;
  readonly body?: string;
  readonly stackDialogId?: string;
  readonly stackTxnId?: string;
}

export interface SrfClient {
  readonly app: { readonly client?: SrfAgent };
  connect(options: {
    host: string;
    port: number;
    secret: string;
    enablePing: boolean;
    reconnect: { maxAttempts: number };
  }): void;
  disconnect(socket?: Socket): void;
  on(
    event: 'connect',
    listener: (error: Error | null, hostports?: string, serverVersion?: string, localHostports?: string) => void,
  ): void;
  on(event: 'error', listener: (error: Error, socket?: Socket) => void): void;
  on(event: 'close', listener: (socket?: Socket) => void): void;
  use(handler: (req: SrfRequest, res: SrfResponse) => void): void;
  use(method: string, handler: (req: SrfRequest, res: SrfResponse) => void): void;
  request(
    uri: string,
    options: SrfRequestOptions,
    callback: (error: (Error & { code?: string }) | null, sent?: SrfRequest) => void,
  ): void;
}

export function createSrf(): SrfClient {
  return new Srf() as unknown as SrfClient;
}
