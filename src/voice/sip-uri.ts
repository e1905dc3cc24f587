/** SIP URIs and the header values made of them (RFC 3261 §19.1, §20.10), as far as the controller looks into them. */
import type { NameAddr } from './signalling.js';

export interface SipUri {
  readonly scheme: 'sip' | 'sips' | 'tel';
  /** Unescaped, without password; empty when there is none. A `tel` URI has its number here. */
  readonly user: string;
  /** Lower case, IPv6 in brackets; empty for `tel`. */
  readonly host: string;
  readonly port?: number;
  /** Parameter names in lower case. */
  readonly params: Readonly<Record<string, string | null>>;
}

const sipUriPattern = /^(sips?):(?:([^@]*)@)?(\[[0-9a-f:.]+\]|[^:;?@\s[\]]+)(?::(\d{1,5}))?((?:;[^;?]*)*)(?:\?.*)?$/i;
const telUriPattern = /^tel:(\+?[0-9a-f*#().-]+)((?:;[^;]*)*)$/i;

export function parseSipUri(text: string): SipUri | undefined {
  const sip = sipUriPattern.exec(text);
  if (sip !== null) {
    const [, scheme = '', userInfo = '', host = '', port, params = ''] = sip;
    if (port !== undefined && Number(port) > 65_535) return undefined;
    return {
      scheme: scheme.toLowerCase() as 'sip' | 'sips',
      user: unescapeUser(userInfo.split(':', 1)[0] ?? ''),
      host: host.toLowerCase(),
      ...(port === undefined ? {} : { port: Number(port) }),
      params: parseParams(params),
    };
  }
  const tel = telUriPattern.exec(text);
  if (tel === null) return undefined;
  return { scheme: 'tel', user: (tel[1] ?? '').replace(/[().-]/g, ''), host: '', params: parseParams(tel[2] ?? '') };
}

/** Makes a user part fit for a URI (RFC 3261 §25.1: unreserved and user-unreserved stay). */
export function escapeUser(user: string): string {
  return encodeURIComponent(user).replace(/%(24|26|2B|2C|2F|3B|3D|3F)/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function unescapeUser(user: string): string {
  if (!user.includes('%')) return user;
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/** Reads `;a=1;b` into a record; names in lower case, quotes taken off. */
export function parseParams(text: string): Record<string, string | null> {
  const params: Record<string, string | null> = {};
  for (const part of splitOutside(text, ';')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name === '' || name === '__proto__') continue;
    params[name] = equals < 0 ? null : unquote(part.slice(equals + 1).trim());
  }
  return params;
}

/** One From, To or Contact value; `undefined` when it is none. */
export function parseNameAddr(text: string): NameAddr | undefined {
  const value = text.trim();
  const open = indexOutsideQuotes(value, '<');
  if (open < 0) {
    // RFC 3261 §20: without angle brackets all parameters belong to the header field, not to the URI.
    const semicolon = value.indexOf(';');
    const uri = (semicolon < 0 ? value : value.slice(0, semicolon)).trim();
    return toNameAddr(uri, undefined, semicolon < 0 ? '' : value.slice(semicolon));
  }
  const close = value.indexOf('>', open);
  if (close < 0) return undefined;
  return toNameAddr(value.slice(open + 1, close).trim(), unquote(value.slice(0, open).trim()), value.slice(close + 1));
}

/** A Contact header field's values; `undefined` as soon as one of them cannot be read. */
export function parseNameAddrs(text: string): readonly NameAddr[] | undefined {
  const values: NameAddr[] = [];
  for (const part of splitOutside(text, ',')) {
    const value = parseNameAddr(part);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

function toNameAddr(uri: string, displayName: string | undefined, params: string): NameAddr | undefined {
  const parsed = parseSipUri(uri);
  if (parsed === undefined) return undefined;
  return {
    ...(displayName === undefined || displayName === '' ? {} : { displayName }),
    uri,
    user: parsed.user,
    host: parsed.host,
    params: parseParams(params),
  };
}

function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replace(/\\(.)/gs, '$1')
    : text;
}

function indexOutsideQuotes(text: string, wanted: string): number {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted && char === '\\') i++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === wanted) return i;
  }
  return -1;
}

/** Splits at a separator that stands outside quotes and angle brackets. */
export function splitOutside(text: string, separator: ',' | ';'): string[] {
  if (!text.includes('"') && !text.includes('<')) return text.split(separator);
  const parts: string[] = [];
  let quoted = false;
  let bracketed = false;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted && char === '\\') i++;
    else if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === '<') bracketed = true;
    else if (char === '>') bracketed = false;
    else if (char === separator && !bracketed) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
