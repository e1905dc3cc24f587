/**
 * The HTTP API: health for whoever keeps the process running, `/v1` for people's tools. Everything under `/v1` asks for the
 * bearer token; there is no CORS, so no web page of another origin can read it.
 */
import websocket from '@fastify/websocket';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type InjectOptions,
  type LightMyRequestResponse,
} from 'fastify';
import type { Logger } from '../kernel/logger.js';

import type { ChatSiteConfig } from '../config/chat-config.js';
import type { RoutingConfig } from '../config/routing-config.js';
import { type Clock, systemClock } from '../kernel/clock.js';
import { SwitchboardError } from '../kernel/errors.js';
import type { EventStream } from '../kernel/event-stream.js';
import type { Ledger } from '../ledger/ledger.js';
import type { CallbackKeeper } from '../voice/callback-keeper.js';
import type { CallsView } from '../voice/calls-view.js';
import type { ContactBook } from '../voice/access/devices.js';
import type { RecordingStore } from '../voice/recordings/recording-store.js';
import type { VoicemailStore } from '../voice/recordings/voicemail-store.js';
import { errorOfStatus, sendError } from './api-error.js';
import { addAgentChannelRoute, type AgentChannelOptions } from './agent-channel-route.js';
import { addCallRoutes } from './call-routes.js';
import { addCallbackRoutes } from './callback-routes.js';
import { addChatPages, demoOrigins } from './chat-pages.js';
import { addChatRoutes, type ChatRoutesOptions } from './chat-routes.js';
import { addChatSockets } from './chat-sockets.js';
import { createTokenCheck, EVENTS_SUBPROTOCOL, tokenOfRequest, tokenOfUpgrade } from './bearer-token.js';
import { createDecisionHistory } from './decision-history.js';
import { createEventHistory } from './event-history.js';
import { dropReader } from './event-reader.js';
import { addEventsRoute } from './events-route.js';
import { addExplainRoutes } from './explain-routes.js';
import { addErasureRoute } from './erasure-route.js';
import { addPullRoute } from './pull-route.js';
import { addRecordingRoutes } from './recording-routes.js';
import { shareDecisions, type DecisionArchive } from './shared-decisions.js';
import { addSiteRoutes, type MediaServerHealth } from './site-routes.js';
import { addWorkRoutes, type WorkRoutesOptions } from './work-routes.js';
import { addVoicemailRoutes } from './voicemail-routes.js';
import { addWidgetRoute } from './widget-route.js';

export interface HttpServer {
  /** Opens the port of `http`; 0 takes a free one. Throws `LISTEN_FAILED`. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** Ends the event streams with 1001 and closes the port. */
  close(): Promise<void>;
  /** For tests: what is served, as `GET /v1/agents`. */
  readonly routes: readonly string[];
  /** For tests: requests without a port. */
  inject(request: InjectOptions): Promise<LightMyRequestResponse>;
}

export interface HttpServerOptions {
  /** Asked each time, since a reload replaces it. */
  readonly config: () => RoutingConfig;
  readonly ledger: Ledger;
  readonly calls: CallsView;
  readonly callbacks: Pick<CallbackKeeper, 'list' | 'cancel'>;
  readonly contacts: ContactBook;
  readonly voicemails: VoicemailStore;
  readonly recordings: RecordingStore;
  /** Absent: no chats. */
  readonly chat?: HttpChat;
  /** Absent: no work of other systems. */
  readonly work?: HttpWork;
  readonly mediaServers: () => readonly MediaServerHealth[];
  readonly events: EventStream;
  /** Whether calls can be served now, and by which check. */
  readonly ready: () => Readiness;
  /** Bearer token; `config.http.token` unless the caller made one up. */
  readonly token: string;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Where other controllers find what was decided here; without it nowhere. */
  readonly decisionArchive?: DecisionArchive;
  /** How many events a reader may fall behind. */
  readonly eventHistorySize?: number;
}

export interface HttpChat extends Pick<ChatRoutesOptions, 'center' | 'tokens'> {
  readonly current: ChatRoutesOptions['chat'];
}

export type HttpWork = Pick<WorkRoutesOptions, 'desk' | 'isUp'> & Required<Pick<AgentChannelOptions, 'setReachable'>>;

export interface Readiness {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly why?: string }[];
}

const BODY_LIMIT_BYTES = 16 * 1024;
const WEBSOCKET_MESSAGE_LIMIT_BYTES = 1024;
/** Files come in chat messages: what the schema allows, and the JSON around it. */
const CHAT_MESSAGE_LIMIT_BYTES = 512 * 1024;
const DEFAULT_EVENT_HISTORY_SIZE = 4096;
/** Of the latest calls, and of each the latest decisions; with large queues a decision may take kilobytes. */
const KEPT_DECISIONS = { calls: 1000, decisions: 20 };

/** Builds the server without opening a port. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { config, log, chat, work, clock = systemClock } = options;
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    // The web server with TLS in front of it says whose request it brings: rates are limited by address.
    trustProxy: 'loopback',
  });
  const { history, decisions, forget } = remember(options, clock);
  const routes = routesOf(app);
  answerErrorsAsJson(app, log);
  await app.register(websocket, {
    options: {
      maxPayload: chat === undefined ? WEBSOCKET_MESSAGE_LIMIT_BYTES : CHAT_MESSAGE_LIMIT_BYTES,
      // A browser insists that one of the subprotocols it offered is chosen; the one with the token is not echoed.
      handleProtocols: (offered: Set<string>) => (offered.has(EVENTS_SUBPROTOCOL) ? EVENTS_SUBPROTOCOL : false),
    },
    preClose(done) {
      for (const socket of app.websocketServer.clients) dropReader(socket, clock, 1001, 'the server is going away');
      app.websocketServer.close(done);
    },
  });
  addHealthRoutes(app, options.ready);
  addWidgetRoute(app);
  await app.register(
    (api, _options, done) => {
      requireToken(api, options.token);
      addSiteRoutes(api, { ...options, clock });
      addCallRoutes(api, options);
      addCallbackRoutes(api, options);
      addPullRoute(api, options);
      addVoicemailRoutes(api, options);
      addRecordingRoutes(api, options);
      addErasureRoute(api, options);
      addExplainRoutes(api, { ...options, clock, decisions });
      addEventsRoute(api, { history, clock });
      addAgentChannelRoute(api, { ...options, ...work });
      if (work !== undefined) addWorkRoutes(api, { ...options, ...work });
      if (chat !== undefined) addChatRoutes(api, { ...options, ...chat, chat: chat.current, clock });
      done();
    },
    { prefix: '/v1' },
  );
  if (chat !== undefined) {
    const origins = (): readonly string[] => originsOf(chat.current(), app);
    addChatPages(app, () => chat.current().pages);
    await app.register(async (pages) => addChatSockets(pages, { ...chat, origins, clock, log }), { prefix: '/v1' });
  }
  app.addHook('onClose', forget);

  return {
    listen: () => listenOn(app, config().http),
    close: () => app.close(),
    routes,
    inject: (request) => app.inject(request),
  };
}

/** The latest events and decisions. */
function remember({ events, eventHistorySize, decisionArchive }: HttpServerOptions, clock: Clock) {
  const history = createEventHistory(events, eventHistorySize ?? DEFAULT_EVENT_HISTORY_SIZE);
  const ownDecisions = createDecisionHistory(events, KEPT_DECISIONS);
  const archive = decisionArchive ?? { keep: () => undefined, find: () => Promise.resolve(undefined) };
  const decisions = shareDecisions({ history: ownDecisions, archive, events, clock });
  return {
    history,
    decisions,
    forget: (): void => {
      history.close();
      decisions.close();
      ownDecisions.close();
    },
  };
}

/** Fills up as routes are added. */
function routesOf(app: FastifyInstance): readonly string[] {
  const routes: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${url}`);
  });
  return routes;
}

/** Pages that may open chats: those of the site, and our own to try the widget on, where that is served. */
function originsOf({ origins, pages }: ChatSiteConfig, app: FastifyInstance): readonly string[] {
  const address = app.server.address();
  if (!pages.widgetDemo || typeof address !== 'object' || address === null) return origins;
  return [...origins, ...demoOrigins(address.port)];
}

async function listenOn(
  app: FastifyInstance,
  { host, port }: RoutingConfig['http'],
): Promise<{ readonly host: string; readonly port: number }> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw new SwitchboardError('LISTEN_FAILED', `the HTTP API cannot listen on ${host}:${port}`, { cause });
  }
  const address = app.server.address();
  return { host, port: typeof address === 'object' && address !== null ? address.port : port };
}

function answerErrorsAsJson(app: FastifyInstance, log: Logger): void {
  app.setNotFoundHandler((request, reply) =>
    sendError(reply, 404, 'not-found', `there is no ${request.method} ${pathOf(request)}`),
  );
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, method: request.method, path: pathOf(request) }, 'request failed');
    const message = status >= 500 ? 'something went wrong here; the log says what' : error.message;
    return sendError(reply, status, errorOfStatus(status), message);
  });
  app.addHook('onSend', async (_request, reply) => {
    void reply.header('x-content-type-options', 'nosniff');
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
  });
}

/** Without the query, which may carry the token. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

function addHealthRoutes(app: FastifyInstance, ready: () => Readiness): void {
  app.get('/healthz', () => ({ ok: true }));
  app.get('/readyz', (_request, reply) => {
    const readiness = ready();
    return reply.code(readiness.ok ? 200 : 503).send(readiness);
  });
}

function requireToken(api: FastifyInstance, token: string): void {
  const isToken = createTokenCheck(token);
  api.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    const presented = request.ws ? tokenOfUpgrade(request.headers, request.query) : tokenOfRequest(request.headers);
    if (isToken(presented)) return undefined;
    void reply.header(
      'www-authenticate',
      presented === undefined ? 'Bearer realm="switchboard"' : 'Bearer realm="switchboard", error="invalid_token"',
    );
    return sendError(reply, 401, 'unauthorized', 'send the API token: Authorization: Bearer TOKEN');
  });
}
