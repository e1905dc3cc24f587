import type { SipMessage } from './message.js';
import type { Timer, Timers } from './timers.js';
import { parseParams } from './header-text.js';

/** Smallest Session-Expires in seconds (RFC 4028 §4). */
export const MIN_SESSION_SECONDS = 90;

/** Session-Expires as it stands in a message (RFC 4028 §4). */
export interface SessionExpires {
  readonly seconds: number;
  readonly refresher: 'uac' | 'uas' | undefined;
}

/** Reads Session-Expires; undefined when there is none that makes sense. */
export function sessionExpiresOf(message: SipMessage): SessionExpires | undefined {
  const value = message.get('session-expires');
  if (value === undefined) return undefined;
  const seconds = Number.parseInt(value, 10);
  if (!Number.isInteger(seconds) || seconds <= 0) return undefined;
  const refresher = parseParams(value.slice(value.indexOf(';') + 1)).get('refresher');
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

/** Runs until the session has to be refreshed by us, or until the peer has failed to. */
export class SessionTimer {
  private readonly timer: Timer;

  constructor(
    timers: Timers,
    readonly seconds: number,
    readonly weRefresh: boolean,
    due: () => void,
  ) {
    // RFC 4028 §10: refresh at half the interval; end the session when it is over.
    this.timer = timers.start(weRefresh ? seconds * 500 : seconds * 1000, due);
  }

  stop(): void {
    this.timer.stop();
  }
}
