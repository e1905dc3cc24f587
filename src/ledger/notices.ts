/** Delivers notices after the operation that caused them, in order, and never inside a listener's own call. */
import type { LedgerNotice } from './ledger.js';

export interface NoticeBox {
  post(notices: readonly LedgerNotice[]): void;
  subscribe(listener: (notice: LedgerNotice) => void): () => void;
  /** Forgets listeners and what was not delivered yet. */
  close(): void;
}

/** @param onListenerError is told of listeners that throw; the others still get the notice */
export function createNoticeBox(onListenerError: (error: unknown) => void): NoticeBox {
  const listeners = new Set<(notice: LedgerNotice) => void>();
  let pending: LedgerNotice[] = [];

  function deliver(): void {
    const notices = pending;
    pending = [];
    for (const notice of notices) {
      for (const listener of listeners) {
        try {
          listener(notice);
        } catch (error) {
          onListenerError(error);
        }
      }
    }
  }

  return {
    post(notices) {
      if (notices.length === 0 || listeners.size === 0) return;
      if (pending.length === 0) queueMicrotask(deliver);
      pending.push(...notices);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      listeners.clear();
      pending = [];
    },
  };
}
