/**
 * The WebSockets of chats: `/visitor` for anybody on a page of the listed origins, `/agent` for who shows an agent's token;
 * what is said on them, from either side, is in `/chat/schema`.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RawData, WebSocket } from 'ws';
import { agentNewsSchema } from '../chat/agent-news.js';
import { agentMessageSchema } from '../chat/agent-protocol.js';
import type { ChatCenter } from '../chat/chat-center.js';
import type { ChatTokens } from '../chat/chat-token.js';
import { visitorNewsSchema } from '../chat/visitor-news.js';
import { visitorMessageSchema } from '../chat/visitor-protocol.js';
import type { Clock } from '../kernel/clock.js';
import { agentId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import { sendError } from './api-error.js';
import { tokenOfUpgrade } from './bearer-token.js';
import { startPings } from './socket-pings.js';
import { instant } from './views.js';

export interface ChatSocketsOptions {
  readonly center: ChatCenter;
  readonly tokens: ChatTokens;
  /** Pages that may open chats: `https://www.example.com`. */
  readonly origins: () => readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

interface Session {
  received(text: string): void | Promise<void>;
  ended(): void;
}

/** @param app with `@fastify/websocket`, whose `maxPayload` must allow what the schemas do */
export function addChatSockets(app: FastifyInstance, options: ChatSocketsOptions): void {
  const { center, tokens, origins, clock } = options;
  const agentOf = (request: FastifyRequest) => {
    const claims = tokens.verify(tokenOfUpgrade(request.headers, request.query) ?? '', 'agent', clock.now());
    // Whoever has left the site since is nobody any more.
    return claims !== undefined && center.isAgent(claims.agent) ? claims : undefined;
  };

  app.get('/chat/schema', () => ({
    visitor: visitorMessageSchema(),
    toVisitor: visitorNewsSchema(),
    agent: agentMessageSchema(),
    toAgent: agentNewsSchema(),
  }));

  app.route({
    method: 'GET',
    url: '/visitor',
    // A browser always says where a page is from, and no page can make it say something else.
    preValidation: async (request, reply) =>
      origins().includes(request.headers.origin ?? '')
        ? undefined
        : sendError(reply, 401, 'unauthorized', 'pages of this origin may not open chats'),
    handler: async (_request, reply) => sendError(reply, 400, 'bad-request', 'this is a WebSocket'),
    wsHandler: (socket, request) => serve(socket, center.visitorCame(socket, request.ip), options),
  });

  app.route({
    method: 'GET',
    url: '/agent',
    preValidation: async (request, reply) =>
      agentOf(request) === undefined ? sendError(reply, 401, 'unauthorized', 'show an agent’s token') : undefined,
    // A browser does not tell a page why its WebSocket was refused: here it can ask whether its token is good.
    handler: async (request) => {
      const { agent, isSupervisor = false, exp = 0 } = agentOf(request) ?? {};
      return { agent, isSupervisor, expires: instant(exp) };
    },
    wsHandler: (socket, request) => {
      const claims = agentOf(request);
      if (claims === undefined) return socket.close(1008, 'token');
      const { agent, isSupervisor } = claims;
      serve(socket, center.agentCame(socket, { agent: agentId(agent), isSupervisor }), options);
    },
  });
}

function serve(socket: WebSocket, session: Session, { clock, log }: ChatSocketsOptions): void {
  const stopPings = startPings(socket, clock);
  const fail = (error: unknown): void => {
    log.error({ err: error }, 'a chat page could not be served');
    socket.close(1011, 'something went wrong here');
  };
  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) return socket.close(1003, 'text messages only');
    Promise.resolve(session.received(textOf(data))).catch(fail);
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    stopPings();
    session.ended();
  });
}

/** `ws` gives text as one buffer unless it is told otherwise. */
function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : '';
}
