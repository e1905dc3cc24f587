/**
 * RFC 4028 on one dialog: who refreshes, when, and when the session counts as dead.
 *
 * A drachtio-server keeps session timers too, as soon as Session-Expires passes through it, and refreshes by itself at
 * half the interval, five seconds more or less. Ours come earlier, and are always re-INVITEs: the server starts its own
 * timer anew at the answer to an INVITE, not at that to an UPDATE, and two refreshes at once would end a call that is well.
 */
import type { SessionTimersConfig } from '../config/routing-config.js';
import type { SrfHeaders } from './drachtio-srf-types.js';
import { headerOf, tokensOf } from './sip-headers.js';
import type { TimerScope } from './timers.js';

export interface SessionTimer {
  /** For an INVITE or UPDATE of ours. */
  requestHeaders(): Readonly<Record<string, string>>;
  /** A 2xx to it came. */
  onAccepted(headers: SrfHeaders): void;
  /** A 422 came: takes over its Min-SE. `false` when trying again would be of no use. */
  onTooSmall(headers: SrfHeaders): boolean;
  /** The Min-SE of the 422 that a request of the peer deserves, in seconds; `undefined` when its interval will do. */
  refusalOf(headers: SrfHeaders): number | undefined;
  /** For our 2xx to the peer's INVITE or UPDATE, which this starts the interval of. */
  accept(headers: SrfHeaders): Readonly<Record<string, string>>;
  /** The peer answered our OPTIONS, or a refresh has to wait: ask again later. */
  again(delayMs?: number): void;
}

export interface SessionTimerActions {
  /** Sends a refresh. */
  refresh(): void;
  /** Asks with OPTIONS whether a peer without session timers is still there. */
  probe(): void;
  /** The interval is over and nobody refreshed. */
  expired(): void;
}

type Agreement = { readonly refresher: 'us' | 'them'; readonly seconds: number } | undefined;

/** The least that RFC 4028 §4 allows. */
const smallestIntervalS = 90;
/** A peer that asks for more than a day does not want to be asked at all. */
const longestIntervalS = 86_400;
/** How much before half the interval we refresh: the server's own refresh comes up to 5 s before it. */
const headStartS = 7;

export function createSessionTimer(
  settings: SessionTimersConfig,
  timers: TimerScope,
  actions: SessionTimerActions,
): SessionTimer {
  return new DialogSessionTimer(settings, timers, actions);
}

class DialogSessionTimer implements SessionTimer {
  readonly #timers: TimerScope;
  readonly #actions: SessionTimerActions;
  /** Without, we ask for no timer, and still keep to one that the peer asks for. */
  readonly #asks: boolean;
  #minSeS: number;
  #wantedS: number;
  #agreed: Agreement;
  #cancels: (() => void)[] = [];

  constructor(settings: SessionTimersConfig, timers: TimerScope, actions: SessionTimerActions) {
    this.#timers = timers;
    this.#actions = actions;
    this.#asks = settings.expiresMs > 0;
    this.#minSeS = minSeOf(settings);
    this.#wantedS = this.#asks ? intervalOf(settings) : longestIntervalS;
  }

  requestHeaders(): Readonly<Record<string, string>> {
    if (!this.#asks && this.#agreed === undefined) return {};
    const refresher = this.#agreed?.refresher === 'them' ? 'uas' : 'uac';
    return {
      'Session-Expires': `${this.#agreed?.seconds ?? this.#wantedS};refresher=${refresher}`,
      ...minSeHeader(this.#minSeS),
    };
  }

  onAccepted(headers: SrfHeaders): void {
    const answer = parseSessionExpires(headerOf(headers, 'session-expires'));
    if (answer === undefined) this.#arm(undefined);
    else this.#arm({ refresher: answer.refresher === 'uas' ? 'them' : 'us', seconds: answer.seconds });
  }

  onTooSmall(headers: SrfHeaders): boolean {
    const asked = minSeAsked(headers);
    const current = this.#agreed?.seconds ?? this.#wantedS;
    if (asked <= current || asked > longestIntervalS) return false;
    this.#minSeS = asked;
    this.#wantedS = asked;
    if (this.#agreed !== undefined) this.#agreed = { ...this.#agreed, seconds: asked };
    return true;
  }

  refusalOf(headers: SrfHeaders): number | undefined {
    return asksForLessThan(this.#minSeS, headers) ? this.#minSeS : undefined;
  }

  accept(headers: SrfHeaders): Readonly<Record<string, string>> {
    const ours = { agreed: this.#agreed, wantedS: this.#wantedS, minSeS: this.#minSeS };
    const isAsked = headerOf(headers, 'session-expires') !== undefined;
    const next = this.#asks || isAsked ? agreementFor(headers, ours) : undefined;
    this.#arm(next);
    if (next === undefined) return {};
    return {
      'Session-Expires': `${next.seconds};refresher=${next.refresher === 'us' ? 'uas' : 'uac'}`,
      ...(supportsTimer(headers) ? { Require: 'timer' } : {}),
    };
  }

  again(delayMs?: number): void {
    if (delayMs === undefined) return this.#arm(this.#agreed);
    const again = () => (this.#agreed === undefined ? this.#actions.probe() : this.#actions.refresh());
    this.#cancels.push(this.#timers.after(delayMs, again));
  }

  #arm(next: Agreement): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
    this.#agreed = next;
    if (next === undefined) {
      if (this.#asks) this.#fireAfter(this.#wantedS / 2, () => this.#actions.probe());
      return;
    }
    // RFC 4028 §10: the side that does not refresh says BYE a little before the end.
    const marginS = next.refresher === 'them' ? Math.min(32, next.seconds / 3) : 0;
    this.#fireAfter(next.seconds - marginS, () => this.#actions.expired());
    if (next.refresher === 'them') return;
    const afterS = Math.max(next.seconds / 3, next.seconds / 2 - headStartS);
    this.#fireAfter(afterS, () => this.#actions.refresh());
  }

  #fireAfter(seconds: number, fire: () => void): void {
    this.#cancels.push(this.#timers.after(seconds * 1000, fire));
  }
}

/** The Min-SE of the 422 to an INVITE that begins a dialog, in seconds; `undefined` when its interval will do. */
export function sessionRefusalOf(settings: SessionTimersConfig, headers: SrfHeaders): number | undefined {
  return asksForLessThan(minSeOf(settings), headers) ? minSeOf(settings) : undefined;
}

function asksForLessThan(minSeS: number, headers: SrfHeaders): boolean {
  const asked = parseSessionExpires(headerOf(headers, 'session-expires'));
  // RFC 4028 §9: who does not know the extension would not know what to do about a 422.
  return asked !== undefined && asked.seconds < minSeS && supportsTimer(headers);
}

/** For an INVITE that begins a dialog. We offer to refresh ourselves, which tells us soonest that a peer is gone. */
export function sessionRequestHeaders(settings: SessionTimersConfig): Record<string, string> {
  if (settings.expiresMs <= 0) return {};
  return { 'Session-Expires': `${intervalOf(settings)};refresher=uac`, ...minSeHeader(minSeOf(settings)) };
}

/** For the INVITE that follows a 422 (RFC 4028 §7.3); `undefined` when its Min-SE does not say what would be enough. */
export function longerSessionHeaders(
  settings: SessionTimersConfig,
  headers: SrfHeaders,
): Record<string, string> | undefined {
  const asked = minSeAsked(headers);
  if (settings.expiresMs <= 0 || asked <= intervalOf(settings) || asked > longestIntervalS) return undefined;
  return { 'Session-Expires': `${asked};refresher=uac`, ...minSeHeader(asked) };
}

function minSeOf(settings: SessionTimersConfig): number {
  return Math.max(smallestIntervalS, Math.ceil(settings.minSeMs / 1000));
}

function intervalOf(settings: SessionTimersConfig): number {
  return Math.max(minSeOf(settings), Math.round(settings.expiresMs / 1000));
}

function minSeHeader(minSeS: number): Record<string, string> {
  return minSeS > smallestIntervalS ? { 'Min-SE': String(minSeS) } : {};
}

function minSeAsked(headers: SrfHeaders): number {
  return Number(/^\s*(\d{1,9})/.exec(headerOf(headers, 'min-se') ?? '')?.[1] ?? 0);
}

/** What a UAS makes of a request (RFC 4028 §9). */
function agreementFor(headers: SrfHeaders, ours: { agreed: Agreement; wantedS: number; minSeS: number }): Agreement {
  const asked = parseSessionExpires(headerOf(headers, 'session-expires'));
  if (asked === undefined) return supportsTimer(headers) ? { refresher: 'us', seconds: ours.wantedS } : undefined;
  const peerMinS = Math.max(smallestIntervalS, minSeAsked(headers));
  const seconds = Math.max(Math.min(asked.seconds, Math.max(ours.wantedS, peerMinS)), ours.minSeS);
  if (asked.refresher === undefined) {
    // The choice is ours. The server takes the sender for the refresher exactly when we have been it until now.
    return { refresher: ours.agreed?.refresher === 'us' ? 'them' : 'us', seconds };
  }
  return { refresher: asked.refresher === 'uac' ? 'them' : 'us', seconds };
}

function supportsTimer(headers: SrfHeaders): boolean {
  return tokensOf(headerOf(headers, 'supported')).includes('timer');
}

function parseSessionExpires(
  value: string | undefined,
): { readonly seconds: number; readonly refresher: 'uac' | 'uas' | undefined } | undefined {
  const found = /^\s*(\d{1,9})\s*(;.*)?$/.exec(value ?? '');
  if (found === null) return undefined;
  const refresher = /;\s*refresher\s*=\s*(uac|uas)\s*(?:;|$)/i.exec(found[2] ?? '')?.[1]?.toLowerCase();
  return { seconds: Number(found[1]), refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}
