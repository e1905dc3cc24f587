import fc from 'fast-check';
import { expect, it } from 'vitest';
import { histories } from '../../test/ledger/model/history.js';
import { play } from '../../test/ledger/model/play.js';
import { createMemoryLedger } from './memory.js';

it('does in random histories what the naive ledger foretells, and keeps its invariants after every step', async () => {
  let operations = 0;
  await fc.assert(
    fc.asyncProperty(histories(400), async (history) => {
      operations += await play((deps) => Promise.resolve(createMemoryLedger(deps)), history);
    }),
    { numRuns: 120, seed: 20_260_105 },
  );
  expect(operations).toBeGreaterThan(10_000);
});
