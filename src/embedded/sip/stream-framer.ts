import { Buffer } from 'node:buffer';

export interface FramerLimits {
  /** Longest header section in bytes. */
  readonly maxHeadBytes: number;
  /** Longest body in bytes. */
  readonly maxBodyBytes: number;
}

export interface FramerEvents {
  /** One whole message. The bytes are only valid during the call unless they are copied. */
  readonly message: (bytes: Buffer) => void;
  /** Two empty lines between messages: a keep-alive that wants one back (RFC 5626 §4.4.1). */
  readonly ping: () => void;
}

/** What is wrong with the stream; it cannot be read on from there. */
export type FramingFault = 'head-too-long' | 'body-too-long' | 'bad-content-length';

const CR = 13;
const LF = 10;
const EMPTY = Buffer.alloc(0);

/** Cuts a stream into messages by Content-Length (RFC 3261 §18.3). Without the header the body counts as empty. */
export class StreamFramer {
  private pending: Buffer = EMPTY;
  private scanned = 0;
  private wanted = -1;
  private emptyLines = 0;

  constructor(
    private readonly events: FramerEvents,
    private readonly limits: FramerLimits,
  ) {}

  /** Whether a message has begun and not ended. */
  get isInsideMessage(): boolean {
    return this.pending.length > 0;
  }

  /** Takes the next bytes of the stream. Answers a fault when the stream must be given up. */
  push(chunk: Buffer): FramingFault | undefined {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    while (this.pending.length > 0) {
      if (this.wanted < 0) {
        this.skipEmptyLines();
        const fault = this.readHead();
        if (fault !== undefined) return fault;
        if (this.wanted < 0) return undefined;
      }
      if (this.pending.length < this.wanted) return undefined;
      const message = this.pending.subarray(0, this.wanted);
      this.pending = this.pending.subarray(this.wanted);
      this.wanted = -1;
      this.scanned = 0;
      this.events.message(message);
    }
    this.pending = EMPTY;
    return undefined;
  }

  private skipEmptyLines(): void {
    let at = 0;
    while (this.scanned === 0 && at < this.pending.length) {
      const code = this.pending[at];
      if (code === LF) {
        if (++this.emptyLines === 2) {
          this.emptyLines = 0;
          this.events.ping();
        }
      } else if (code !== CR) break;
      at++;
    }
    if (at > 0) this.pending = this.pending.subarray(at);
    if (this.pending.length > 0) this.emptyLines = 0;
  }

  private readHead(): FramingFault | undefined {
    // The separator may straddle two chunks, so the search starts a little before the new bytes.
    const from = Math.max(0, this.scanned - 3);
    const end = this.pending.indexOf('\r\n\r\n', from);
    if (end < 0) {
      this.scanned = this.pending.length;
      return this.pending.length > this.limits.maxHeadBytes ? 'head-too-long' : undefined;
    }
    if (end > this.limits.maxHeadBytes) return 'head-too-long';
    const length = contentLengthOf(this.pending.toString('latin1', 0, end));
    if (length === undefined) return 'bad-content-length';
    if (length > this.limits.maxBodyBytes) return 'body-too-long';
    this.wanted = end + 4 + length;
    return undefined;
  }
}

/** Content-Length of a header section; 0 when absent, undefined when malformed or given twice with different values. */
function contentLengthOf(head: string): number | undefined {
  let found: number | undefined;
  let at = head.indexOf('\n') + 1;
  while (at > 0) {
    const end = head.indexOf('\n', at);
    const first = head.charCodeAt(at) | 32;
    if (first === 99 || first === 108) {
      const line = head.slice(at, end < 0 ? head.length : end);
      const colon = line.indexOf(':');
      const name = line.slice(0, Math.max(0, colon)).trimEnd().toLowerCase();
      if (name === 'content-length' || name === 'l') {
        const digits = line.slice(colon + 1).trim();
        if (digits === '' || digits.length > 9 || !isDigits(digits)) return undefined;
        const length = Number(digits);
        if (found !== undefined && found !== length) return undefined;
        found = length;
      }
    }
    at = end < 0 ? 0 : end + 1;
  }
  return found ?? 0;
}

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}
