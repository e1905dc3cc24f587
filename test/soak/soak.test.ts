import { expect, it } from 'vitest';
import { createSimulation } from './simulation.js';

it('leaves nothing of 20,000 calls of a busy half hour', async () => {
  const simulation = await createSimulation({ callsPerSecond: 10, seed: 7 });
  await simulation.run(2_000_000);
  await simulation.drain();
  expect(simulation.tally.calls).toBeGreaterThan(19_000);
  expect(await simulation.leftovers()).toEqual({
    calls: 0,
    callers: 0,
    legs: 0,
    holds: 0,
    waiting: 0,
    active: 0,
    timers: 0,
  });
  const { tally } = simulation;
  const ended = (tally['ended answered'] ?? 0) + (tally['ended abandoned'] ?? 0) + (tally['ended refused'] ?? 0);
  expect(ended, JSON.stringify(tally)).toBe(tally.calls);
  await simulation.close();
});
