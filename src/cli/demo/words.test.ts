import { expect, it } from 'vitest';

import type { RoutingConfig } from '../../config/routing-config.js';
import type { StrategyKind } from '../../config/staffing.js';
import { agentId } from '../../kernel/ids.js';
import { createNames, seconds, whyOf } from './words.js';

const [ana, ben, eva] = [agentId('ana'), agentId('ben'), agentId('eva')];
const names = createNames({
  agents: new Map([
    [ana, { name: 'Ana García' }],
    [ben, { name: 'Ben Okafor' }],
    [eva, { name: 'Eva Lindqvist' }],
  ]),
} as unknown as RoutingConfig);

it.each<[StrategyKind, number, string]>([
  ['ring-to-all', 0, 'all 2 who are free, the first to answer has it'],
  ['random', 0, 'by chance, one of 2 who are free'],
  ['priority', 10, 'priority 10, before Ben (11)'],
  ['round-robin', 0, 'whose turn it is, before Ben'],
  ['longest-idle', 57_500, 'idle for 2.5 s, longest of 2'],
  ['fewest-calls', 1, '1 call so far, fewest of 2'],
  ['least-talk-time', 1500, 'talked 1.5 s so far, least of 2'],
  ['maximum-utilisation', -2, '2 running, most of 2'],
  ['average-utilisation', 1, '1 running, least of 2'],
  ['linear', 0, 'first of the list who is free'],
  ['widening', 0, '1 of 2 who are free, longest idle first'],
])('explains %s', (strategy, key, words) => {
  const candidates = [
    { agent: ana, key },
    { agent: ben, key: key + 1 },
  ];
  const passedOver = [{ agent: eva, why: 'away: lunch' }];
  const why = whyOf({ strategy, candidates, chosen: [ana], passedOver }, 60_000, names);
  expect(why).toBe(`${words}; not Eva away: lunch`);
});

it.each([
  [400, '0.4 s'],
  [59_900, '59.9 s'],
  [61_000, '1:01'],
  [3_600_000, '60:00'],
])('writes %i ms as %s', (durationMs, text) => {
  expect(seconds(durationMs)).toBe(text);
});
