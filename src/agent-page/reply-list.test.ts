import { expect, it } from 'vitest';
import { repliesFor } from './reply-list.js';

const replies = [
  { shortcut: 'bye', text: 'See you.' },
  { shortcut: 'hi', text: 'Hello, this is Ana.' },
  { shortcut: 'hire', text: 'We do not hire now.' },
];

it.each([
  ['', ['bye', 'hi', 'hire']],
  ['HI', ['hi', 'hire']],
  ['ana', ['hi']],
  ['e', ['bye', 'hi', 'hire']],
  ['xyz', []],
])('finds by %j first what begins so, then what holds it', (wanted, found) => {
  expect(repliesFor(replies, wanted).map(({ shortcut }) => shortcut)).toEqual(found);
});
