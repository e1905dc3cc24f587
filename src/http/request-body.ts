/** Bodies of requests, and what is wrong with them. */
import type { z } from 'zod';

export type RequestBody<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/** @param expected what would have been right, for who has sent something else */
export function parseBody<T>(schema: z.ZodType<T>, value: unknown, expected: string): RequestBody<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  return { ok: false, message: `${problems.join('; ')}; expected ${expected}` };
}
