/** Who may use the API: whoever knows the one bearer token (RFC 6750). */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The WebSocket subprotocol of the event stream. */
export const EVENTS_SUBPROTOCOL = 'switchboard.v1';

const SUBPROTOCOL_TOKEN = 'bearer.';

/** Compares in a time that depends neither on the texts nor on their lengths. */
export function createTokenCheck(token: string): (presented: string | undefined) => boolean {
  const expected = digest(token);
  return (presented) => presented !== undefined && timingSafeEqual(digest(presented), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The token of `Authorization: Bearer ...`. */
export function tokenOfRequest(headers: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/**
 * The token of a WebSocket upgrade. Browsers cannot set the Authorization header there, so it may also be offered as the
 * subprotocol `bearer.TOKEN` beside `switchboard.v1`, or as `?access_token=TOKEN`.
 */
export function tokenOfUpgrade(headers: IncomingHttpHeaders, query: unknown): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const bySubprotocol = offered.find((name) => name.startsWith(SUBPROTOCOL_TOKEN))?.slice(SUBPROTOCOL_TOKEN.length);
  return tokenOfRequest(headers) ?? bySubprotocol ?? accessToken(query);
}

function accessToken(query: unknown): string | undefined {
  if (typeof query !== 'object' || query === null || !('access_token' in query)) return undefined;
  return typeof query.access_token === 'string' ? query.access_token : undefined;
}
