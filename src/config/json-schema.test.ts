import { format } from 'prettier';
import { expect, it } from 'vitest';
import { createJsonSchema } from './json-schema.js';

it('stands in config/schema.json as it is (vitest -u writes it)', async () => {
  const text = await format(JSON.stringify(createJsonSchema()), { parser: 'json', printWidth: 120 });
  await expect(text).toMatchFileSnapshot('../../config/schema.json');
});
