import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsonSchema } from './json-schema.js';
import { loadConfig } from './load-config.js';
import { parseSite, type ConfigFile } from './parse-site.js';
import { formatProblems } from './problem.js';

const fileNames = ['site', 'network', 'agents', 'queues', 'trunks', 'chat', 'work'].map(
  (name) => `config/${name}.yaml`,
);

describe('the example site', () => {
  let files: readonly { readonly name: string; readonly text: string }[];
  beforeAll(async () => {
    files = await Promise.all(fileNames.map(async (name) => ({ name, text: await readFile(name, 'utf8') })));
  });

  const opened = (): readonly ConfigFile[] =>
    files.map(({ name, text }) => ({ name, text: text.replace('udp:127.0.0.1:5060', 'udp:192.0.2.10:5060') }));

  it('loads from its folder without a warning', async () => {
    const result = await loadConfig('config', {});
    expect(formatProblems(result.ok ? result.warnings : result.problems)).toBe('');
    expect(result.ok && result.exampleSecrets.length).toBeGreaterThan(0);
  });

  it('has an entry point that anybody may dial for each strategy, with four to six members', async () => {
    const result = await loadConfig('config', {});
    const queues = result.ok ? result.config.queues : new Map<never, never>();
    const entries = result.ok ? result.config.entryPoints : [];
    expect(
      entries.flatMap(({ number, to, public: open }) =>
        to.kind === 'queue' ? [[number, to.queue, queues.get(to.queue)?.strategy.kind, open]] : [],
      ),
    ).toEqual([
      ['1000', 'support', 'ring-to-all', true],
      ['1001', 'sales', 'priority', true],
      ['1002', 'billing', 'random', true],
      ['1003', 'orders', 'round-robin', true],
      ['1004', 'returns', 'longest-idle', true],
      ['1005', 'service', 'fewest-calls', true],
      ['1006', 'press', 'least-talk-time', true],
      ['1007', 'desk', 'linear', true],
      ['1008', 'emergency', 'widening', true],
    ]);
    for (const { members } of queues.values()) {
      expect(members.length).toBeGreaterThanOrEqual(4);
      expect(members.length).toBeLessThanOrEqual(6);
    }
  });

  it('has a menu and a voicemail that anybody may dial', async () => {
    const result = await loadConfig('config', {});
    const entries = result.ok ? result.config.entryPoints : [];
    expect(entries.flatMap(({ number, to }) => (to.kind === 'queue' ? [] : [[number, to]]))).toEqual([
      ['1100', { kind: 'menu', menu: 'main' }],
      ['1101', { kind: 'voicemail', voicemail: 'general' }],
    ]);
  });

  it('refuses to listen beyond this machine, and names the line of each example password', () => {
    const result = parseSite(opened(), {});
    const told = result.ok ? [] : result.problems.map(({ file, line }) => `${file}:${line}`);
    const examples = files.flatMap(({ name, text }) =>
      text.split('\n').flatMap((line, index) => (/^[^#]*:-example-/.test(line) ? [`${name}:${index + 1}`] : [])),
    );
    expect(told.toSorted()).toEqual(examples.toSorted());
  });

  it('listens beyond this machine once all variables are set', () => {
    const names = files.flatMap(({ text }) => [...text.matchAll(/\$\{(\w+):-example/g)].map(([, name = '']) => name));
    const env = Object.fromEntries(names.map((name) => [name, `${name} of our own`]));
    expect(parseSite(opened(), env)).toMatchObject({ ok: true, exampleSecrets: [], warnings: [] });
  });

  it('points editors to the schema, in every file', () => {
    for (const { text } of files) expect(text).toMatch(/^# yaml-language-server: \$schema=schema\.json\n/);
  });
});

/** All keys that the schema knows, wherever they stand. */
function keysOf(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    const own = key === 'properties' && typeof value === 'object' && value !== null ? Object.keys(value) : [];
    return [...own, ...keysOf(value)];
  });
}

it('has every key explained in docs/configuration.md, and in a file of the example site', async () => {
  const docs = await readFile('docs/configuration.md', 'utf8');
  const example = (await Promise.all(fileNames.map((name) => readFile(name, 'utf8')))).join('\n');
  const keys = [...new Set(keysOf(createJsonSchema()))];
  expect(keys.length).toBeGreaterThan(70);
  expect(keys.filter((key) => !new RegExp(`(\`|\\.|## |{ |, )${key}\\b`).test(docs))).toEqual([]);
  expect(keys.filter((key) => !new RegExp(`\\b${key}:`).test(example))).toEqual([]);
});
