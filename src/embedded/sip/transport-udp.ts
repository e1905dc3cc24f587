import type { Buffer } from 'node:buffer';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Flow, ListenAddress } from './flow.js';
import type { AddressBook } from './address-book.js';

export interface UdpTransportOptions {
  readonly host: string;
  readonly port: number;
  readonly addresses: AddressBook;
  readonly received: (bytes: Buffer, flow: Flow) => void;
}

export interface UdpTransport {
  readonly address: ListenAddress;
  readonly isIpv6: boolean;
  flowTo(host: string, port: number): Flow;
  close(): Promise<void>;
}

const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/** Binds a UDP socket. Rejects when the address cannot be bound. */
export async function listenUdp(options: UdpTransportOptions): Promise<UdpTransport> {
  const isIpv6 = options.host.includes(':');
  const socket = createSocket({
    type: isIpv6 ? 'udp6' : 'udp4',
    ipv6Only: isIpv6,
    recvBufferSize: SOCKET_BUFFER_BYTES,
  });
  const bound = once(socket, 'listening');
  socket.bind(options.port, options.host);
  await bound;
  // Errors of single datagrams are reported to their senders; the socket itself lives on.
  socket.on('error', () => undefined);
  const port = socket.address().port;
  const transport = new BoundUdp(socket, { transport: 'udp', host: options.host, port }, isIpv6, options.addresses);
  socket.on('message', (bytes, peer) => {
    // A SIP message starts with a letter or token; keep-alives (CRLF) and STUN (0x00, 0x01) do not (RFC 5626 §4.4.2).
    if ((bytes[0] ?? 0) <= 32 || bytes.length < 12) return;
    options.received(bytes, transport.flowTo(peer.address, peer.port));
  });
  return transport;
}

class BoundUdp implements UdpTransport {
  private closed = false;

  constructor(
    private readonly socket: Socket,
    readonly address: ListenAddress,
    readonly isIpv6: boolean,
    private readonly addresses: AddressBook,
  ) {}

  get isOpen(): boolean {
    return !this.closed;
  }

  flowTo(host: string, port: number): Flow {
    return new UdpFlow(this, this.addresses.towards(this.address, host), host, port);
  }

  send(bytes: Buffer, host: string, port: number, failed?: (reason: string) => void): void {
    if (this.closed) {
      if (failed !== undefined) queueMicrotask(() => failed('the server is closing'));
      return;
    }
    this.socket.send(bytes, port, host, (error) => {
      if (error !== null) failed?.(error.message);
    });
  }

  close(): Promise<void> {
    if (this.closed) return Promise.resolve();
    this.closed = true;
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }
}

class UdpFlow implements Flow {
  readonly transport = 'udp';
  readonly reliable = false;

  constructor(
    private readonly bound: BoundUdp,
    readonly local: ListenAddress,
    readonly remoteHost: string,
    readonly remotePort: number,
  ) {}

  get open(): boolean {
    return this.bound.isOpen;
  }

  send(bytes: Buffer, failed?: (reason: string) => void): void {
    this.bound.send(bytes, this.remoteHost, this.remotePort, failed);
  }
}
