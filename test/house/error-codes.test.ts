import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { errorCodes } from '../../src/kernel/errors.js';

it('lists every error code in docs/errors.md, with the meaning that the code gives it', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)`\s*\| ([^|]+?)\s*\|/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(Object.fromEntries(rows)).toEqual(errorCodes);
});
