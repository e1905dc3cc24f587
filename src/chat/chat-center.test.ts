/** Visitors and agents on their pages, with all that is between them. */
import { expect, it } from 'vitest';
import { chatRouting, chatStaff } from '../../test/chat/chat-config.js';
import { agentIds } from '../../test/chat/chat-site.js';
import { openAgentPage, openVisitorPage } from '../../test/chat/scripted-pages.js';
import { BACK_OFF, BLENDED } from '../../test/ledger/ledger-site.js';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createManualClock, settled } from '../../test/support/manual-clock.js';
import type { ChatConfig } from '../config/chat-config.js';
import { createEventStream } from '../kernel/event-stream.js';
import { agentId, queueId, teamId } from '../kernel/ids.js';
import { createMemoryLedger } from '../ledger/memory.js';
import { createChatCenter } from './chat-center.js';
import { chatLinesOf } from './chat-routes.js';
import { createChatTokens } from './chat-token.js';
import { createMemoryTranscripts } from './memory-transcripts.js';

async function buildCenter(over: Partial<ChatConfig> = {}, staff = chatStaff) {
  const clock = createManualClock();
  const ledger = createMemoryLedger({ clock, random: () => 0 });
  const routing = chatRouting(over);
  await ledger.configure({
    agents: new Map(agentIds.map((id) => [id, { capacity: BLENDED }])),
    queues: chatLinesOf(routing.chat, agentIds),
    backOff: BACK_OFF,
    missesUntilAway: 0,
  });
  const events = createEventStream({
    clock,
    configVersion: () => 'v',
    onListenerError: (error) => expect.fail(String(error)),
  });
  const store = createMemoryTranscripts();
  const tokens = createChatTokens('secret');
  const start = () =>
    createChatCenter({
      ledger,
      clock,
      events,
      log: silentLog,
      store,
      tokens,
      routing: () => routing,
      staff,
    });
  const agentIn = async (center: ReturnType<typeof start>, name: string, isSupervisor = false) => {
    await ledger.setPresence({ agent: agentId(name), presence: { state: 'available' } });
    return openAgentPage(center, name, isSupervisor);
  };
  return { clock, ledger, tokens, store, start, center: start(), agentIn };
}

/** A visitor and Ana, talking. */
async function talking(over: Partial<ChatConfig> = {}) {
  const site = await buildCenter(over);
  const ana = await site.agentIn(site.center, 'ana');
  const visitor = await openVisitorPage(site.center);
  const chat = await ana.accept();
  return { ...site, ana, visitor, chat };
}

it('greets, offers, joins, and carries words both ways with receipts', async () => {
  const { ana, visitor, chat } = await talking();
  await visitor.send({ type: 'message', id: 'v1', text: '<b>Hello</b>' });
  await ana.send({ type: 'message', chat, id: 'a1', text: 'Hi!' });
  const expected = ['1 site Welcome to Support. How can we help?', '2 site You are now talking to Ana.'];
  expect(visitor.said()).toEqual([...expected, '3 visitor <b>Hello</b>', '4 ana Hi!']);
  expect(ana.said()).toEqual(visitor.said());
  expect(visitor.of('receipt')).toEqual([{ type: 'receipt', id: 'v1', seq: 3 }]);
  expect(ana.of('receipt')).toEqual([{ type: 'receipt', chat, id: 'a1', seq: 4 }]);
  expect(visitor.of('state').at(-1)).toEqual({ type: 'state', phase: 'talking', agent: 'Ana' });
});

it('tells who types, and how far each side has read', async () => {
  const { ana, visitor, chat } = await talking();
  await visitor.send({ type: 'typing', isTyping: true });
  await ana.send({ type: 'typing', chat, isTyping: true });
  expect([ana.of('typing'), visitor.of('typing')]).toEqual([
    [{ type: 'typing', chat, isTyping: true }],
    [{ type: 'typing', agent: 'Ana', isTyping: true }],
  ]);
  await visitor.send({ type: 'marks', received: 2, read: 1 });
  expect(ana.of('marks')).toEqual([{ type: 'marks', chat, side: 'visitor', received: 2, read: 1 }]);
});

it('goes on after a lost connection without loss or doubles', async () => {
  const { ana, visitor, chat, center } = await talking();
  await visitor.send({ type: 'message', id: 'v1', text: 'one' });
  visitor.session.ended();
  await ana.send({ type: 'message', chat, id: 'a1', text: 'two' });
  await ana.send({ type: 'message', chat, id: 'a2', text: 'three' });
  const again = await openVisitorPage(center, { token: visitor.token, after: 3 });
  // Its receipt might have been lost: it is sent again under its old id.
  await again.send({ type: 'message', id: 'v1', text: 'one' });
  await again.send({ type: 'message', id: 'v2', text: 'four' });
  expect(again.chat).toBe(chat);
  expect(again.said()).toEqual(['4 ana two', '5 ana three', '6 visitor four']);
  expect(again.of('receipt')).toEqual([
    { type: 'receipt', id: 'v1', seq: 3 },
    { type: 'receipt', id: 'v2', seq: 6 },
  ]);
  expect(ana.said().slice(2)).toEqual(['3 visitor one', '4 ana two', '5 ana three', '6 visitor four']);
});

it('shows notes to agents and never to the visitor', async () => {
  const { ana, visitor, chat, center, agentIn } = await talking();
  await ana.send({ type: 'note', chat, id: 'n1', text: 'Asked twice before.' });
  await ana.send({ type: 'message', chat, id: 'a1', text: 'One moment.' });
  expect(visitor.said().slice(2)).toEqual(['4 ana One moment.']);
  const ben = await agentIn(center, 'ben');
  await ana.send({ type: 'transfer', chat, to: { agent: 'ben' }, note: 'Speaks Dutch.' });
  await ben.accept();
  expect(ben.of('offer').at(-1)).toMatchObject({ from: 'ana', note: 'Speaks Dutch.' });
  expect(ben.said().slice(2)).toEqual([
    '3 ana Asked twice before.',
    '4 ana One moment.',
    '5 ana Speaks Dutch.',
    '6 site Ana has left the chat.',
    '7 site You are now talking to Ben.',
  ]);
  const again = await openVisitorPage(center, { token: visitor.token, after: 0 });
  expect(again.said().filter((entry) => /Asked|Dutch/.test(entry))).toEqual([]);
});

it('lets nobody read or write a chat that is not theirs, but supervisors read', async () => {
  const { visitor, chat, center, agentIn } = await talking();
  const ben = await agentIn(center, 'ben');
  for (const type of ['watch', 'message', 'note'])
    await ben.send({ type, chat, ...(type === 'watch' ? {} : { id: 'x', text: 'x' }) });
  expect(ben.of('error').map(({ code }) => code)).toEqual(['not-yours', 'not-yours', 'not-yours']);
  await ben.send({ type: 'close', chat });
  expect(ben.of('refused')).toEqual([{ type: 'refused', chat, what: 'close', why: 'not-yours' }]);
  const eva = await agentIn(center, 'eva', true);
  await eva.send({ type: 'watch', chat });
  await eva.send({ type: 'message', chat, id: 'x', text: 'x' });
  expect([eva.said().length, eva.of('error').map(({ code }) => code)]).toEqual([2, ['not-yours']]);
  expect(visitor.said()).toHaveLength(2);
});

it.each([
  ['no JSON', '{'],
  ['an unknown type', { type: 'shout' }],
  ['a field too many', { type: 'close', now: true }],
  ['a text too long', { type: 'message', id: 'x', text: 'x'.repeat(4_001) }],
  ['an empty text', { type: 'message', id: 'x', text: '' }],
  ['a file that is no base64', { type: 'file', id: 'x', name: 'a', mediaType: 'image/png', data: '<script>' }],
  ['a second hello', { type: 'hello' }],
])('refuses %s', async (_, message) => {
  const { visitor } = await talking();
  await visitor.send(message);
  expect(visitor.of('error')).toEqual([{ type: 'error', code: 'bad-message' }]);
});

it('believes no token but its own, and only for its own chat', async () => {
  const { center, tokens, clock } = await buildCenter();
  const exp = clock.now() + 1000;
  const bad = [
    { token: 'x.y' },
    { token: createChatTokens('other').sign({ kind: 'visitor', conversation: 'c', exp }) },
    { token: tokens.sign({ kind: 'visitor', conversation: 'never-was', exp }) },
    { token: tokens.sign({ kind: 'agent', agent: 'ana', isSupervisor: true, exp }) },
    { customer: tokens.sign({ kind: 'customer', id: 'c1', exp: clock.now() }) },
  ];
  for (const hello of bad) {
    const page = await openVisitorPage(center, hello);
    expect(page.received).toEqual([{ type: 'error', code: 'bad-token' }]);
  }
});

it('opens and takes no more than the rates allow', async () => {
  const { visitor, center } = await talking();
  for (let count = 0; count < 25; count += 1) await visitor.send({ type: 'message', id: `m${count}`, text: 'x' });
  expect([visitor.of('receipt').length, visitor.of('error').length]).toEqual([20, 5]);
  const pages = [];
  for (let count = 0; count < 6; count += 1) pages.push(await openVisitorPage(center, {}, '192.0.2.2'));
  expect(pages.map(({ received }) => received[0]?.type)).toEqual([...Array<string>(5).fill('welcome'), 'error']);
});

it('goes on after a restart: the same chat, the next number, the agent they had', async () => {
  const { visitor, center, chat, start, agentIn, ledger } = await talking({ lastAgentWaitMs: 10_000 });
  await visitor.send({ type: 'message', id: 'v1', text: 'before' });
  await center.stop();
  expect((await ledger.snapshot()).agents.flatMap(({ holds }) => holds)).toEqual([]);
  const after = start();
  const ben = await agentIn(after, 'ben');
  const ana = await agentIn(after, 'ana');
  const again = await openVisitorPage(after, { token: visitor.token, after: 3 });
  await again.send({ type: 'message', id: 'v2', text: 'after' });
  expect(again.chat).toBe(chat);
  expect(again.said().at(-1)).toMatch(/^\d+ visitor after$/);
  expect([ana, ben].map((page) => page.of('offer').length)).toEqual([1, 0]);
});

it('brings a returning customer to the agent they had', async () => {
  const { center, agentIn, tokens, clock } = await buildCenter({ lastAgentWaitMs: 10_000 });
  const customer = tokens.sign({ kind: 'customer', id: 'c1', exp: clock.now() + 1_000_000 });
  const eva = await agentIn(center, 'eva');
  const first = await openVisitorPage(center, { customer });
  await eva.accept();
  await first.send({ type: 'close' });
  const [ana, ben] = [await agentIn(center, 'ana'), await agentIn(center, 'ben')];
  await openVisitorPage(center, { customer });
  expect([ana, ben, eva].map((page) => page.of('offer').length)).toEqual([0, 0, 2]);
});

it('takes chats from an agent whose pages have gone, after a while', async () => {
  const { ana, visitor, center, clock, agentIn } = await talking();
  const ben = await agentIn(center, 'ben');
  ana.session.ended();
  await clock.turn(10_000);
  expect(ben.of('offer')).toEqual([]);
  await clock.turn(10_000);
  await settled();
  expect(ben.of('offer')).toHaveLength(1);
  expect(visitor.said().at(-1)).toBe('3 site Ana has left the chat.');
});

it('keeps chats of an agent who only loads the page anew, and shows them there', async () => {
  const { ana, center, clock, chat } = await talking();
  ana.session.ended();
  await clock.turn(10_000);
  const again = await openAgentPage(center, 'ana');
  await clock.turn(60_000);
  expect(again.of('chat')[0]).toMatchObject({ chat, phase: 'talking', agent: 'ana' });
});

it('gives the room back at the close, and opens again when the visitor writes', async () => {
  const { ana, visitor, chat, ledger } = await talking();
  await ana.send({ type: 'close', chat });
  expect((await ledger.snapshot()).agents.flatMap(({ holds }) => holds)).toEqual([]);
  expect(visitor.of('state').at(-1)).toEqual({ type: 'state', phase: 'closed' });
  await visitor.send({ type: 'message', id: 'v9', text: 'One more thing' });
  expect(ana.of('offer')).toHaveLength(2);
});

it('shows a supervisor every chat of their teams: who has it, who waits and where, as it changes', async () => {
  const site = await buildCenter();
  const eva = await site.agentIn(site.center, 'eva', true);
  await site.ledger.setPresence({ agent: agentId('eva'), presence: { state: 'away', reason: 'supervising' } });
  await eva.send({ type: 'oversee', isOn: true });
  const visitor = await openVisitorPage(site.center, { page: 'https://shop.example/', languages: ['es-MX'] });
  await site.clock.turn(1_000);
  await settled();
  const { chat } = visitor;
  const waiting = { chat, department: 'support', place: 1, page: 'https://shop.example/', language: 'es-MX' };
  expect(eva.of('chat').at(-1)).toMatchObject({ phase: 'waiting', ...waiting });
  const ana = await site.agentIn(site.center, 'ana');
  await settled();
  expect(eva.of('chat').at(-1)).toMatchObject({ chat, phase: 'offered', offeredTo: ['ana'] });
  await ana.accept();
  expect(eva.of('chat').at(-1)).toMatchObject({ chat, phase: 'talking', agent: 'ana' });
  await eva.send({ type: 'oversee', isOn: false });
  const told = eva.of('chat').length;
  await ana.send({ type: 'close', chat });
  expect(eva.of('chat')).toHaveLength(told);
  const again = await site.agentIn(site.center, 'eva', true);
  await again.send({ type: 'oversee', isOn: true });
  expect(again.of('chat')).toMatchObject([{ chat, phase: 'closed' }]);
});

it('lets a supervisor whisper to the agent, and take the chat, and nobody else', async () => {
  const { ana, visitor, chat, center, agentIn } = await talking();
  const ben = await agentIn(center, 'ben');
  await ben.send({ type: 'oversee', isOn: true });
  await ben.send({ type: 'take', chat });
  expect(ben.of('error').map(({ code }) => code)).toEqual(['no-supervisor']);
  expect(ben.of('refused')).toEqual([{ type: 'refused', chat, what: 'take', why: 'not-yours' }]);
  const eva = await agentIn(center, 'eva', true);
  await eva.send({ type: 'note', chat, id: 'n1', text: 'Offer a discount.' });
  expect([ana.said().at(-1), visitor.said().length]).toEqual(['3 eva Offer a discount.', 2]);
  await eva.send({ type: 'take', chat });
  await eva.send({ type: 'message', chat, id: 'm1', text: 'Eva here.' });
  expect(visitor.said().slice(2)).toEqual([
    '4 site Ana has left the chat.',
    '5 site You are now talking to Eva.',
    '6 eva Eva here.',
  ]);
  await ana.send({ type: 'message', chat, id: 'a9', text: 'And me?' });
  expect(ana.of('error')).toEqual([{ type: 'error', code: 'not-yours', chat, id: 'a9' }]);
});

it('is no supervisor of other teams, and of none once the site says so', async () => {
  const people = chatStaff();
  const [, ben] = agentIds;
  const teams = new Map([[teamId('bens'), { agents: [ben!], supervisors: [agentId('eva')] }]]);
  const site = await buildCenter({}, () => ({ ...people, teams }));
  const ana = await site.agentIn(site.center, 'ana');
  await openVisitorPage(site.center);
  const chat = await ana.accept();
  const eva = await site.agentIn(site.center, 'eva', true);
  await eva.send({ type: 'oversee', isOn: true });
  for (const type of ['watch', 'take', 'give-back', 'close']) await eva.send({ type, chat });
  expect([eva.of('chat'), eva.of('entry'), eva.of('error').length]).toEqual([[], [], 1]);
  expect(eva.of('refused').map(({ what, why }) => `${String(what)} ${String(why)}`)).toEqual([
    'take not-yours',
    'give-back not-yours',
    'close not-yours',
  ]);
});

it('sends canned replies with names filled in, in the language of the visitor', async () => {
  const { ana, chat } = await talking({
    replies: [
      { shortcut: 'hi', texts: { en: 'Hi', es: 'Hola, soy {agent} de {department}.' } },
      { shortcut: 'buy', texts: { '*': 'x' }, departments: [queueId('sales')] },
    ],
    language: 'es',
  });
  const replies = [{ shortcut: 'hi', text: 'Hola, soy Ana de Support.' }];
  expect(ana.of('replies')).toEqual([{ type: 'replies', chat, replies }]);
});

it('says who the agent is, who else is there, and sets their presence', async () => {
  const { center, agentIn, clock } = await buildCenter();
  const ana = await agentIn(center, 'ana');
  expect(ana.received.slice(0, 2)).toEqual([
    { type: 'welcome', agent: 'ana', name: 'Ana', isSupervisor: false },
    { type: 'presence', presence: { state: 'available' } },
  ]);
  await agentIn(center, 'ben');
  await openVisitorPage(center);
  await ana.accept();
  await ana.send({ type: 'presence', to: { state: 'away', reason: 'lunch' }, whenFree: true });
  const lunch = { state: 'away', reason: 'lunch' };
  expect(ana.of('presence').at(-1)).toEqual({ type: 'presence', presence: { state: 'available' }, pending: lunch });
  await ana.send({ type: 'presence', to: { state: 'break', untilMs: clock.now() + 60_000 } });
  expect(ana.of('presence').at(-1)).toMatchObject({ presence: { state: 'break' } });
  await ana.send({ type: 'colleagues' });
  expect(ana.of('colleagues')[0]).toMatchObject({
    agents: [
      { agent: 'ana', name: 'Ana', presence: 'break', isThere: false, chats: 1 },
      { agent: 'ben', presence: 'available', isThere: true, chats: 0 },
      { agent: 'eva', presence: 'offline', isThere: false, chats: 0 },
    ],
    departments: [
      { department: 'support', name: 'Support' },
      { department: 'sales', name: 'Sales' },
    ],
  });
  await clock.turn(60_000);
  await settled();
  expect(ana.of('presence').at(-1)).toEqual({ type: 'presence', presence: { state: 'available' } });
});
