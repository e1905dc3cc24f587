import { expect, it } from 'vitest';
import { createManualClock } from '../../test/support/manual-clock.js';
import { createRateLimit } from './rate-limit.js';

it('allows a burst, then so many a second, each source by itself', async () => {
  const clock = createManualClock();
  const limit = createRateLimit({ clock, burst: 3, perSecond: 2 });
  const take = (source: string, times: number) => Array.from({ length: times }, () => limit.take(source));
  expect(take('a', 4)).toEqual([true, true, true, false]);
  expect(take('b', 1)).toEqual([true]);
  await clock.turn(1_000);
  expect(take('a', 3)).toEqual([true, true, false]);
  await clock.turn(60_000);
  expect(take('a', 4)).toEqual([true, true, true, false]);
});

it('forgets who was not heard of for longest, when there are too many', () => {
  const limit = createRateLimit({ clock: createManualClock(), burst: 1, perSecond: 0, maxSources: 2 });
  expect(['a', 'b', 'a', 'c', 'a', 'b'].map((source) => limit.take(source))).toEqual([
    true,
    true,
    false,
    true,
    false,
    true,
  ]);
});
