import { expect, it } from 'vitest';

import { buildHttp, decision, TOKEN } from '../../../test/support/http-bench.js';
import { agentId, queueId, workId } from '../../kernel/ids.js';
import { runExplain, type ExplainOptions } from './explain.js';
import { callText, queueText } from './explain-text.js';

async function explain(about: ExplainOptions['about'], token: string | undefined = TOKEN) {
  const bench = await buildHttp();
  const { host, port } = await bench.server.listen();
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const call = workId('c1');
  const [ana, ben] = [agentId('ana'), agentId('ben')];
  const queue = queueId('support');
  bench.events.emit({ type: 'call.waiting', call, queue, decision: { ...decision, candidates: [], chosen: [] } });
  bench.events.emit({ type: 'call.offered', call, queue, attempt: 1, agents: [ana], decision });
  bench.events.emit({ type: 'call.offer_ended', call, agent: ana, attempt: 1, outcome: 'busy' });
  bench.events.emit({ type: 'call.offered', call, attempt: 2, agents: [ben] });
  const code = await runExplain({ about, url: `http://${host}:${port}`, token }, terminal);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

it('says to whom a call would go, and why not to the others', async () => {
  const { code, out } = await explain({ queue: 'support' });
  expect(code).toBe(0);
  expect(out.replace(/\d{4}-.*Z/, 'NOW').replace(/idle for \S+/, 'idle for LONG')).toBe(
    [
      'support (longest-idle), NOW, configuration v1: a call would ring ana, after the 1 waiting',
      '  ana  would ring  idle for LONG',
      '  ben  no          on a call',
    ].join('\n'),
  );
});

it('tells the decisions of a call and what came of them', async () => {
  const { code, out } = await explain({ call: 'c1' });
  expect(code).toBe(0);
  expect(out.replaceAll(/\d{4}-.*Z/g, 'THEN').replace(/idle for \S+/, 'idle for LONG')).toBe(
    [
      'call c1',
      '',
      'THEN support (longest-idle): nobody is free',
      '  ben  no  on a call',
      '',
      'THEN support (longest-idle): attempt 1 rings ana',
      '  ana  busy  idle for LONG',
      '  ben  no    on a call',
      '',
      'THEN: attempt 2 rings ben',
      '  ben  rings',
    ].join('\n'),
  );
});

it.each([
  ['a call that was not', { call: 'c9' }, TOKEN, /nothing was decided for a call c9/],
  ['a queue that is not', { queue: 'no/where' }, TOKEN, /no queue is called no\/where/],
  ['a wrong token', { queue: 'support' }, 'wrong', /send the API token/],
  ['no token', { queue: 'support' }, '', /give --token, or set SWITCHBOARD_TOKEN/],
] as const)('ends with 1 and says why for %s', async (_, about, token, message) => {
  const { code, out, err } = await explain(about, token);
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(message);
});

it('says so when nobody answers there', async () => {
  const { server } = await buildHttp();
  const { host, port } = await server.listen();
  await server.close();
  const err: string[] = [];
  const terminal = { out: () => undefined, err: (line: string) => err.push(line) };
  const url = `http://${host}:${port}`;
  expect(await runExplain({ about: { queue: 'support' }, url, token: TOKEN }, terminal)).toBe(1);
  expect(err.join()).toContain(`no answer from ${url}: `);
});

const at = '2026-01-31T12:00:00.000Z';
const atMs = Date.parse(at);

it.each([
  ['ring-to-all', atMs - 65_000, 'would ring  idle for 1:05'],
  ['priority', 3, 'would ring  priority 3'],
  ['round-robin', 0, 'would ring  has had no turn yet'],
  ['round-robin', 4, 'would ring  had turn 4'],
  ['fewest-calls', 1, 'would ring  1 call so far'],
  ['least-talk-time', 2_000, 'would ring  talked 2.0 s so far'],
  ['maximum-utilisation', -3, 'would ring  3 running'],
  ['average-utilisation', 0, 'would ring  0 running'],
  ['linear', 1, 'would ring  place 2 of the list'],
  ['widening', atMs, 'would ring  idle for 0.0 s'],
])('words what %s looks at', (strategy, key, expected) => {
  const made = { strategy, candidates: [{ agent: 'ana', key }], chosen: ['ana'], passedOver: [] };
  const [head, row] = queueText({ queue: 'support', at, configVersion: 'v1', waiting: 0, decision: made });
  expect(head).toBe(`support (${strategy}), 2026-01-31 12:00:00Z, configuration v1: a call would ring ana`);
  expect(row).toBe(`  ana  ${expected}`);
});

it('says of chance that each may ring, and of nobody free that a call would wait', () => {
  const candidates = ['ana', 'ben'].map((agent, key) => ({ agent, key }));
  const common = { queue: 'q', at, configVersion: 'v1', waiting: 0 };
  const random = { strategy: 'random', candidates, chosen: ['ana', 'ben'], passedOver: [] };
  expect(queueText({ ...common, decision: random })[0]).toContain('a call may ring ana and ben');
  const none = { ...random, candidates: [], chosen: [] };
  expect(queueText({ ...common, decision: none })[0]).toContain('nobody is free; a call would wait');
});

it('says how many decisions it does not know any more', () => {
  expect(callText({ call: 'c1', forgotten: 2, decisions: [] })).toEqual([
    'call c1',
    '(2 earlier decisions have been forgotten)',
  ]);
});
