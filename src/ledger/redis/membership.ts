/**
 * One controller among those of a site: says that it lives, notices which others have died and ends what they held, and
 * brings the store in line with what runs here whenever the store, or this controller, was away.
 */
import type { Clock } from '../../kernel/clock.js';
import type { LedgerNotice, LedgerSite } from '../ledger.js';
import type { Operations, OwnWork } from './operations.js';
import type { Turns } from './turns.js';

export interface MembershipDeps {
  readonly turns: Turns;
  readonly operations: Operations;
  readonly node: string;
  readonly clock: Clock;
  /** What is configured, for a store that has lost it. */
  readonly site: () => LedgerSite | undefined;
  readonly configure: (site: LedgerSite) => Promise<void>;
  /** What runs here at this moment. */
  readonly works: () => readonly OwnWork[];
  /** Told just before the store is told all of `works`. */
  readonly beforeTelling?: () => void;
  readonly post: (notices: readonly LedgerNotice[]) => void;
  readonly onChange: (change: StoreChange) => void;
  readonly onError: (error: unknown) => void;
  readonly beatMs: number;
  readonly deadAfterMs: number;
}

export type StoreChange =
  /** Told again when the store went away once more while it was told what runs. */
  | { readonly type: 'away' }
  /** Everything that runs here stands in the store again; `restored` where the store had lost it all. */
  | { readonly type: 'back'; readonly awayMs: number; readonly isRestored: boolean }
  | { readonly type: 'node-died'; readonly node: string; readonly worksEnded: number };

export interface Membership {
  isUp(): boolean;
  /** To be told of a store that did not answer. */
  noteAway(): void;
  stop(): void;
}

/** Begins with a first beat, and ends what a controller of the same name has left behind. */
export async function joinSite(deps: MembershipDeps): Promise<Membership> {
  const member = new Member(deps);
  await member.join();
  return member;
}

class Member implements Membership {
  readonly #deps: MembershipDeps;
  #isStopped = false;
  #awaySinceMs: number | undefined;
  /** Since when beats have been answered without a gap: only then may the silence of others count. */
  #steadySinceMs: number;
  #isBeating = false;
  #isTelling = false;
  #cancelTimer: () => void = () => undefined;

  constructor(deps: MembershipDeps) {
    this.#deps = deps;
    this.#steadySinceMs = deps.clock.now();
  }

  async join(): Promise<void> {
    const { turns, operations } = this.#deps;
    await turns.runNow(operations.beat, {});
    await this.#reconcileOwn();
    this.#wait();
  }

  isUp(): boolean {
    return this.#awaySinceMs === undefined;
  }

  noteAway(): void {
    if (this.#awaySinceMs !== undefined || this.#isStopped) return;
    this.#awaySinceMs = this.#deps.clock.now();
    this.#deps.onChange({ type: 'away' });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
  }

  #wait(): void {
    if (this.#isStopped) return;
    this.#cancelTimer = this.#deps.clock.after(this.#deps.beatMs, () => {
      this.#wait();
      // A beat that is not answered before the next is due means that nothing is.
      if (this.#isBeating) this.noteAway();
      else void this.#beat();
    });
  }

  async #beat(): Promise<void> {
    const { clock, deadAfterMs, operations, turns, onError, beatMs } = this.#deps;
    this.#isBeating = true;
    const sentMs = clock.now();
    try {
      const judges = this.isUp() && sentMs - this.#steadySinceMs >= deadAfterMs;
      const beat = await turns.runNow(operations.beat, judges ? { deadAfterMs } : {});
      if (clock.now() - sentMs > beatMs) this.#steadySinceMs = clock.now();
      if (!beat.isKnown || !beat.isConfigured || !turns.gate.isOpen()) await this.#rebuild(beat.isConfigured);
      else this.#noteBack(false);
      for (const node of beat.dead) await this.#bury(node);
    } catch (error) {
      this.#steadySinceMs = clock.now();
      turns.gate.shut();
      if (this.isUp() && !this.#isStopped) onError(error);
      if (this.isUp() || !this.#isTelling) this.noteAway();
      else if (!this.#isStopped) this.#deps.onChange({ type: 'away' });
      this.#isTelling = false;
    } finally {
      this.#isBeating = false;
    }
  }

  /** Nothing else goes to the store until all that runs here stands there. */
  async #rebuild(isConfigured: boolean): Promise<void> {
    const { turns, site, configure } = this.#deps;
    this.noteAway();
    turns.gate.shut();
    await turns.gate.whenQuiet();
    const known = site();
    if (!isConfigured && known !== undefined) await configure(known);
    this.#isTelling = true;
    await this.#reconcileOwn();
    this.#isTelling = false;
    turns.gate.open();
    this.#noteBack(!isConfigured);
    // What others have set in motion meanwhile may be lost.
    if (known !== undefined) this.#deps.post([{ type: 'matchable', queues: [...known.queues.keys()] }]);
  }

  async #reconcileOwn(): Promise<void> {
    const { turns, operations, node, works, post, beforeTelling } = this.#deps;
    beforeTelling?.();
    const { offered, lost } = await turns.runNow(operations.reconcile, { owner: node, works: works() });
    post(offered.map((offer) => ({ type: 'offered', ...offer })));
    post(lost.map((offer) => ({ type: 'expired', expiry: { type: 'offer', ...offer } })));
  }

  async #bury(node: string): Promise<void> {
    const { turns, operations, deadAfterMs, onChange } = this.#deps;
    const { gone } = await turns.runNow(operations.reconcile, { owner: node, works: [], deadAfterMs });
    onChange({ type: 'node-died', node, worksEnded: gone.length });
  }

  #noteBack(isRestored: boolean): void {
    const since = this.#awaySinceMs;
    if (since === undefined) return;
    this.#awaySinceMs = undefined;
    this.#steadySinceMs = this.#deps.clock.now();
    this.#deps.onChange({ type: 'back', awayMs: this.#steadySinceMs - since, isRestored });
  }
}
