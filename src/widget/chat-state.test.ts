import { expect, it } from 'vitest';
import {
  changeChat,
  isReadingHistory,
  linesOf,
  newChatState,
  unreadIn,
  type ChatInput,
  type ChatState,
} from './chat-state.js';

const after = (...inputs: readonly ChatInput[]): ChatState => inputs.reduce(changeChat, newChatState());

const entry = (seq: number, from: 'visitor' | 'agent' | 'site' = 'agent', id?: string): ChatInput => ({
  type: 'entry',
  seq,
  atMs: seq * 1_000,
  from: from === 'agent' ? { kind: from, agent: 'ana' } : { kind: from },
  body: { kind: 'text', text: `text ${seq}` },
  ...(id === undefined ? {} : { id }),
});

const wrote = (id: string): ChatInput => ({
  type: 'wrote',
  outgoing: { id, body: { kind: 'text', text: id }, atMs: 1, isRefused: false },
});

const shown = (state: ChatState): string[] =>
  linesOf(state).map(({ key, delivery }) => `${key} ${delivery ?? ''}`.trim());

it('passes over entries that it has already', () => {
  expect(shown(after(entry(1), entry(3), entry(1), entry(3), entry(4)))).toEqual(['seq 1', 'seq 3', 'seq 4']);
});

it('follows a message from its writing to its reading under one key', () => {
  const steps: readonly (readonly [ChatInput, string])[] = [
    [wrote('a'), 'id a sending'],
    [entry(1, 'visitor', 'a'), 'id a sending'],
    [{ type: 'receipt', id: 'a', seq: 1 }, 'id a sent'],
    [{ type: 'marks', side: 'agents', received: 1, read: 0 }, 'id a received'],
    [{ type: 'marks', side: 'agents', received: 1, read: 1 }, 'id a read'],
    [{ type: 'marks', side: 'agents', received: 1, read: 0 }, 'id a read'],
  ];
  let state = newChatState();
  for (const [input, line] of steps) {
    state = changeChat(state, input);
    expect(shown(state)).toEqual([line]);
  }
});

it('shows what is on its way after what was said', () => {
  expect(shown(after(wrote('a'), wrote('b'), entry(1, 'site'), entry(2, 'visitor', 'a')))).toEqual([
    'seq 1',
    'id a sending',
    'id b sending',
  ]);
});

it('keeps showing what the server would not have, until another chat begins', () => {
  const refused = after(wrote('a'), wrote('b'), { type: 'refused', id: 'a' });
  expect(shown(refused)).toEqual(['id a refused', 'id b sending']);
  expect(shown(changeChat(refused, { type: 'begin-anew' }))).toEqual(['id b sending']);
});

it('counts what others said since the visitor looked', () => {
  const state = after(entry(1, 'site'), { type: 'seen' }, entry(2), entry(3, 'visitor'), entry(4, 'site'));
  expect(unreadIn(state)).toBe(2);
  expect(unreadIn(changeChat(state, { type: 'marks', side: 'visitor', received: 4, read: 4 }))).toBe(0);
});

it('takes entries for history until the newest of before the connection, or until no more come', () => {
  const welcome: ChatInput = { type: 'welcome', chat: 'c', token: 't', lastSeq: 3 };
  expect(isReadingHistory(after(welcome, entry(2)))).toBe(true);
  expect(isReadingHistory(after(welcome, entry(3)))).toBe(false);
  expect(isReadingHistory(after(welcome, entry(2), { type: 'history-read' }))).toBe(false);
});

it('knows who writes until they have written, or the agent has gone', () => {
  const typing: ChatInput = { type: 'typing', agent: 'Ana', isTyping: true };
  expect(after(typing).typing).toBe('Ana');
  expect(after(typing, entry(1)).typing).toBeUndefined();
  expect(after(typing, entry(1, 'site')).typing).toBe('Ana');
  expect(after(typing, { type: 'state', phase: 'waiting' }).typing).toBeUndefined();
  expect(after(typing, { type: 'typing-faded' }).typing).toBeUndefined();
});

it('forgets place and agent with the phase that they belong to', () => {
  const waiting = after({ type: 'state', phase: 'waiting', place: 2 });
  expect(waiting).toMatchObject({ phase: 'waiting', place: 2 });
  const talking = changeChat(waiting, { type: 'state', phase: 'talking', agent: 'Ana' });
  expect(talking).toMatchObject({ phase: 'talking', agent: 'Ana' });
  expect(talking).not.toHaveProperty('place');
  expect(changeChat(talking, { type: 'state', phase: 'closed' })).not.toHaveProperty('agent');
});
