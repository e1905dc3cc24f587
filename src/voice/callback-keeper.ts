/**
 * Says to the site's book, again and again, which call backs this controller keeps, takes over those that nobody keeps any
 * more, and is whom the API asks.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.js';
import { workId, type WorkId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { CallbackBook, KeptCallback, PendingCallback } from '../ledger/callback-book.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Calls } from './calls.js';

/** How often what is kept here is said again, well within CALLBACK_LEASE_MS. Milliseconds. */
const KEEP_EVERY_MS = 3_000;

export interface CallbackKeeper {
  /** Of the whole site, who has waited longest first. */
  list(): Promise<readonly KeptCallback[]>;
  /** @returns false when no such call is to be called back */
  cancel(call: WorkId): Promise<boolean>;
  /** This controller goes: what it keeps is left to the others, or to its next life. */
  leave(): Promise<void>;
  stop(): void;
}

interface KeeperDeps {
  readonly book: CallbackBook;
  readonly calls: Pick<Calls, 'callbacks' | 'find' | 'takeOver'>;
  readonly ledger: Pick<Ledger, 'abandon'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export function startCallbackKeeper(deps: KeeperDeps): CallbackKeeper {
  const { book, calls, ledger, clock, log } = deps;
  let cancelNext = (): void => undefined;
  let isLeaving = false;
  let isAway = false;

  async function keep(): Promise<void> {
    const { lost, cancelled, takenOver } = await book.keep(calls.callbacks());
    for (const call of lost) calls.find(call)?.callbackOver('lost');
    for (const call of cancelled) calls.find(call)?.callbackOver('cancelled');
    for (const pending of takenOver) await takeOver(pending, deps);
  }

  async function round(): Promise<void> {
    try {
      if (!isLeaving) await keep();
      isAway = false;
    } catch (error) {
      if (!isAway) log.warn({ err: error }, 'call backs are not kept: their store is away');
      isAway = true;
    }
  }

  function waitForNext(): void {
    cancelNext = clock.after(KEEP_EVERY_MS, () => {
      void round().finally(() => {
        if (!isLeaving) waitForNext();
      });
    });
  }
  waitForNext();

  return {
    list: () => book.list(),
    async cancel(call) {
      const known = (await book.list()).find((kept) => kept.call === call);
      if (known === undefined || !(await book.cancel(call))) return false;
      // Its controller hears of it a little later: nobody is to be rung for it meanwhile.
      await ledger.abandon(known.work);
      await round();
      return true;
    },
    async leave() {
      isLeaving = true;
      cancelNext();
      const kept = calls.callbacks();
      if (kept.length === 0) return;
      await book.leave(kept);
      for (const { call } of kept) calls.find(call)?.callbackOver('left');
    },
    stop() {
      isLeaving = true;
      cancelNext();
    },
  };
}

async function takeOver(pending: PendingCallback, { book, calls, log }: KeeperDeps): Promise<void> {
  const call = workId(randomUUID());
  const { queue, number } = pending;
  // It may have been taken by the customer, who has rung in again just now.
  const kept = await book.resume({ queue, number, call, from: pending.call });
  if (kept === undefined) return;
  if (calls.takeOver(pending, call)) return;
  log.warn({ queue, number }, 'a call back is dropped: its queue calls nobody back any more');
  await book.drop({ queue, number, call });
}
