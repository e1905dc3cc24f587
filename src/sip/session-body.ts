/** The session description among what a message carries: alone, or a part of a multipart body (RFC 5621 §3). */
import { parseParams } from '../voice/sip-uri.js';
import type { SrfHeaders } from './drachtio-srf-types.js';
import { headerOf } from './sip-headers.js';

/** `other`: a body that has to be understood, and that we do not understand; the answer is 415 (RFC 3261 §8.2.3). */
export type SessionBody =
  { readonly type: 'none' } | { readonly type: 'sdp'; readonly sdp: string } | { readonly type: 'other' };

/** What a 415 says that it would understand (RFC 3261 §21.4.13). */
export const unreadBodyHeaders = { Accept: 'application/sdp', 'Accept-Encoding': 'identity' } as const;

interface Message {
  readonly headers: SrfHeaders;
  readonly body?: string;
}

const none: SessionBody = { type: 'none' };

export function sessionBodyOf({ headers, body }: Message): SessionBody {
  if (!body) return none;
  const encoding = headerOf(headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  const unread: SessionBody = isOptional(headerOf(headers, 'content-disposition')) ? none : { type: 'other' };
  if (encoding !== 'identity') return unread;
  const { type, params } = mediaTypeOf(headerOf(headers, 'content-type') ?? 'application/sdp');
  if (type === 'application/sdp') return { type: 'sdp', sdp: body };
  if (!type.startsWith('multipart/') || !params.boundary) return unread;
  const sdp = partsOf(body, params.boundary).find((part) => part.type === 'application/sdp')?.content;
  return sdp === undefined ? unread : { type: 'sdp', sdp };
}

/** @returns `undefined` where there is none, or nothing that we understand */
export function sdpOf(message: Message): string | undefined {
  const found = sessionBodyOf(message);
  return found.type === 'sdp' ? found.sdp : undefined;
}

/** RFC 3261 §20.11: `handling=optional` is for bodies that may be passed over; `required` is the default. */
function isOptional(disposition: string | undefined): boolean {
  return mediaTypeOf(disposition ?? '').params.handling?.toLowerCase() === 'optional';
}

function mediaTypeOf(value: string): { type: string; params: Readonly<Record<string, string | null>> } {
  const [type = ''] = value.split(';', 1);
  return { type: type.trim().toLowerCase(), params: parseParams(value.slice(type.length)) };
}

/** RFC 2046 §5.1.1; what stands before the first boundary and after the last is for nobody. */
function partsOf(body: string, boundary: string): { type: string; content: string }[] {
  const [, ...parts] = `\r\n${body}`.split(`\r\n--${boundary}`);
  const parsed: { type: string; content: string }[] = [];
  for (const part of parts) {
    if (part.startsWith('--')) break;
    // The rest of the boundary's line is padding; no header fields at all is a blank line at once.
    const afterLine = part.slice(part.indexOf('\r\n'));
    const blank = afterLine.indexOf('\r\n\r\n');
    if (blank < 0) continue;
    const contentType = /^content-type[ \t]*:(.*)$/im.exec(afterLine.slice(0, blank))?.[1];
    parsed.push({ type: mediaTypeOf(contentType ?? 'text/plain').type, content: afterLine.slice(blank + 4) });
  }
  return parsed;
}
