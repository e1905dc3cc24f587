/** An agent takes a waiting call by themselves, instead of being offered one. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import type { RoutingConfig } from '../config/routing-config.js';
import { agentId, queueId, workId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { PullResult } from '../ledger/ledger.js';
import { whyNot } from '../routing/why-not.js';
import type { CallsView } from '../voice/calls-view.js';
import { sendError, type ApiErrorCode } from './api-error.js';
import { parseBody } from './request-body.js';

const pullBody = z.strictObject({
  agent: z.string().min(1).max(100),
  call: z
    .string()
    .regex(/^[\w~-]{1,64}$/, 'is no id of a call')
    .optional(),
  even_when_away: z.boolean().optional(),
});

export function addPullRoute(
  api: FastifyInstance,
  { config, calls, log }: { config: () => RoutingConfig; calls: CallsView; log: Logger },
): void {
  api.post<{ Params: { id: string } }>('/queues/:id/pull', async (request, reply) => {
    const queue = queueId(request.params.id);
    const expected = '{"agent": id, "call"?: id, "even_when_away"?: true | false}';
    const body = parseBody(pullBody, request.body, expected);
    if (!body.ok) return sendError(reply, 400, 'bad-request', body.message);
    const { call, even_when_away: evenWhenAway = false } = body.value;
    const agent = agentId(body.value.agent);
    if (!config().queues.has(queue)) return sendError(reply, 404, 'unknown-queue', `no queue is called ${queue}`);
    if (!config().agents.has(agent)) return sendError(reply, 404, 'unknown-agent', `no agent is called ${agent}`);
    const wanted = call === undefined ? {} : { call: workId(call) };
    const result = await calls.pull({ agent, queue, evenWhenAway, ...wanted });
    log.info({ agent, queue, callId: call, result: result.type }, 'pull asked by the API');
    if (result.type === 'pulled') return { result: 'offered', call: result.work, agent };
    const { code, message } = refusalOf(result);
    return sendError(reply, 409, code, message);
  });
}

function refusalOf(result: Exclude<PullResult, { type: 'pulled' }>): { code: ApiErrorCode; message: string } {
  switch (result.type) {
    case 'refused':
      return result.why.type === 'not-a-member'
        ? { code: 'not-a-member', message: 'the agent is no member of this queue' }
        : { code: 'agent-unavailable', message: `the agent cannot take a call now: ${whyNot(result.why)}` };
    case 'nothing-waiting':
      return { code: 'nothing-waiting', message: 'no call waits in this queue' };
    case 'not-waiting':
      return { code: 'not-waiting', message: 'this call does not wait in this queue, or no more' };
    case 'unknown-queue':
      return { code: 'unknown-queue', message: 'the ledger has no such queue, or not yet' };
  }
}
