import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Flow, ListenAddress } from './flow.js';
import { StreamFramer, type FramerLimits } from './stream-framer.js';
import type { Timer, Timers } from './timers.js';

export interface TcpLimits extends FramerLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerHost: number;
  /** Milliseconds that a peer has for its first message, and for each message once it has begun. */
  readonly messageMs: number;
  /** Milliseconds without traffic after which a connection is closed. */
  readonly idleMs: number;
  /** Bytes that may wait for a peer that does not read. */
  readonly maxUnsentBytes: number;
}

/** What a connection needs of the transport that it belongs to. */
export interface ConnectionHost {
  readonly timers: Timers;
  readonly limits: TcpLimits;
  received(bytes: Buffer, flow: Flow): void;
  closed(connection: TcpConnection): void;
}

export interface ConnectionEnds {
  readonly local: ListenAddress;
  readonly remoteHost: string;
  readonly remotePort: number;
  readonly isOutgoing: boolean;
}

const PONG = Buffer.from('\r\n');

/** One TCP connection with a peer, accepted or opened. */
export class TcpConnection implements Flow {
  readonly transport = 'tcp';
  readonly reliable = true;
  readonly local: ListenAddress;
  readonly remoteHost: string;
  readonly remotePort: number;
  open = true;
  private readonly framer: StreamFramer;
  private readonly waiting = new Set<(reason: string) => void>();
  private messageTimer: Timer | undefined;

  constructor(
    private readonly socket: Socket,
    ends: ConnectionEnds,
    private readonly host: ConnectionHost,
  ) {
    this.local = ends.local;
    this.remoteHost = ends.remoteHost;
    this.remotePort = ends.remotePort;
    this.framer = new StreamFramer(
      {
        message: (bytes) => {
          this.host.received(bytes, this);
        },
        ping: () => {
          this.write(PONG);
        },
      },
      host.limits,
    );
    if (!ends.isOutgoing) this.expectMessage();
    socket.setTimeout(host.limits.idleMs, () => this.destroy('idle'));
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.destroy(error.message));
    socket.on('end', () => this.destroy('closed by the peer'));
    socket.on('close', () => this.destroy('closed'));
  }

  send(bytes: Buffer, failed?: (reason: string) => void): void {
    if (!this.open) {
      if (failed !== undefined) queueMicrotask(() => failed('the connection is closed'));
      return;
    }
    if (this.socket.writableLength > this.host.limits.maxUnsentBytes) {
      this.destroy('the peer does not read');
      if (failed !== undefined) queueMicrotask(() => failed('the peer does not read'));
      return;
    }
    if (failed === undefined) {
      this.write(bytes);
      return;
    }
    this.waiting.add(failed);
    this.socket.write(bytes, (error) => {
      if (this.waiting.delete(failed) && error) failed(error.message);
    });
  }

  /** Ends the connection; whoever waits for a write is told why. */
  destroy(reason: string): void {
    if (!this.open) return;
    this.open = false;
    this.messageTimer?.stop();
    this.socket.destroy();
    this.host.closed(this);
    for (const failed of this.waiting) failed(reason);
    this.waiting.clear();
  }

  private write(bytes: Buffer): void {
    if (this.open) this.socket.write(bytes);
  }

  private take(chunk: Buffer): void {
    const fault = this.framer.push(chunk);
    if (fault !== undefined) {
      this.destroy(fault);
      return;
    }
    if (!this.open) return;
    if (!this.framer.isInsideMessage) {
      this.messageTimer?.stop();
      this.messageTimer = undefined;
    } else if (this.messageTimer === undefined) this.expectMessage();
  }

  // A peer that sends a byte now and then would hold the connection and its buffer for ever.
  private expectMessage(): void {
    this.messageTimer = this.host.timers.start(this.host.limits.messageMs, () => this.destroy('too slow'));
  }
}
