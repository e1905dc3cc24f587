/** What a visitor's page may send, one JSON text a message; anything else is refused. Sizes are bounded here. */
import { z } from 'zod';

const clientId = z.string().min(1).max(64);
const seq = z.int().min(0);
const MAX_TEXT = 4_000;
/** Of a file, as base64: about 256 KiB. */
const MAX_FILE = 350_000;

export const visitorMessage = z.discriminatedUnion('type', [
  /** The first one: opens a chat, or goes on with that of `token`, from the entry after `after`. */
  z.strictObject({
    type: z.literal('hello'),
    token: z.string().max(8_192).optional(),
    after: seq.optional(),
    /** Signed by the site's own server: who this is. */
    customer: z.string().max(8_192).optional(),
    page: z.string().max(2_000).optional(),
    languages: z.array(z.string().max(35)).max(10).optional(),
    text: z.string().max(MAX_TEXT).optional(),
  }),
  /** `id` is the page's own: sent again under the same id, it is entered once. */
  z.strictObject({ type: z.literal('message'), id: clientId, text: z.string().min(1).max(MAX_TEXT) }),
  z.strictObject({
    type: z.literal('file'),
    id: clientId,
    name: z.string().min(1).max(200),
    mediaType: z
      .string()
      .regex(/^[a-z]+\/[a-z0-9.+-]+$/)
      .max(100),
    data: z.base64().max(MAX_FILE),
  }),
  z.strictObject({ type: z.literal('typing'), isTyping: z.boolean() }),
  /** Up to which entry the page has them, and its visitor has seen them. */
  z.strictObject({ type: z.literal('marks'), received: seq.optional(), read: seq.optional() }),
  z.strictObject({ type: z.literal('close') }),
]);

export type VisitorMessage = z.infer<typeof visitorMessage>;

/** For whoever writes a page of their own. */
export function visitorMessageSchema(): unknown {
  return z.toJSONSchema(visitorMessage);
}
