/** Addresses as admins write them: where to listen, whom to trust. No name is ever looked up here. */
import { isIP, isIPv4, isIPv6 } from 'node:net';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `host`, `host:port`, `[::1]:port`. Nothing for other text. The host's spelling is checked by the caller. */
export function parseHostPort(text: string, defaultPort: number): HostPort | undefined {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  const plain = /^([^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text);
  const match = bracketed ?? plain;
  const host = match?.[1];
  if (host === undefined || host === '') return isIPv6(text) ? { host: text, port: defaultPort } : undefined;
  if (bracketed !== null && !isIPv6(host)) return undefined;
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  return port <= 65_535 ? { host, port } : undefined;
}

export function formatHostPort({ host, port }: HostPort): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An address of this machine to listen on: an IP address or `localhost`. */
export function isListenHost(host: string): boolean {
  return host === 'localhost' || isIP(host) !== 0;
}

const hostLabel = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/** An IP address or a DNS name (RFC 1123, and underscores, which SRV targets in the field carry). */
export function isHost(host: string): boolean {
  if (isIP(host) !== 0) return true;
  // Digits and dots alone are a mistyped address, never a name.
  if (/^[\d.]+$/.test(host)) return false;
  return host.length <= 253 && host.split('.').every((label) => hostLabel.test(label));
}

/** Whether only this machine can reach the address: 127.0.0.0/8, ::1 and `localhost`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  if (isIPv4(host)) return host.startsWith('127.');
  if (!isIPv6(host)) return false;
  const canonical = new URL(`http://[${host}]/`).hostname.slice(1, -1);
  // An IPv4-mapped address comes out of the URL parser in hexadecimal: 127.0.0.1 is ::ffff:7f00:1.
  return canonical === '::1' || /^::ffff:7f[0-9a-f]{2}:/.test(canonical);
}

export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || (isIPv6(host) && /^[0:]+$/.test(host));
}

/** `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`; `bits` is undefined for a single address. Nothing for other text. */
export function parseNetwork(text: string): { address: string; bits: number | undefined } | undefined {
  const [address, bits, ...more] = text.split('/');
  if (address === undefined || more.length > 0) return undefined;
  const family = isIP(address);
  if (family === 0) return undefined;
  if (bits === undefined) return { address, bits: undefined };
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  return { address, bits: Number(bits) };
}
