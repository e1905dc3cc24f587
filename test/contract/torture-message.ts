/** How tortuous messages are written down. */

export interface TortureMessage {
  readonly name: string;
  readonly what: string;
  readonly bytes: Buffer;
  /**
   * What a server does with it: `deliver` to an application that wants the method, `drop` it without a word, or answer with this
   * status.
   */
  readonly outcome: 'deliver' | 'drop' | number;
}

/** Lines to a message with CRLF; the branch makes it a transaction of its own. */
export function lines(...text: string[]): Buffer {
  return Buffer.from(`${text.join('\r\n')}\r\n`, 'utf8');
}

export function request(
  startLine: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body = '',
): Buffer {
  const method = startLine.split(' ')[0] ?? '';
  const all: Record<string, string | readonly string[]> = {
    Via: `SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK.${Math.random().toString(36).slice(2)}`,
    'Max-Forwards': '70',
    From: '<sip:caller@example.org>;tag=from1',
    To: '<sip:callee@example.net>',
    'Call-ID': `torture.${Math.random().toString(36).slice(2)}`,
    CSeq: `1 ${method}`,
    Contact: '<sip:caller@192.0.2.1>',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const text = Object.entries(all).flatMap(([name, value]) =>
    typeof value === 'string' ? (value === '' ? [] : [`${name}: ${value}`]) : value.map((each) => `${name}: ${each}`),
  );
  return lines(startLine, ...text, '', ...(body === '' ? [] : [body.replace(/\r\n$/, '')]));
}

export const options = (
  headers: Readonly<Record<string, string | readonly string[]>>,
  uri = 'sip:callee@example.net',
): Buffer => request(`OPTIONS ${uri} SIP/2.0`, headers);
