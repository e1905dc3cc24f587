/** An agent's switch per channel, and whether work of another system can reach them. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import type { Channel, RoutingConfig } from '../config/routing-config.js';
import { agentId, type AgentId } from '../kernel/ids.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Logger } from '../kernel/logger.js';
import { sendError } from './api-error.js';
import { parseBody } from './request-body.js';

export interface AgentChannelOptions {
  readonly config: () => RoutingConfig;
  readonly ledger: Pick<Ledger, 'switchChannel'>;
  /** Whether the agent can be reached on a channel of which nobody here can tell; absent: there is no such channel. */
  readonly setReachable?: (change: { agent: AgentId; channel: Channel; reachable: boolean }) => Promise<void>;
  readonly log: Logger;
}

const channelBody = z
  .strictObject({ on: z.boolean().optional(), reachable: z.boolean().optional() })
  .refine(({ on, reachable }) => on !== undefined || reachable !== undefined, { error: 'neither of the two is there' });
const channelName = z.enum(['voice', 'chat', 'ticket']);

export function addAgentChannelRoute(api: FastifyInstance, options: AgentChannelOptions): void {
  const { config, ledger, setReachable, log } = options;

  api.put<{ Params: { id: string; channel: string } }>('/agents/:id/channels/:channel', async (request, reply) => {
    const agent = agentId(request.params.id);
    const body = parseBody(channelBody, request.body, '{"on"?: true | false, "reachable"?: true | false}');
    if (!body.ok) return sendError(reply, 400, 'bad-request', body.message);
    const channel = channelName.safeParse(request.params.channel);
    if (!channel.success) return sendError(reply, 404, 'not-found', 'channels are voice, chat and ticket');
    if (!config().agents.has(agent)) return sendError(reply, 404, 'unknown-agent', `no agent is called ${agent}`);
    const { on, reachable } = body.value;
    const why = reachable === undefined ? undefined : whyNotTold(channel.data, config(), setReachable !== undefined);
    if (why !== undefined) return sendError(reply, 409, 'not-allowed', why);
    if (on !== undefined) await ledger.switchChannel({ agent, channel: channel.data, on });
    if (reachable !== undefined) await setReachable?.({ agent, channel: channel.data, reachable });
    log.info({ agent, channel: channel.data, on, reachable }, 'channel set by the API');
    return { agent, channel: channel.data, ...body.value };
  });
}

/** Where the site itself sees who is there, nobody else may say so: who has no page would be offered its chats. */
function whyNotTold(channel: Channel, { chat }: RoutingConfig, hasOtherWork: boolean): string | undefined {
  if (channel === 'voice') return 'reachable: of calls the phones decide, by registering';
  if (channel === 'chat' && chat !== undefined) return 'reachable: of chats the pages of agents decide, by being open';
  return hasOtherWork ? undefined : 'reachable: this site takes no work of other systems';
}
