import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { chatConfig, chatStaff } from '../../test/chat/chat-config.js';
import { agentIds, sales } from '../../test/chat/chat-site.js';
import { openAgentPage, openVisitorPage } from '../../test/chat/scripted-pages.js';
import { BACK_OFF, BLENDED } from '../../test/ledger/ledger-site.js';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createManualClock, settled } from '../../test/support/manual-clock.js';
import { sampleSite } from '../../test/support/sample-site.js';
import { createChatCenter, type ChatCenter } from '../chat/chat-center.js';
import { chatLinesOf } from '../chat/chat-routes.js';
import { createChatTokens } from '../chat/chat-token.js';
import { createMemoryTranscripts } from '../chat/memory-transcripts.js';
import type { ChatSiteConfig } from '../config/chat-config.js';
import type { RoutingConfig, TeamConfig } from '../config/routing-config.js';
import { createEventStream } from '../kernel/event-stream.js';
import { agentId, teamId } from '../kernel/ids.js';
import { createMemoryLedger } from '../ledger/memory.js';
import { addChatRoutes } from './chat-routes.js';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const tokens = createChatTokens('secret');
const ana = agentId('ana');
const bob = agentId('bob');

const chat: ChatSiteConfig = {
  tokenSecret: 'secret',
  origins: [],
  transcripts: { kind: 'memory' },
  pages: { agent: true, widgetDemo: false },
  routing: chatConfig({
    rules: [
      { name: 'spanish', when: { language: ['es'] }, then: {} },
      { name: 'shop', when: { page: ['*/shop/*'] }, then: { department: sales, priority: -5, tags: ['shop'] } },
    ],
    dedicated: [{ customer: { tags: ['vip'] }, agent: ana, waitMs: 60_000 }],
  }),
};

async function build(): Promise<{ api: FastifyInstance; center: ChatCenter; nowMs: () => number }> {
  const clock = createManualClock();
  const ledger = createMemoryLedger({ clock, random: () => 0 });
  const routing = { chat: chat.routing, hours: new Map(), timeZone: 'UTC' };
  const agents = new Map(agentIds.map((id) => [id, { capacity: BLENDED }]));
  await ledger.configure({
    agents,
    queues: chatLinesOf(chat.routing, agentIds),
    backOff: BACK_OFF,
    missesUntilAway: 0,
  });
  await ledger.setPresence({ agent: ana, presence: { state: 'available' } });
  const events = createEventStream({ clock, configVersion: () => 'v', onListenerError: () => undefined });
  const common = { ledger, clock, events, log: silentLog, tokens };
  const center = createChatCenter({
    ...common,
    store: createMemoryTranscripts(),
    routing: () => routing,
    staff: chatStaff,
  });
  const leads: TeamConfig = { id: teamId('leads'), name: 'Leads', agents: [ana], supervisors: [bob] };
  const config: RoutingConfig = { ...sampleSite(), teams: new Map([[leads.id, leads]]) };
  const api = fastify();
  addChatRoutes(api, { ...common, center, chat: () => chat, config: () => config });
  stops.push(
    () => ledger.close(),
    () => center.stop(),
    () => api.close(),
  );
  return { api, center, nowMs: () => clock.now() };
}

it.each([
  [ana, false],
  [bob, true],
])('signs a token for the page of %s, supervisor: %s', async (agent, isSupervisor) => {
  const { api, nowMs } = await build();
  const response = await api.inject({
    method: 'POST',
    url: `/agents/${agent}/chat-token`,
    payload: { minutes: 5 },
  });
  const { token } = response.json<{ token: string }>();
  expect(tokens.verify(token, 'agent', nowMs())).toMatchObject({ agent, isSupervisor, exp: nowMs() + 300_000 });
});

it.each([
  ['/agents/nobody/chat-token', {}, 404, 'unknown-agent'],
  ['/agents/ana/chat-token', { minutes: 0 }, 400, 'bad-request'],
  ['/chats/explain', { languages: 'es' }, 400, 'bad-request'],
])('refuses %s with %j', async (url, payload, status, code) => {
  const { api } = await build();
  const response = await api.inject({ method: 'POST', url, payload });
  expect([response.statusCode, response.json<{ error: { code: string } }>().error.code]).toEqual([status, code]);
});

it('says where a chat would go, by which rule and not by which', async () => {
  const { api } = await build();
  const payload = { page: 'https://x.example/shop/1', languages: ['en'], customer: { tags: ['vip'] } };
  const response = await api.inject({ method: 'POST', url: '/chats/explain', payload });
  expect(response.json()).toMatchObject({
    decision: {
      department: 'sales',
      isOpen: true,
      person: { agent: 'ana', why: 'dedicated', waitMs: 60_000 },
      priority: -5,
      tags: ['shop'],
      rule: 'shop',
      passedOver: [{ rule: 'spanish', why: 'language' }],
    },
  });
});

it('lists a chat, exports what its customer said, and leaves nothing of it', async () => {
  const { api, center, nowMs } = await build();
  const page = await openAgentPage(center, 'ana');
  const customer = tokens.sign({ kind: 'customer', id: 'rosa', exp: nowMs() + 1_000 });
  const visitor = await openVisitorPage(center, { customer });
  await visitor.send({ type: 'message', id: 'v1', text: 'Hello' });
  await page.accept();
  const listed = (await api.inject('/chats')).json<{ chats: object[] }>();
  expect(listed.chats).toMatchObject([{ chat: visitor.chat, phase: 'talking', agent: 'ana', customer: 'rosa' }]);

  const url = '/customers/rosa/chats';
  const exported = (await api.inject(url)).json<{ chats: { chat: string; entries: { body: unknown }[] }[] }>();
  expect(exported.chats.map((one) => one.chat)).toEqual([visitor.chat]);
  expect(exported.chats[0]?.entries.map(({ body }) => body)).toContainEqual({ kind: 'text', text: 'Hello' });

  expect((await api.inject({ method: 'DELETE', url })).json()).toEqual({ erased: 1 });
  await settled();
  expect((await api.inject(url)).json()).toMatchObject({ chats: [] });
  expect((await api.inject('/chats')).json()).toEqual({ chats: [] });
});
