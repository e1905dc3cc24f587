/** Controllers of one site that take chats: each with its own connections to one Redis, all with one store of transcripts. */
import { chatRouting, chatStaff } from './chat-config.js';
import { agentIds } from './chat-site.js';
import type { Dial } from './steady-pages.js';
import { createChatCenter, type ChatCenter } from '../../src/chat/chat-center.js';
import { chatLinesOf } from '../../src/chat/chat-routes.js';
import { createChatTokens } from '../../src/chat/chat-token.js';
import { chatOf, isChatWork } from '../../src/chat/chat-works.js';
import { createMemoryTranscripts } from '../../src/chat/memory-transcripts.js';
import type { TranscriptStore } from '../../src/chat/transcript-store.js';
import type { Capacity } from '../../src/config/routing-config.js';
import { systemClock, type Clock } from '../../src/kernel/clock.js';
import { createEventStream } from '../../src/kernel/event-stream.js';
import { agentId } from '../../src/kernel/ids.js';
import type { Charge } from '../../src/ledger/charges.js';
import { createRedisLedger, type RedisLedger } from '../../src/ledger/redis.js';
import type { OwnWork } from '../../src/ledger/redis.js';
import { openPeerBus } from '../../src/site-peer-bus.js';
import { BACK_OFF } from '../ledger/ledger-site.js';
import { startRedis } from '../ledger/redis-server.js';
import { silentLog } from '../sip-adapter/wire.js';

export interface ClusterNode {
  readonly name: string;
  readonly center: ChatCenter;
  readonly ledger: RedisLedger;
  readonly visitors: Dial;
  agents(name: string): Dial;
  /** As `kill -9` does it: no farewell, every socket ends, and nothing is written any more. */
  kill(): void;
  /** Cut off from the store, but alive; the returned function ends that. */
  cutOff(): () => void;
  stop(): Promise<void>;
}

/** Calls fill a person, two chats do. */
const TWO_CHATS: Capacity = {
  total: 100,
  channels: {
    voice: { weight: 100, max: 1, interruptible: false },
    chat: { weight: 50, max: 2, interruptible: true },
    ticket: { weight: 10, max: 5, interruptible: true },
  },
};

export const DEAD_AFTER_MS = 1_500;

export async function openCluster() {
  const redis = await startRedis();
  const transcripts = createMemoryTranscripts();
  const nodes: ClusterNode[] = [];
  const observer = await createRedisLedger({
    ...{ redis: redis.connect(), reader: redis.connect(), site: 'chats', node: 'observer' },
    ...{ clock: systemClock, random: Math.random },
  });
  return {
    transcripts,
    observer,
    async start(name: string): Promise<ClusterNode> {
      const node = await startNode(name, redis.connect, transcripts);
      nodes.push(node);
      return node;
    },
    /** Chats that each agent holds room for, by the store. */
    async held(): Promise<Record<string, string[]>> {
      const { agents } = await observer.snapshot();
      const chatsOf = (holds: (typeof agents)[number]['holds']): string[] =>
        holds.filter(({ state }) => state !== 'wrap-up').map(({ work }) => chatOf(work));
      return Object.fromEntries(agents.map(({ agent, holds }) => [agent, chatsOf(holds)]));
    },
    async close(): Promise<void> {
      for (const node of nodes) await node.stop();
      await observer.close();
      await redis.stop();
    },
  };
}

type Connect = Awaited<ReturnType<typeof startRedis>>['connect'];

async function startNode(name: string, connect: Connect, transcripts: TranscriptStore): Promise<ClusterNode> {
  const life = { isDead: false };
  const clock = mortalClock(life);
  const clients = [connect(), connect(), connect()] as const;
  for (const client of clients) client.options.enableOfflineQueue = false;
  await Promise.all(clients.map((client) => new Promise((resolve) => client.once('ready', resolve))));
  const [commands, reader, subscriber] = clients;
  const hands: { works: () => readonly OwnWork[]; charges: () => readonly Charge[] } = {
    works: () => [],
    charges: () => [],
  };
  const ledger = await createRedisLedger({
    ...{ redis: commands, reader, site: 'chats', node: name, clock, random: Math.random },
    membership: {
      works: () => hands.works(),
      charges: () => hands.charges(),
      chargeOf: (work) => (isChatWork(work) ? chatOf(work) : undefined),
      ...{ adopts: () => ['chat'], adoptsCharges: true, onChange: () => undefined, onContact: () => undefined },
      ...{ beatMs: 100, deadAfterMs: DEAD_AFTER_MS },
    },
  });
  const routing = chatRouting();
  await ledger.configure({
    agents: new Map(agentIds.map((id) => [id, { capacity: TWO_CHATS }])),
    queues: chatLinesOf(routing.chat, agentIds),
    ...{ backOff: BACK_OFF, missesUntilAway: 0 },
  });
  const where = { prefix: 'switchboard:{chats}:', node: name, onError: () => undefined };
  const bus = await openPeerBus({ publish: commands, subscribe: subscriber }, where);
  const center = createChatCenter({
    ...{ ledger, clock, log: silentLog, store: mortalStore(transcripts, life), tokens: createChatTokens('secret') },
    events: createEventStream({ clock, configVersion: () => 'v', onListenerError: () => undefined }),
    ...{ routing: () => routing, staff: chatStaff },
    shared: { charges: ledger.charges, bus, handsOn: true },
  });
  hands.works = () => center.conversations.works();
  hands.charges = () => center.charges();
  await ledger.takeUp();
  const sockets = new Set<() => void>();
  const end = (): void => {
    life.isDead = true;
    for (const close of sockets) close();
    for (const client of clients) client.disconnect();
  };
  return {
    ...{ name, center, ledger },
    visitors: (heed) => dial(heed, life, sockets, (socket) => center.visitorCame(socket, '192.0.2.1')),
    agents: (agent) => (heed) =>
      dial(heed, life, sockets, (socket) => center.agentCame(socket, { agent: agentId(agent), isSupervisor: false })),
    kill: end,
    cutOff() {
      for (const client of clients) client.disconnect();
      return () => {
        for (const client of clients) client.connect().catch(() => undefined);
      };
    },
    async stop() {
      if (life.isDead) return;
      for (const close of sockets) close();
      await center.stop();
      await ledger.close();
      end();
    },
  };
}

/** Whose timers do not fire when it is dead. */
function mortalClock(life: { isDead: boolean }): Clock {
  return {
    now: () => Date.now(),
    after: (ms, fire) =>
      systemClock.after(ms, () => {
        if (!life.isDead) fire();
      }),
  };
}

/** What the dead have not written before they never write. Each writing takes a moment, in which one may die. */
function mortalStore(store: TranscriptStore, life: { isDead: boolean }): TranscriptStore {
  const never = new Promise<never>(() => undefined);
  const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  return {
    ...store,
    append: async (entries) => {
      await moment();
      return life.isDead ? never : store.append(entries);
    },
    putConversation: (record) => (life.isDead ? never : store.putConversation(record)),
  };
}

interface Session {
  received(text: string): void | Promise<void>;
  ended(): void;
}

type Socket = Parameters<ChatCenter['visitorCame']>[0];

function dial(
  heed: Parameters<Dial>[0],
  life: { isDead: boolean },
  sockets: Set<() => void>,
  open: (socket: Socket) => Session,
): ReturnType<Dial> {
  if (life.isDead) return Promise.reject(new Error('nobody is there'));
  let isOpen = true;
  const socket: Socket = {
    OPEN: 1,
    get readyState() {
      return isOpen ? 1 : 3;
    },
    bufferedAmount: 0,
    send(text, done) {
      queueMicrotask(() => {
        if (isOpen) heed.text(text);
        done?.();
      });
    },
  };
  const session = open(socket);
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    sockets.delete(close);
    if (!life.isDead) session.ended();
    heed.closed();
  };
  sockets.add(close);
  return Promise.resolve({
    send(text) {
      if (isOpen && !life.isDead) void session.received(text);
    },
    close,
  });
}
