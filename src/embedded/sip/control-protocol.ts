import { Buffer } from 'node:buffer';
import type { AppMessage, MessageOrigin } from './app.js';
import { parse, type SipMessage } from './message.js';

/**
 * drachtio-server's control protocol, version 0.9: `LENGTH#` and that many bytes; the first line of those is fields divided by `|`, the
 * first of which is the sender's message id; behind it there may be a SIP message.
 */

/** A frame from an application. */
export interface Frame {
  readonly messageId: string;
  readonly verb: string;
  /** What stands behind the verb. */
  readonly fields: readonly string[];
  /** The SIP message as bytes, empty where there is none. */
  readonly payload: Buffer;
}

/** Longest frame that is taken, in bytes. The real server loses anything above 12228. */
const MAX_FRAME_BYTES = 1024 * 1024;

const HASH = 35;
const EMPTY = Buffer.alloc(0);

/** Cuts the bytes of an application into frames. */
export class FrameReader {
  private pending: Buffer = EMPTY;

  constructor(private readonly frame: (frame: Frame) => void) {}

  /** Takes the next bytes. Answers false when they are no frames: the connection must be closed. */
  push(chunk: Buffer): boolean {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    while (this.pending.length > 0) {
      const hash = this.pending.indexOf(HASH);
      if (hash < 0 || hash > 7) return hash < 0 && this.pending.length <= 7;
      const digits = this.pending.toString('latin1', 0, hash);
      const length = /^\d+$/.test(digits) ? Number(digits) : -1;
      if (length <= 0 || length > MAX_FRAME_BYTES) return false;
      const end = hash + 1 + length;
      if (this.pending.length < end) return true;
      const bytes = this.pending.subarray(hash + 1, end);
      this.pending = this.pending.subarray(end);
      this.frame(parseFrame(bytes));
    }
    return true;
  }
}

function parseFrame(bytes: Buffer): Frame {
  const lineEnd = bytes.indexOf('\r\n');
  const line = bytes.toString('utf8', 0, lineEnd < 0 ? bytes.length : lineEnd);
  const [messageId = '', verb = '', ...fields] = line.split('|');
  return { messageId, verb, fields, payload: lineEnd < 0 ? EMPTY : bytes.subarray(lineEnd + 2) };
}

/** The SIP message of a frame; undefined when there is none that can be read. Content-Length is not looked at. */
export function sipOf(frame: Frame): SipMessage | undefined {
  const result = parse(frame.payload, { maxHeaderBytes: MAX_FRAME_BYTES, maxHeaders: 1000, body: 'all' });
  return result.ok ? result.message : undefined;
}

/** A frame of one line. */
export function textFrame(line: string): Buffer {
  return Buffer.from(`${String(Buffer.byteLength(line))}#${line}`);
}

/** A frame with a SIP message. */
export function sipFrame(line: string, message: SipMessage): Buffer {
  const head = `${line}\r\n${message.head()}\r\n`;
  const length = Buffer.byteLength(head) + message.body.length;
  const start = `${String(length)}#${head}`;
  return message.body.length === 0 ? Buffer.from(start) : Buffer.concat([Buffer.from(start), message.body]);
}

/** `source|bytes|protocol|address|port|time`. */
export function originFields(origin: MessageOrigin): string {
  const { source, bytes, protocol, host, port } = origin;
  return `${source}|${String(bytes)}|${protocol}|${host}|${String(port)}|${timeOfDay()}`;
}

/** The line in front of a message for an application. */
export function deliveryLine(messageId: string, what: AppMessage): string {
  const start = `${messageId}|sip|${originFields(what.origin)}|${what.transactionId}|${what.dialogId}|`;
  const { receivedOn } = what;
  return receivedOn === undefined ? start : `${start}${receivedOn.host}|${String(receivedOn.port)}|`;
}

/** UTC as `hh:mm:ss.µµµµµµ`. */
function timeOfDay(): string {
  const now = new Date().toISOString();
  return `${now.slice(11, 23)}000`;
}
