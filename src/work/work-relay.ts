/** What another controller of the site is asked about an item that it has. */
import type { ItemId } from '../kernel/ids.js';
import type { Answer, ItemAct } from './item-types.js';

export interface WorkRelay {
  /** @returns `undefined` when it does not answer in time; what was asked may have been done */
  ask(node: string, item: ItemId, act: ItemAct): Promise<RelayReply | undefined>;
  /** Answers what others ask of this one, from now on. */
  serve(answer: (item: ItemId, act: ItemAct) => Promise<RelayReply>): void;
  stop(): void;
}

/** `unknown`: it has no such item, or has it no more. */
export type RelayReply = Answer | { readonly type: 'unknown' };
