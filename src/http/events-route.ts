/** `GET /v1/events`, a WebSocket: each text message is one event of the typed stream (`src/kernel/events.ts`). */
import type { FastifyInstance } from 'fastify';

import type { Clock } from '../kernel/clock.js';
import { sendError } from './api-error.js';
import type { EventHistory } from './event-history.js';
import { startEventReader } from './event-reader.js';

export function addEventsRoute(api: FastifyInstance, options: { history: EventHistory; clock: Clock }): void {
  const { history, clock } = options;

  api.route<{ Querystring: { since?: unknown } }>({
    method: 'GET',
    url: '/events',
    preValidation: async (request, reply) => {
      if (parseSince(request.query.since) === 'invalid') {
        return sendError(reply, 400, 'bad-request', 'since: the seq of the last event seen, a whole number from 0');
      }
      return undefined;
    },
    handler: (_request, reply) => {
      void reply.header('upgrade', 'websocket');
      return sendError(reply, 400, 'bad-request', 'this is a WebSocket; a plain GET gets nothing here');
    },
    wsHandler: (socket, request) => {
      const since = parseSince(request.query.since);
      startEventReader({ socket, history, clock, ...(typeof since === 'number' && { since }) });
    },
  });
}

function parseSince(value: unknown): number | 'invalid' | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) return 'invalid';
  return Number(value);
}
