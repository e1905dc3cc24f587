/** One act of the programme. */
import type { CallRecord } from './call-book.js';
import type { Stage } from './stage.js';

export interface Scene {
  readonly title: string;
  /** What is about to be seen, in a sentence. */
  readonly story: string;
  play(stage: Stage, expect: Expect): Promise<void>;
}

/** Notes whether something is as it should be. */
export type Expect = (what: string, isSo: boolean) => void;

/** The agents of the first offer. */
export function firstOffered(record: CallRecord): readonly string[] {
  return record.offers[0]?.agents ?? [];
}

export function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
