import { expect, it, vi } from 'vitest';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createManualClock, settled } from '../../test/support/manual-clock.js';
import { agentId, conversationId } from '../kernel/ids.js';
import { createMemoryTranscripts } from './memory-transcripts.js';
import { createMessageLog, type MessageLogDeps, type Said } from './message-log.js';
import type { Entry } from './transcript-store.js';

const chat = conversationId('chat');
const [ana, ben] = [agentId('ana'), agentId('ben')];
const text = (words: string, over: Partial<Said> = {}): Said => ({
  from: { kind: 'visitor' },
  body: { kind: 'text', text: words },
  ...over,
});
const wordsOf = (entries: readonly Entry[]): string[] =>
  entries.map(({ seq, body }) => `${seq} ${body.kind === 'text' ? body.text : body.name}`);

async function openLog(over: Partial<MessageLogDeps> = {}) {
  const clock = createManualClock();
  const store = createMemoryTranscripts();
  const log = createMessageLog({ store, clock, log: silentLog, ...over });
  await log.open(chat, { isNew: true });
  const all = (after = 0) => log.read({ conversation: chat, after, limit: 1000, audience: 'agents' });
  return { log, store, clock, all };
}

it('numbers what is said, tells it once, and writes it down', async () => {
  const { log, store, all } = await openLog();
  const heard: Entry[] = [];
  log.listen(chat, { entry: (entry) => heard.push(entry), marked: () => undefined });
  const result = log.append(chat, text('hello'));
  log.append(chat, text('world', { from: { kind: 'agent', agent: ana } }));
  expect(wordsOf(heard)).toEqual(['1 hello', '2 world']);
  expect(result).toMatchObject({ type: 'appended', seq: 1 });
  await (result.type === 'appended' ? result.stored : undefined);
  await log.close();
  expect(await store.lastSeq(chat)).toBe(2);
  expect(wordsOf(await all())).toEqual(['1 hello', '2 world']);
});

it('enters once what comes twice, and tells sender from sender', async () => {
  const { log, all } = await openLog();
  const byAgent = (agent: typeof ana) => text('a', { from: { kind: 'agent', agent }, clientId: 'x' });
  expect(log.append(chat, text('v', { clientId: 'x' }))).toMatchObject({ type: 'appended', seq: 1 });
  expect(log.append(chat, text('v', { clientId: 'x' }))).toMatchObject({ type: 'repeated', seq: 1 });
  expect(log.append(chat, byAgent(ana))).toMatchObject({ type: 'appended', seq: 2 });
  expect(log.append(chat, byAgent(ben))).toMatchObject({ type: 'appended', seq: 3 });
  expect(log.append(chat, byAgent(ana))).toMatchObject({ type: 'repeated', seq: 2 });
  expect(wordsOf(await all())).toEqual(['1 v', '2 a', '3 a']);
});

it.each([
  ['from memory', 47, 3],
  ['from the store', 2, 48],
])('gives who was away all they missed, %s', async (_, after, missed) => {
  const { log, all } = await openLog({ keep: { entries: 10, bytes: 10_000 } });
  for (let seq = 1; seq <= 50; seq += 1) log.append(chat, text('t'));
  const entries = await all(after);
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: missed }, (__, index) => after + 1 + index));
});

it('keeps notes from visitors, from memory and from the store', async () => {
  const { log } = await openLog({ keep: { entries: 2, bytes: 10_000 } });
  for (const audience of ['everybody', 'agents', 'everybody', 'agents'] as const)
    log.append(chat, text('t', { audience }));
  const visible = async (after: number) => {
    const entries = await log.read({ conversation: chat, after, limit: 10, audience: 'everybody' });
    return entries.map(({ seq }) => seq);
  };
  expect([await visible(0), await visible(2)]).toEqual([[1, 3], [3]]);
});

it('keeps no more in memory than its size allows', async () => {
  const read = vi.fn(createMemoryTranscripts().read);
  const { log, all } = await openLog({
    store: { ...createMemoryTranscripts(), read },
    keep: { entries: 50, bytes: 100 },
  });
  for (let count = 0; count < 3; count += 1) log.append(chat, text('x'.repeat(60)));
  await all(2);
  expect(read).not.toHaveBeenCalled();
  await all(1);
  expect(read).toHaveBeenCalledOnce();
});

it('goes on after a gap in its numbers, and knows repetitions, after a restart', async () => {
  const { log, store, clock } = await openLog();
  log.append(chat, text('before', { clientId: 'x' }));
  await log.close();
  const again = createMessageLog({ store, clock, log: silentLog });
  await again.open(chat, { isNew: false });
  expect(again.append(chat, text('before', { clientId: 'x' }))).toMatchObject({ type: 'repeated', seq: 1 });
  expect(again.append(chat, text('after'))).toMatchObject({ type: 'appended', seq: 10_002 });
});

it('tries until the store takes it, gives no receipt before, and takes no more than it can keep', async () => {
  const store = createMemoryTranscripts();
  let isDown = true;
  const { log, clock } = await openLog({
    store: { ...store, append: (entries) => (isDown ? Promise.reject(new Error('down')) : store.append(entries)) },
    maxUnwritten: 3,
  });
  const stored = vi.fn();
  for (let seq = 1; seq <= 3; seq += 1) {
    const result = log.append(chat, text('t'));
    if (result.type === 'appended') void result.stored.then(stored);
  }
  expect(log.append(chat, text('one too many'))).toEqual({ type: 'refused', why: 'store-behind' });
  await clock.turn(1_000);
  expect([stored.mock.calls.length, await store.lastSeq(chat)]).toEqual([0, 0]);
  isDown = false;
  await clock.turn(10_000);
  expect([stored.mock.calls.length, await store.lastSeq(chat)]).toEqual([3, 3]);
  expect(clock.pending()).toBe(0);
  expect(log.append(chat, text('again'))).toMatchObject({ type: 'appended', seq: 4 });
});

it('does not wait for ever for a store that is gone when it closes', async () => {
  const store = { ...createMemoryTranscripts(), append: () => Promise.reject(new Error('down')) };
  const { log, clock } = await openLog({ store });
  log.append(chat, text('lost'));
  await settled();
  await log.close();
  expect(clock.pending()).toBe(0);
});

it('moves marks forward only, and never past what there is', async () => {
  const { log } = await openLog();
  const marked = vi.fn();
  log.listen(chat, { entry: () => undefined, marked });
  for (let seq = 1; seq <= 3; seq += 1) log.append(chat, text('t'));
  log.mark(chat, 'visitor', { received: 2 });
  log.mark(chat, 'visitor', { received: 1 });
  log.mark(chat, 'visitor', { read: 99 });
  expect(marked.mock.calls).toEqual([
    ['visitor', { received: 2, read: 0 }],
    ['visitor', { received: 3, read: 3 }],
  ]);
  expect(log.marks(chat).agents).toEqual({ received: 0, read: 0 });
});
