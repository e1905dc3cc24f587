import type { Buffer } from 'node:buffer';

export type TransportName = 'udp' | 'tcp';

/** An address on which the server listens, as peers can reach it. */
export interface ListenAddress {
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
}

/** A way to one peer: an address for UDP, a connection for TCP. */
export interface Flow {
  readonly transport: TransportName;
  /** Whether the transport itself retransmits (RFC 3261 §17: no timers A, E, G). */
  readonly reliable: boolean;
  /** The listening address that peers at the other end shall use. */
  readonly local: ListenAddress;
  /** IP address without brackets. */
  readonly remoteHost: string;
  readonly remotePort: number;
  /** False once a connection is gone; UDP stays open until the server closes. */
  readonly open: boolean;
  /** Sends one message. `failed` is called at most once, later, when it could not be sent. */
  send(bytes: Buffer, failed?: (reason: string) => void): void;
}

/** The host as it stands in a URI or Via: IPv6 in brackets. */
export function uriHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The host without the brackets of an IPv6 reference. */
export function bareHost(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
