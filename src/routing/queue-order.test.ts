import { expect, it } from 'vitest';
import { queueScore } from './queue-order.js';

const step = 30_000;

it.each<[string, { enqueuedAt: number; priority: number }, { enqueuedAt: number; priority: number }]>([
  ['first come, first served', { enqueuedAt: 1000, priority: 1 }, { enqueuedAt: 1001, priority: 1 }],
  ['urgent work overtakes', { enqueuedAt: 30_999, priority: 0 }, { enqueuedAt: 1000, priority: 1 }],
  ['but not work that has aged past its lead', { enqueuedAt: 1000, priority: 1 }, { enqueuedAt: 31_001, priority: 0 }],
])('%s', (_, first, second) => {
  const score = (work: { enqueuedAt: number; priority: number }) => queueScore({ ...work, ageingStepMs: step });
  expect(score(first)).toBeLessThan(score(second));
});
