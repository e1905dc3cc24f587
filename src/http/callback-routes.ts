/** Who is to be called back, on all controllers of the site. */
import type { FastifyInstance } from 'fastify';

import { workId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { KeptCallback } from '../ledger/callback-book.js';
import type { CallbackKeeper } from '../voice/callback-keeper.js';
import { sendError } from './api-error.js';
import { instant } from './views.js';

interface CallbackRoutesOptions {
  readonly callbacks: Pick<CallbackKeeper, 'list' | 'cancel'>;
  readonly log: Logger;
}

export function addCallbackRoutes(api: FastifyInstance, { callbacks, log }: CallbackRoutesOptions): void {
  api.get('/callbacks', async () => ({ callbacks: (await callbacks.list()).map(callbackView) }));

  api.delete<{ Params: { id: string } }>('/callbacks/:id', async (request, reply) => {
    const call = workId(request.params.id);
    const isCancelled = await callbacks.cancel(call);
    log.info({ callId: call, isCancelled }, 'a call back was cancelled by the API');
    if (isCancelled) return reply.code(204).send();
    return sendError(reply, 404, 'unknown-callback', `no call ${call} is to be called back`);
  });
}

function callbackView({ enqueuedAtMs, requestedAtMs, untilMs, ...callback }: KeptCallback) {
  const { call, queue, number, attemptsLeft, node } = callback;
  return {
    ...{ call, queue, number, attemptsLeft, node },
    waitingSince: instant(enqueuedAtMs),
    requestedAt: instant(requestedAtMs),
    until: instant(untilMs),
  };
}
