/**
 * Who gets the work, of those who could take it now. Each strategy is an ordering; all but three then offer to the
 * first alone. Every ordering ends in the config's, so that equal candidates never depend on chance.
 *
 * | strategy            | ordered by                              | offered to               |
 * |---------------------|-----------------------------------------|--------------------------|
 * | ring-to-all         | longest idle                            | all                      |
 * | random              | config                                  | one, each equally likely |
 * | priority            | priority (1 first), longest idle        | the first                |
 * | round-robin         | least recently offered to in this queue | the first                |
 * | longest-idle        | longest idle                            | the first                |
 * | fewest-calls        | calls taken, longest idle               | the first                |
 * | least-talk-time     | time talked, longest idle               | the first                |
 * | maximum-utilisation | most running, longest idle              | the first                |
 * | average-utilisation | fewest running, longest idle            | the first                |
 * | linear              | config                                  | the first                |
 * | widening            | longest idle                            | the first `start`        |
 */
import type { Strategy, StrategyKind } from '../config/staffing.js';
import type { AgentId } from '../kernel/ids.js';

/** What the orderings look at, for one agent as a member of one queue. */
export interface Candidate {
  readonly agent: AgentId;
  /** Place in the queue's config, from 0. */
  readonly order: number;
  /** 1 the highest, 100 the lowest. */
  readonly priority: number;
  readonly idleSinceMs: number;
  readonly calls: number;
  readonly talkMs: number;
  /** Holds of the queue's channel, offered and wrapped up ones included. */
  readonly running: number;
  /** Rises with each offer in this queue: the number of the last one that this agent got, 0 for none. */
  readonly lastTurn: number;
}

interface Ordering {
  readonly key: (candidate: Candidate) => number;
  readonly tiesBy: 'longest-idle' | 'config';
}

const longestIdle: Ordering = { key: (c) => c.idleSinceMs, tiesBy: 'config' };
const configOrder: Ordering = { key: (c) => c.order, tiesBy: 'config' };

const orderings: Readonly<Record<StrategyKind, Ordering>> = {
  'ring-to-all': longestIdle,
  random: configOrder,
  priority: { key: (c) => c.priority, tiesBy: 'longest-idle' },
  'round-robin': { key: (c) => c.lastTurn, tiesBy: 'config' },
  'longest-idle': longestIdle,
  'fewest-calls': { key: (c) => c.calls, tiesBy: 'longest-idle' },
  'least-talk-time': { key: (c) => c.talkMs, tiesBy: 'longest-idle' },
  'maximum-utilisation': { key: (c) => 0 - c.running, tiesBy: 'longest-idle' },
  'average-utilisation': { key: (c) => c.running, tiesBy: 'longest-idle' },
  linear: configOrder,
  widening: longestIdle,
};

/** What a strategy orders by; the smaller the sooner. */
export function orderingKey(strategy: StrategyKind, candidate: Candidate): number {
  return orderings[strategy].key(candidate);
}

/** A new array, in the order in which the strategy would choose. */
export function inOrder(strategy: StrategyKind, candidates: readonly Candidate[]): readonly Candidate[] {
  const { key, tiesBy } = orderings[strategy];
  return candidates.toSorted(
    (a, b) => key(a) - key(b) || (tiesBy === 'longest-idle' ? a.idleSinceMs - b.idleSinceMs : 0) || a.order - b.order,
  );
}

/**
 * Whom the first offer of an attempt goes to.
 * @param ordered from {@link inOrder}
 * @param random in [0, 1); only `random` looks at it
 */
export function choose(strategy: Strategy, ordered: readonly Candidate[], random: number): readonly Candidate[] {
  switch (strategy.kind) {
    case 'ring-to-all':
      return ordered;
    case 'random':
      return pickAnywhere(ordered, 1, random);
    case 'widening':
      return ordered.slice(0, Math.max(1, strategy.start));
    default:
      return ordered.slice(0, 1);
  }
}

/**
 * Who joins an attempt that is ringing already.
 * @param count without it all who are free
 */
export function chooseMore(
  strategy: Strategy,
  ordered: readonly Candidate[],
  count: number | undefined,
  random: number,
): readonly Candidate[] {
  if (count === undefined) return ordered;
  return strategy.kind === 'random' ? pickAnywhere(ordered, count, random) : ordered.slice(0, count);
}

/** Neighbours from a random start, round the end: every candidate is equally likely, with one random number. */
function pickAnywhere(ordered: readonly Candidate[], count: number, random: number): readonly Candidate[] {
  const start = Math.floor(random * ordered.length);
  return [...ordered.slice(start), ...ordered.slice(0, start)].slice(0, count);
}
