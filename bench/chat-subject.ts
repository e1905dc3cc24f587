/** The two subjects of `npm run bench:chat`, in a process of their own: chats as the product has them, and a bare relay. */
import websocket from '@fastify/websocket';
import fastify from 'fastify';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { createChatCenter } from '../src/chat/chat-center.js';
import { chatLinesOf } from '../src/chat/chat-routes.js';
import { createChatTokens } from '../src/chat/chat-token.js';
import { createMemoryTranscripts } from '../src/chat/memory-transcripts.js';
import type { ChatConfig } from '../src/config/chat-config.js';
import { addChatSockets } from '../src/http/chat-sockets.js';
import { systemClock as clock } from '../src/kernel/clock.js';
import { createEventStream } from '../src/kernel/event-stream.js';
import { agentId, queueId } from '../src/kernel/ids.js';
import type { Logger } from '../src/kernel/logger.js';
import { createMemoryLedger } from '../src/ledger/memory.js';
import { liveHeapBytes } from '../test/soak/heap.js';

export const ORIGIN = 'https://bench.example';
export const CHATS_EACH = 100;
const HOUR_MS = 3_600_000;

export interface SubjectReady {
  readonly type: 'ready';
  readonly port: number;
  /** Of each agent's page. */
  readonly tokens: readonly string[];
}

export interface SubjectMemory {
  readonly type: 'memory';
  readonly heapBytes: number;
  readonly residentBytes: number;
}

const log: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (fields, message) => console.error(message, fields),
  child: () => log,
};

function chatConfig(agents: readonly ReturnType<typeof agentId>[]): ChatConfig {
  const id = queueId('help');
  const help = {
    id,
    name: 'Help',
    strategy: { kind: 'average-utilisation' },
    members: agents.map((agent) => ({ agent, priority: 1 })),
    priority: 0,
    ageingStepMs: 60_000,
    maxWaiting: 100_000,
    maxWaitMs: HOUR_MS,
    offerTimeoutMs: 60_000,
    overflow: { kind: 'close' },
    wrapUpMs: 0,
    inactiveAfterMs: 0,
    closeInactiveAfterMs: 0,
    lostAfterMs: HOUR_MS,
    ownAgentWaitMs: 0,
    reopenWithinMs: 0,
  } as const;
  return {
    departments: new Map([[id, help]]),
    defaultDepartment: id,
    rules: [],
    dedicated: [],
    texts: {},
    language: 'en',
    replies: [],
  };
}

async function startChats(agentCount: number): Promise<SubjectReady> {
  const agents = Array.from({ length: agentCount }, (_, index) => agentId(`a${index}`));
  const chat = chatConfig(agents);
  const ledger = createMemoryLedger({ clock, random: Math.random });
  const none = { weight: 100, max: 0, interruptible: false };
  const capacity = {
    total: CHATS_EACH,
    channels: { voice: none, ticket: none, chat: { weight: 1, max: CHATS_EACH, interruptible: true } },
  };
  await ledger.configure({
    agents: new Map(agents.map((id) => [id, { capacity }])),
    queues: chatLinesOf(chat, agents),
    backOff: { busy: 0, declined: 0, 'no-answer': 0, unreachable: 0 },
    missesUntilAway: 0,
  });
  for (const agent of agents) await ledger.setPresence({ agent, presence: { state: 'available' } });
  const events = createEventStream({ clock, configVersion: () => 'bench', onListenerError: () => undefined });
  const tokens = createChatTokens('bench');
  const common = { ledger, clock, events, log, tokens };
  const routing = { chat, hours: new Map(), timeZone: 'UTC' };
  const center = createChatCenter({
    ...common,
    store: createMemoryTranscripts(),
    routing: () => routing,
    staff: () => ({ agents: new Map(agents.map((id) => [id, { name: id }])), teams: new Map() }),
  });
  const app = fastify({ trustProxy: 'loopback' });
  await app.register(websocket, { options: { maxPayload: 512 * 1024 } });
  await app.register(async (api) => addChatSockets(api, { ...common, center, origins: () => [ORIGIN] }));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const exp = clock.now() + HOUR_MS;
  return {
    type: 'ready',
    port: (app.server.address() as AddressInfo).port,
    tokens: agents.map((agent) => tokens.sign({ kind: 'agent', agent, isSupervisor: false, exp })),
  };
}

/** Passes each message on to the one that its `to` names, and does nothing else. */
async function startRelay(): Promise<SubjectReady> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const sockets = new Map<string, WebSocket>();
  server.on('connection', (socket, request) => {
    sockets.set((request.url ?? '/').slice(1), socket);
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { to: string };
      sockets.get(message.to)?.send(JSON.stringify(message));
    });
  });
  await once(server, 'listening');
  return { type: 'ready', port: (server.address() as AddressInfo).port, tokens: [] };
}

/** Runs in the child: `chats AGENTS` or `relay`. */
export async function runSubject(kind: string, agentCount: number): Promise<void> {
  const ready = kind === 'relay' ? await startRelay() : await startChats(agentCount);
  process.on('message', () => {
    const memory: SubjectMemory = {
      type: 'memory',
      heapBytes: liveHeapBytes() + process.memoryUsage().external,
      residentBytes: process.memoryUsage().rss,
    };
    process.send?.(memory);
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.(ready);
}
