/**
 * One controller among those of a site: says that it lives, notices which others have died and takes over or ends what they
 * held, and brings the store in line with what runs here whenever the store, or this controller, was away.
 *
 * ```
 *           beat answered                     beat lost, or an operation
 *  steady ◄───────────────┐  ┌──────────────────────────────────────────────► away (gate shut, operations wait)
 *                         │  │                                                  │ a beat is answered
 *                         │  │         the others have told theirs, too         ▼
 *                         └──┴──────────────────────────────────────────── telling what runs here
 * ```
 * A store that was started anew, or failed over, may have lost what it had acknowledged: nobody goes on there before all
 * who lived have told it what they have, or it would give to an agent who is talking by another controller.
 */
import type { Channel } from '../../config/routing-config.js';
import type { Clock } from '../../kernel/clock.js';
import type { Charge } from '../charges.js';
import type { LedgerNotice, LedgerSite } from '../ledger.js';
import type { Beat, Operations, OwnWork, Reconciled } from './operations.js';
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
  /** What this controller is in charge of. */
  readonly charges: () => readonly Charge[];
  /** Told just before the store is told all of `works`. */
  readonly beforeTelling?: () => void;
  /** Channels whose work this controller can take over, being told by an `adopted` notice. */
  readonly adopts: () => readonly Channel[];
  /** Whether it can take over what others were in charge of. */
  readonly adoptsCharges: boolean;
  readonly post: (notices: readonly LedgerNotice[]) => void;
  /** Takes libraries of functions out of the store that controllers of this site use no more. */
  readonly deleteLibraries: (names: readonly string[]) => Promise<void>;
  readonly onChange: (change: StoreChange) => void;
  readonly onError: (error: unknown) => void;
  readonly beatMs: number;
  readonly deadAfterMs: number;
}

export type StoreChange =
  /** Told again when the store went away once more while it was told what runs. */
  | { readonly type: 'away' }
  /**
   * Everything that runs here stands in the store again. `isRestarted`: the store was started anew, or another one has taken
   * over, and may have lost something; `isRestored`: it had lost everything, and this controller was the first to tell it.
   */
  | { readonly type: 'back'; readonly awayMs: number; readonly isRestarted: boolean; readonly isRestored: boolean }
  | {
      readonly type: 'node-died';
      readonly node: string;
      readonly worksEnded: number;
      readonly worksAdopted: number;
    };

export interface Membership {
  isUp(): boolean;
  /** Whether no other controller can have taken this one for dead. */
  isSure(): boolean;
  /** To be told of a store that did not answer. */
  noteAway(): void;
  /** The connection broke: what the next one leads to may be another store, and must be told first what runs here. */
  noteLost(): void;
  /** There is a connection again. */
  noteConnected(): void;
  stop(): void;
  /** To be called when somebody listens: tells by a notice what a controller of this name has left to take over. */
  takeUp(): Promise<void>;
  /** What runs here ends, and what others can take over is left to them: they need not find out for themselves. */
  leave(): Promise<void>;
}

/** How often a store that was started anew is asked who has told it all. Milliseconds. */
const ASK_MS = 50;

/** The library of an older version goes when it was not used for so long: going back to it costs no more than loading it. */
const LIBRARY_UNUSED_MS = 24 * 60 * 60_000;

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
  /** When the last word was said to the store that has been answered: so long nobody takes this controller for dead. */
  #heardMs: number;
  #isBeating = false;
  #isTelling = false;
  /** The run of the store on which operations were last let through. */
  #incarnation: string | undefined;
  /** Who else lived when that was last heard. */
  #others: readonly string[] = [];
  #cancelTimer: () => void = () => undefined;

  constructor(deps: MembershipDeps) {
    this.#deps = deps;
    this.#steadySinceMs = deps.clock.now();
    this.#heardMs = deps.clock.now();
  }

  async join(): Promise<void> {
    const beat = await this.#say();
    this.#noteOthers(beat);
    await this.#tell({ ...(beat.incarnation === undefined ? {} : { incarnation: beat.incarnation }), spares: true });
    this.#incarnation = beat.incarnation;
    this.#wait();
  }

  isUp(): boolean {
    return this.#awaySinceMs === undefined;
  }

  isSure(): boolean {
    const { clock, deadAfterMs } = this.#deps;
    return clock.now() - this.#heardMs < deadAfterMs;
  }

  noteAway(): void {
    if (this.#awaySinceMs !== undefined || this.#isStopped) return;
    this.#awaySinceMs = this.#deps.clock.now();
    this.#deps.onChange({ type: 'away' });
  }

  noteLost(): void {
    if (this.#isStopped) return;
    this.#deps.turns.gate.shut();
    this.noteAway();
  }

  noteConnected(): void {
    if (!this.#isStopped && !this.#isBeating && !this.isUp()) void this.#beat();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
  }

  async leave(): Promise<void> {
    const { turns, operations, node } = this.#deps;
    await turns.runNow(operations.reconcile, { owner: node, works: [], ...this.#adopted(), leaves: true });
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
    const { clock, deadAfterMs, turns, onError, beatMs, deleteLibraries } = this.#deps;
    this.#isBeating = true;
    const sentMs = clock.now();
    try {
      const judges = this.isUp() && sentMs - this.#steadySinceMs >= deadAfterMs;
      const beat = await this.#say(judges ? { deadAfterMs } : {});
      if (clock.now() - sentMs > beatMs) this.#steadySinceMs = clock.now();
      const isSame = beat.isKnown && beat.isConfigured && beat.incarnation === this.#incarnation;
      if (isSame && turns.gate.isOpen()) this.#noteBack({ isRestarted: false, isRestored: false });
      // Those who lived when the store was lost are not forgotten before all is told.
      else if (!(await this.#rebuild())) return;
      this.#heardMs = sentMs;
      for (const node of beat.dead) await this.#bury(node);
      this.#noteOthers(beat);
      if (beat.unused.length > 0) await deleteLibraries(beat.unused);
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

  #say(more: { deadAfterMs?: number } = {}): Promise<Beat> {
    const { turns, operations } = this.#deps;
    const library = operations.library.name;
    return turns.runNow(operations.beat, { library, unusedAfterMs: LIBRARY_UNUSED_MS, ...more });
  }

  /**
   * Nothing else goes to the store until all that runs here, and with the others, stands there.
   * @returns whether it came to its end
   */
  async #rebuild(): Promise<boolean> {
    const { turns, site, configure } = this.#deps;
    this.noteAway();
    turns.gate.shut();
    await turns.gate.whenQuiet();
    const timesShut = turns.gate.timesShut();
    const { isConfigured, incarnation } = await this.#say();
    const known = site();
    if (!isConfigured && known !== undefined) await configure(known);
    const isAnotherRun = incarnation !== this.#incarnation;
    this.#isTelling = true;
    await this.#tell(incarnation === undefined ? {} : { incarnation });
    if (isAnotherRun) await this.#othersHaveTold();
    this.#isTelling = false;
    // The connection was lost once more: who knows to whom the next one goes.
    if (turns.gate.timesShut() !== timesShut) return false;
    this.#incarnation = incarnation;
    turns.gate.open();
    this.#noteBack({ isRestarted: isAnotherRun, isRestored: !isConfigured });
    // What others have set in motion meanwhile may be lost.
    if (known !== undefined) this.#deps.post([{ type: 'matchable', queues: [...known.queues.keys()] }]);
    return true;
  }

  takeUp(): Promise<void> {
    return this.#tell({});
  }

  async #tell(more: { incarnation?: string; spares?: true }): Promise<void> {
    const { turns, operations, node, works, charges, post, beforeTelling } = this.#deps;
    beforeTelling?.();
    const request = { owner: node, works: works(), charges: charges(), ...this.#adopted(), ...more };
    const told = await turns.runNow(operations.reconcile, request);
    post(told.offered.map((offer) => ({ type: 'offered', ...offer })));
    post(told.lost.map((offer) => ({ type: 'expired', expiry: { type: 'offer', ...offer } })));
    if (told.lostCharges.length > 0) post([{ type: 'charges-lost', charges: told.lostCharges }]);
    post(adoptedNotice(told));
  }

  /** Whoever does not come back in the time after which they would count as dead is waited for no longer. */
  async #othersHaveTold(): Promise<void> {
    const { clock, deadAfterMs } = this.#deps;
    const untilMs = clock.now() + deadAfterMs;
    for (;;) {
      const { told } = await this.#say();
      if (this.#others.every((other) => told.includes(other)) || clock.now() >= untilMs || this.#isStopped) return;
      await new Promise<void>((resolve) => clock.after(ASK_MS, resolve));
    }
  }

  #noteOthers({ nodes, dead }: Beat): void {
    this.#others = nodes.filter((other) => other !== this.#deps.node && !dead.includes(other));
  }

  async #bury(node: string): Promise<void> {
    const { turns, operations, deadAfterMs, onChange, post } = this.#deps;
    const request = { owner: node, works: [], ...this.#adopted(), deadAfterMs };
    const found = await turns.runNow(operations.reconcile, request);
    onChange({ type: 'node-died', node, worksEnded: found.gone.length, worksAdopted: found.adopted.length });
    post(adoptedNotice(found));
  }

  #adopted(): { adopts: readonly Channel[]; adoptsCharges: boolean } {
    const { adopts, adoptsCharges } = this.#deps;
    return { adopts: adopts(), adoptsCharges };
  }

  #noteBack(how: { isRestarted: boolean; isRestored: boolean }): void {
    const since = this.#awaySinceMs;
    if (since === undefined) return;
    this.#awaySinceMs = undefined;
    this.#steadySinceMs = this.#deps.clock.now();
    this.#deps.onChange({ type: 'back', awayMs: this.#steadySinceMs - since, ...how });
  }
}

function adoptedNotice({ adopted, charges }: Reconciled): readonly LedgerNotice[] {
  return adopted.length + charges.length === 0 ? [] : [{ type: 'adopted', works: adopted, charges }];
}
