/**
 * How webhooks are signed, so that whoever gets one knows that it is ours and not a copy from another day: the scheme of
 * Standard Webhooks (https://www.standardwebhooks.com), for which there are libraries in many languages.
 *
 * Signed is `ID.TIMESTAMP.BODY`, with HMAC-SHA256 (RFC 2104). The timestamp is that of the attempt: whoever gets a webhook
 * whose timestamp is off by more than five minutes must take it for a replay.
 */
import { createHmac } from 'node:crypto';

/** A secret of this kind is the base64 of its key; of any other kind the key is its text. */
const BASE64_PREFIX = 'whsec_';

/** @param atMs of the attempt, since the epoch */
export function signedHeaders(
  { id, body }: { readonly id: string; readonly body: string },
  secret: string,
  atMs: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

function keyOf(secret: string): Buffer {
  if (!secret.startsWith(BASE64_PREFIX)) return Buffer.from(secret);
  return Buffer.from(secret.slice(BASE64_PREFIX.length), 'base64');
}
