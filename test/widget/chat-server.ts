/** A site with a chat: the chat center behind its sockets, the built widget, and a page that has its script tag. */
import websocket from '@fastify/websocket';
import fastify from 'fastify';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createChatCenter } from '../../src/chat/chat-center.js';
import { chatLinesOf } from '../../src/chat/chat-routes.js';
import { createChatTokens } from '../../src/chat/chat-token.js';
import { createMemoryTranscripts } from '../../src/chat/memory-transcripts.js';
import { addChatSockets } from '../../src/http/chat-sockets.js';
import { addWidgetRoute } from '../../src/http/widget-route.js';
import { systemClock } from '../../src/kernel/clock.js';
import { createEventStream } from '../../src/kernel/event-stream.js';
import { agentId } from '../../src/kernel/ids.js';
import { createMemoryLedger } from '../../src/ledger/memory.js';
import { chatRouting, chatStaff } from '../chat/chat-config.js';
import { agentIds } from '../chat/chat-site.js';
import { BACK_OFF, BLENDED } from '../ledger/ledger-site.js';
import { silentLog } from '../sip-adapter/wire.js';
import { openGate, type Gate } from './gate.js';

export interface ChatServer {
  /** Of the page, `http://127.0.0.1:PORT`, through the gate. */
  readonly origin: string;
  /** What is between browsers and the server. */
  readonly gate: Gate;
  /** Of an agent's socket, past the gate. */
  agentUrl(agent: string): string;
  stop(): Promise<void>;
}

/** As strict as a site may be: nothing inline, nothing evaluated, no style but what a script makes. */
const POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'";

/** The widget as `npm run build` makes it, in a folder of its own. */
export async function buildWidget(): Promise<{ file: URL; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'widget-'));
  const file = join(folder, 'widget.js');
  const tool = fileURLToPath(new URL('../../tools/build-widget.js', import.meta.url));
  await promisify(execFile)(process.execPath, [tool, file]);
  return { file: pathToFileURL(file), remove: () => rm(folder, { recursive: true }) };
}

/** @param tag further attributes of the script tag */
export async function startChatServer(widget: URL, tag: () => string): Promise<ChatServer> {
  const clock = systemClock;
  const tokens = createChatTokens('secret');
  const ledger = createMemoryLedger({ clock, random: () => 0 });
  const routing = chatRouting();
  await ledger.configure({
    agents: new Map(agentIds.map((id) => [id, { capacity: BLENDED }])),
    queues: chatLinesOf(routing.chat, agentIds),
    backOff: BACK_OFF,
    missesUntilAway: 0,
  });
  await ledger.setPresence({ agent: agentId('ana'), presence: { state: 'available' } });
  const events = createEventStream({ clock, configVersion: () => 'v', onListenerError: () => undefined });
  const common = { ledger, clock, events, log: silentLog, tokens };
  const center = createChatCenter({
    ...common,
    store: createMemoryTranscripts(),
    routing: () => routing,
    staff: chatStaff,
  });
  const app = fastify({ forceCloseConnections: true });
  await app.register(websocket, { options: { maxPayload: 512 * 1024 } });
  const origins: string[] = [];
  await app.register(async (api) => addChatSockets(api, { ...common, center, origins: () => origins }), {
    prefix: '/v1',
  });
  addWidgetRoute(app, widget);
  app.get('/', (_request, reply) =>
    reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(page(tag())),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const gate = await openGate(port);
  const origin = `http://127.0.0.1:${gate.port}`;
  origins.push(origin);
  return {
    origin,
    gate,
    agentUrl(agent) {
      const token = tokens.sign({ kind: 'agent', agent, isSupervisor: false, exp: clock.now() + 600_000 });
      return `ws://127.0.0.1:${port}/v1/agent?access_token=${token}`;
    },
    async stop() {
      await gate.close();
      await app.close();
      await center.stop();
      await ledger.close();
    },
  };
}

function page(tag: string): string {
  return `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A shop</title><link rel="icon" href="data:,"><script async src="/widget.js" ${tag}></script>
<h1>A shop</h1><p>Things to buy.</p><a href="#more">More</a></html>`;
}
