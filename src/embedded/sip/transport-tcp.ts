import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { AddressBook } from './address-book.js';
import type { Flow, ListenAddress } from './flow.js';
import { TcpConnection, type ConnectionHost, type TcpLimits } from './tcp-connection.js';
import type { Timers } from './timers.js';

export interface TcpTransportOptions {
  readonly host: string;
  readonly port: number;
  readonly addresses: AddressBook;
  readonly timers: Timers;
  readonly limits: TcpLimits;
  readonly received: (bytes: Buffer, flow: Flow) => void;
}

export interface TcpTransport {
  readonly address: ListenAddress;
  readonly isIpv6: boolean;
  /** The connection with that peer, or a new one. What is sent before it stands is sent once it does. */
  flowTo(host: string, port: number): Flow;
  /** Open connections. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Listens for TCP connections. Rejects when the address cannot be bound. */
export async function listenTcp(options: TcpTransportOptions): Promise<TcpTransport> {
  const server = createServer({ noDelay: true, keepAlive: true });
  const bound = once(server, 'listening');
  server.listen({ port: options.port, host: options.host, ipv6Only: options.host.includes(':') });
  await bound;
  server.on('error', () => undefined);
  return new BoundTcp(server, options);
}

class BoundTcp implements TcpTransport, ConnectionHost {
  readonly address: ListenAddress;
  readonly isIpv6: boolean;
  readonly timers: Timers;
  readonly limits: TcpLimits;
  private readonly byPeer = new Map<string, TcpConnection>();
  private readonly perHost = new Map<string, number>();
  private readonly open = new Set<TcpConnection>();

  constructor(
    private readonly server: Server,
    private readonly options: TcpTransportOptions,
  ) {
    this.address = { transport: 'tcp', host: options.host, port: (server.address() as AddressInfo).port };
    this.isIpv6 = options.host.includes(':');
    this.timers = options.timers;
    this.limits = options.limits;
    server.on('connection', (socket) => {
      this.accept(socket);
    });
  }

  get connections(): number {
    return this.open.size;
  }

  flowTo(host: string, port: number): Flow {
    const existing = this.byPeer.get(peerKey(host, port));
    if (existing?.open === true) return existing;
    return this.add(connect({ host, port, noDelay: true, keepAlive: true }), host, port, true);
  }

  private accept(socket: Socket): void {
    const host = socket.remoteAddress;
    const port = socket.remotePort;
    const tooMany =
      this.open.size >= this.limits.maxConnections ||
      (host !== undefined && (this.perHost.get(host) ?? 0) >= this.limits.maxConnectionsPerHost);
    if (host === undefined || port === undefined || tooMany) {
      socket.destroy();
      return;
    }
    this.add(socket, host, port, false);
  }

  private add(socket: Socket, host: string, port: number, isOutgoing: boolean): TcpConnection {
    const local = this.options.addresses.towards(this.address, host);
    const connection = new TcpConnection(socket, { local, remoteHost: host, remotePort: port, isOutgoing }, this);
    this.open.add(connection);
    this.byPeer.set(peerKey(host, port), connection);
    this.perHost.set(host, (this.perHost.get(host) ?? 0) + 1);
    return connection;
  }

  received(bytes: Buffer, flow: Flow): void {
    this.options.received(bytes, flow);
  }

  closed(connection: TcpConnection): void {
    if (!this.open.delete(connection)) return;
    const key = peerKey(connection.remoteHost, connection.remotePort);
    if (this.byPeer.get(key) === connection) this.byPeer.delete(key);
    const left = (this.perHost.get(connection.remoteHost) ?? 1) - 1;
    if (left > 0) this.perHost.set(connection.remoteHost, left);
    else this.perHost.delete(connection.remoteHost);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of [...this.open]) connection.destroy('the server is closing');
    await closed;
  }
}

function peerKey(host: string, port: number): string {
  return `${host} ${String(port)}`;
}
