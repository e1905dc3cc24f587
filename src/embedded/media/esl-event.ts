/** Events as the event socket of FreeSWITCH writes them. */
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** Header name to value, in the order in which they are written. */
export type EventHeaders = Map<string, string>;

export interface EslEvent {
  readonly name: string;
  readonly headers: EventHeaders;
  readonly body?: string;
}

/** Hands events to those who listen. */
export interface EventBus {
  readonly coreUuid: string;
  /** `extra` is asked for only when somebody wants the event. */
  fire(name: string, extra: () => Iterable<readonly [string, string]>, body?: string): void;
  listen(listener: EventListener): () => void;
}

export interface EventListener {
  wants(name: string): boolean;
  take(event: EslEvent): void;
}

/** Creates the bus of one server. */
export function createEventBus(): EventBus {
  const coreUuid = randomUUID();
  const host = hostname();
  const listeners = new Set<EventListener>();
  let sequence = 0;
  return {
    coreUuid,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    fire: (name, extra, body) => {
      sequence++;
      const takers = [...listeners].filter((each) => each.wants(name));
      if (takers.length === 0) return;
      const now = new Date();
      const headers: EventHeaders = new Map([
        ['Event-Name', name],
        ['Core-UUID', coreUuid],
        ['FreeSWITCH-Hostname', host],
        ['FreeSWITCH-Switchname', host],
        ['Event-Date-Local', now.toISOString().slice(0, 19).replace('T', ' ')],
        ['Event-Date-GMT', now.toUTCString()],
        // Microseconds.
        ['Event-Date-Timestamp', `${String(now.getTime())}000`],
        ['Event-Sequence', String(sequence)],
      ]);
      for (const [key, value] of extra()) headers.set(key, value);
      const event: EslEvent = body === undefined ? { name, headers } : { name, headers, body };
      for (const taker of takers) taker.take(event);
    },
  };
}

/** `Name: value` a line, values escaped as in a URL, an empty line, the body. */
export function plainEvent(event: EslEvent): string {
  let text = '';
  for (const [name, value] of event.headers) text += `${name}: ${value === '' ? '_undef_' : escape(value)}\n`;
  if (event.body === undefined) return `${text}\n`;
  return `${text}Content-Length: ${String(Buffer.byteLength(event.body))}\n\n${event.body}`;
}

/** Like switch_url_encode, which leaves these as they are. */
function escape(value: string): string {
  return encodeURIComponent(value).replace(/%2C/g, ',').replace(/%2F/g, '/').replace(/%24/g, '$');
}

/** One object of strings. */
export function jsonEvent(event: EslEvent): string {
  const object: Record<string, string> = Object.fromEntries(event.headers);
  if (event.body !== undefined) {
    object['Content-Length'] = String(Buffer.byteLength(event.body));
    object._body = event.body;
  }
  return JSON.stringify(object);
}
