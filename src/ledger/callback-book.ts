/**
 * Who waits to be called back, known to all controllers of a site: a number waits once in a queue, whichever controller it
 * has asked, and a call back outlives the controller that keeps it.
 *
 * ```
 *  claim ──► kept by one controller, which says so again and again (keep) ──► drop
 *               │ silent for CALLBACK_LEASE_MS, or gone (leave)     │ the customer rings in again (resume): another call's
 *               └──► the next one who says what it keeps takes it over
 * ```
 * Who was silent for too long may have lost it meanwhile: `isKept` is asked before the customer is called.
 */
import type { Clock } from '../kernel/clock.js';
import type { QueueId, WorkId } from '../kernel/ids.js';

/** How long a call back stays with a controller that says nothing of it. Milliseconds. */
export const CALLBACK_LEASE_MS = 15_000;

export interface PendingCallback {
  /** Of the caller who has asked for it, or who has rung in again since. */
  readonly call: WorkId;
  /** Its name in the ledger, when that was last heard: whoever ends it takes that out of the line. */
  readonly work: WorkId;
  readonly queue: QueueId;
  readonly number: string;
  /** Since when the customer has waited: their place in line. Milliseconds since the epoch, like all times here. */
  readonly enqueuedAtMs: number;
  readonly requestedAtMs: number;
  /** Given up after that. */
  readonly untilMs: number;
  readonly attemptsLeft: number;
}

export interface KeptCallback extends PendingCallback {
  /** The controller that keeps it. */
  readonly node: string;
}

export type ClaimResult =
  /** It is kept from now on; also where this very call has claimed it before. */
  | { readonly type: 'claimed' }
  /** The number waits in that queue already, by that call. */
  | { readonly type: 'known'; readonly call: WorkId };

export interface KeepResult {
  /** They are another's now: the customer has rung in again, or this controller was silent for too long. */
  readonly lost: readonly WorkId[];
  /** Somebody has cancelled them; they are gone. */
  readonly cancelled: readonly WorkId[];
  /** Nobody has kept them; this controller does from now on. */
  readonly takenOver: readonly PendingCallback[];
}

export interface ResumeRequest extends Pick<PendingCallback, 'queue' | 'number' | 'call'> {
  readonly from?: WorkId;
}

/** One controller's view. Every operation is atomic, and may be repeated. */
export interface CallbackBook {
  claim(callback: PendingCallback): Promise<ClaimResult>;
  /**
   * What waits for that number in that queue is this call's from now on.
   * @param request.from only if it is that call's now
   * @returns it as it was; nothing waits: `undefined`
   */
  resume(request: ResumeRequest): Promise<PendingCallback | undefined>;
  /** Whether it is still this controller's, and not cancelled. */
  isKept(callback: Pick<PendingCallback, 'queue' | 'number' | 'call'>): Promise<boolean>;
  /** It has come to its end. What is another call's stays. */
  drop(callback: Pick<PendingCallback, 'queue' | 'number' | 'call'>): Promise<void>;
  /** All that this controller keeps, as it stands now; a store that has lost some has them again. */
  keep(callbacks: readonly PendingCallback[]): Promise<KeepResult>;
  /** This controller goes: another one, or its next life, may take them over at once. */
  leave(callbacks: readonly PendingCallback[]): Promise<void>;
  /** From any controller; who keeps it hears of it by its next `keep`. @returns false when no such call is to be called back */
  cancel(call: WorkId): Promise<boolean>;
  /** Those of the whole site, who has waited longest first. */
  list(): Promise<readonly KeptCallback[]>;
}

interface Entry extends KeptCallback {
  readonly leaseMs: number;
  readonly isCancelled: boolean;
}

/** The book in one process's memory: what each operation means. It ends with the process. */
export function createMemoryCallbackBook({ clock }: { readonly clock: Clock }): { of(node: string): CallbackBook } {
  const entries = new Map<string, Entry>();

  const isOver = ({ leaseMs, untilMs }: Entry): boolean => Math.max(leaseMs, untilMs) <= clock.now();
  function find(callback: Pick<PendingCallback, 'queue' | 'number'>): Entry | undefined {
    const entry = entries.get(nameOf(callback));
    return entry === undefined || isOver(entry) ? undefined : entry;
  }
  function put(callback: PendingCallback, node: string): void {
    const leaseMs = clock.now() + CALLBACK_LEASE_MS;
    entries.set(nameOf(callback), { ...callback, node, leaseMs, isCancelled: false });
  }

  return {
    of: (node) => ({
      claim: (callback) => Promise.resolve(claim(callback, { find, put, node })),
      resume({ queue, number, call, from }) {
        const known = find({ queue, number });
        if (known === undefined || known.isCancelled || known.call === call) return Promise.resolve(undefined);
        if (from !== undefined && known.call !== from) return Promise.resolve(undefined);
        put({ ...pendingOf(known), call }, node);
        return Promise.resolve(pendingOf(known));
      },
      isKept(callback) {
        const known = find(callback);
        return Promise.resolve(known?.call === callback.call && known.node === node && !known.isCancelled);
      },
      drop(callback) {
        if (find(callback)?.call === callback.call) entries.delete(nameOf(callback));
        return Promise.resolve();
      },
      keep: (callbacks) => Promise.resolve(keep(callbacks, { entries, find, put, node, nowMs: clock.now() })),
      leave(callbacks) {
        for (const callback of callbacks) {
          const known = find(callback);
          if (known?.call === callback.call && known.node === node)
            entries.set(nameOf(callback), { ...known, leaseMs: 0 });
        }
        return Promise.resolve();
      },
      cancel(call) {
        const known = [...entries.values()].find((entry) => entry.call === call && !isOver(entry));
        if (known === undefined || known.isCancelled) return Promise.resolve(false);
        entries.set(nameOf(known), { ...known, isCancelled: true });
        return Promise.resolve(true);
      },
      list() {
        const there = [...entries.values()].filter((entry) => !isOver(entry) && !entry.isCancelled);
        return Promise.resolve(inOrder(there.map((entry) => ({ ...pendingOf(entry), node: entry.node }))));
      },
    }),
  };
}

interface Access {
  readonly find: (callback: Pick<PendingCallback, 'queue' | 'number'>) => Entry | undefined;
  readonly put: (callback: PendingCallback, node: string) => void;
  readonly node: string;
}

function claim(callback: PendingCallback, { find, put, node }: Access): ClaimResult {
  const known = find(callback);
  if (known !== undefined && known.call !== callback.call && !known.isCancelled) {
    return { type: 'known', call: known.call };
  }
  put(callback, node);
  return { type: 'claimed' };
}

function keep(
  callbacks: readonly PendingCallback[],
  { entries, find, put, node, nowMs }: Access & { readonly entries: Map<string, Entry>; readonly nowMs: number },
): KeepResult {
  const lost: WorkId[] = [];
  const cancelled: WorkId[] = [];
  const takenOver: PendingCallback[] = [];
  for (const callback of callbacks) {
    const known = find(callback);
    if (known !== undefined && (known.call !== callback.call || known.node !== node)) lost.push(callback.call);
    else if (known?.isCancelled === true) {
      cancelled.push(callback.call);
      entries.delete(nameOf(callback));
    } else put(callback, node);
  }
  for (const [name, entry] of [...entries]) {
    if (entry.leaseMs > nowMs) continue;
    entries.delete(name);
    if (entry.isCancelled || entry.untilMs <= nowMs) continue;
    put(pendingOf(entry), node);
    takenOver.push(pendingOf(entry));
  }
  return { lost, cancelled, takenOver: inOrder(takenOver) };
}

export function inOrder<Callback extends PendingCallback>(callbacks: readonly Callback[]): readonly Callback[] {
  return [...callbacks].sort((a, b) => a.enqueuedAtMs - b.enqueuedAtMs || (a.call < b.call ? -1 : 1));
}

function pendingOf({ leaseMs: _lease, isCancelled: _is, node: _node, ...callback }: Entry): PendingCallback {
  return callback;
}

/** No name of a queue has a blank. */
function nameOf({ queue, number }: Pick<PendingCallback, 'queue' | 'number'>): string {
  return `${queue} ${number}`;
}
