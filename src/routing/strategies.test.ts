import { describe, expect, it } from 'vitest';
import type { Strategy, StrategyKind } from '../config/staffing.js';
import { agentId } from '../kernel/ids.js';
import { choose, chooseMore, inOrder, orderingKey, type Candidate } from './strategies.js';

/** Four agents, made so that no two strategies agree on the order. */
const [ana, ben, eva, joe] = [
  { agent: agentId('ana'), order: 0, priority: 20, idleSinceMs: 400, calls: 3, talkMs: 10, running: 1, lastTurn: 9 },
  { agent: agentId('ben'), order: 1, priority: 10, idleSinceMs: 300, calls: 3, talkMs: 40, running: 2, lastTurn: 0 },
  { agent: agentId('eva'), order: 2, priority: 10, idleSinceMs: 200, calls: 5, talkMs: 10, running: 0, lastTurn: 4 },
  { agent: agentId('joe'), order: 3, priority: 100, idleSinceMs: 100, calls: 1, talkMs: 30, running: 2, lastTurn: 0 },
] as const;
const everybody: readonly Candidate[] = [ana, ben, eva, joe];

const one = (kind: Exclude<StrategyKind, 'widening'>): Strategy => ({ kind });
const names = (candidates: readonly Candidate[]): string => candidates.map((candidate) => candidate.agent).join(' ');

describe('the order of candidates', () => {
  it.each<[StrategyKind, string, number[]]>([
    ['ring-to-all', 'joe eva ben ana', [100, 200, 300, 400]],
    ['random', 'ana ben eva joe', [0, 1, 2, 3]],
    ['priority', 'eva ben ana joe', [10, 10, 20, 100]],
    ['round-robin', 'ben joe eva ana', [0, 0, 4, 9]],
    ['longest-idle', 'joe eva ben ana', [100, 200, 300, 400]],
    ['fewest-calls', 'joe ben ana eva', [1, 3, 3, 5]],
    ['least-talk-time', 'eva ana joe ben', [10, 10, 30, 40]],
    ['maximum-utilisation', 'joe ben ana eva', [-2, -2, -1, 0]],
    ['average-utilisation', 'eva ana joe ben', [0, 1, 2, 2]],
    ['linear', 'ana ben eva joe', [0, 1, 2, 3]],
    ['widening', 'joe eva ben ana', [100, 200, 300, 400]],
  ])('%s: %s', (kind, order, keys) => {
    const ordered = inOrder(kind, everybody);
    expect(names(ordered)).toBe(order);
    expect(ordered.map((candidate) => orderingKey(kind, candidate))).toEqual(keys);
  });

  it('does not depend on the order in which candidates are found', () => {
    const equals = everybody.map((candidate) => ({ ...candidate, idleSinceMs: 0, calls: 0, priority: 1 }));
    for (const kind of ['priority', 'longest-idle', 'fewest-calls', 'linear'] as const) {
      expect(names(inOrder(kind, equals.toReversed()))).toBe('ana ben eva joe');
    }
  });

  it('leaves the candidates that it was given as they were', () => {
    const given = [...everybody];
    inOrder('longest-idle', given);
    expect(names(given)).toBe('ana ben eva joe');
  });
});

describe('who is chosen', () => {
  it.each<[string, Strategy, number, string]>([
    ['all with ring-to-all', one('ring-to-all'), 0, 'joe eva ben ana'],
    ['the highest priority, of equals the longest idle', one('priority'), 0, 'eva'],
    ['who was offered to least recently', one('round-robin'), 0, 'ben'],
    ['the longest idle', one('longest-idle'), 0, 'joe'],
    ['who took the fewest calls', one('fewest-calls'), 0, 'joe'],
    ['who talked least, of equals the longest idle', one('least-talk-time'), 0, 'eva'],
    ['who has the most running, of equals the longest idle', one('maximum-utilisation'), 0, 'joe'],
    ['who has the fewest running', one('average-utilisation'), 0, 'eva'],
    ['the first of the config', one('linear'), 0, 'ana'],
    ['the first at random 0', one('random'), 0, 'ana'],
    ['the first just below a quarter', one('random'), 0.2499, 'ana'],
    ['the second from a quarter on', one('random'), 0.25, 'ben'],
    ['the last just below 1', one('random'), 0.999999, 'joe'],
    ['so many as a widening ring starts with', { kind: 'widening', start: 2, add: 1, everyMs: 5000 }, 0, 'joe eva'],
    ['all when there are fewer', { kind: 'widening', start: 9, add: 1, everyMs: 5000 }, 0, 'joe eva ben ana'],
    ['at least one', { kind: 'widening', start: 0, add: 1, everyMs: 5000 }, 0, 'joe'],
  ])('%s', (_, strategy, random, chosen) => {
    expect(names(choose(strategy, inOrder(strategy.kind, everybody), random))).toBe(chosen);
  });

  it.each<Strategy>([
    one('ring-to-all'),
    one('random'),
    one('priority'),
    { kind: 'widening', start: 2, add: 1, everyMs: 5000 },
  ])('nobody when nobody is free: $kind', (strategy) => {
    expect(choose(strategy, [], 0.5)).toEqual([]);
    expect(chooseMore(strategy, [], 2, 0.5)).toEqual([]);
  });

  it('adds the next in order to a ringing attempt', () => {
    const widening: Strategy = { kind: 'widening', start: 1, add: 2, everyMs: 5000 };
    expect(names(chooseMore(widening, [eva, ben, ana], 2, 0))).toBe('eva ben');
    expect(names(chooseMore(widening, [eva, ben, ana], undefined, 0))).toBe('eva ben ana');
  });

  it('adds at random, and nobody twice', () => {
    expect(names(chooseMore(one('random'), everybody, 2, 0.8))).toBe('joe ana');
    expect(names(chooseMore(one('random'), everybody, 9, 0.8))).toBe('joe ana ben eva');
  });
});
