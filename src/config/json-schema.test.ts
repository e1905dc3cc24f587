import { expect, it } from 'vitest';
import { createJsonSchema } from './json-schema.js';

it('stands in config/schema.json as it is (vitest -u writes it)', async () => {
  await expect(`${JSON.stringify(createJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../config/schema.json');
});
