import type { Ledger } from '../../src/ledger/ledger.js';

/** A ledger behind a network: while it is slow, what it has decided is heard of late, in order. */
export interface SlowLedger {
  readonly ledger: Ledger;
  slow(isSlow: boolean): void;
  /** Answers that are on their way. */
  pending(): number;
}

export function createSlowLedger(inner: Ledger): SlowLedger {
  let isSlow = false;
  let waiting: (() => void)[] = [];
  const delayed = new Set(['match', 'extend', 'accept', 'decline', 'abandon', 'release', 'enqueue', 'assign']);

  const ledger = new Proxy(inner, {
    get(target, name: keyof Ledger) {
      const method = target[name];
      if (!delayed.has(name)) return method;
      return async (...args: unknown[]): Promise<unknown> => {
        const result = await (method as (...given: unknown[]) => Promise<unknown>)(...args);
        if (isSlow || waiting.length > 0) await new Promise<void>((resolve) => waiting.push(resolve));
        return result;
      };
    },
  });
  return {
    ledger,
    slow(now) {
      isSlow = now;
      if (now) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    pending: () => waiting.length,
  };
}
