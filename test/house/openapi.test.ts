import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';

import { queueId, voicemailId, workId } from '../../src/kernel/ids.js';
import { startBusyChats } from '../chat/http-chats.js';
import { ana, authorized, buildHttp, decision } from '../support/http-bench.js';
import { writeWav } from '../support/recordings.js';

interface Schema {
  readonly $ref?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const document = parse(readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8')) as Document;

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
);

const recording = '2026-11-22T05-00-00-000Z-c1';
const ids = {
  agents: 'ana',
  queues: 'support',
  calls: 'c1',
  work: '4711',
  customers: 'rosa',
  recordings: recording,
  callbacks: 'c7',
  callers: '+34911',
} as const;

/** A call has been offered and recorded, and a message left. */
async function buildBusyHttp() {
  const chat = await startBusyChats();
  onTestFinished(() => chat.stop());
  const bench = await buildHttp({ chat });
  const call = workId(ids.calls);
  const queue = queueId(ids.queues);
  bench.events.emit({ type: 'call.offered', call, queue, attempt: 1, agents: [ana], decision });
  bench.events.emit({ type: 'call.accepted', call, queue, agent: ana, waitedMs: 1 });
  const file = `voicemail/nights/${recording}.wav`;
  for (const path of [file, `calls/${recording}.wav`]) writeWav(join(bench.folder, path), 2_000);
  const voicemail = voicemailId('nights');
  bench.events.emit({ type: 'call.message_left', call, voicemail, from: '+34911', file, durationMs: 2_000 });
  await expect.poll(() => existsSync(join(bench.folder, file.replace('.wav', '.json')))).toBe(true);
  return bench;
}

it.each(operations)('serves what docs/openapi.yaml lists: %s %s', async (method, path) => {
  const { server } = await buildBusyHttp();
  const kind = Object.keys(ids).find((name): name is keyof typeof ids => path.startsWith(`/v1/${name}/`));
  const response = await server.inject({
    method: method,
    url: path
      .replace('{id}', kind === undefined ? '' : ids[kind])
      .replace('{box}', 'nights')
      .replace(/\{(message|recording)\}/, recording),
    headers: authorized,
    // Where a body is asked for, it is looked at before anything else.
    ...(method === 'GET' || method === 'DELETE' ? {} : { payload: {} }),
  });
  expect(response.statusCode).not.toBe(404);
});

it('lists in docs/openapi.yaml all that is served', async () => {
  const { server } = await buildBusyHttp();
  const listed = new Set(operations.map(([method, path]) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`));
  expect(server.routes.filter((route) => !listed.has(route.replace(/:\w+/g, '{}')))).toEqual([]);
});

/** Paths of fields that the document does not know, or requires and does not get. */
function differences(value: unknown, schema: Schema, at: string): string[] {
  const name = schema.$ref?.split('/').at(-1);
  const resolved = name === undefined ? schema : document.components.schemas[name];
  if (resolved === undefined) return [`${at}: no schema`];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => differences(item, resolved.items ?? {}, `${at}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Record<string, unknown>;
  const missing = (resolved.required ?? []).filter((key) => !(key in fields)).map((key) => `${at}.${key} is missing`);
  const others = Object.entries(fields).flatMap(([key, field]) => {
    const known = resolved.properties?.[key] ?? resolved.additionalProperties;
    return known === undefined ? [`${at}.${key} is not documented`] : differences(field, known, `${at}.${key}`);
  });
  return [...missing, ...others];
}

it.each([
  ['agents', 'Agent'],
  ['queues', 'Queue'],
  ['calls', 'Call'],
  ['work', 'Work'],
  ['calls/c1/recordings', 'Recording'],
  ['recordings', 'Recording'],
  ['callbacks', 'Callback'],
  ['media-servers', 'MediaServer'],
  ['chats', 'Chat'],
  ['voicemails', 'Voicemail'],
  ['voicemails/nights/messages', 'Message'],
])('documents every field of /v1/%s', async (path, schema) => {
  const { server } = await buildBusyHttp();
  const response = await server.inject({ url: `/v1/${path}`, headers: authorized });
  const [list] = Object.values(response.json<Record<string, unknown[]>>());
  expect(list).not.toHaveLength(0);
  expect(differences(list, { items: { $ref: schema } }, path)).toEqual([]);
});

it.each([
  ['queues/support/explain', 'QueueExplanation'],
  ['calls/c1/decisions', 'CallDecisions'],
])('documents every field of /v1/%s', async (path, schema) => {
  const { server } = await buildBusyHttp();
  const response = await server.inject({ url: `/v1/${path}`, headers: authorized });
  expect(differences(response.json(), { $ref: schema }, path)).toEqual([]);
});

it.each([
  ['GET', 'customers/rosa/chats', 'CustomerChats'],
  ['POST', 'chats/explain', 'ChatExplanation'],
  ['POST', 'agents/ana/chat-token', 'ChatToken'],
] as const)('documents every field of %s /v1/%s', async (method, path, schema) => {
  const { server } = await buildBusyHttp();
  const body = path === 'chats/explain' ? { languages: ['es'], page: 'https://shop.example/' } : {};
  const payload = method === 'GET' ? {} : { payload: body };
  const response = await server.inject({ method, url: `/v1/${path}`, headers: authorized, ...payload });
  expect(differences(response.json(), { $ref: schema }, path)).toEqual([]);
});
