import { expect, it } from 'vitest';
import { editDistance, listNames, nearestName, suggestName } from './suggestion.js';

it.each([
  ['', '', 0],
  ['abc', 'abc', 0],
  ['abc', '', 3],
  ['abc', 'abd', 1],
  ['abc', 'ab', 1],
  ['abc', 'abcd', 1],
  ['stratgey', 'strategy', 1],
  ['kitten', 'sitting', 3],
])('counts what leads from %j to %j: %i', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

it('finds the nearest name, and none when all are far', () => {
  expect(nearestName('ring-timout', ['ring_timeout', 'max_wait'])).toBe('ring_timeout');
  expect(nearestName('Ana', ['ben', 'ana'])).toBe('ana');
  expect(nearestName('zoltan', ['ana', 'ben'])).toBeUndefined();
});

it('lists what there is when nothing is near, and not more than fits', () => {
  expect(suggestName('x1', ['ana', 'ben'], 'agents')).toBe('; known agents: `ana`, `ben`');
  expect(suggestName('x', [], 'agents')).toBe('; no agents are defined');
  expect(listNames(Array.from({ length: 25 }, (_, index) => `a${index}`))).toMatch(/`a19`, and 5 more$/);
});
