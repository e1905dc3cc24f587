/** Agents, queues, calls and media servers as they are now, and an agent's presence. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../kernel/logger.js';

import type { RoutingConfig } from '../config/routing-config.js';
import type { Clock } from '../kernel/clock.js';
import { agentId } from '../kernel/ids.js';
import type { Ledger, PresenceResult } from '../ledger/ledger.js';
import type { CallsView } from '../voice/calls-view.js';
import type { ContactBook } from '../voice/access/devices.js';
import { sendError } from './api-error.js';
import { parsePresenceBody } from './presence-body.js';
import { agentsView, callView, presenceView, queuesView } from './views.js';

/** `refused`: the password is wrong. */
export interface MediaServerHealth {
  readonly name: string;
  readonly state: 'up' | 'shaken' | 'down' | 'refused';
  readonly isPaused: boolean;
  readonly sessions: number;
  readonly latencyMs: number;
}

interface SiteRoutesOptions {
  readonly config: () => RoutingConfig;
  readonly ledger: Ledger;
  readonly calls: CallsView;
  readonly contacts: ContactBook;
  readonly mediaServers: () => readonly MediaServerHealth[];
  readonly clock: Clock;
  readonly log: Logger;
}

export function addSiteRoutes(api: FastifyInstance, options: SiteRoutesOptions): void {
  const { config, ledger, calls, contacts, mediaServers, clock, log } = options;

  api.get('/agents', async () => ({ agents: agentsView(config(), await ledger.snapshot(), contacts) }));
  api.get('/queues', async () => ({ queues: queuesView(config(), await ledger.snapshot()) }));
  api.get('/media-servers', () => ({ mediaServers: mediaServers().map(mediaServerView) }));
  api.get('/calls', () => ({ calls: calls.list().map(callView) }));

  api.put<{ Params: { id: string } }>('/agents/:id/presence', async (request, reply) => {
    const agent = agentId(request.params.id);
    if (!config().agents.has(agent)) return sendError(reply, 404, 'unknown-agent', `no agent is called ${agent}`);
    const wanted = parsePresenceBody(request.body, clock.now());
    if (!wanted.ok) return sendError(reply, 400, 'bad-request', wanted.message);
    const result = await ledger.setPresence({ agent, presence: wanted.presence, whenFree: wanted.whenFree });
    log.info({ agent, presence: wanted.presence.state, result: result.type }, 'presence set by the API');
    if (result.type === 'unknown-agent') {
      return sendError(reply, 404, 'unknown-agent', `no agent is called ${agent}`);
    }
    return presenceResultView(result);
  });
}

function mediaServerView({ name, state, isPaused, sessions, latencyMs }: MediaServerHealth) {
  return { name, state, isPaused, sessions, latencyMs };
}

function presenceResultView(result: Exclude<PresenceResult, { type: 'unknown-agent' }>) {
  switch (result.type) {
    case 'changed':
      return { result: result.type, presence: presenceView(result.to), from: presenceView(result.from) };
    case 'pending':
      return { result: result.type, pendingPresence: presenceView(result.to) };
    case 'unchanged':
      return { result: result.type, presence: presenceView(result.presence) };
  }
}
