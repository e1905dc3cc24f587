/**
 * What a controller is in charge of for longer than it holds anybody's room: a conversation, which may be silent or closed for
 * a while. Whatever it is, one controller at a time is in charge of it, and only that one acts on the work that belongs to it.
 *
 * ```
 *              take, keep                                 drop
 *  (nobody's) ───────────► ours ─────────────────────────────► (nobody's)
 *                           │ dead, or gone: whoever finds that becomes in charge of all of it,
 *                           ▼ in the same act in which the work changes hands
 *                        another's
 * ```
 * Taking is by name only; what it is, and what state it is in, is the business of whoever takes it. With several controllers
 * the state that was last kept is handed on.
 */

export interface Charges {
  /** `isNew`: nobody was in charge. */
  take(id: string): Promise<Taken>;
  /** Who is in charge; `undefined` nobody. */
  find(id: string): Promise<Taken | undefined>;
  /** What to hand on, in the words of whoever keeps it. @returns whether we are still in charge */
  keep(id: string, state: () => string): Promise<boolean>;
  drop(id: string): Promise<void>;
  /**
   * Whether nobody can have become in charge of what is ours without our knowing. Not after a silence so long that others may
   * take us for dead: until the store has answered again.
   */
  isSure(): boolean;
}

export type Taken =
  { readonly type: 'ours'; readonly isNew: boolean } | { readonly type: 'elsewhere'; readonly node: string };

export interface Charge {
  readonly id: string;
  /** As it was last kept, if ever. */
  readonly state?: string;
}

/** Another controller is in charge of what this work belongs to: nothing was done, and nothing more is to be done here. */
export class NotInCharge extends Error {}

/** For a controller that is alone. */
export function createLocalCharges(): Charges {
  return {
    take: () => Promise.resolve({ type: 'ours', isNew: true }),
    find: () => Promise.resolve(undefined),
    keep: () => Promise.resolve(true),
    drop: () => Promise.resolve(),
    isSure: () => true,
  };
}
