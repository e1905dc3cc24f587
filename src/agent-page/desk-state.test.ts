import { expect, it } from 'vitest';
import type { ChatNews } from '../chat/agent-news.js';
import {
  changeDesk,
  newDeskState,
  overseenChats,
  ownChats,
  unreadIn,
  type DeskInput,
  type DeskState,
} from './desk-state.js';

const welcome = { type: 'welcome', agent: 'ana', name: 'Ana', isSupervisor: true } as const;
const present = { type: 'presence', presence: { state: 'available' } } as const;
const offer = (chat: string) => ({ type: 'offer', work: `${chat}/1`, chat }) as const;
const withdrawn = (chat: string, why: 'accepted' | 'taken' | 'declined') =>
  ({ type: 'withdrawn', work: `${chat}/1`, why }) as const;
const chat = (id: string, phase: ChatNews['phase'], more: Partial<ChatNews> = {}) =>
  ({ type: 'chat', chat: id, phase, visitorIsThere: true, sinceMs: 1, ...more }) as const;
const mine = (id: string) => chat(id, 'talking', { agent: 'ana' });
const entry = (id: string, seq: number, from: 'visitor' | 'site' = 'visitor') =>
  ({
    type: 'entry',
    chat: id,
    seq,
    atMs: 1,
    audience: 'everybody',
    from: { kind: from },
    body: { kind: 'text', text: 'x' },
  }) as const;

const play = (...inputs: readonly DeskInput[]): DeskState => inputs.reduce(changeDesk, newDeskState());
const own = (state: DeskState) => ownChats(state).map(({ id }) => id);

it('has a chat from its offer to its end, and may open it again until it is put away', () => {
  const offered = play(welcome, present, offer('c'), entry('c', 1));
  expect([offered.offers.length, own(offered), offered.chats.get('c')?.entries.length]).toEqual([1, [], 1]);
  const had = [welcome, present, offer('c'), entry('c', 1), withdrawn('c', 'accepted'), mine('c')] as const;
  expect(own(play(...had))).toEqual(['c']);
  const closed = play(...had, chat('c', 'closed'));
  expect(own(closed)).toEqual(['c']);
  expect([...changeDesk(closed, { type: 'put-away', chat: 'c' }).chats]).toEqual([]);
});

it.each([
  ['goes to a colleague', chat('c', 'talking', { agent: 'ben' })],
  ['is given back', chat('c', 'waiting')],
])('has a chat no more that %s', (_, news) => {
  expect([...play(welcome, present, mine('c'), news).chats]).toEqual([]);
});

it('shows nothing that somebody else was quicker to take, and says so', () => {
  const state = play(welcome, present, offer('c'), { type: 'show', chat: 'c' }, withdrawn('c', 'taken'));
  expect([state.shown, state.problem, state.chats.size]).toEqual([undefined, { what: 'offer', why: 'taken' }, 0]);
  expect(play(welcome, present, offer('c'), withdrawn('c', 'taken')).problem).toBeUndefined();
});

it('has after a lost connection what it is told that it has, and what it wrote in that', () => {
  const outgoing = { id: 'm', text: 'x', isNote: false, atMs: 1, isRefused: false };
  const before = [welcome, present, mine('a'), mine('b'), { type: 'wrote', chat: 'a', outgoing }] as const;
  const lost = { type: 'connection', connection: 'lost' } as const;
  expect(own(play(...before, lost, welcome))).toEqual(['a', 'b']);
  const again = play(...before, lost, welcome, present, mine('a'), { type: 'confirmed' });
  expect([own(again), again.chats.get('a')?.pending]).toEqual([['a'], [outgoing]]);
});

it('enters each entry once, and counts those of others that were not seen', () => {
  const state = play(welcome, present, mine('c'), entry('c', 1, 'site'), entry('c', 2), entry('c', 2), entry('c', 3));
  const c = state.chats.get('c')!;
  expect([c.entries.map(({ seq }) => seq), unreadIn(c, state.me)]).toEqual([[1, 2, 3], 2]);
  expect(unreadIn(changeDesk(state, { type: 'seen', chat: 'c' }).chats.get('c')!, state.me)).toBe(0);
});

it('marks what is refused, and takes what may be tried again for no problem', () => {
  const outgoing = { id: 'm', text: 'x', isNote: false, atMs: 1, isRefused: false };
  const wrote = play(welcome, present, mine('c'), { type: 'wrote', chat: 'c', outgoing });
  const error = (code: 'not-yours' | 'try-later') => changeDesk(wrote, { type: 'error', code, chat: 'c', id: 'm' });
  expect(error('try-later')).toBe(wrote);
  expect(error('not-yours').chats.get('c')?.pending).toEqual([{ ...outgoing, isRefused: true }]);
  expect(changeDesk(error('not-yours'), { type: 'problem-read' }).problem).toBeUndefined();
});

it('shows a supervisor who waits first, in their order, and forgets them all when they look away', () => {
  const state = play(
    welcome,
    present,
    { type: 'overseeing', isOn: true },
    chat('talks', 'talking', { agent: 'ben' }),
    chat('second', 'waiting', { place: 2 }),
    chat('first', 'waiting', { place: 1 }),
    chat('over', 'closed'),
  );
  expect(overseenChats(state).map(({ id }) => id)).toEqual(['first', 'second', 'talks', 'over']);
  expect([...changeDesk(state, chat('over', 'forgotten')).chats.keys()]).not.toContain('over');
  expect([...changeDesk(state, { type: 'overseeing', isOn: false }).chats]).toEqual([]);
});

it('keeps a chat that the controller has forgotten until it is put away', () => {
  const state = play(welcome, present, mine('c'), { type: 'error', code: 'no-such-chat', chat: 'c' });
  expect([own(state), state.chats.get('c')?.now?.phase]).toEqual([['c'], 'forgotten']);
});
