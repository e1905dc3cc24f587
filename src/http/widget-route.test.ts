import fastify, { type FastifyInstance } from 'fastify';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addWidgetRoute } from './widget-route.js';

let folder: string;
let app: FastifyInstance;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'widget-'));
  await writeFile(join(folder, 'widget.js'), 'widget();');
  app = fastify();
  addWidgetRoute(app, pathToFileURL(join(folder, 'widget.js')));
});
afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const get = (headers: Record<string, string> = {}) => app.inject({ url: '/widget.js', headers });

it('serves the script to pages of any site, to be kept for a while', async () => {
  const { statusCode, headers, body } = await get();
  expect(statusCode).toBe(200);
  expect(body).toBe('widget();');
  expect(headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': expect.stringContaining('max-age=300') as unknown,
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
  });
});

it.each([
  ['gzip, deflate, br', true],
  ['*', true],
  ['br', false],
  ['gzip;q=0', false],
  ['gzip;q=0.5', true],
])('answers a browser that takes %s zipped: %s', async (encodings, isZipped) => {
  const { headers, rawPayload } = await get({ 'accept-encoding': encodings });
  expect(headers['content-encoding']).toBe(isZipped ? 'gzip' : undefined);
  expect((isZipped ? gunzipSync(rawPayload) : rawPayload).toString()).toBe('widget();');
});

it('says that what a browser has is still good', async () => {
  const etag = String((await get()).headers.etag);
  expect((await get({ 'if-none-match': etag })).statusCode).toBe(304);
  expect((await get({ 'if-none-match': `"other", ${etag}` })).body).toBe('');
  expect((await get({ 'if-none-match': '"other"' })).statusCode).toBe(200);
});

it('says so where it has not been built', async () => {
  const bare = fastify();
  addWidgetRoute(bare, pathToFileURL(join(folder, 'missing.js')));
  expect((await bare.inject('/widget.js')).statusCode).toBe(404);
  await bare.close();
});
