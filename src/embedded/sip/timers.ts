/** What is needed of a clock, so that tests can bring their own. */
export interface TimerHost {
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** The base times of RFC 3261 §17 in milliseconds; all others are multiples of them. */
export interface SipTimes {
  /** Round-trip estimate: 500. */
  readonly t1: number;
  /** Longest interval between retransmissions: 4000. */
  readonly t2: number;
  /** Longest time that a message stays in the network: 5000. */
  readonly t4: number;
}

export const DEFAULT_SIP_TIMES: SipTimes = { t1: 500, t2: 4000, t4: 5000 };

const systemHost: TimerHost = {
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => {
    clearTimeout(handle as NodeJS.Timeout);
  },
};

/** A running timer. Stopping it twice, or after it fired, does nothing. */
export interface Timer {
  stop(): void;
}

/**
 * Starts timers and knows how many run. Node keeps timers of equal duration in one list, so starting and stopping are
 * O(1) without a wheel of our own: most SIP timers share five durations.
 */
export class Timers {
  private readonly running = new Set<unknown>();

  constructor(
    readonly times: SipTimes = DEFAULT_SIP_TIMES,
    private readonly host: TimerHost = systemHost,
  ) {}

  /** Timers that run now. */
  get active(): number {
    return this.running.size;
  }

  start(ms: number, callback: () => void): Timer {
    const handle = this.host.setTimeout(() => {
      this.running.delete(handle);
      callback();
    }, ms);
    this.running.add(handle);
    return {
      stop: () => {
        if (this.running.delete(handle)) this.host.clearTimeout(handle);
      },
    };
  }

  /** Stops every timer that runs. */
  stopAll(): void {
    for (const handle of this.running) this.host.clearTimeout(handle);
    this.running.clear();
  }

  /** 64 × T1: how long a transaction lives without an answer (timers B, F, H, J, L, M). */
  get transactionMs(): number {
    return 64 * this.times.t1;
  }
}
