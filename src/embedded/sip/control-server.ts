import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { App, AppMessage } from './app.js';
import type { AppCommand } from './agent-context.js';
import { deliveryLine, FrameReader, originFields, sipFrame, sipOf, textFrame, type Frame } from './control-protocol.js';
import type { SipLog } from './log.js';
import type { SipRequest, SipResponse } from './message.js';
import type { Router } from './router.js';
import { newId } from './tokens.js';

/** What applications can ask for. */
export interface AppRequests {
  sendInside(command: AppCommand<SipRequest>, dialogId: string): void;
  sendOutside(command: AppCommand<SipRequest>, proxy: string): void;
  cancel(command: AppCommand<SipRequest>, transactionId: string): void;
  respond(command: AppCommand<SipResponse>, transactionId: string): void;
}

export interface ControlServerOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** `protocol/host:port` of each listener, told to applications that sign in. */
  readonly hostports: () => readonly string[];
  readonly router: Router;
  readonly requests: AppRequests;
  readonly log: SipLog;
}

export interface ControlServer {
  readonly host: string;
  readonly port: number;
  /** Connected applications. */
  readonly connections: number;
  close(): Promise<void>;
}

/** The version whose protocol this is, with a word that says it is not the real one. */
const VERSION = 'v0.9.4-embedded';

/** The real server loses longer messages; who develops against this one should hear of it. */
const REAL_LIMIT_BYTES = 12_228;

/** Listens for applications. Rejects when the address cannot be bound. */
export async function listenForApps(options: ControlServerOptions): Promise<ControlServer> {
  const connections = new Set<AppConnection>();
  const server: Server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    const connection = new AppConnection(socket, options);
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
  });
  const bound = once(server, 'listening');
  server.listen(options.port, options.host);
  await bound;
  return {
    host: options.host,
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections.size;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.end();
      await closed;
    },
  };
}

class AppConnection implements App {
  open = true;
  private isSignedIn = false;

  constructor(
    private readonly socket: Socket,
    private readonly options: ControlServerOptions,
  ) {
    const reader = new FrameReader((frame) => {
      if (this.open) this.take(frame);
    });
    socket.on('data', (chunk: Buffer) => {
      if (!reader.push(chunk)) this.end();
    });
    socket.on('error', () => this.end());
    socket.on('close', () => this.end());
  }

  deliver(what: AppMessage): void {
    this.write(sipFrame(deliveryLine(newId(), what), what.message));
  }

  sent(messageId: string, what: AppMessage, kind: 'request' | 'response'): void {
    const ids = kind === 'request' ? what.transactionId : `${what.transactionId}|${what.dialogId}|`;
    const line = `${newId()}|response|${messageId}|OK|${originFields(what.origin)}|${ids}|Msg sent:|`;
    this.write(sipFrame(line, what.message));
  }

  failed(messageId: string, reason: string): void {
    this.write(textFrame(`${newId()}|response|${messageId}|NOK|${reason}`));
  }

  end(): void {
    if (!this.open) return;
    this.open = false;
    this.options.router.removeAll(this);
    this.socket.destroy();
  }

  private write(bytes: Buffer): void {
    if (this.open) this.socket.write(bytes);
  }

  private answer(messageId: string, text: string): void {
    this.write(textFrame(`${newId()}|response|${messageId}|${text}`));
  }

  private take(frame: Frame): void {
    if (frame.verb === 'authenticate') this.signIn(frame);
    else if (!this.isSignedIn) this.leave(frame, 'not authenticated');
    else if (frame.verb === 'sip') this.takeSip(frame);
    else if (frame.verb === 'ping') this.answer(frame.messageId, 'OK|pong');
    else if (frame.verb === 'route' || frame.verb === 'remove_route') this.takeRoute(frame);
    else if (frame.verb === 'proxy') {
      this.failed(frame.messageId, 'proxying is not supported by the embedded SIP server');
    } else this.leave(frame, 'Unknown message type');
  }

  private signIn(frame: Frame): void {
    if (!isSame(frame.fields[0] ?? '', this.options.secret)) {
      this.leave(frame, 'incorrect secret');
      return;
    }
    this.isSignedIn = true;
    const hostports = this.options.hostports().join(',');
    this.answer(frame.messageId, `OK|${hostports}|${VERSION}|${hostports}`);
  }

  private leave(frame: Frame, reason: string): void {
    this.options.log.warn({ verb: frame.verb, reason }, 'application refused');
    this.open = false;
    this.options.router.removeAll(this);
    this.socket.end(textFrame(`${newId()}|response|${frame.messageId}|NO|${reason}`));
    this.socket.setTimeout(1000, () => this.socket.destroy());
  }

  private takeRoute(frame: Frame): void {
    const method = frame.fields[0] ?? '';
    if (frame.verb === 'route') this.options.router.add(this, method);
    else this.options.router.remove(this, method);
    this.answer(frame.messageId, 'OK');
  }

  private takeSip(frame: Frame): void {
    const [transactionId = '', dialogId = '', proxy = ''] = frame.fields;
    const message = sipOf(frame);
    const { requests, log } = this.options;
    if (frame.payload.length > REAL_LIMIT_BYTES) {
      log.warn({ bytes: frame.payload.length }, 'drachtio-server would lose a message of this size');
    }
    const common = { app: this, messageId: frame.messageId };
    if (message === undefined) this.failed(frame.messageId, 'invalid sip message');
    else if (message.kind === 'response') {
      if (transactionId === '') this.leave(frame, 'transaction id missing');
      else requests.respond({ ...common, message }, transactionId);
    } else if (dialogId !== '') requests.sendInside({ ...common, message }, dialogId);
    else if (message.method === 'CANCEL') requests.cancel({ ...common, message }, transactionId);
    else requests.sendOutside({ ...common, message }, proxy);
  }
}

/** Compares without telling by the time how much was right. */
function isSame(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
