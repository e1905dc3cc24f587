import { formatParams, parseParams, type Params } from './header-text.js';
import { parseHostPort } from './uri.js';

/** One Via value (RFC 3261 §20.42). */
export interface Via {
  /** Upper case: `UDP`, `TCP`, ... */
  readonly transport: string;
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
}

/** Every branch of RFC 3261 starts so; anything else is a client of RFC 2543 (RFC 3261 §8.1.1.7). */
export const BRANCH_COOKIE = 'z9hG4bK';

const SENT_PROTOCOL = /^SIP\s*\/\s*2\.0\s*\/\s*([\w.!%*+`'~-]+)\s+/i;

/** Parses one Via value. Answers undefined when it is malformed or of another protocol version. */
export function parseVia(text: string): Via | undefined {
  const protocol = SENT_PROTOCOL.exec(text);
  if (protocol === null) return undefined;
  const rest = text.slice(protocol[0].length);
  const semicolon = rest.indexOf(';');
  const sentBy = parseHostPort((semicolon < 0 ? rest : rest.slice(0, semicolon)).trim());
  if (sentBy === undefined) return undefined;
  const params: Params = semicolon < 0 ? new Map<string, string>() : parseParams(rest.slice(semicolon));
  return { transport: (protocol[1] ?? '').toUpperCase(), ...sentBy, params };
}

/** Writes a Via value. */
export function formatVia(via: Via): string {
  const port = via.port === undefined ? '' : `:${String(via.port)}`;
  return `SIP/2.0/${via.transport} ${via.host}${port}${formatParams(via.params)}`;
}
