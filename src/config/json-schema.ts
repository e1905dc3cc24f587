import { z } from 'zod';
import { siteSchema } from './site-schema.js';

/**
 * JSON Schema (2020-12) of one configuration file, for editors: hints, completion and first checks. A file need not hold
 * all top-level keys. References between places are beyond it.
 */
export function createJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(siteSchema, { io: 'input', target: 'draft-2020-12' });
  return { title: 'Switchboard configuration', ...schema };
}
