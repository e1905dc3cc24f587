import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { postWebhook } from './webhook-post.js';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

const post = (url: string, timeoutMs = 5_000) =>
  postWebhook({ url, headers: { 'webhook-id': 'one' }, body: '{"type":"work.queued"}', timeoutMs });

it('posts the body as JSON with the headers given', async () => {
  const seen: unknown[] = [];
  const url = await serve((request, response) => {
    const { method, headers } = request;
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push([method, headers['webhook-id'], headers['content-type'], body]);
      response.writeHead(204).end();
    });
  });
  expect(await post(url)).toEqual({ type: 'taken' });
  expect(seen).toEqual([['POST', 'one', 'application/json', '{"type":"work.queued"}']]);
});

it.each([
  ['an error', 500, {}, { type: 'failed', why: 'status 500' }],
  ['an error with a wish', 503, { 'retry-after': '7' }, { type: 'failed', why: 'status 503', retryAfterMs: 7_000 }],
  [
    'a wish that is a date',
    503,
    { 'retry-after': 'Sun, 22 Nov 2026 10:00:00 GMT' },
    { type: 'failed', why: 'status 503' },
  ],
])('has failed at %s', async (_, status, headers, outcome) => {
  expect(await post(await serve((_request, response) => response.writeHead(status, headers).end('why')))).toEqual(
    outcome,
  );
});

it('follows no redirect', async () => {
  const seen: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    seen.push(request.url);
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(await post(url)).toEqual({ type: 'failed', why: 'status 307' });
  expect(seen).toEqual(['/hook']);
});

it('does not wait for who does not answer, nor for a connection that is refused', async () => {
  const silent = await serve(() => undefined);
  expect(await post(silent, 50)).toMatchObject({ type: 'failed', why: expect.stringMatching(/timeout/) as string });
  expect(await post('http://127.0.0.1:1/hook')).toMatchObject({ type: 'failed' });
});
