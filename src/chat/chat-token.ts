/**
 * Signed tokens (HMAC-SHA-256): who may speak in which chat, for how long. The site's own server signs those of
 * customers with the same secret, so that nobody is somebody just by saying so.
 *
 * A token is `<base64url of JSON>.<base64url of its signature>`; `exp` is in milliseconds since the epoch.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const claims = z.discriminatedUnion('kind', [
  /** Bound to one conversation. */
  z.object({ kind: z.literal('visitor'), conversation: z.string(), exp: z.number() }),
  z.object({
    kind: z.literal('customer'),
    id: z.string().max(200),
    name: z.string().max(200).optional(),
    email: z.string().max(320).optional(),
    tags: z.array(z.string().max(100)).max(20).optional(),
    exp: z.number(),
  }),
  z.object({ kind: z.literal('agent'), agent: z.string(), isSupervisor: z.boolean(), exp: z.number() }),
]);

export type Claims = z.infer<typeof claims>;
export type ClaimsOf<Kind extends Claims['kind']> = Extract<Claims, { kind: Kind }>;

/** Longer ones are not even looked at. */
const MAX_TOKEN_LENGTH = 8_192;

export interface ChatTokens {
  sign(claims: Claims): string;
  /** `undefined` when it was not signed with this secret, is of another kind, or its time is over. */
  verify<Kind extends Claims['kind']>(token: string, kind: Kind, nowMs: number): ClaimsOf<Kind> | undefined;
}

export function createChatTokens(secret: string): ChatTokens {
  const signatureOf = (payload: string): Buffer => createHmac('sha256', secret).update(payload).digest();
  return {
    sign(signed) {
      const payload = Buffer.from(JSON.stringify(signed)).toString('base64url');
      return `${payload}.${signatureOf(payload).toString('base64url')}`;
    },
    verify<Kind extends Claims['kind']>(token: string, kind: Kind, nowMs: number) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined;
      const [payload = '', signature = '', ...more] = token.split('.');
      const presented = Buffer.from(signature, 'base64url');
      const expected = signatureOf(payload);
      if (more.length > 0 || presented.length !== expected.length || !timingSafeEqual(presented, expected)) {
        return undefined;
      }
      const found = claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
      if (!found.success || found.data.kind !== kind || found.data.exp <= nowMs) return undefined;
      return found.data as ClaimsOf<Kind>;
    },
  };
}
