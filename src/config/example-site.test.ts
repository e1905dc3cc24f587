import { expect, it } from 'vitest';
import { loadConfig } from './load-config.js';
import { formatProblems } from './problem.js';

it('loads the example site without a warning', async () => {
  const result = await loadConfig('config', {});
  expect(formatProblems(result.ok ? result.warnings : result.problems)).toBe('');
});
