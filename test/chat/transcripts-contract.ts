/** What every store of transcripts must do. */
import { afterEach, expect, it } from 'vitest';
import type { Entry, TranscriptStore } from '../../src/chat/transcript-store.js';
import { agentId, conversationId } from '../../src/kernel/ids.js';

const [one, two] = [conversationId('one'), conversationId('two')];
const ana = agentId('ana');

function entry(seq: number, over: Partial<Entry> = {}): Entry {
  return {
    conversation: one,
    seq,
    atMs: 1_700_000_000_000 + seq,
    from: { kind: 'visitor' },
    body: { kind: 'text', text: `text ${seq}` },
    audience: 'everybody',
    ...over,
  };
}

/** @param open an empty store */
export function transcriptsContract(open: () => Promise<TranscriptStore>): void {
  let store: TranscriptStore | undefined;
  const opened = async (): Promise<TranscriptStore> => (store = await open());
  afterEach(() => store?.close());

  it('gives back what was said as it was said, in order', async () => {
    const { append, read, lastSeq } = await opened();
    const said = [
      entry(1, { body: { kind: 'text', text: `'; DROP TABLE chat_entries; -- "<b>" \\ 😀 $1` }, clientId: 'c-1' }),
      entry(2, { from: { kind: 'agent', agent: ana } }),
      entry(3, { from: { kind: 'site' }, body: { kind: 'file', name: 'a.png', mediaType: 'image/png', data: 'AAAA' } }),
    ];
    await append([said[2]!, said[0]!]);
    await append([said[1]!]);
    expect(await read({ conversation: one, after: 0, limit: 10, audience: 'agents' })).toEqual(said);
    expect(await read({ conversation: one, after: 1, limit: 1, audience: 'agents' })).toEqual([said[1]]);
    expect([await lastSeq(one), await lastSeq(two)]).toEqual([3, 0]);
  });

  it('takes whatever is said, also what is no well-formed text', async () => {
    const { append, read } = await opened();
    const texts = ['a\0b', 'half \uD83D of a pair', 'the other \uDE00'];
    await append(texts.map((text, index) => entry(index + 1, { body: { kind: 'text', text }, clientId: `x${text}` })));
    const entries = await read({ conversation: one, after: 0, limit: 10, audience: 'everybody' });
    const read1 = entries.map(({ body }) => (body.kind === 'text' ? body.text : ''));
    const readable = texts.map((text) => text.replace(/\0|\p{Cs}/gu, '\uFFFD'));
    expect([texts, readable]).toContainEqual(read1);
  });

  it('keeps the first of two with one number', async () => {
    const { append, read } = await opened();
    await append([entry(1)]);
    await append([entry(1, { body: { kind: 'text', text: 'another' } }), entry(2)]);
    expect(await read({ conversation: one, after: 0, limit: 10, audience: 'everybody' })).toEqual([entry(1), entry(2)]);
  });

  it('shows notes to agents alone', async () => {
    const { append, read } = await opened();
    await append([entry(1), entry(2, { audience: 'agents' }), entry(3)]);
    const read1 = (audience: 'agents' | 'everybody') => read({ conversation: one, after: 0, limit: 10, audience });
    expect((await read1('everybody')).map(({ seq }) => seq)).toEqual([1, 3]);
    expect((await read1('agents')).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('knows conversations, and whom a customer talked to last', async () => {
    const { putConversation, getConversation, lastAgentOf } = await opened();
    const record = { id: one, openedAtMs: 1000, customer: 'rosa' };
    await putConversation(record);
    expect([await getConversation(one), await getConversation(two)]).toEqual([record, undefined]);
    expect(await lastAgentOf('rosa')).toBeUndefined();
    await putConversation({ ...record, lastAgent: ana, closedAtMs: 2000 });
    await putConversation({ id: two, openedAtMs: 3000, customer: 'rosa' });
    expect(await getConversation(one)).toEqual({ ...record, lastAgent: ana, closedAtMs: 2000 });
    expect([await lastAgentOf('rosa'), await lastAgentOf('ivo')]).toEqual([ana, undefined]);
  });

  it('exports all of a customer, and erases it for good', async () => {
    const { putConversation, append, exportCustomer, eraseCustomer, read } = await opened();
    await putConversation({ id: one, openedAtMs: 1000, customer: 'rosa' });
    await putConversation({ id: two, openedAtMs: 1000, customer: 'ivo' });
    await append([entry(1), entry(2, { audience: 'agents' }), entry(1, { conversation: two })]);
    const exported = await exportCustomer('rosa');
    expect(exported.map(({ record, entries }) => [record.id, entries.length])).toEqual([[one, 2]]);
    expect([await eraseCustomer('rosa'), await eraseCustomer('rosa')]).toEqual([1, 0]);
    expect(await exportCustomer('rosa')).toEqual([]);
    expect(await read({ conversation: one, after: 0, limit: 10, audience: 'agents' })).toEqual([]);
    expect(await read({ conversation: two, after: 0, limit: 10, audience: 'agents' })).toHaveLength(1);
  });

  it('drops what was closed long ago, and nothing that is open', async () => {
    const { putConversation, append, dropClosedBefore, getConversation, lastSeq } = await opened();
    await putConversation({ id: one, openedAtMs: 1000, closedAtMs: 2000 });
    await putConversation({ id: two, openedAtMs: 1000 });
    await append([entry(1), entry(1, { conversation: two })]);
    expect([await dropClosedBefore(2000), await dropClosedBefore(2001)]).toEqual([0, 1]);
    expect([await getConversation(one), await lastSeq(one), await lastSeq(two)]).toEqual([undefined, 0, 1]);
  });
}
