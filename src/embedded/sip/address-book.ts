import { networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import type { ListenAddress } from './flow.js';

/** Knows under which address a listener that is bound to all interfaces can be reached by a peer. */
export interface AddressBook {
  /** The listening address to write into messages to `remoteHost`. */
  towards(listener: ListenAddress, remoteHost: string): ListenAddress;
}

const WILDCARDS = new Set(['0.0.0.0', '::']);

/** Whether the address means every interface. */
export function isWildcard(host: string): boolean {
  return WILDCARDS.has(host);
}

/** Creates a book that compares addresses of this machine with the peer's and takes the nearest. */
export function createAddressBook(localAddresses: () => readonly string[] = addressesOfThisMachine): AddressBook {
  const known = new Map<string, ListenAddress>();
  return {
    towards: (listener, remoteHost) => {
      if (!isWildcard(listener.host)) return listener;
      const key = `${listener.transport} ${String(listener.port)} ${remoteHost}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const host = nearest(localAddresses(), remoteHost) ?? listener.host;
      const address: ListenAddress = { ...listener, host };
      // Peers choose their addresses, so the memory of them is bounded.
      if (known.size >= 10_000) known.clear();
      known.set(key, address);
      return address;
    },
  };
}

function addressesOfThisMachine(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
}

function nearest(candidates: readonly string[], remoteHost: string): string | undefined {
  const family = isIP(remoteHost);
  let best: string | undefined;
  let bestScore = -1;
  for (const candidate of candidates) {
    if (isIP(candidate) !== family) continue;
    const isLoopback = candidate.startsWith('127.') || candidate === '::1';
    // A loopback address is useless to a peer elsewhere.
    const score = 2 * commonParts(candidate, remoteHost) + (isLoopback ? 0 : 1);
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

function commonParts(a: string, b: string): number {
  const separator = a.includes(':') ? ':' : '.';
  const left = a.split(separator);
  const right = b.split(separator);
  let count = 0;
  while (count < left.length && left[count] === right[count]) count++;
  return count;
}
