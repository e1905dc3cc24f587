/** Reading and writing of header field values. Nothing here throws, whatever a peer sends. */
import type { ReasonHeader } from '../voice/signalling.js';
import { parseParams, splitOutside } from '../voice/sip-uri.js';
import type { SrfHeaders } from './drachtio-srf-types.js';

/** What we take in a dialog, in Allow (RFC 3261 §20.5) and in 405 responses. */
export const allowedMethods = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, MESSAGE, REFER, NOTIFY';

/** Extensions that we keep, in Supported: RFC 4028, RFC 3891, RFC 4488. */
export const supportedOptions = 'timer, replaces, norefersub';

/** Compact forms that drachtio-srf does not expand; the server passes header fields on as they came. */
const compactForms: Readonly<Record<string, string>> = {
  'session-expires': 'x',
  'refer-to': 'r',
  'referred-by': 'b',
  event: 'o',
  'content-encoding': 'e',
  'allow-events': 'u',
};

/** @param name in lower case; folded lines come back as one */
export function headerOf(headers: SrfHeaders, name: string): string | undefined {
  const value = headers[name] ?? headers[compactForms[name] ?? ''];
  return value?.includes('\n') === true ? value.replace(/\s*\r?\n\s*/g, ' ') : value;
}

/** Comma-separated tokens in lower case: option tags (RFC 3261 §20.29). */
export function tokensOf(value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  return value
    .split(',')
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== '');
}

/** Q.850 cause of a Reason header field (RFC 3326), if any of its values has one. */
export function q850Of(reason: string | undefined): number | undefined {
  if (reason === undefined) return undefined;
  for (const value of splitOutside(reason, ',')) {
    const semicolon = value.indexOf(';');
    if (semicolon < 0 || value.slice(0, semicolon).trim().toUpperCase() !== 'Q.850') continue;
    const cause = Number(parseParams(value.slice(semicolon)).cause ?? Number.NaN);
    if (Number.isInteger(cause) && cause >= 0 && cause <= 127) return cause;
  }
  return undefined;
}

export function formatReason(reason: ReasonHeader): string {
  return `${reason.protocol};cause=${reason.cause};text=${quoted(reason.text)}`;
}

/** Retry-After (RFC 3261 §20.33) in milliseconds; longer than a day counts as a day. */
export function retryAfterMsOf(value: string | undefined): number | undefined {
  const seconds = /^\s*(\d{1,9})/.exec(value ?? '')?.[1];
  return seconds === undefined ? undefined : Math.min(Number(seconds), 86_400) * 1000;
}

/** A quoted-string that cannot break out of its header field. */
export function quoted(text: string): string {
  return `"${withoutControls(text).replace(/["\\]/g, '\\$&')}"`;
}

/** No value that we pass on may begin a header field of its own. */
export function withoutControls(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ');
}

/** A digit in an INFO body: application/dtmf-relay (`Signal=5`) or application/dtmf (`5`). */
export function dtmfDigitOf(contentType: string | undefined, body: string | undefined): string | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (body === undefined) return undefined;
  if (type === 'application/dtmf-relay') return digitOf(/^\s*signal\s*=\s*(\S{1,2})/im.exec(body)?.[1]);
  if (type === 'application/dtmf') return digitOf(body.trim());
  return undefined;
}

function digitOf(signal: string | undefined): string | undefined {
  if (signal === undefined) return undefined;
  if (/^[0-9*#a-d]$/i.test(signal)) return signal.toUpperCase();
  // RFC 4733 event codes, which some phones send: 10 is the star, 11 the hash.
  return signal === '10' ? '*' : signal === '11' ? '#' : undefined;
}
