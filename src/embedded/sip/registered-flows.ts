import type { Flow } from './flow.js';
import type { SipRequest, SipResponse } from './message.js';
import { parseNameAddr } from './name-addr.js';
import type { Timer, Timers } from './timers.js';
import { parseUri } from './uri.js';

/**
 * The connections over which phones registered. A phone behind NAT can only be reached over the connection that it opened, so
 * requests to its contact take that one (RFC 5626 in spirit, and what the real server does without `outbound`).
 */
export class RegisteredFlows {
  private readonly flows = new Map<string, { readonly flow: Flow; readonly timer: Timer }>();

  constructor(private readonly timers: Timers) {}

  /** Learns from a 200 to REGISTER. */
  learn(request: SipRequest, response: SipResponse, flow: Flow): void {
    if (flow.transport !== 'tcp') return;
    for (const contact of request.list('contact')) {
      const key = contactKey(parseNameAddr(contact)?.uri);
      if (key === undefined) continue;
      this.forget(key);
      const seconds = expiresOf(response, key);
      if (seconds <= 0) continue;
      this.flows.set(key, { flow, timer: this.timers.start(seconds * 1000, () => this.flows.delete(key)) });
    }
  }

  /** The open connection of a contact, if it registered over one. */
  find(uri: string): Flow | undefined {
    if (this.flows.size === 0) return undefined;
    const flow = this.flows.get(contactKey(uri) ?? '')?.flow;
    return flow?.open === true ? flow : undefined;
  }

  private forget(key: string): void {
    this.flows.get(key)?.timer.stop();
    this.flows.delete(key);
  }
}

/** Longest time that is believed, as timers cannot run longer than 2^31 ms. */
const MAX_SECONDS = 7 * 24 * 3600;

function expiresOf(response: SipResponse, key: string): number {
  for (const contact of response.list('contact')) {
    const address = parseNameAddr(contact);
    const seconds = Number.parseInt(address?.params.get('expires') ?? '', 10);
    if (contactKey(address?.uri) === key && Number.isInteger(seconds)) return Math.min(seconds, MAX_SECONDS);
  }
  const seconds = Number.parseInt(response.get('expires') ?? '', 10);
  return Number.isInteger(seconds) && response.has('contact') ? Math.min(seconds, MAX_SECONDS) : 0;
}

function contactKey(text: string | undefined): string | undefined {
  const uri = text === undefined ? undefined : parseUri(text);
  return uri === undefined ? undefined : `${uri.user ?? ''}@${uri.host}:${String(uri.port ?? 5060)}`;
}
