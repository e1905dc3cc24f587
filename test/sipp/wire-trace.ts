/** What a phone or caller saw on the wire: SIPp's message trace (`-trace_msg`) as values. */

export interface WireMessage {
  readonly direction: 'sent' | 'received';
  /** Milliseconds since the epoch, with SIPp's microseconds behind the point. */
  readonly atMs: number;
  readonly text: string;
  readonly startLine: string;
  /** Of a request. */
  readonly method?: string;
  readonly requestUri?: string;
  /** Of a response. */
  readonly status?: number;
  readonly callId: string;
  readonly cseq: { readonly number: number; readonly method: string };
  readonly body: string;
  /** The first header field of that name. */
  header(name: string): string | undefined;
}

const separator = /^-{20,} (\d{4}-\d{2}-\d{2})[\s]+(\d{2}:\d{2}:\d{2})\.(\d+).*$/m;

/** Parses a whole message trace; a last, half-written message is left out. */
export function parseTrace(trace: string): WireMessage[] {
  const parts = trace.split(separator);
  const messages: WireMessage[] = [];
  // split() with three groups: [before, date, time, fraction, block, date, time, fraction, block, …]
  for (let i = 1; i + 3 < parts.length; i += 4) {
    const [date, time, fraction, block] = parts.slice(i, i + 4) as [string, string, string, string];
    const atMs = Date.parse(`${date}T${time}Z`) + Number(`0.${fraction}`) * 1000;
    const heading = /^\s*\w+ message (sent|received)[^\n]*\n\s*\n/.exec(block);
    if (!heading) continue;
    const direction = heading[1] === 'sent' ? 'sent' : 'received';
    const message = parseMessage(block.slice(heading[0].length), direction, atMs);
    if (message) messages.push(message);
  }
  return messages;
}

/** One SIP message as text; nothing where the text has no Call-ID and CSeq. */
export function parseMessage(text: string, direction: WireMessage['direction'], atMs: number): WireMessage | undefined {
  const normal = text.replaceAll('\r\n', '\n');
  const headEnd = normal.indexOf('\n\n');
  const head = headEnd < 0 ? normal : normal.slice(0, headEnd);
  const [startLine = '', ...lines] = head.split('\n');
  const fields = lines.map((line) => {
    const colon = line.indexOf(':');
    return { name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() };
  });
  const header = (name: string) => fields.find((field) => field.name === name.toLowerCase())?.value;
  const callId = header('Call-ID') ?? header('i');
  const cseq = /^(\d+)\s+(\w+)/.exec(header('CSeq') ?? '');
  if (callId === undefined || !cseq) return undefined;
  const response = /^SIP\/2\.0 (\d{3})/.exec(startLine);
  const request = /^(\w+) (\S+) SIP\/2\.0/.exec(startLine);
  return {
    direction,
    atMs,
    text: normal,
    startLine,
    ...(request ? { method: request[1]!, requestUri: request[2]! } : {}),
    ...(response ? { status: Number(response[1]) } : {}),
    callId,
    cseq: { number: Number(cseq[1]), method: cseq[2]! },
    body: headEnd < 0 ? '' : normal.slice(headEnd + 2).trim(),
    header,
  };
}

/** The messages of each Call-ID, in the order of the wire. */
export function byCall(messages: readonly WireMessage[]): Map<string, WireMessage[]> {
  const calls = new Map<string, WireMessage[]>();
  for (const message of messages) {
    const call = calls.get(message.callId);
    if (call) call.push(message);
    else calls.set(message.callId, [message]);
  }
  return calls;
}

/**
 * The story of one dialog in short words, retransmissions left out: `<INVITE`, `>180`, `>200 INVITE`, `<ACK`, `<BYE`.
 * `<` came in, `>` went out.
 */
export function storyOf(messages: readonly WireMessage[]): string[] {
  const seen = new Set<string>();
  const story: string[] = [];
  for (const message of messages) {
    const arrow = message.direction === 'sent' ? '>' : '<';
    const word = message.method ?? `${message.status} ${message.cseq.method}`;
    const key = `${arrow}${word} ${message.cseq.number}`;
    if (seen.has(key)) continue;
    seen.add(key);
    story.push(`${arrow}${word}`);
  }
  return story;
}

/** The user part of a request's URI. */
export function calledUser(message: WireMessage): string {
  return /^sips?:([^@;]+)@/.exec(message.requestUri ?? '')?.[1] ?? '';
}
