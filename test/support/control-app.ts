import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { parse, type SipMessage, type SipRequest, type SipResponse } from '../../src/embedded/sip/message.js';

/** How long a test waits for a frame before it fails, in milliseconds. */
const PATIENCE_MS = 30_000;

/** A frame from the server. */
export interface ServerFrame {
  /** Fields of the first line, the server's message id included. */
  readonly fields: readonly string[];
  readonly message: SipMessage | undefined;
}

/** A SIP message that the server has handed over. */
export interface Delivered<M extends SipMessage> {
  readonly source: string;
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly transactionId: string;
  readonly dialogId: string;
  readonly fields: readonly string[];
  readonly message: M;
}

/** Answer to a command. */
export interface Answer {
  readonly ok: string;
  readonly fields: readonly string[];
  readonly transactionId: string;
  readonly dialogId: string;
  readonly message: SipMessage | undefined;
}

interface Waiting {
  readonly wants: (frame: ServerFrame) => boolean;
  readonly found: (frame: ServerFrame) => void;
}

/** An application that speaks the control protocol by hand, so that tests see every field. */
export class ControlApp {
  readonly frames: ServerFrame[] = [];
  isClosed = false;
  private readonly waiting = new Set<Waiting>();
  private pending = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('close', () => (this.isClosed = true));
    socket.on('error', () => undefined);
  }

  /** Connects without signing in. */
  static async connect(address: { readonly host: string; readonly port: number }): Promise<ControlApp> {
    const socket = connect({ host: address.host, port: address.port, noDelay: true });
    await once(socket, 'connect');
    return new ControlApp(socket);
  }

  /** Connects, signs in and asks for those methods. */
  static async signedIn(
    control: { readonly host: string; readonly port: number; readonly secret: string },
    ...methods: string[]
  ): Promise<ControlApp> {
    const app = await ControlApp.connect(control);
    const answer = await app.command(`authenticate|${control.secret}|`);
    if (answer.ok !== 'OK') throw new Error(`not signed in: ${answer.fields.join('|')}`);
    for (const method of methods) await app.command(`route|${method}`);
    return app;
  }

  /** Sends a frame; answers its message id. */
  send(text: string): string {
    const id = randomUUID();
    const frame = `${id}|${text}`;
    this.socket.write(`${String(Buffer.byteLength(frame))}#${frame}`);
    return id;
  }

  /** Sends a frame and waits for its answer. */
  async command(text: string): Promise<Answer> {
    const id = this.send(text);
    const frame = await this.next(
      (each) => each.fields[1] === 'response' && each.fields[2] === id,
      `answer to ${text.slice(0, 60)}`,
    );
    const [, , , ok = '', ...fields] = frame.fields;
    return { ok, fields, transactionId: fields[6] ?? '', dialogId: fields[7] ?? '', message: frame.message };
  }

  /** Sends a request outside dialogs. */
  request(method: string, uri: string, headers: string[] = [], body = '', proxy = ''): Promise<Answer> {
    return this.command(`sip|||${proxy}\r\n${sip(`${method} ${uri} SIP/2.0`, headers, body)}`);
  }

  /** Sends a request inside a dialog. */
  inside(
    method: string,
    dialogId: string,
    headers: string[] = [],
    body = '',
    uri = 'sip:placeholder',
  ): Promise<Answer> {
    return this.command(`sip||${dialogId}\r\n${sip(`${method} ${uri} SIP/2.0`, headers, body)}`);
  }

  /** Cancels an INVITE. */
  cancel(transactionId: string, uri: string, headers: string[] = []): Promise<Answer> {
    return this.command(`sip|${transactionId}|\r\n${sip(`CANCEL ${uri} SIP/2.0`, headers, '')}`);
  }

  /** Answers a request. */
  respond(transactionId: string, status: string, headers: string[] = [], body = ''): Promise<Answer> {
    return this.command(`sip|${transactionId}|\r\n${sip(`SIP/2.0 ${status}`, headers, body)}`);
  }

  /** The next request that was handed over. */
  async delivered(method: string): Promise<Delivered<SipRequest>> {
    const frame = await this.next(
      (each) => isSip(each) && each.message?.kind === 'request' && each.message.method === method,
      method,
    );
    return delivered<SipRequest>(frame);
  }

  /** The next response that was handed over. */
  async deliveredResponse(status: number): Promise<Delivered<SipResponse>> {
    const frame = await this.next(
      (each) => isSip(each) && each.message?.kind === 'response' && each.message.status === status,
      String(status),
    );
    return delivered<SipResponse>(frame);
  }

  /** How many messages like this wait in the inbox. */
  waitingCount(wants: (message: SipMessage) => boolean): number {
    return this.frames.filter((each) => isSip(each) && each.message !== undefined && wants(each.message)).length;
  }

  async closed(): Promise<void> {
    if (!this.isClosed) await once(this.socket, 'close');
  }

  /** Ends the connection and waits until the server has seen it. */
  async close(): Promise<void> {
    this.socket.end();
    await this.closed();
  }

  private next(wants: (frame: ServerFrame) => boolean, what: string): Promise<ServerFrame> {
    const index = this.frames.findIndex(wants);
    const present = index < 0 ? undefined : this.frames.splice(index, 1)[0];
    if (present !== undefined) return Promise.resolve(present);
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        wants,
        found: (frame) => {
          clearTimeout(timer);
          this.waiting.delete(entry);
          resolve(frame);
        },
      };
      const timer = setTimeout(() => {
        this.waiting.delete(entry);
        const got = this.frames.map((each) => each.fields.slice(1).join('|')).join('; ');
        reject(new Error(`application waited in vain for ${what}; it got: ${got}`));
      }, PATIENCE_MS);
      this.waiting.add(entry);
    });
  }

  private take(chunk: Buffer): void {
    this.pending = Buffer.concat([this.pending, chunk]);
    for (;;) {
      const hash = this.pending.indexOf('#');
      if (hash < 0) return;
      const end = hash + 1 + Number(this.pending.toString('latin1', 0, hash));
      if (this.pending.length < end) return;
      const bytes = this.pending.subarray(hash + 1, end);
      this.pending = Buffer.from(this.pending.subarray(end));
      this.hand(bytes);
    }
  }

  private hand(bytes: Buffer): void {
    const lineEnd = bytes.indexOf('\r\n');
    const line = bytes.toString('utf8', 0, lineEnd < 0 ? bytes.length : lineEnd);
    const result = lineEnd < 0 ? undefined : parse(Buffer.from(bytes.subarray(lineEnd + 2)));
    const frame: ServerFrame = { fields: line.split('|'), message: result?.ok === true ? result.message : undefined };
    for (const entry of this.waiting) {
      if (!entry.wants(frame)) continue;
      entry.found(frame);
      return;
    }
    this.frames.push(frame);
  }
}

function isSip(frame: ServerFrame): boolean {
  return frame.fields[1] === 'sip';
}

function delivered<M extends SipMessage>(frame: ServerFrame): Delivered<M> {
  const { fields } = frame;
  return {
    source: fields[2] ?? '',
    protocol: fields[4] ?? '',
    host: fields[5] ?? '',
    port: Number(fields[6]),
    transactionId: fields[8] ?? '',
    dialogId: fields[9] ?? '',
    fields,
    message: frame.message as M,
  };
}

function sip(startLine: string, headers: readonly string[], body: string): string {
  return [startLine, ...headers, '', body].join('\r\n');
}
