/** Chats over real WebSockets: who gets in, and a word both ways. */
import websocket from '@fastify/websocket';
import fastify from 'fastify';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import WebSocket from 'ws';
import { chatRouting, chatStaff } from '../../test/chat/chat-config.js';
import { agentIds } from '../../test/chat/chat-site.js';
import { BACK_OFF, BLENDED } from '../../test/ledger/ledger-site.js';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createChatCenter } from '../chat/chat-center.js';
import { chatLinesOf } from '../chat/chat-routes.js';
import { createChatTokens } from '../chat/chat-token.js';
import { createMemoryTranscripts } from '../chat/memory-transcripts.js';
import { systemClock } from '../kernel/clock.js';
import { createEventStream } from '../kernel/event-stream.js';
import { agentId } from '../kernel/ids.js';
import { createMemoryLedger } from '../ledger/memory.js';
import { addChatSockets } from './chat-sockets.js';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const origin = 'https://shop.example';
const tokens = createChatTokens('secret');

async function startServer(): Promise<string> {
  const clock = systemClock;
  const ledger = createMemoryLedger({ clock, random: () => 0 });
  const routing = chatRouting();
  const queues = chatLinesOf(routing.chat, agentIds);
  const agents = new Map(agentIds.map((id) => [id, { capacity: BLENDED }]));
  await ledger.configure({ agents, queues, backOff: BACK_OFF, missesUntilAway: 0 });
  await ledger.setPresence({ agent: agentId('ana'), presence: { state: 'available' } });
  const events = createEventStream({ clock, configVersion: () => 'v', onListenerError: () => undefined });
  const common = { ledger, clock, events, log: silentLog, tokens };
  const center = createChatCenter({
    ...common,
    store: createMemoryTranscripts(),
    routing: () => routing,
    staff: chatStaff,
  });
  const app = fastify({ forceCloseConnections: true });
  await app.register(websocket, { options: { maxPayload: 512 * 1024 } });
  await app.register(async (api) => addChatSockets(api, { ...common, center, origins: () => [origin] }), {
    prefix: '/v1',
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  stops.push(
    () => ledger.close(),
    () => center.stop(),
    () => app.close(),
  );
  return `ws://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1`;
}

function connect(url: string, options: WebSocket.ClientOptions = {}) {
  const socket = new WebSocket(url, options);
  const received: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data: Buffer) => {
    received.push(JSON.parse(data.toString()) as Record<string, unknown>);
    for (const look of waiting) look();
  });
  /** The first message that fits, now or later. */
  const until = (fits: (message: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = received.find(fits);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { socket, until, send: (message: object) => socket.send(JSON.stringify(message)) };
}

it('carries a word both ways', async () => {
  const url = await startServer();
  const exp = Date.now() + 60_000;
  const token = tokens.sign({ kind: 'agent', agent: 'ana', isSupervisor: false, exp });
  const ana = connect(`${url}/agent?access_token=${token}`);
  const visitor = connect(`${url}/visitor`, { origin });
  await Promise.all([once(ana.socket, 'open'), once(visitor.socket, 'open')]);
  visitor.send({ type: 'hello' });
  const { work, chat } = await ana.until(({ type }) => type === 'offer');
  ana.send({ type: 'accept', work });
  await visitor.until(({ type, phase }) => type === 'state' && phase === 'talking');
  ana.send({ type: 'watch', chat });
  visitor.send({ type: 'message', id: 'v1', text: 'Hello' });
  await ana.until(({ id }) => id === 'v1');
  ana.send({ type: 'message', chat, id: 'a1', text: 'Hi' });
  expect(await visitor.until(({ id, type }) => id === 'a1' && type === 'entry')).toMatchObject({
    body: { text: 'Hi' },
  });
});

it.each([
  ['a page of another origin', '/visitor', { origin: 'https://evil.example' }],
  ['a page that does not say where it is from', '/visitor', {}],
  ['an agent without a token', '/agent', {}],
  [
    'an agent with somebody else’s token',
    `/agent?access_token=${tokens.sign({ kind: 'visitor', conversation: 'c', exp: 9e15 })}`,
    {},
  ],
])('does not let in %s', async (_, path, options) => {
  const { socket } = connect(`${await startServer()}${path}`, options);
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(401);
});

it('closes a socket that sends something else than text', async () => {
  const { socket } = connect(`${await startServer()}/visitor`, { origin });
  await once(socket, 'open');
  socket.send(Buffer.from([1]), { binary: true });
  expect((await once(socket, 'close'))[0]).toBe(1003);
});
