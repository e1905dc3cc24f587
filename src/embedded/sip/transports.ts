import type { Buffer } from 'node:buffer';
import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import { createAddressBook, isWildcard, type AddressBook } from './address-book.js';
import { bareHost, uriHost, type Flow, type ListenAddress, type TransportName } from './flow.js';
import type { TcpLimits } from './tcp-connection.js';
import type { Timers } from './timers.js';
import { listenTcp, type TcpTransport } from './transport-tcp.js';
import { listenUdp, type UdpTransport } from './transport-udp.js';
import { parseUri, type SipUri } from './uri.js';

export interface ListenOptions {
  readonly transport: TransportName;
  /** IP address without brackets; `0.0.0.0` and `::` mean every interface. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

/** Where a request goes next. */
export interface Target {
  /** Undefined when the URI leaves it open. */
  readonly transport: TransportName | undefined;
  /** Name or IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

export type FlowResult = { readonly ok: true; readonly flow: Flow } | { readonly ok: false; readonly reason: string };

const DEFAULT_PORT = 5060;

/** The target that a URI names (RFC 3261 §18.1.1, without NAPTR and SRV), or undefined when it cannot be reached. */
export function targetOf(uri: SipUri): Target | undefined {
  const transport = uri.params.get('transport')?.toLowerCase();
  if (uri.scheme !== 'sip' || (transport !== undefined && transport !== 'udp' && transport !== 'tcp')) return undefined;
  return { transport, host: bareHost(uri.params.get('maddr') ?? uri.host), port: uri.port ?? DEFAULT_PORT };
}

/** All listeners together; finds the way to a target. */
export class Transports {
  private readonly bound: (UdpTransport | TcpTransport)[] = [];
  private readonly addresses: AddressBook = createAddressBook();

  constructor(
    private readonly timers: Timers,
    private readonly limits: TcpLimits,
    private readonly received: (bytes: Buffer, flow: Flow) => void,
  ) {}

  /** Binds one more listener. Rejects with the system's error when the address is taken or not ours. */
  async listen(options: ListenOptions): Promise<void> {
    const { addresses, received, timers, limits } = this;
    const common = { host: options.host, port: options.port, addresses, received };
    this.bound.push(
      options.transport === 'udp' ? await listenUdp(common) : await listenTcp({ ...common, timers, limits }),
    );
  }

  /** The addresses bound, in the order of listening. */
  get listeners(): ListenAddress[] {
    return this.bound.map((each) => each.address);
  }

  /** Open TCP connections. */
  get connections(): number {
    return this.bound.reduce((sum, each) => sum + ('connections' in each ? each.connections : 0), 0);
  }

  /** Whether a URI points at one of the listeners. */
  isLocal(uri: SipUri): boolean {
    const host = bareHost(uri.host);
    const port = uri.port ?? DEFAULT_PORT;
    return this.bound.some(({ address }) => {
      if (address.port !== port) return false;
      if (address.host === host || (address.host === '127.0.0.1' && host === 'localhost')) return true;
      return isWildcard(address.host) && this.addresses.towards(address, host).host === host;
    });
  }

  /** The way to a target; `done` is called at once when no name has to be looked up. */
  flowTo(target: Target, done: (result: FlowResult) => void): void {
    const host = target.host === 'localhost' ? '127.0.0.1' : target.host;
    if (isIP(host) !== 0) {
      done(this.flowToAddress({ ...target, host }));
      return;
    }
    lookup(host, (error, address) => {
      done(error === null ? this.flowToAddress({ ...target, host: address }) : { ok: false, reason: error.message });
    });
  }

  /** The URI of the listener that answers for a flow, as the real server writes it: no `transport=udp`. */
  static contactUri(local: ListenAddress): string {
    const transport = local.transport === 'udp' ? '' : `;transport=${local.transport}`;
    return `sip:${uriHost(local.host)}:${String(local.port)}${transport}`;
  }

  /** Whether a listener for that transport and address family exists. */
  canReach(uri: string): boolean {
    const parsed = parseUri(uri);
    const target = parsed === undefined ? undefined : targetOf(parsed);
    return target !== undefined && this.choose(target) !== undefined;
  }

  private flowToAddress(target: Target): FlowResult {
    const chosen = this.choose(target);
    if (chosen === undefined) return { ok: false, reason: 'requested protocol/transport not available' };
    return { ok: true, flow: chosen.flowTo(target.host, target.port) };
  }

  /** UDP before TCP when the URI leaves it open, then the listener whose address is nearest to the target. */
  private choose(target: Target): UdpTransport | TcpTransport | undefined {
    const wantsIpv6 = target.host.includes(':');
    let best: UdpTransport | TcpTransport | undefined;
    let bestScore = -1;
    for (const each of this.bound) {
      if (each.isIpv6 !== wantsIpv6) continue;
      if (target.transport !== undefined && each.address.transport !== target.transport) continue;
      const score = (each.address.transport === 'udp' ? 100 : 0) + likeness(each.address.host, target.host);
      if (score > bestScore) {
        best = each;
        bestScore = score;
      }
    }
    return best;
  }

  async close(): Promise<void> {
    await Promise.all(this.bound.map((each) => each.close()));
  }
}

function likeness(listener: string, remote: string): number {
  const left = listener.split('.');
  const right = remote.split('.');
  let count = 0;
  while (count < left.length && left[count] === right[count]) count++;
  return count * 2 + (isWildcard(listener) ? 1 : 0);
}
