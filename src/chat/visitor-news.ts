/** What a visitor's page is told, one JSON text a message. */
import { z } from 'zod';
import { entry, marks, seq } from './news-parts.js';

export const visitorNews = z.discriminatedUnion('type', [
  /** The answer to `hello`. By the token the page goes on with this chat after a lost connection. */
  z.strictObject({ type: z.literal('welcome'), chat: z.string(), token: z.string(), lastSeq: seq }),
  z.strictObject({
    type: z.literal('state'),
    phase: z.enum(['waiting', 'talking', 'closed']),
    /** In line, from 1, once nobody was free. */
    place: z.int().min(1).optional(),
    /** Name of the agent. */
    agent: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('entry'), ...entry }),
  /** What the page sent under that id is written down. */
  z.strictObject({ type: z.literal('receipt'), id: z.string(), seq }),
  /** By name. */
  z.strictObject({ type: z.literal('typing'), agent: z.string(), isTyping: z.boolean() }),
  z.strictObject({ type: z.literal('marks'), ...marks }),
  /** `reconnect`: say `hello` again on a new socket, with the token. */
  z.strictObject({
    type: z.literal('error'),
    code: z.enum(['bad-message', 'say-hello-first', 'too-fast', 'bad-token', 'try-later', 'reconnect']),
  }),
]);

export type VisitorNews = z.infer<typeof visitorNews>;

/** For whoever writes a page of their own. */
export function visitorNewsSchema(): unknown {
  return z.toJSONSchema(visitorNews);
}
