/**
 * What we use of modesl, typed once: it brings no declarations. Its `execute` and `bgapi` are left out, since each leaves
 * a listener behind when the answer never comes; what they send is sent by `sendRecv`.
 */
declare module 'modesl' {
  export interface EslEvent {
    /** `null` when the event has no such header. */
    getHeader(name: string): string | number | null;
    /** Falsy when there is none. */
    getBody(): string | null | undefined;
  }

  export interface EslSocket {
    setNoDelay(noDelay: boolean): unknown;
    setKeepAlive(enable: boolean, initialDelay: number): unknown;
    destroy(): void;
    on(event: 'close', listener: () => void): unknown;
  }

  /** Connects, and answers the request for the password by itself. */
  export class Connection {
    constructor(host: string, port: number, password: string, onReady: () => void);
    /** `null` once the peer has closed. */
    readonly socket: EslSocket | null;
    on(event: 'error', listener: (error: Error) => void): void;
    /** `headers` are those around the event; the library's own events have none. */
    on(event: string, listener: (event: EslEvent, headers?: Readonly<Record<string, unknown>>) => void): void;
    /** `api <command>`; callbacks are called in the order of the commands, and none once the connection has ended. */
    api(command: string, callback: (reply: EslEvent) => void): void;
    /** Any other command; `headers` follow it as they are, a line each. */
    sendRecv(command: string, headers: Readonly<Record<string, string>>, callback: (reply: EslEvent) => void): void;
  }

  const modesl: { readonly Connection: typeof Connection };
  export default modesl;
}
