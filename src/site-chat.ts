/** The chat side of a site: everything between web pages and its ledger. */
import { createChatCenter, type ChatCenter } from './chat/chat-center.js';
import { createChatTokens, type ChatTokens } from './chat/chat-token.js';
import { createMemoryTranscripts } from './chat/memory-transcripts.js';
import { createPgClient } from './chat/pg-client.js';
import { createPgliteClient } from './chat/pglite-client.js';
import { openSqlTranscripts } from './chat/sql-transcripts.js';
import type { TranscriptStore } from './chat/transcript-store.js';
import type { ChatSiteConfig, TranscriptsConfig } from './config/chat-config.js';
import type { LiveConfig } from './config/live-config.js';
import type { Clock } from './kernel/clock.js';
import { SwitchboardError } from './kernel/errors.js';
import type { EventStream } from './kernel/event-stream.js';
import type { Logger } from './kernel/logger.js';
import type { Ledger } from './ledger/ledger.js';
import type { SharedSite } from './chat/chat-site.js';
import type { Started } from './site-lifetime.js';
import { openPeerBus } from './site-peer-bus.js';
import type { SharedStore, SiteStore } from './site-store.js';

export interface SiteChat {
  readonly center: ChatCenter;
  readonly tokens: ChatTokens;
  /** As configured now. */
  readonly current: () => ChatSiteConfig;
}

interface ChatOptions {
  readonly clock: Clock;
  readonly events: EventStream;
  readonly ledger: Ledger;
  readonly live: LiveConfig;
  readonly log: Logger;
  readonly started: Started;
  readonly store: SiteStore;
}

/** How often chats are looked for that are kept no longer. Milliseconds. */
const RETENTION_EVERY_MS = 60 * 60_000;

/**
 * @returns `undefined` on a site without chats
 * @throws SwitchboardError TRANSCRIPTS_UNAVAILABLE
 */
export async function startChat({
  live,
  started,
  store: siteStore,
  ...base
}: ChatOptions): Promise<SiteChat | undefined> {
  const { chat } = live.current();
  if (chat === undefined) return undefined;
  const store = await openTranscripts(chat.transcripts, base.log);
  started.add(() => store.close());
  // A reload cannot take chats away: see site-reload.ts.
  const current = (): ChatSiteConfig => live.current().chat ?? chat;
  const tokens = createChatTokens(chat.tokenSecret);
  const shared = siteStore.shared && (await openShared(siteStore.shared, chat, base.log));
  const center = createChatCenter({
    ...base,
    store,
    tokens,
    routing() {
      const { hours, site } = live.current();
      return { chat: current().routing, hours, timeZone: site.timeZone };
    },
    ...(shared === undefined ? {} : { shared }),
    staff: live.current,
  });
  started.add(() => center.stop());
  siteStore.shared?.handOn(() => center.charges());
  siteStore.onBack(() => center.storeIsBack());
  started.add(
    base.events.subscribe(({ type }) => {
      if (type === 'config.reloaded') center.reloaded();
    }),
  );
  started.add(dropOldChats(store, current, base));
  return { center, tokens, current };
}

/** Whether another controller finds what was said in a chat, and can go on with it. */
export function canHandOn(chat: ChatSiteConfig | undefined): boolean {
  return chat?.transcripts.kind === 'postgres';
}

async function openShared(store: SharedStore, chat: ChatSiteConfig, log: Logger): Promise<SharedSite> {
  const onError = (error: unknown): void => log.error({ err: error }, 'another controller was not heeded');
  const { redis, prefix, node, charges } = store;
  const bus = await openPeerBus({ publish: redis, subscribe: await store.connect() }, { prefix, node, onError });
  const handsOn = canHandOn(chat);
  if (!handsOn)
    log.warn({ transcripts: chat.transcripts.kind }, 'chats of this controller end with it: others cannot read them');
  return { charges, bus, handsOn };
}

async function openTranscripts(config: TranscriptsConfig, log: Logger): Promise<TranscriptStore> {
  if (config.kind === 'memory') return createMemoryTranscripts();
  const onError = (error: unknown): void => log.warn({ err: error }, 'connection to the database of chats');
  const client = config.kind === 'pglite' ? createPgliteClient(config.folder) : createPgClient(config.url, onError);
  try {
    return await openSqlTranscripts(client);
  } catch (cause) {
    await client.close().catch(onError);
    const what = config.kind === 'pglite' ? `in ${config.folder}` : 'in Postgres';
    throw new SwitchboardError('TRANSCRIPTS_UNAVAILABLE', `transcripts ${what} cannot be opened`, { cause });
  }
}

/** @returns the function that stops it */
function dropOldChats(
  store: TranscriptStore,
  current: () => ChatSiteConfig,
  { clock, log }: { clock: Clock; log: Logger },
): () => void {
  let cancel: () => void = () => undefined;
  const look = (): void => {
    cancel = clock.after(RETENTION_EVERY_MS, look);
    const { retentionMs } = current();
    if (retentionMs === undefined) return;
    store
      .dropClosedBefore(clock.now() - retentionMs)
      .then((dropped) => (dropped > 0 ? log.info({ dropped }, 'old chats were dropped') : undefined))
      .catch((error: unknown) => log.error({ err: error }, 'old chats could not be dropped'));
  };
  look();
  return () => cancel();
}
