/** The ledger as the configuration has it: in memory, or in a Redis that several controllers share. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { chatOf, isChatWork } from './chat/chat-works.js';
import type { Channel } from './config/routing-config.js';
import type { RedisStoreConfig, StoreConfig } from './config/store-config.js';
import type { Clock } from './kernel/clock.js';
import { SwitchboardError } from './kernel/errors.js';
import type { AgentId, WorkId } from './kernel/ids.js';
import { createMemoryCallbackBook, type CallbackBook } from './ledger/callback-book.js';
import type { Charge, Charges } from './ledger/charges.js';
import type { Ledger } from './ledger/ledger.js';
import { createMemoryLedger } from './ledger/memory.js';
import {
  createRedisLedger,
  type MembershipOptions,
  type OwnWork,
  type RedisLedger,
  type StoreChange,
} from './ledger/redis.js';
import { createArchive, type Archive } from './ledger/redis/archive.js';
import { ledgerKeys } from './ledger/redis/script.js';
import { createRedisCallbackBook } from './ledger/redis/callback-book.js';
import { watchSentinels } from './sentinel-watch.js';
import { createSiteContacts, type SiteContacts } from './site-contacts.js';
import type { Started } from './site-lifetime.js';
import { rememberPresence, type SitePresence } from './site-presence.js';
import type { Logger } from './kernel/logger.js';

export interface SiteStore {
  readonly ledger: Ledger;
  /** Who is to be called back. */
  readonly callbacks: CallbackBook;
  /** Whether it answers; one in memory always does. */
  isUp(): boolean;
  /** With other controllers only: the phones that register with them. */
  readonly createShare?: (onReachable: (agent: AgentId, isReachable: boolean) => void) => SiteContacts;
  /** With other controllers only: what they are to find of decisions, and to tell. */
  readonly decisionArchive?: Archive;
  /** With other controllers only: what they share beside the ledger. */
  readonly shared?: SharedStore;
  /** Told of another controller that has died, when what could be taken over of it has been. */
  onNodeDied(listener: (node: string) => void): void;
  /** Told when it does not answer any more, perhaps more than once. */
  onAway(listener: () => void): void;
  /** Told when it has come back; `isRestored`: it had lost everything, and has only what this controller has told it. */
  onBack(listener: (isRestored: boolean) => void): void;
  /**
   * What runs here, from now on; what a controller of this name had before has ended at the start.
   * @param beforeTelling told just before the store is told all of it
   */
  runs(works: () => readonly OwnWork[], beforeTelling: () => void): void;
}

export interface SharedStore {
  readonly redis: Redis | Cluster;
  /** One more connection, for what takes a whole one; closed with the store. */
  connect(): Promise<Redis | Cluster>;
  /** Of every key and channel of the site, with its hash tag. */
  readonly prefix: string;
  /** Names this controller. */
  readonly node: string;
  readonly charges: Charges;
  /** What this controller is in charge of, from now on: another one takes it over if it dies. */
  handOn(charges: () => readonly Charge[]): void;
}

/** How long the store may take to answer at the start, and a new connection to come about. Milliseconds. */
const CONNECT_MS = 3_000;

/** After so long without a word a connection is given up. Milliseconds. */
const SILENCE_MS = 10_000;

/** @throws SwitchboardError LEDGER_UNAVAILABLE when Redis does not answer at the start */
export async function openStore(options: {
  config: StoreConfig;
  clock: Clock;
  log: Logger;
  started: Started;
  /** Channels whose work this controller can take over from one that has died. */
  adopts?: readonly Channel[];
  /** Whether it can go on with the chats of one that has died. */
  adoptsChats?: boolean;
}): Promise<SiteStore> {
  const { config, clock, log, started } = options;
  if (config.kind === 'redis') return openRedis({ ...options, config });
  const ledger = createMemoryLedger({
    clock,
    random: Math.random,
    onListenerError: (error) => log.error({ err: error }, 'a subscriber of the ledger failed'),
  });
  started.add(() => ledger.close());
  const never = (): void => undefined;
  const callbacks = createMemoryCallbackBook({ clock }).of('alone');
  return { ledger, callbacks, isUp: () => true, onAway: never, onBack: never, onNodeDied: never, runs: never };
}

async function openRedis(options: {
  config: RedisStoreConfig;
  clock: Clock;
  log: Logger;
  started: Started;
  adopts?: readonly Channel[];
  /** Whether it can go on with the chats of one that has died. */
  adoptsChats?: boolean;
}): Promise<SiteStore> {
  const { config, clock, log, started, adopts = [] } = options;
  const node = config.node ?? randomBytes(6).toString('hex');
  const onError = (error: unknown): void => log.error({ err: error }, 'trouble with the ledger in Redis');
  const another = connections(config, log, started);
  const [redis, reader] = [await another(), await another()];

  const parts: StoredParts = {};
  let works: () => readonly OwnWork[] = () => [];
  let beforeTelling: () => void = () => undefined;
  let charges: () => readonly Charge[] = () => [];
  const listeners: StoreListeners = { away: [], back: [], died: [] };
  const membership: MembershipOptions = {
    ...{ works: () => works(), beforeTelling: () => beforeTelling(), charges: () => charges() },
    adopts: () => adopts,
    ...{ adoptsCharges: options.adoptsChats === true, chargeOf },
    onContact: (change) => parts.contacts?.heard(change),
    onChange(change) {
      log[change.type === 'back' ? 'info' : 'warn']({ ...change }, 'store of the ledger');
      if (change.type === 'back') restoreAll(parts, change.isRestarted).catch(onError);
      tell(listeners, change);
    },
  };
  const common = { redis, reader, site: config.site, node, clock, random: Math.random, onError };
  const ledger: RedisLedger = await createRedisLedger({ ...common, membership });
  started.add(() => ledger.close());
  parts.presence = await rememberPresence(ledger);
  log.info({ node, site: config.site }, 'the ledger is in Redis');

  return {
    ledger,
    callbacks: createRedisCallbackBook({ redis, site: config.site, node }),
    isUp: () => ledger.isUp(),
    decisionArchive: archiveOf(redis, config, log),
    shared: {
      ...{ redis, node, prefix: ledgerKeys(config.site).prefix },
      connect: another,
      charges: ledger.charges,
      handOn: (tell) => (charges = tell),
    },
    createShare: (onReachable) =>
      share(parts, createSiteContacts({ ledger, node, clock, onReachable, onError }), { started, onError }),
    onNodeDied: (listener) => listeners.died.push(listener),
    onAway: (listener) => listeners.away.push(listener),
    onBack: (listener) => listeners.back.push(listener),
    runs(tell, before) {
      works = tell;
      beforeTelling = before;
      ledger.takeUp().catch(onError);
    },
  };
}

function share(
  parts: StoredParts,
  contacts: SiteContacts,
  { started, onError }: { started: Started; onError: (error: unknown) => void },
): SiteContacts {
  started.add(() => contacts.stop());
  parts.contacts = contacts;
  contacts.restore().catch(onError);
  return contacts;
}

interface StoreListeners {
  readonly away: (() => void)[];
  readonly back: ((isRestored: boolean) => void)[];
  readonly died: ((node: string) => void)[];
}

function tell(listeners: StoreListeners, change: StoreChange): void {
  switch (change.type) {
    case 'away':
      for (const listener of listeners.away) listener();
      return;
    case 'back':
      for (const listener of listeners.back) listener(change.isRestored);
      return;
    case 'node-died':
      for (const listener of listeners.died) listener(change.node);
  }
}

function archiveOf(redis: Redis | Cluster, { site }: RedisStoreConfig, log: Logger): Archive {
  return createArchive({
    redis,
    key: `${ledgerKeys(site).prefix}decisions`,
    onError: (error) => log.debug({ err: error }, 'a decision was not kept'),
  });
}

/** Work of a chat is its controller's alone. */
function chargeOf(work: WorkId): string | undefined {
  return isChatWork(work) ? chatOf(work) : undefined;
}

/** What stands in the store beside work. */
interface StoredParts {
  contacts?: SiteContacts;
  presence?: SitePresence;
}

/** First who was what: a phone makes available only who is not known to be anything else. */
async function restoreAll({ presence, contacts }: StoredParts, mayBeLost: boolean): Promise<void> {
  if (mayBeLost) await presence?.restore();
  await contacts?.restore();
}

async function connect(config: RedisStoreConfig, log: Logger, started: Started): Promise<Redis | Cluster> {
  const { servers } = config;
  try {
    const client = clientFor(servers, optionsFor(config));
    started.add(() => client.disconnect());
    client.on('error', (error: unknown) => log.debug({ err: error }, 'connection to Redis'));
    await client.connect();
    return client;
  } catch (error) {
    throw new SwitchboardError('LEDGER_UNAVAILABLE', `no Redis answers at ${placeOf(servers)}`, { cause: error });
  }
}

/** @returns makes one more connection; all of them leave a master that the Sentinels have replaced */
function connections(config: RedisStoreConfig, log: Logger, started: Started): () => Promise<Redis | Cluster> {
  const clients: (Redis | Cluster)[] = [];
  followSentinels(config, clients, log, started);
  return async () => {
    const client = await connect(config, log, started);
    clients.push(client);
    return client;
  };
}

/** With a connection that is broken off all that was asked over it is asked again, of the new master. */
function followSentinels(
  { servers, tls, tlsFiles }: RedisStoreConfig,
  clients: readonly (Redis | Cluster)[],
  log: Logger,
  started: Started,
): void {
  if (servers.kind !== 'sentinel') return;
  const { sentinels, master } = servers;
  const watch = watchSentinels({
    ...{ sentinels, master, ...(tls ? { tls: tlsOf(tlsFiles) } : {}) },
    onSwitch() {
      log.warn({ master }, 'the Sentinels have another master');
      for (const client of clients) client.disconnect(true);
    },
    onError: (error) => log.debug({ err: error }, 'connection to a Sentinel'),
  });
  started.add(() => watch.stop());
}

/** A command is never kept back by the client: the ledger itself waits for a store that is away, and repeats in order. */
function optionsFor({ tls, tlsFiles, username, password }: RedisStoreConfig) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: tlsOf(tlsFiles) } : {}),
    connectTimeout: CONNECT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // With a connection all that was asked over it has failed.
    maxRetriesPerRequest: 0,
    // A server that has gone without a word; beats and reads that end by themselves keep a good one from being silent.
    socketTimeout: SILENCE_MS,
    lazyConnect: true,
    retryStrategy: (times) => Math.min(50 * times, 500),
    // After a failover the old master is a replica, or has none left: only a new connection finds the new one.
    reconnectOnError: (error) => /^(READONLY|NOREPLICAS)/.test(error.message),
  } satisfies RedisOptions;
}

function tlsOf(files: RedisStoreConfig['tlsFiles'] = {}): { ca?: string; cert?: string; key?: string } {
  return Object.fromEntries(Object.entries(files).map(([what, path]) => [what, readFileSync(path, 'utf8')]));
}

function clientFor(servers: RedisStoreConfig['servers'], options: ReturnType<typeof optionsFor>): Redis | Cluster {
  switch (servers.kind) {
    case 'single':
      return new Redis({ ...options, host: servers.host, port: servers.port, db: servers.db });
    case 'socket':
      return new Redis({ ...options, path: servers.path, db: servers.db });
    case 'sentinel': {
      const { tls, ...rest } = options;
      const sentinels = [...servers.sentinels];
      const secured = tls === undefined ? {} : { tls, sentinelTLS: tls, enableTLSForSentinelMode: true };
      return new Redis({ ...rest, ...secured, sentinels, name: servers.master, db: servers.db });
    }
    case 'cluster':
      return new Cluster([...servers.nodes], {
        lazyConnect: true,
        enableOfflineQueue: false,
        redisOptions: options,
        clusterRetryStrategy: (times) => Math.min(50 * times, 500),
      });
  }
}

function placeOf(servers: RedisStoreConfig['servers']): string {
  switch (servers.kind) {
    case 'single':
      return `${servers.host}:${String(servers.port)}`;
    case 'socket':
      return servers.path;
    case 'sentinel':
      return `the Sentinels of ${servers.master}`;
    case 'cluster':
      return 'the cluster';
  }
}
