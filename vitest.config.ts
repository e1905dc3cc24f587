import { defineConfig } from 'vitest/config';

// Real processes, phones and browsers on a busy machine: a wait that ran out is tried once more, and the run says so ("retry x1").
// What was seen and is wrong (two winners, a limit passed, a counter that is not zero) fails at once.
const afterAWaitInVain = { count: 1, condition: /waited in vain|nothing that fits came within|timed out/i };

/**
 * How long a test that fails may take, and what never comes is awaited. A machine that is busy, or slow, must not fail for it:
 * what is quick is measured by the benchmarks.
 */
const patience = { testTimeout: 240_000, hookTimeout: 120_000, expect: { poll: { timeout: 30_000 } } };

export default defineConfig({
  test: {
    reporters: ['default'],
    passWithNoTests: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/house/**/*.test.ts', 'test/soak/**/*.test.ts'],
          ...patience,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'contract',
          retry: afterAWaitInVain,
          include: ['test/contract/**/*.test.ts', 'test/sip-adapter/**/*.test.ts', 'test/media/**/*.test.ts'],
          ...patience,
          // Each file starts a SIP server, and RFC 3261's timers must not be late for want of a processor.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          retry: afterAWaitInVain,
          include: ['test/e2e/**/*.test.ts', 'test/sipp/**/*.test.ts', 'test/widget/**/*.test.ts'],
          ...patience,
          // They mostly wait.
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
