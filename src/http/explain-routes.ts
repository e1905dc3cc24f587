/** Why a call went to whom it went, and to whom one would go that came now. */
import type { FastifyInstance } from 'fastify';

import type { RoutingConfig } from '../config/routing-config.js';
import type { Clock } from '../kernel/clock.js';
import { queueId, workId } from '../kernel/ids.js';
import type { Ledger } from '../ledger/ledger.js';
import { sendError } from './api-error.js';
import type { SharedDecisions } from './shared-decisions.js';
import { instant } from './views.js';

interface ExplainRoutesOptions {
  readonly config: () => RoutingConfig;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly decisions: Pick<SharedDecisions, 'of'>;
}

export function addExplainRoutes(
  api: FastifyInstance,
  { config, ledger, clock, decisions }: ExplainRoutesOptions,
): void {
  api.get<{ Params: { id: string } }>('/calls/:id/decisions', async (request, reply) => {
    const history = await decisions.of(workId(request.params.id));
    if (history === undefined) {
      const message = `nothing was decided for a call ${request.params.id}, or it was too long ago`;
      return sendError(reply, 404, 'unknown-call', message);
    }
    const { call, forgotten } = history;
    return {
      call,
      forgotten,
      decisions: history.decisions.map(({ atMs, ...record }) => ({ at: instant(atMs), ...record })),
    };
  });

  api.get<{ Params: { id: string } }>('/queues/:id/explain', async (request, reply) => {
    const queue = queueId(request.params.id);
    const result = await ledger.preview(queue);
    if (result.type === 'unknown-queue') {
      return sendError(reply, 404, 'unknown-queue', `no queue is called ${queue}`);
    }
    const { waiting, decision } = result;
    const at = instant(clock.now());
    return { queue, at, configVersion: config().version, waiting, decision };
  });
}
