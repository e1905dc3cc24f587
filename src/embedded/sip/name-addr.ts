import { endOfQuoted, formatParams, parseParams, quote, unquote, type Params } from './header-text.js';
import { uriScheme } from './uri.js';

/** The value of From, To, Contact, Route, Record-Route and their like: `"Ana" <sip:ana@host>;tag=1` (RFC 3261 §20.10). */
export interface NameAddr {
  readonly displayName?: string;
  /** The URI as it stands between the brackets. */
  readonly uri: string;
  /** Parameters of the header, not of the URI. */
  readonly params: Params;
}

const NOT_IN_URI = /[\s<>"]/;

/** Parses one name-addr or addr-spec. Answers undefined when it is malformed; `*` (of Contact) is no address. */
export function parseNameAddr(text: string): NameAddr | undefined {
  const value = text.trim();
  const afterQuoted = value.startsWith('"') ? endOfQuoted(value, 0) : 0;
  if (afterQuoted < 0) return undefined;
  const open = value.indexOf('<', afterQuoted);
  if (open < 0) return afterQuoted > 0 ? undefined : parseAddrSpec(value);
  const close = value.indexOf('>', open);
  if (close < 0) return undefined;
  const uri = value.slice(open + 1, close).trim();
  if (uriScheme(uri) === undefined || NOT_IN_URI.test(uri)) return undefined;
  const rest = value.slice(close + 1).trimStart();
  if (rest !== '' && !rest.startsWith(';')) return undefined;
  const display = value.slice(0, open).trim();
  if (afterQuoted > 0 && display.length !== afterQuoted) return undefined;
  const params = parseParams(rest);
  return display === '' ? { uri, params } : { displayName: unquote(display), uri, params };
}

/** Without brackets every parameter belongs to the header, not to the URI (RFC 3261 §20.10). */
function parseAddrSpec(value: string): NameAddr | undefined {
  const semicolon = value.indexOf(';');
  const uri = (semicolon < 0 ? value : value.slice(0, semicolon)).trim();
  if (uriScheme(uri) === undefined || NOT_IN_URI.test(uri) || uri.includes(',')) return undefined;
  return { uri, params: parseParams(semicolon < 0 ? '' : value.slice(semicolon)) };
}

/** Writes an address with brackets, the display name quoted. */
export function formatNameAddr(address: NameAddr): string {
  const display = address.displayName === undefined ? '' : `${quote(address.displayName)} `;
  return `${display}<${address.uri}>${formatParams(address.params)}`;
}

/** The `tag` of a From or To value, or undefined. */
export function tagOf(value: string): string | undefined {
  // Fast path: nearly every From and To is `...>;tag=x`, and nothing can follow but further parameters.
  const close = value.lastIndexOf('>');
  const tail = close < 0 ? undefined : value.slice(close + 1);
  const params = tail === undefined ? parseNameAddr(value)?.params : parseParams(tail);
  const tag = params?.get('tag');
  return tag === '' ? undefined : tag;
}
