/**
 * The one table from what a phone answered to what it means for the agent behind it.
 * Sources: RFC 3261 §21, RFC 3398 §8.2.6 (Q.850 to SIP), ITU-T Q.850 §2.2.7.
 */
import type { DeclineCause } from '../ledger/ledger.js';

export interface DeviceOutcome {
  readonly cause: DeclineCause;
  /** The person said no, not the device: no other device of theirs is tried. */
  readonly forPerson: boolean;
}

/** @param rang whether the device had said 180 or 183 before */
export function deviceOutcome(failure: { status: number; q850?: number; rang: boolean }): DeviceOutcome {
  const byStatus = statusTable[failure.status];
  if (byStatus !== undefined) return { ...byStatus };
  const byCause = failure.q850 === undefined ? undefined : q850Table[failure.q850];
  if (byCause !== undefined) return { cause: byCause, forPerson: false };
  return { cause: failure.rang ? 'no-answer' : 'unreachable', forPerson: false };
}

const statusTable: Readonly<Record<number, DeviceOutcome>> = {
  403: { cause: 'declined', forPerson: false },
  486: { cause: 'busy', forPerson: false },
  600: { cause: 'busy', forPerson: true },
  603: { cause: 'declined', forPerson: true },
  607: { cause: 'declined', forPerson: true }, // RFC 8197 Unwanted
};

const q850Table: Readonly<Record<number, DeclineCause>> = {
  17: 'busy', // user busy
  18: 'no-answer', // no user responding
  19: 'no-answer', // no answer from user (user alerted)
  21: 'declined', // call rejected
  20: 'unreachable', // subscriber absent
  27: 'unreachable', // destination out of order
};

/** Which of several devices' causes stands for the person: the one nearest to having reached them. */
const nearest: readonly DeclineCause[] = ['declined', 'no-answer', 'busy', 'unreachable'];

export function nearerOf(one: DeclineCause, other: DeclineCause): DeclineCause {
  return nearest.indexOf(one) <= nearest.indexOf(other) ? one : other;
}

/** What a caller of one person, not of a queue, is told. */
export const statusForCaller: Readonly<Record<DeclineCause, number>> = {
  busy: 486,
  declined: 603,
  'no-answer': 480,
  unreachable: 480,
};

/** A carrier's refusal as the dialling agent's phone may see it: our own dealings with the carrier are not its affair. */
export function statusForDialler(status: number): number {
  const isOurAffair = status < 400 || status === 401 || status === 407 || status === 422 || status === 491;
  return isOurAffair ? 503 : status;
}
