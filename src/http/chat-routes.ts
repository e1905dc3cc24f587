/** Chats for people's tools: who has which, tokens for agents' pages, a dry run of the rules, and what is kept of a customer. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import type { ChatNews } from '../chat/agent-news.js';
import type { ChatCenter } from '../chat/chat-center.js';
import type { ChatTokens } from '../chat/chat-token.js';
import type { ExportedConversation } from '../chat/transcript-store.js';
import type { ChatSiteConfig } from '../config/chat-config.js';
import type { RoutingConfig } from '../config/routing-config.js';
import type { Clock } from '../kernel/clock.js';
import { agentId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import { decideChat, type ChatFacts } from '../routing/rules.js';
import { sendError } from './api-error.js';
import { parseBody } from './request-body.js';
import { instant } from './views.js';

export interface ChatRoutesOptions {
  readonly center: ChatCenter;
  readonly tokens: ChatTokens;
  readonly chat: () => ChatSiteConfig;
  readonly config: () => RoutingConfig;
  readonly clock: Clock;
  readonly log: Logger;
}

const MINUTE_MS = 60_000;
const tokenBody = z.strictObject({ minutes: z.int().min(1).max(1_440).default(720) });

const explainBody = z.strictObject({
  page: z.string().max(2_000).optional(),
  languages: z.array(z.string().max(35)).max(10).default([]),
  text: z.string().max(4_000).optional(),
  customer: z
    .strictObject({ id: z.string().optional(), email: z.string().optional(), tags: z.array(z.string()).optional() })
    .optional(),
  last_agent: z.string().optional(),
  at: z.iso.datetime({ offset: true }).optional(),
});

export function addChatRoutes(api: FastifyInstance, options: ChatRoutesOptions): void {
  api.get('/chats', () => ({ chats: options.center.list().map(chatView) }));
  addTokens(api, options);
  addExplain(api, options);
  addCustomers(api, options);
}

function chatView({ type: _, sinceMs, ...chat }: ChatNews) {
  return { ...chat, since: instant(sinceMs) };
}

function addTokens(api: FastifyInstance, { tokens, config, clock }: ChatRoutesOptions): void {
  api.post<{ Params: { id: string } }>('/agents/:id/chat-token', async (request, reply) => {
    const agent = agentId(request.params.id);
    const body = parseBody(tokenBody, request.body ?? {}, '{"minutes"?: from 1 to 1440}');
    if (!body.ok) return sendError(reply, 400, 'bad-request', body.message);
    const { agents, teams } = config();
    if (!agents.has(agent)) return sendError(reply, 404, 'unknown-agent', `no agent is called ${agent}`);
    const isSupervisor = [...teams.values()].some(({ supervisors }) => supervisors.includes(agent));
    const exp = clock.now() + body.value.minutes * MINUTE_MS;
    return { token: tokens.sign({ kind: 'agent', agent, isSupervisor, exp }), expires: instant(exp), isSupervisor };
  });
}

function addExplain(api: FastifyInstance, { chat, config, clock }: ChatRoutesOptions): void {
  api.post('/chats/explain', async (request, reply) => {
    const expected = '{"page"?, "languages"?, "text"?, "customer"?: {"id"?, "email"?, "tags"?}, "last_agent"?, "at"?}';
    const body = parseBody(explainBody, request.body ?? {}, expected);
    if (!body.ok) return sendError(reply, 400, 'bad-request', body.message);
    const atMs = body.value.at === undefined ? clock.now() : Date.parse(body.value.at);
    const { hours, site, version } = config();
    const routing = { chat: chat().routing, hours, timeZone: site.timeZone };
    return { at: instant(atMs), configVersion: version, decision: decideChat(factsOf(body.value), routing, atMs) };
  });
}

function factsOf({ page, languages, text, customer, last_agent: lastAgent }: z.infer<typeof explainBody>): ChatFacts {
  const { id, email, tags } = customer ?? {};
  return {
    languages,
    ...(page === undefined ? {} : { page }),
    ...(text === undefined ? {} : { text }),
    ...(customer === undefined
      ? {}
      : {
          customer: {
            ...(id === undefined ? {} : { id }),
            ...(email === undefined ? {} : { email }),
            ...(tags === undefined ? {} : { tags }),
          },
        }),
    ...(lastAgent === undefined ? {} : { lastAgent: agentId(lastAgent) }),
  };
}

function addCustomers(api: FastifyInstance, { center, log }: ChatRoutesOptions): void {
  api.get<{ Params: { id: string } }>('/customers/:id/chats', async (request) => {
    const exported = await center.exportCustomer(request.params.id);
    return { customer: request.params.id, chats: exported.map(exportView) };
  });

  api.delete<{ Params: { id: string } }>('/customers/:id/chats', async (request) => {
    const erased = await center.eraseCustomer(request.params.id);
    log.info({ chats: erased }, 'the chats of a customer were erased');
    return { erased };
  });
}

function exportView({ record, entries }: ExportedConversation) {
  const { id, openedAtMs, closedAtMs, lastAgent } = record;
  return {
    chat: id,
    opened: instant(openedAtMs),
    ...(closedAtMs === undefined ? {} : { closed: instant(closedAtMs) }),
    ...(lastAgent === undefined ? {} : { lastAgent }),
    entries: entries.map(({ seq, atMs, from, body, audience }) => ({ seq, at: instant(atMs), from, audience, body })),
  };
}
