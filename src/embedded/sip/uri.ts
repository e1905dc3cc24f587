import { formatParams, parseParams, type Params } from './header-text.js';

/** A `sip:` or `sips:` URI (RFC 3261 §19.1). The user part stays escaped as it came. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  readonly user?: string;
  readonly password?: string;
  /** Host name, IPv4 address or IPv6 reference with its brackets, lower case. */
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
  /** What stands behind `?`, unparsed. */
  readonly headers?: string;
}

const SCHEME = /^[a-z][a-z0-9+.-]*$/i;
const HOST = /^(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?|\[[0-9a-f:.]+\])$/i;
const USER = /^(?:[\w.!~*'()&=+$,;?/#-]|%[0-9a-f]{2})+$/i;
const UNSAFE = /[\s<>"]/;

/** The scheme of any URI in lower case, or undefined when the text is no URI. */
export function uriScheme(text: string): string | undefined {
  const colon = text.indexOf(':');
  if (colon <= 0 || colon === text.length - 1) return undefined;
  const scheme = text.slice(0, colon);
  return SCHEME.test(scheme) ? scheme.toLowerCase() : undefined;
}

/** Reads `host[:port]`. Answers undefined when either part is wrong (a port is 0 to 65535). */
export function parseHostPort(text: string): { host: string; port?: number } | undefined {
  const bracket = text.startsWith('[') ? text.indexOf(']') : -1;
  const colon = text.indexOf(':', bracket + 1);
  const host = (colon < 0 ? text : text.slice(0, colon)).trimEnd().toLowerCase();
  if (!HOST.test(host)) return undefined;
  if (colon < 0) return { host };
  const digits = text.slice(colon + 1).trim();
  if (digits === '' || digits.length > 5) return undefined;
  const port = Number(digits);
  return Number.isInteger(port) && port >= 0 && port <= 65535 ? { host, port } : undefined;
}

/** Where the user part ends: the last `@` in front of any header part, as a user may hold `;`, `?` and `/`. */
function endOfUser(rest: string): number {
  const at = rest.indexOf('@');
  if (at < 0) return -1;
  // An '@' may stand in a parameter only escaped, so more than one is a malformed URI that a peer may still send.
  return !rest.includes('@', at + 1) ? at : -2;
}

/** Parses a SIP or SIPS URI without angle brackets. Answers undefined when it is malformed or of another scheme. */
export function parseUri(text: string): SipUri | undefined {
  const scheme = uriScheme(text);
  if ((scheme !== 'sip' && scheme !== 'sips') || UNSAFE.test(text)) return undefined;
  const rest = text.slice(scheme.length + 1);
  const at = endOfUser(rest);
  if (at === -2 || at === 0) return undefined;
  const userInfo = at < 0 ? undefined : rest.slice(0, at);
  const behind = at < 0 ? rest : rest.slice(at + 1);
  const question = behind.indexOf('?');
  const beforeHeaders = question < 0 ? behind : behind.slice(0, question);
  const semicolon = beforeHeaders.indexOf(';');
  const hostPort = parseHostPort(semicolon < 0 ? beforeHeaders : beforeHeaders.slice(0, semicolon));
  if (hostPort === undefined) return undefined;
  const credentials = userInfo === undefined ? {} : parseUserInfo(userInfo);
  if (credentials === undefined) return undefined;
  return {
    scheme,
    ...credentials,
    ...hostPort,
    params: semicolon < 0 ? new Map<string, string>() : parseParams(beforeHeaders.slice(semicolon + 1)),
    ...(question < 0 ? {} : { headers: behind.slice(question + 1) }),
  };
}

function parseUserInfo(text: string): { user: string; password?: string } | undefined {
  const colon = text.indexOf(':');
  const user = colon < 0 ? text : text.slice(0, colon);
  if (user === '' || !(USER.test(user) || isUtf8User(user))) return undefined;
  return colon < 0 ? { user } : { user, password: text.slice(colon + 1) };
}

/** Some phones send unescaped UTF-8 in the user part; it is harmless, so it is let through. */
function isUtf8User(user: string): boolean {
  // eslint-disable-next-line no-control-regex -- the rule is exactly about the range outside ASCII
  return /[^\x00-\x7f]/.test(user) && !/[\s<>"@]/.test(user);
}

/** Writes a URI back. */
export function formatUri(uri: SipUri): string {
  const password = uri.password === undefined ? '' : `:${uri.password}`;
  const user = uri.user === undefined ? '' : `${uri.user}${password}@`;
  const port = uri.port === undefined ? '' : `:${String(uri.port)}`;
  const headers = uri.headers === undefined ? '' : `?${uri.headers}`;
  return `${uri.scheme}:${user}${uri.host}${port}${formatParams(uri.params)}${headers}`;
}
