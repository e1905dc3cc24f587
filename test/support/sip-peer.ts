import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket as TcpSocket } from 'node:net';
import { parse, serialise, SipRequest, SipResponse, type SipMessage } from '../../src/embedded/sip/message.js';
import { StreamFramer } from '../../src/embedded/sip/stream-framer.js';

/** How long a test waits for a message before it fails, in milliseconds. */
const PATIENCE_MS = 30_000;

interface Waiting {
  readonly wants: (message: SipMessage) => boolean;
  readonly found: (message: SipMessage) => void;
}

/** A SIP peer without any behaviour of its own: a test says what it sends and waits for what it gets. */
export abstract class SipPeer {
  abstract readonly transport: 'UDP' | 'TCP';
  abstract readonly host: string;
  abstract readonly port: number;
  /** What came and was not waited for yet. */
  readonly inbox: SipMessage[] = [];
  private readonly waiting = new Set<Waiting>();
  private count = 0;

  abstract sendBytes(bytes: Buffer | string): void;
  abstract close(): Promise<void>;

  /** `sip:` URI of this peer. */
  uri(user: string): string {
    const transport = this.transport === 'TCP' ? ';transport=tcp' : '';
    return `sip:${user}@${this.host}:${String(this.port)}${transport}`;
  }

  send(message: SipMessage): void {
    this.sendBytes(serialise(message));
  }

  /** A request outside dialogs with everything that RFC 3261 asks for. */
  request(method: string, uri: string, changes: Readonly<Record<string, string>> = {}, body = ''): SipRequest {
    const id = `${String(process.pid)}-${String(this.port)}-${String(++this.count)}-${Math.random().toString(36).slice(2)}`;
    const request = new SipRequest(method, uri);
    request.add('Via', `SIP/2.0/${this.transport} ${this.host}:${String(this.port)};rport;branch=z9hG4bK-${id}`);
    request
      .add('Max-Forwards', '70')
      .add('From', `<${this.uri('caller')}>;tag=t${id}`)
      .add('To', `<${uri}>`);
    request
      .add('Call-ID', id)
      .add('CSeq', `1 ${method}`)
      .add('Contact', `<${this.uri('caller')}>`);
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') request.remove(name);
      else request.set(name, value);
    }
    if (body !== '' && request.get('content-type') === undefined) request.add('Content-Type', 'application/sdp');
    request.body = Buffer.from(body);
    return request;
  }

  /** The ACK of a final response to this INVITE. */
  ackOf(invite: SipRequest, response: SipResponse): SipRequest {
    const isSuccess = response.status < 300;
    const target = /<([^>]*)>/.exec(response.get('contact') ?? '')?.[1];
    const ack = this.request('ACK', isSuccess ? (target ?? invite.uri) : invite.uri);
    if (!isSuccess) ack.set('Via', invite.get('via') ?? '');
    ack.set('From', invite.get('from') ?? '').set('To', response.get('to') ?? '');
    ack.set('Call-ID', invite.get('call-id') ?? '').set('CSeq', (invite.get('cseq') ?? '').replace('INVITE', 'ACK'));
    return ack.remove('Contact');
  }

  /** The CANCEL of this INVITE. */
  cancelOf(invite: SipRequest): SipRequest {
    const cancel = invite.clone();
    cancel.method = 'CANCEL';
    cancel.body = Buffer.alloc(0);
    cancel.set('CSeq', (invite.get('cseq') ?? '').replace('INVITE', 'CANCEL'));
    return cancel.remove('Contact').remove('Content-Type');
  }

  /** A later request in the dialog that this INVITE and its 2xx have made, seen from the caller. */
  inDialog(method: string, invite: SipRequest, response: SipResponse, seq: number, body = ''): SipRequest {
    const target = /<([^>]*)>/.exec(response.get('contact') ?? '')?.[1] ?? invite.uri;
    const request = this.request(method, target, {}, body);
    request.set('From', invite.get('from') ?? '').set('To', response.get('to') ?? '');
    return request.set('Call-ID', invite.get('call-id') ?? '').set('CSeq', `${String(seq)} ${method}`);
  }

  /** A response with what is copied from the request. */
  responseTo(request: SipRequest, status: number, changes: Readonly<Record<string, string>> = {}): SipResponse {
    const response = new SipResponse(status);
    for (const via of request.getAll('via')) response.add('Via', via);
    for (const route of request.getAll('record-route')) response.add('Record-Route', route);
    const to = request.get('to') ?? '';
    response.add('From', request.get('from') ?? '');
    response.add('To', status > 100 && !to.includes('tag=') ? `${to};tag=callee` : to);
    response.add('Call-ID', request.get('call-id') ?? '').add('CSeq', request.get('cseq') ?? '');
    if (status > 100 && status < 300) response.add('Contact', `<${this.uri('callee')}>`);
    for (const [name, value] of Object.entries(changes)) response.set(name, value);
    return response;
  }

  /** The next response with that status. */
  async response(status: number, to?: SipRequest): Promise<SipResponse> {
    const message = await this.next(
      (each) =>
        each.kind === 'response' &&
        each.status === status &&
        (to === undefined || (each.get('cseq') === to.get('cseq') && each.get('call-id') === to.get('call-id'))),
      `${String(status)}${to === undefined ? '' : ` to ${to.method}`}`,
    );
    return message as SipResponse;
  }

  /** The next request with that method. */
  async expectRequest(method: string): Promise<SipRequest> {
    return (await this.next((each) => each.kind === 'request' && each.method === method, method)) as SipRequest;
  }

  /** The next message that is wanted, of those that came already or will come. */
  next(wants: (message: SipMessage) => boolean, what = 'a message'): Promise<SipMessage> {
    const index = this.inbox.findIndex(wants);
    const present = index < 0 ? undefined : this.inbox.splice(index, 1)[0];
    if (present !== undefined) return Promise.resolve(present);
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        wants,
        found: (message) => {
          clearTimeout(timer);
          this.waiting.delete(entry);
          resolve(message);
        },
      };
      const timer = setTimeout(() => {
        this.waiting.delete(entry);
        const got = this.inbox.map((each) => (each.kind === 'request' ? each.method : String(each.status))).join(', ');
        reject(new Error(`peer on port ${String(this.port)} waited in vain for ${what}; it got: ${got}`));
      }, PATIENCE_MS);
      this.waiting.add(entry);
    });
  }

  protected take(bytes: Buffer): void {
    const result = parse(Buffer.from(bytes));
    if (!result.ok) return;
    for (const entry of this.waiting) {
      if (!entry.wants(result.message)) continue;
      entry.found(result.message);
      return;
    }
    this.inbox.push(result.message);
  }
}

type Address = { readonly host: string; readonly port: number };

/** A peer on UDP. */
export class UdpPeer extends SipPeer {
  readonly transport = 'UDP';
  private isClosed = false;

  private constructor(
    private readonly socket: UdpSocket,
    readonly host: string,
    readonly port: number,
    private readonly server: Address,
  ) {
    super();
    socket.on('message', (bytes) => this.take(bytes));
  }

  static async open(server: Address): Promise<UdpPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new UdpPeer(socket, '127.0.0.1', socket.address().port, server);
  }

  sendBytes(bytes: Buffer | string): void {
    this.socket.send(bytes, this.server.port, this.server.host);
  }

  close(): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    this.isClosed = true;
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }
}

const LIMITS = { maxHeadBytes: 1_000_000, maxBodyBytes: 1_000_000 };

/** A peer on TCP: it connects, and takes connections at the same time. */
export class TcpPeer extends SipPeer {
  readonly transport = 'TCP';
  readonly host = '127.0.0.1';
  /** Empty lines that came between messages. */
  pongs = 0;
  /** Connections that the server has opened to this peer. */
  accepted = 0;
  isClosedByServer = false;
  private readonly sockets = new Set<TcpSocket>();

  private constructor(
    private readonly listener: Server,
    private readonly socket: TcpSocket,
    readonly port: number,
  ) {
    super();
    this.adopt(socket);
    socket.on('close', () => (this.isClosedByServer = true));
    listener.on('connection', (each) => {
      this.accepted++;
      this.adopt(each);
    });
  }

  static async open(server: Address): Promise<TcpPeer> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const socket = connect({ port: server.port, host: server.host, noDelay: true });
    await once(socket, 'connect');
    return new TcpPeer(listener, socket, (listener.address() as AddressInfo).port);
  }

  sendBytes(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  /** Answers over whatever connection the server has opened. */
  sendOverAccepted(message: SipMessage): void {
    for (const socket of this.sockets) if (socket !== this.socket) socket.write(serialise(message));
  }

  /** Ends the connection that this peer has opened. */
  hangUp(): void {
    this.socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.listener.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private adopt(socket: TcpSocket): void {
    this.sockets.add(socket);
    const framer = new StreamFramer({ message: (bytes) => this.take(bytes), ping: () => undefined }, LIMITS);
    socket.on('data', (chunk: Buffer) => {
      if (/^[\r\n]+$/.test(chunk.toString('latin1'))) this.pongs++;
      framer.push(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }
}
