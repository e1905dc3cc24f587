import { uriHost, type ListenAddress } from './flow.js';
import type { SipMessage } from './message.js';
import { formatNameAddr, parseNameAddr } from './name-addr.js';
import { formatUri, parseUri } from './uri.js';

/** Headers that an application may not set: the server owns them. drachtio-server drops the same ones. */
const NEVER_FROM_APP = new Set(['via', 'route', 'rseq', 'record-route', 'content-length', 'max-forwards']);

/** Headers in which `@localhost` stands for the address that the message goes out from. */
const WITH_PLACEHOLDER = new Set(['from', 'contact', 'to', 'p-asserted-identity']);

/** Spellings that are not just capitals at the start of each word. */
const SPELLINGS: Readonly<Record<string, string>> = {
  'call-id': 'Call-ID',
  cseq: 'CSeq',
  'www-authenticate': 'WWW-Authenticate',
  'mime-version': 'MIME-Version',
  rack: 'RAck',
};

/** Copies the headers of an application's message, except those that the server owns and those in `except`. */
export function copyAppHeaders(
  from: SipMessage,
  to: SipMessage,
  local: ListenAddress,
  except: ReadonlySet<string>,
): void {
  for (const [name, value] of from.headers()) {
    const key = name.toLowerCase();
    if (NEVER_FROM_APP.has(key) || except.has(key)) continue;
    to.add(spelling(name), appValue(key, value, local));
  }
}

/** The value of one header of an application, its placeholder host replaced. */
export function appValue(key: string, value: string, local: ListenAddress): string {
  if (!WITH_PLACEHOLDER.has(key) || !value.includes('@localhost')) return value;
  return withHost(value, local) ?? value;
}

/** The address with the host and port of the listener; undefined when it is malformed. */
export function withHost(value: string, local: ListenAddress): string | undefined {
  const address = parseNameAddr(value);
  const uri = address === undefined ? undefined : parseUri(address.uri);
  if (address === undefined || uri === undefined) return undefined;
  return formatNameAddr({ ...address, uri: formatUri({ ...uri, host: uriHost(local.host), port: local.port }) });
}

/** Adds the Content-Type that a body needs; SDP is recognised. Answers false when it cannot be known. */
export function ensureContentType(message: SipMessage): boolean {
  if (message.body.length === 0 || message.has('content-type')) return true;
  if (message.body.toString('latin1', 0, 3) !== 'v=0') return false;
  message.add('Content-Type', 'application/sdp');
  return true;
}

function spelling(name: string): string {
  const known = SPELLINGS[name.toLowerCase()];
  if (known !== undefined) return known;
  if (name !== name.toLowerCase()) return name;
  return name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
