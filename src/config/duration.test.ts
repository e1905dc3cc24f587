import { expect, it } from 'vitest';
import { durationPattern, formatDuration, parseDuration } from './duration.js';

it.each([
  ['0s', 0],
  ['500ms', 500],
  ['15s', 15_000],
  ['2m', 120_000],
  ['1h30m', 5_400_000],
  ['1d', 86_400_000],
  ['1d2h3m4s5ms', 93_784_005],
  ['90m', 5_400_000],
])('reads %s as %i ms, and editors take it too', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
  expect(parseDuration(formatDuration(ms))).toBe(ms);
  expect(text).toMatch(new RegExp(durationPattern));
});

it.each(['', '15', 's', '-1s', '1.5s', '15 s', '30m1h', '1s1s', '1w', '1S', '99999999999999999d'])(
  'refuses %j',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

it.each([
  [0, '0s'],
  [90_000, '1m30s'],
  [3_600_000, '1h'],
  [1500, '1s500ms'],
])('writes %i ms as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
