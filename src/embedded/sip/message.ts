/**
 * SIP messages (RFC 3261 §7): parsing, reading and changing headers, writing.
 *
 * The parser splits the text into start line, header lines and body and stops there: header values stay the text that came,
 * in their order and spelling, so a message can be handed on as it was received. Readers for the values live in
 * `uri.ts`, `name-addr.ts` and `via.ts`.
 */

import { Buffer } from 'node:buffer';
import { splitList } from './header-text.js';

/** Compact forms (RFC 3261 §7.3.3 and the registry of later RFCs). */
const LONG_NAMES: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
};

/** Limits that a hostile message runs into; the bytes of a whole message are limited by the transport. */
export interface ParseOptions {
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  /** `all` takes every byte behind the headers for the body, whatever Content-Length says. */
  readonly body?: 'by-length' | 'all';
}

const DEFAULT_OPTIONS: ParseOptions = { maxHeaderBytes: 64 * 1024, maxHeaders: 512 };

/** The name under which a header is looked up: lower case, compact forms spelt out. */
export function headerKey(name: string): string {
  const lower = name.toLowerCase();
  return lower.length === 1 ? (LONG_NAMES[lower] ?? lower) : lower;
}

interface HeaderLine {
  readonly key: string;
  /** The name as it came or was set. */
  readonly name: string;
  value: string;
}

/** The headers and the body that requests and responses have in common. */
abstract class MessageBase {
  body: Buffer = Buffer.alloc(0);
  private lines: HeaderLine[] = [];

  /** The first value of a header line as its text, not split at commas; undefined when there is none. */
  get(name: string): string | undefined {
    const key = headerKey(name);
    for (const line of this.lines) if (line.key === key) return line.value;
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** The value of each line of this header. */
  getAll(name: string): string[] {
    const key = headerKey(name);
    const values: string[] = [];
    for (const line of this.lines) if (line.key === key) values.push(line.value);
    return values;
  }

  /** All values of a header that is a comma-separated list (Via, Route, Contact, Supported, ...), in order. */
  list(name: string): string[] {
    const lines = this.getAll(name);
    return lines.length === 1 ? splitList(lines[0] ?? '') : lines.flatMap(splitList);
  }

  /** Replaces all lines of this header, in the place of the first one, or appends. An empty array removes. */
  set(name: string, value: string | readonly string[]): this {
    const key = headerKey(name);
    const values = typeof value === 'string' ? [value] : value;
    const at = this.lines.findIndex((line) => line.key === key);
    const fresh = values.map((text) => ({ key, name, value: text }));
    if (at < 0) {
      this.lines.push(...fresh);
      return this;
    }
    const others = this.lines.filter((line) => line.key !== key);
    others.splice(at, 0, ...fresh);
    this.lines = others;
    return this;
  }

  /** Appends a header line. */
  add(name: string, value: string): this {
    this.lines.push({ key: headerKey(name), name, value });
    return this;
  }

  /** Puts a header line in front of all others. */
  prepend(name: string, value: string): this {
    this.lines.unshift({ key: headerKey(name), name, value });
    return this;
  }

  /** Removes all lines of this header. */
  remove(name: string): this {
    const key = headerKey(name);
    this.lines = this.lines.filter((line) => line.key !== key);
    return this;
  }

  /** Each header line as `[name, value]`, in order. */
  *headers(): IterableIterator<readonly [name: string, value: string]> {
    for (const line of this.lines) yield [line.name, line.value];
  }

  /** Replaces the first value of a comma-separated list and keeps the others, as a server does with the topmost Via. */
  setFirst(name: string, value: string): this {
    const key = headerKey(name);
    const line = this.lines.find((each) => each.key === key);
    if (line === undefined) return this.prepend(name, value);
    line.value = [value, ...splitList(line.value).slice(1)].join(', ');
    return this;
  }

  protected copyInto(target: MessageBase): void {
    target.lines = this.lines.map((line) => ({ ...line }));
    target.body = this.body;
  }

  protected headerText(): string {
    let text = '';
    for (const line of this.lines) if (line.key !== 'content-length') text += `${line.name}: ${line.value}\r\n`;
    return text;
  }
}

/** A SIP request. */
export class SipRequest extends MessageBase {
  readonly kind = 'request';
  constructor(
    public method: string,
    public uri: string,
  ) {
    super();
  }

  clone(): SipRequest {
    const copy = new SipRequest(this.method, this.uri);
    this.copyInto(copy);
    return copy;
  }

  /** Start line and headers as text, Content-Length computed (RFC 3261 §20.14), without the empty line and the body. */
  head(): string {
    return `${this.method} ${this.uri} SIP/2.0\r\n${this.headerText()}Content-Length: ${String(this.body.length)}\r\n`;
  }
}

/** A SIP response. */
export class SipResponse extends MessageBase {
  readonly kind = 'response';
  constructor(
    public status: number,
    public reason: string = reasonPhrase(status),
  ) {
    super();
  }

  clone(): SipResponse {
    const copy = new SipResponse(this.status, this.reason);
    this.copyInto(copy);
    return copy;
  }

  /** Start line and headers as text, Content-Length computed (RFC 3261 §20.14), without the empty line and the body. */
  head(): string {
    return `SIP/2.0 ${String(this.status)} ${this.reason}\r\n${this.headerText()}Content-Length: ${String(this.body.length)}\r\n`;
  }
}

export type SipMessage = SipRequest | SipResponse;

/** Why a text is no SIP message. `status` is what a request of this kind deserves. */
export interface ParseFailure {
  readonly ok: false;
  readonly status: 400 | 413 | 505;
  readonly reason: string;
  /** What could be read, so that a 400 can be sent; undefined when not even the start line makes sense. */
  readonly message?: SipMessage;
}

export type ParseResult = { readonly ok: true; readonly message: SipMessage } | ParseFailure;

const EMPTY_BODY = Buffer.alloc(0);
const METHOD = /^[\w.!%*+`'~-]+$/;
const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/i;

/** The bytes of a message, Content-Length computed. */
export function serialise(message: SipMessage): Buffer {
  const head = `${message.head()}\r\n`;
  if (message.body.length === 0) return Buffer.from(head, 'utf8');
  return Buffer.concat([Buffer.from(head, 'utf8'), message.body]);
}

/**
 * Parses one whole message (a datagram, or what the stream framer cut out). Bytes behind Content-Length are discarded
 * (RFC 3261 §18.3); fewer bytes than Content-Length are a failure. Never throws.
 */
export function parse(bytes: Buffer, options: ParseOptions = DEFAULT_OPTIONS): ParseResult {
  const headEnd = endOfHead(bytes);
  if (headEnd.text > options.maxHeaderBytes) return { ok: false, status: 413, reason: 'Header Section Too Large' };
  const text = bytes.toString('utf8', 0, headEnd.text);
  const firstEnd = lineEnd(text, 0);
  const start = parseStartLine(text.slice(0, firstEnd.text));
  const { message } = start;
  if (message === undefined) return start;
  const failure = parseHeaderLines(text, firstEnd.next, message, options.maxHeaders);
  if (!start.ok) return start;
  if (failure !== undefined) return { ok: false, status: 400, reason: failure, message };
  if (options.body === 'all') {
    message.body = bytes.subarray(headEnd.next);
    return { ok: true, message };
  }
  return takeBody(bytes, headEnd.next, message);
}

/** Where the header section ends and the body starts. A bare LF is taken for CRLF, as other servers do. */
export function endOfHead(bytes: Buffer): { readonly text: number; readonly next: number; readonly found: boolean } {
  const crlf = bytes.indexOf('\r\n\r\n');
  const lf = bytes.indexOf('\n\n');
  if (crlf >= 0 && (lf < 0 || crlf < lf)) return { text: crlf, next: crlf + 4, found: true };
  if (lf >= 0) return { text: lf, next: lf + 2, found: true };
  return { text: bytes.length, next: bytes.length, found: false };
}

function lineEnd(text: string, from: number): { readonly text: number; readonly next: number } {
  const lf = text.indexOf('\n', from);
  if (lf < 0) return { text: text.length, next: text.length };
  return { text: lf > from && text.charCodeAt(lf - 1) === 13 ? lf - 1 : lf, next: lf + 1 };
}

function parseStartLine(line: string): ParseResult {
  if (line.startsWith('SIP/') || line.startsWith('sip/')) {
    const status = STATUS_LINE.exec(line);
    if (status === null) return { ok: false, status: 400, reason: 'Bad Status Line' };
    return { ok: true, message: new SipResponse(Number(status[1]), status[2] ?? '') };
  }
  const first = line.indexOf(' ');
  const last = line.lastIndexOf(' ');
  if (first <= 0 || !METHOD.test(line.slice(0, first))) return { ok: false, status: 400, reason: 'Bad Request Line' };
  const version = line.slice(last + 1);
  const message = new SipRequest(line.slice(0, first), line.slice(first + 1, Math.max(first + 1, last)));
  if (!/^SIP\/\d+\.\d+$/i.test(version)) return { ok: false, status: 400, reason: 'Bad Request Line', message };
  if (version.toUpperCase() !== 'SIP/2.0') return { ok: false, status: 505, reason: 'Version Not Supported', message };
  return { ok: true, message };
}

function parseHeaderLines(text: string, from: number, message: SipMessage, maxHeaders: number): string | undefined {
  let at = from;
  let count = 0;
  let failure: string | undefined;
  while (at < text.length) {
    let end = lineEnd(text, at);
    let line = text.slice(at, end.text);
    // A line that starts with white space continues the one before (RFC 3261 §7.3.1).
    while (end.next < text.length && isBlank(text.charCodeAt(end.next))) {
      const more = lineEnd(text, end.next);
      line += ` ${text.slice(end.next, more.text).trim()}`;
      end = more;
    }
    at = end.next;
    if (++count > maxHeaders) return 'Too Many Headers';
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd();
    // Reading goes on behind a bad line: the headers that a 400 needs may follow.
    if (!METHOD.test(name)) failure ??= 'Bad Header Line';
    else message.add(name, line.slice(colon + 1).trim());
  }
  return failure;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** Value of Content-Length; undefined when there is none, NaN when it is no number. */
export function contentLength(message: SipMessage): number | undefined {
  const value = message.get('content-length');
  if (value === undefined) return undefined;
  return /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
}

function takeBody(bytes: Buffer, from: number, message: SipMessage): ParseResult {
  const length = contentLength(message);
  const available = bytes.length - from;
  if (length === undefined) {
    message.body = available === 0 ? EMPTY_BODY : bytes.subarray(from);
    return { ok: true, message };
  }
  if (Number.isNaN(length)) return { ok: false, status: 400, reason: 'Bad Content-Length', message };
  if (length > available) return { ok: false, status: 400, reason: 'Body Shorter Than Content-Length', message };
  message.body = length === 0 ? EMPTY_BODY : bytes.subarray(from, from + length);
  return { ok: true, message };
}

// prettier-ignore
const REASONS: Readonly<Record<number, string>> = {
  100: 'Trying', 180: 'Ringing', 181: 'Call Is Being Forwarded', 182: 'Queued', 183: 'Session Progress',
  200: 'OK', 202: 'Accepted', 300: 'Multiple Choices', 301: 'Moved Permanently', 302: 'Moved Temporarily',
  400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed',
  407: 'Proxy Authentication Required', 408: 'Request Timeout', 410: 'Gone', 413: 'Request Entity Too Large',
  415: 'Unsupported Media Type', 416: 'Unsupported URI Scheme', 420: 'Bad Extension', 422: 'Session Interval Too Small',
  423: 'Interval Too Brief', 480: 'Temporarily Unavailable', 481: 'Call/Transaction Does Not Exist', 482: 'Loop Detected',
  483: 'Too Many Hops', 484: 'Address Incomplete', 486: 'Busy Here', 487: 'Request Terminated', 488: 'Not Acceptable Here',
  489: 'Bad Event', 491: 'Request Pending', 500: 'Server Internal Error', 501: 'Not Implemented',
  503: 'Service Unavailable', 504: 'Server Time-out', 505: 'Version Not Supported', 513: 'Message Too Large',
  600: 'Busy Everywhere', 603: 'Decline', 604: 'Does Not Exist Anywhere', 606: 'Not Acceptable',
};

/** The usual words for a status (RFC 3261 §21), or an empty text. */
export function reasonPhrase(status: number): string {
  return REASONS[status] ?? '';
}
