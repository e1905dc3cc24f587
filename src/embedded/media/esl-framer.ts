import { Buffer } from 'node:buffer';

/** A command as it came: its first line, the headers behind it by lower-case name, and a body. */
export interface EslCommand {
  readonly line: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const MAX_HEAD_BYTES = 64 * 1024;
const MAX_BODY_BYTES = 1024 * 1024;
const NEWLINE = 10;
const RETURN = 13;

/** Cuts commands out of what a client sends: lines up to an empty one, then as much body as Content-Length says. */
export class EslFramer {
  private buffer: Buffer = Buffer.alloc(0);
  private head: { line: string; headers: Map<string, string>; bodyLength: number } | undefined;

  /** Takes bytes. Answers the commands that are complete now, or undefined when the client sends too much of one. */
  push(chunk: Buffer): EslCommand[] | undefined {
    this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk]);
    const commands: EslCommand[] = [];
    for (;;) {
      this.head ??= this.takeHead();
      if (this.head === undefined) return this.buffer.length > MAX_HEAD_BYTES ? undefined : commands;
      const { line, headers, bodyLength } = this.head;
      if (bodyLength > MAX_BODY_BYTES) return undefined;
      if (this.buffer.length < bodyLength) return commands;
      commands.push({ line, headers, body: this.buffer.toString('utf8', 0, bodyLength) });
      this.buffer = this.buffer.subarray(bodyLength);
      this.head = undefined;
    }
  }

  private takeHead(): { line: string; headers: Map<string, string>; bodyLength: number } | undefined {
    let start = 0;
    // Empty lines between commands mean nothing.
    while (this.buffer[start] === NEWLINE || this.buffer[start] === RETURN) start++;
    const end = endOfHead(this.buffer, start);
    if (end === undefined) {
      this.buffer = this.buffer.subarray(start);
      return undefined;
    }
    const [line = '', ...rest] = this.buffer.toString('utf8', start, end.text).split(/\r?\n/);
    this.buffer = this.buffer.subarray(end.next);
    const headers = new Map<string, string>();
    for (const each of rest) {
      const colon = each.indexOf(':');
      if (colon > 0) headers.set(each.slice(0, colon).trim().toLowerCase(), each.slice(colon + 1).trim());
    }
    const length = Number(headers.get('content-length') ?? 0);
    return { line: line.trim(), headers, bodyLength: Number.isInteger(length) && length > 0 ? length : 0 };
  }
}

function endOfHead(bytes: Buffer, from: number): { text: number; next: number } | undefined {
  for (let at = bytes.indexOf(NEWLINE, from); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    if (bytes[at + 1] === NEWLINE) return { text: at, next: at + 2 };
    if (bytes[at + 1] === RETURN && bytes[at + 2] === NEWLINE) return { text: at, next: at + 3 };
  }
  return undefined;
}
