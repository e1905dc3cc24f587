/** Chats for an HTTP server under test: a chat center on a ledger of its own, whose clock stands still. */
import { createChatCenter, type ChatCenter } from '../../src/chat/chat-center.js';
import { chatLinesOf } from '../../src/chat/chat-routes.js';
import { createChatTokens } from '../../src/chat/chat-token.js';
import { createMemoryTranscripts } from '../../src/chat/memory-transcripts.js';
import type { ChatConfig, ChatSiteConfig } from '../../src/config/chat-config.js';
import type { HttpChat } from '../../src/http/server.js';
import { createEventStream } from '../../src/kernel/event-stream.js';
import { agentId } from '../../src/kernel/ids.js';
import { createMemoryLedger } from '../../src/ledger/memory.js';
import { BACK_OFF, BLENDED } from '../ledger/ledger-site.js';
import { silentLog } from '../sip-adapter/wire.js';
import { createManualClock } from '../support/manual-clock.js';
import { chatRouting, chatStaff } from './chat-config.js';
import { agentIds } from './chat-site.js';
import { openAgentPage, openVisitorPage } from './scripted-pages.js';

export interface HttpChats extends HttpChat {
  readonly center: ChatCenter;
  stop(): Promise<void>;
}

/** Rosa, a customer, talks to Ana; somebody else waits. */
export async function startBusyChats(over: Partial<ChatConfig> = {}): Promise<HttpChats> {
  const clock = createManualClock(Date.now());
  const ledger = createMemoryLedger({ clock, random: () => 0 });
  const routing = chatRouting(over);
  await ledger.configure({
    agents: new Map(agentIds.map((id) => [id, { capacity: BLENDED }])),
    queues: chatLinesOf(routing.chat, agentIds),
    backOff: BACK_OFF,
    missesUntilAway: 0,
  });
  await ledger.setPresence({ agent: agentId('ana'), presence: { state: 'available' } });
  const tokens = createChatTokens('secret');
  const center = createChatCenter({
    ledger,
    clock,
    events: createEventStream({ clock, configVersion: () => 'v', onListenerError: () => undefined }),
    log: silentLog,
    tokens,
    store: createMemoryTranscripts(),
    routing: () => routing,
    staff: chatStaff,
  });
  const current: ChatSiteConfig = {
    tokenSecret: 'secret',
    origins: [],
    transcripts: { kind: 'memory' },
    pages: { agent: true, widgetDemo: true },
    routing: routing.chat,
  };
  const ana = await openAgentPage(center, 'ana');
  const customer = tokens.sign({ kind: 'customer', id: 'rosa', name: 'Rosa', exp: clock.now() + 60_000 });
  const rosa = await openVisitorPage(center, { customer, page: 'https://shop.example/', languages: ['es'] });
  await ana.accept();
  await rosa.send({ type: 'message', id: 'v1', text: 'Hello' });
  await ledger.setPresence({ agent: agentId('ana'), presence: { state: 'away', reason: 'lunch' } });
  await openVisitorPage(center, {}, '192.0.2.2');
  await clock.turn(2_000);
  return {
    center,
    tokens,
    current: () => current,
    async stop() {
      await center.stop();
      await ledger.close();
    },
  };
}
