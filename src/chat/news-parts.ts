/** What visitors' and agents' pages are told alike. */
import { z } from 'zod';

/** Of an entry; rises within a chat. Some numbers are not for visitors. */
export const seq = z.int().min(0);
/** Milliseconds since the epoch. */
export const instant = z.number().min(0);

export const sender = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('visitor') }),
  z.strictObject({ kind: z.literal('agent'), agent: z.string() }),
  /** The site's own words. */
  z.strictObject({ kind: z.literal('site') }),
]);

/** Text is text: never markup, whatever stands in it. */
export const body = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
  /** `data` is base64. */
  z.strictObject({ kind: z.literal('file'), name: z.string(), mediaType: z.string(), data: z.string() }),
]);

/** One thing that was said; `id` is that of the page that sent it. */
export const entry = { seq, atMs: instant, from: sender, body, id: z.string().optional() };

/** Up to which entry a side has them, and has seen them. */
export const marks = { side: z.enum(['visitor', 'agents']), received: seq, read: seq };
