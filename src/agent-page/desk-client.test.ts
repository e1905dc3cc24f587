import { expect, it } from 'vitest';
import { createScriptedSockets, createScriptedTimers } from '../widget/scripted-browser.js';
import { createDeskClient } from './desk-client.js';

function open() {
  const { sockets, openSocket } = createScriptedSockets();
  const timers = createScriptedTimers();
  let ids = 0;
  const client = createDeskClient({
    openSocket,
    timers,
    nowMs: () => 1,
    random: () => 0,
    newId: () => `m${(ids += 1)}`,
    onChanged: () => undefined,
    onLost: () => undefined,
  });
  client.start();
  const socket = () => sockets.at(-1)!;
  const welcome = (...more: readonly object[]): void => {
    socket().opens();
    socket().says({ type: 'welcome', agent: 'ana', name: 'Ana', isSupervisor: true });
    for (const message of more) socket().says(message);
    socket().says({ type: 'presence', presence: { state: 'available' } });
  };
  return { client, timers, socket, welcome };
}

const mine = { type: 'chat', chat: 'c', phase: 'talking', agent: 'ana', visitorIsThere: true, sinceMs: 1 };
const entry = (seq: number) => ({
  type: 'entry',
  chat: 'c',
  seq,
  atMs: 1,
  audience: 'everybody',
  from: { kind: 'visitor' },
  body: { kind: 'text', text: 'x' },
});

it('follows what is offered and what is theirs, and stops when it goes elsewhere', () => {
  const { socket, welcome } = open();
  welcome();
  socket().says({ type: 'offer', work: 'c/1', chat: 'c' });
  expect(socket().sent).toEqual([{ type: 'colleagues' }, { type: 'watch', chat: 'c', after: 0 }]);
  socket().says(mine);
  socket().says({ type: 'withdrawn', work: 'c/1', why: 'accepted' });
  socket().says({ ...mine, agent: 'ben' });
  expect(socket().sent.slice(2)).toEqual([{ type: 'unwatch', chat: 'c' }]);
});

it('goes on after a loss from the last entry it has, and sends again what has no receipt, in its order', () => {
  const { client, socket, timers, welcome } = open();
  welcome(mine);
  client.show('c');
  socket().says(entry(1));
  client.write('c', 'one', false);
  client.write('c', 'two', true);
  socket().says({ type: 'receipt', chat: 'c', id: 'm1', seq: 2 });
  socket().breaks();
  client.write('c', 'three', false);
  timers.pass(1_000);
  welcome(mine);
  expect(socket().sent).toEqual([
    { type: 'colleagues' },
    { type: 'watch', chat: 'c', after: 1 },
    { type: 'note', chat: 'c', id: 'm2', text: 'two' },
    { type: 'message', chat: 'c', id: 'm3', text: 'three' },
  ]);
});

it('tries again what the server has no room for at the moment', () => {
  const { client, socket, timers, welcome } = open();
  welcome(mine);
  client.write('c', 'one', false);
  const sent = () => socket().sent.filter(({ type }) => type === 'message').length;
  socket().says({ type: 'error', code: 'try-later', chat: 'c', id: 'm1' });
  expect(sent()).toBe(1);
  timers.pass(2_000);
  expect(sent()).toBe(2);
});

it('marks what the agent has before their eyes, in their own chats alone', () => {
  const { client, socket, welcome } = open();
  welcome(mine);
  socket().says(entry(1));
  const marks = () => socket().sent.filter(({ type }) => type === 'marks');
  expect(marks()).toEqual([]);
  client.show('c');
  client.seen();
  expect(marks()).toEqual([{ type: 'marks', chat: 'c', received: 1, read: 1 }]);
  socket().says({ ...mine, agent: 'ben' });
  socket().says(entry(2));
  client.seen();
  expect(marks()).toHaveLength(1);
});

it('says that the agent types, once, and that they have stopped', () => {
  const { client, socket, timers, welcome } = open();
  welcome(mine);
  client.typed('c');
  client.typed('c');
  timers.pass(4_000);
  const typing = socket().sent.filter(({ type }) => type === 'typing');
  expect(typing.map(({ isTyping }) => isTyping)).toEqual([true, false]);
});

it('lets what the visitor types fade, and oversees again after a loss', () => {
  const { client, socket, timers, welcome } = open();
  welcome(mine);
  socket().says({ type: 'typing', chat: 'c', isTyping: true });
  expect(client.state.chats.get('c')?.isVisitorTyping).toBe(true);
  timers.pass(10_000);
  expect(client.state.chats.get('c')?.isVisitorTyping).toBe(false);
  client.oversee(true);
  socket().breaks();
  timers.pass(1_000);
  welcome();
  expect(socket().sent[0]).toEqual({ type: 'oversee', isOn: true });
});
