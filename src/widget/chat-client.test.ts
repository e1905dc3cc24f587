/** A page and a server that is played by hand: what is sent, and what is left after the connection has gone. */
import { expect, it } from 'vitest';
import { createChatClient } from './chat-client.js';
import { linesOf } from './chat-state.js';
import { createChatMemory } from './remembered-chat.js';
import { createScriptedSockets, createScriptedTimers, type ScriptedSocket } from './scripted-browser.js';

function createStore() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

function openPage(options: { store?: ReturnType<typeof createStore>; customer?: string; name?: string } = {}) {
  const { store = createStore(), name = 'm' } = options;
  const network = createScriptedSockets();
  const timers = createScriptedTimers();
  let ids = 0;
  const client = createChatClient({
    openSocket: network.openSocket,
    timers,
    nowMs: () => 0,
    random: () => 1,
    newId: () => `${name}${(ids += 1)}`,
    memory: createChatMemory(() => store, 'chat'),
    facts: () => ({ page: 'https://shop.example/', languages: ['es'] }),
    onChanged: () => undefined,
    ...(options.customer === undefined ? {} : { customer: options.customer }),
  });
  client.start();
  const socket = (): ScriptedSocket => network.sockets.at(-1)!;
  const sent = (type: string) => socket().sent.filter((message) => message.type === type);
  return {
    client,
    store,
    timers,
    socket,
    sent,
    sockets: network.sockets,
    text: (text: string) => client.write({ kind: 'text', text }),
    welcome(lastSeq = 0, token = 'token') {
      socket().opens();
      socket().says({ type: 'welcome', chat: 'c', token, lastSeq });
    },
    lines: () => linesOf(client.state).map(({ key, delivery }) => `${key} ${delivery ?? ''}`.trim()),
  };
}

const entry = (seq: number, id?: string) => ({
  type: 'entry',
  seq,
  atMs: 0,
  from: { kind: id === undefined ? 'agent' : 'visitor' },
  body: { kind: 'text', text: 'x' },
  ...(id === undefined ? {} : { id }),
});

it('says where it is and what it reads, and who this is', () => {
  const page = openPage({ customer: 'signed' });
  page.socket().opens();
  expect(page.sent('hello')).toEqual([
    { type: 'hello', page: 'https://shop.example/', languages: ['es'], customer: 'signed' },
  ]);
});

it('sends what was written before it was connected, one after the other', () => {
  const page = openPage();
  page.text('one');
  page.text('two');
  page.welcome();
  expect(page.sent('message')).toEqual([{ type: 'message', id: 'm1', text: 'one' }]);
  page.socket().says({ type: 'receipt', id: 'm1', seq: 1 });
  expect(page.sent('message')[1]).toEqual({ type: 'message', id: 'm2', text: 'two' });
});

it('goes on after a loss from where it was, and sends again what has no receipt, under the same id', () => {
  const page = openPage();
  page.welcome();
  page.text('one');
  page.socket().says(entry(1, 'm1'));
  page.socket().says(entry(2));
  page.socket().breaks();
  page.text('two');
  page.timers.pass(500);
  page.welcome(2);
  expect(page.sent('hello')).toMatchObject([{ token: 'token', after: 2 }]);
  expect(page.sent('message')).toMatchObject([{ id: 'm1' }]);
  page.socket().says({ type: 'receipt', id: 'm1', seq: 1 });
  page.socket().says(entry(3, 'm2'));
  page.socket().says({ type: 'receipt', id: 'm2', seq: 3 });
  expect(page.lines()).toEqual(['id m1 sent', 'seq 2', 'id m2 sent']);
});

it('goes on with the chat on the next page, with what had not arrived', () => {
  const before = openPage();
  before.welcome();
  before.text('one');
  const page = openPage({ store: before.store, name: 'n' });
  page.welcome();
  expect(page.sent('hello')).toMatchObject([{ token: 'token', after: 0 }]);
  expect(page.sent('message')).toMatchObject([{ id: 'm1', text: 'one' }]);
});

it('takes a connection without a receipt for dead', () => {
  const page = openPage();
  page.welcome();
  page.text('one');
  page.timers.pass(10_000);
  expect(page.client.state.connection).toBe('lost');
  page.timers.pass(500);
  expect(page.sockets).toHaveLength(2);
});

it.each(['too-fast', 'try-later'])('sends again, in order, what is refused as %s', (code) => {
  const page = openPage();
  page.welcome();
  page.text('one');
  page.text('two');
  page.socket().says({ type: 'error', code });
  expect(page.sent('message')).toHaveLength(1);
  page.timers.pass(2_000);
  expect(page.sent('message')).toMatchObject([{ id: 'm1' }, { id: 'm1' }]);
});

it('goes past a message that the server will not have', () => {
  const page = openPage();
  page.welcome();
  page.text('one');
  page.text('two');
  page.socket().says({ type: 'error', code: 'bad-message' });
  expect(page.lines()).toEqual(['id m1 refused', 'id m2 sending']);
  expect(page.sent('message')).toMatchObject([{ id: 'm1' }, { id: 'm2' }]);
});

it('begins another chat when its token is not good any more, and takes along what was not sent', () => {
  const page = openPage();
  page.welcome();
  page.text('one');
  page.socket().breaks();
  page.timers.pass(500);
  page.socket().opens();
  page.socket().says({ type: 'error', code: 'bad-token' });
  page.timers.pass(1_000);
  page.welcome(0, 'second');
  expect(page.sent('hello')[0]).not.toHaveProperty('token');
  expect(page.sent('message')).toMatchObject([{ id: 'm1' }]);
  expect(page.store.kept.get('chat')).toContain('"token":"second"');
});

it('is somebody unknown when the site’s word for who it is is not good', () => {
  const page = openPage({ customer: 'forged' });
  page.socket().opens();
  page.socket().says({ type: 'error', code: 'bad-token' });
  page.timers.pass(500);
  page.socket().opens();
  expect(page.sent('hello')[0]).not.toHaveProperty('customer');
});

it('asks for everything anew from a server that has less than it', () => {
  const page = openPage();
  page.welcome();
  page.socket().says(entry(1));
  page.socket().says(entry(2));
  page.socket().breaks();
  page.timers.pass(500);
  page.welcome(1);
  page.timers.pass(1_000);
  page.socket().opens();
  expect(page.sent('hello')).toMatchObject([{ token: 'token', after: 0 }]);
  expect(page.lines()).toEqual([]);
});

it('marks what it has and what was seen, once for several', () => {
  const page = openPage();
  page.welcome();
  page.socket().says(entry(1));
  page.socket().says(entry(2));
  page.client.seen();
  page.socket().says(entry(3));
  page.timers.pass(500);
  expect(page.sent('marks')).toEqual([{ type: 'marks', received: 3, read: 2 }]);
  page.timers.pass(60_000);
  expect(page.sent('marks')).toHaveLength(1);
});

it('says that the visitor types, once, and that they have stopped', () => {
  const page = openPage();
  page.welcome();
  page.client.typed();
  page.timers.pass(3_000);
  page.client.typed();
  page.timers.pass(3_000);
  expect(page.sent('typing')).toEqual([{ type: 'typing', isTyping: true }]);
  page.timers.pass(1_000);
  page.client.typed();
  page.text('one');
  expect(page.sent('typing').map(({ isTyping }) => isTyping)).toEqual([true, false, true, false]);
});

it('lets an agent who is heard of no more fade from writing', () => {
  const page = openPage();
  page.welcome();
  page.socket().says({ type: 'typing', agent: 'Ana', isTyping: true });
  page.timers.pass(9_999);
  expect(page.client.state.typing).toBe('Ana');
  page.timers.pass(1);
  expect(page.client.state.typing).toBeUndefined();
});

it('leaves a chat for another one when the visitor asks for that', () => {
  const page = openPage();
  page.welcome();
  page.socket().says(entry(1));
  page.client.beginAnew();
  page.welcome(0, 'second');
  expect(page.sent('hello')).toEqual([{ type: 'hello', page: 'https://shop.example/', languages: ['es'] }]);
  expect(page.lines()).toEqual([]);
});

it('works where nothing may be kept', () => {
  const memory = createChatMemory(() => {
    throw new Error('SecurityError');
  }, 'chat');
  memory.save({ token: 't' });
  expect(memory.load()).toEqual({});
});
