/**
 * Small readers for the text inside a header: lists, quoted strings and parameters (RFC 3261 §7.3, §25.1). They read
 * what they are given in one pass and never throw; what does not parse is reported by the caller that knows the header.
 */

/** Parameters of a header or URI: lower-case name to value, `''` for a flag such as `lr`. Order is kept. */
export type Params = Map<string, string>;

const QUOTE = 34;
const COMMA = 44;
const SEMICOLON = 59;
const LESS = 60;
const EQUALS = 61;
const GREATER = 62;
const BACKSLASH = 92;

/** Index just behind the quoted string that opens at `open`, or -1 when it never closes. */
export function endOfQuoted(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i + 1;
  }
  return -1;
}

/** Splits a header value at the commas that stand outside quotes and angle brackets. Empty elements are dropped. */
export function splitList(text: string): string[] {
  if (!text.includes(',')) return text.trim() === '' ? [] : [text.trim()];
  const parts: string[] = [];
  let start = 0;
  let inBrackets = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE && !inBrackets) {
      const end = endOfQuoted(text, i);
      if (end < 0) break;
      i = end - 1;
    } else if (code === LESS) inBrackets = true;
    else if (code === GREATER) inBrackets = false;
    else if (code === COMMA && !inBrackets) {
      const part = text.slice(start, i).trim();
      if (part !== '') parts.push(part);
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  if (last !== '') parts.push(last);
  return parts;
}

/** Index of the first `;` at or behind `from` that stands outside quotes, or the length of the text. */
function nextSemicolon(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === SEMICOLON) return i;
    if (code === QUOTE) {
      const end = endOfQuoted(text, i);
      if (end < 0) return text.length;
      i = end - 1;
    }
  }
  return text.length;
}

/** Index of the first `=` of `text` between `from` and `to`, or -1. */
function indexOfEquals(text: string, from: number, to: number): number {
  for (let i = from; i < to; i++) if (text.charCodeAt(i) === EQUALS) return i;
  return -1;
}

/** Reads `;a=b;c` (with or without the first semicolon). Values keep their quotes; a repeated name keeps its first value. */
export function parseParams(text: string): Params {
  const params: Params = new Map();
  let at = 0;
  while (at < text.length) {
    const end = nextSemicolon(text, at);
    const equals = indexOfEquals(text, at, end);
    const name = (equals < 0 ? text.slice(at, end) : text.slice(at, equals)).trim().toLowerCase();
    if (name !== '' && !params.has(name)) params.set(name, equals < 0 ? '' : text.slice(equals + 1, end).trim());
    at = end + 1;
  }
  return params;
}

/** Writes parameters back as `;a=b;c`. */
export function formatParams(params: Params): string {
  let text = '';
  for (const [name, value] of params) text += value === '' ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** The text without its surrounding quotes and backslashes, or as it is when it is not quoted. */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== QUOTE || text.charCodeAt(text.length - 1) !== QUOTE) return text;
  return text.slice(1, -1).replace(/\\([\s\S])/g, '$1');
}

/** The text as a quoted string (RFC 3261 §25.1), quotes and backslashes escaped. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
