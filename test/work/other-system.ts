/** A chat or ticket product beside Switchboard, as its makers would write it: speaks the API, and hears webhooks that it checks. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../support/until.js';

export const SECRET = 'a-secret-that-both-sides-know';

/** How old a webhook may be. Milliseconds. */
const REPLAY_WINDOW_MS = 5 * 60_000;

export interface Told {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface OtherSystem {
  readonly url: string;
  /** What it was told, each event once. */
  readonly told: readonly Told[];
  /** Requests that it has seen, with those that it refused or knew already. */
  readonly requests: readonly { readonly id: string; readonly verdict: 'new' | 'known' | 'refused' | 'forged' }[];
  /** Answers 500 to so many requests from now on. */
  fail(requests: number): void;
  /** The first of that type about the item, past or to come. */
  eventually(type: string, item?: string): Promise<Told>;
  stop(): Promise<void>;
}

export async function startOtherSystem(): Promise<OtherSystem> {
  const told: Told[] = [];
  const requests: OtherSystem['requests'][number][] = [];
  const known = new Set<string>();
  let failures = 0;

  /** @returns the status to answer with */
  function take(headers: IncomingMessage['headers'], body: string): number {
    const id = String(headers['webhook-id']);
    const note = (verdict: OtherSystem['requests'][number]['verdict'], status: number): number => {
      requests.push({ id, verdict });
      return status;
    };
    if (!isGenuine(headers, body)) return note('forged', 401);
    if (failures > 0) {
      failures -= 1;
      return note('refused', 500);
    }
    if (known.has(id)) return note('known', 204);
    known.add(id);
    told.push(JSON.parse(body) as Told);
    return note('new', 204);
  }

  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => response.writeHead(take(request.headers, body)).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/switchboard`,
    told,
    requests,
    fail: (count) => void (failures = count),
    async eventually(type, item) {
      const find = (): Told | undefined =>
        told.find((one) => one.type === type && (item === undefined || one.data.item === item));
      await until(`a webhook ${type} of ${item ?? 'anything'}`, () => find() !== undefined, 20_000);
      return find()!;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As docs/work.md tells receivers to check. */
function isGenuine(headers: IncomingMessage['headers'], body: string): boolean {
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    String(headers[name]),
  );
  if (Math.abs(Date.now() - Number(timestamp) * 1000) > REPLAY_WINDOW_MS) return false;
  const expected = `v1,${createHmac('sha256', SECRET).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  const [a, b] = [Buffer.from(expected), Buffer.from(signature ?? '')];
  return a.length === b.length && timingSafeEqual(a, b);
}

export interface ApiPlace {
  readonly host: string;
  readonly port: number;
  readonly token: string;
}

/** @returns the status, and what was answered */
export async function askApi(
  { host, port, token }: ApiPlace,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const response = await fetch(`http://${host}:${port}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}
