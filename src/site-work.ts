/** Work of other systems: everything between the API, their webhooks and the ledger. */
import type { Channel, RoutingConfig } from './config/routing-config.js';
import type { LiveConfig } from './config/live-config.js';
import type { WorkSiteConfig } from './config/work-config.js';
import type { Clock } from './kernel/clock.js';
import type { EventStream } from './kernel/event-stream.js';
import type { AgentId, QueueId } from './kernel/ids.js';
import type { Logger } from './kernel/logger.js';
import type { Ledger } from './ledger/ledger.js';
import type { OwnWork } from './ledger/redis.js';
import { within, type Started } from './site-lifetime.js';
import type { SharedStore, SiteStore } from './site-store.js';
import type { ItemState } from './work/item-types.js';
import { createItems, type Items } from './work/items.js';
import { createMemoryRecords } from './work/memory-records.js';
import { createRedisRecords } from './work/redis-records.js';
import { createRedisRelay } from './work/redis-relay.js';
import { postWebhook } from './work/webhook-post.js';
import { startWebhooks, type Webhooks } from './work/webhooks.js';
import { createWorkDesk, type WorkDesk } from './work/work-desk.js';
import { startWorkDispatcher } from './work/work-dispatcher.js';
import { lineRulesOf } from './work/work-lines.js';
import { isItemLine } from './work/work-names.js';
import type { WorkRelay } from './work/work-relay.js';

export interface SiteWork {
  readonly desk: WorkDesk;
  works(): readonly OwnWork[];
  isUp(): boolean;
  /** Also when the store has lost it. */
  setReachable(change: Reachability): Promise<void>;
}

interface Reachability {
  readonly agent: AgentId;
  readonly channel: Channel;
  readonly reachable: boolean;
}

interface WorkOptions {
  readonly clock: Clock;
  readonly events: EventStream;
  readonly ledger: Ledger;
  readonly store: SiteStore;
  readonly live: LiveConfig;
  readonly log: Logger;
  readonly started: Started;
}

/** So long after a controller has died what nobody has taken over of it is lost. Milliseconds. */
const AUDIT_AFTER_MS = 3_000;

/** How long a stop waits for the last webhooks. Milliseconds. */
const LAST_WEBHOOKS_MS = 3_000;

/** The one controller of a ledger in memory. */
const ALONE = 'alone';

/** Channels of whose work other controllers can take over what a dead one had; a call's they cannot. */
export function adoptableWork({ work }: RoutingConfig): readonly Channel[] {
  const channels = new Set([...(work?.queues.values() ?? [])].map(({ channel }) => channel));
  channels.delete('voice');
  return [...channels];
}

/** @returns `undefined` on a site without such work */
export async function startWork({ live, store, started, ...base }: WorkOptions): Promise<SiteWork | undefined> {
  const { work } = live.current();
  if (work === undefined) return undefined;
  const { ledger, clock, log } = base;
  // A reload cannot take it away: see site-reload.ts.
  const current = (): WorkSiteConfig => live.current().work ?? work;
  const webhooks = startTelling(current, { ...base, started });

  const { shared } = store;
  const node = shared?.node ?? ALONE;
  const records = shared === undefined ? createMemoryRecords(clock) : createRedisRecords(shared.redis, shared.prefix);
  const rulesOf = (queue: QueueId) => lineRulesOf(queue, current());
  const adopted = adoptableWork(live.current());
  const isLeft = (channel: Channel): boolean => shared !== undefined && adopted.includes(channel);
  const isUntold = ({ id, line }: ItemState): boolean => webhooks.isUntold(id, line.queue);
  const items = createItems({ ...base, records, node, rulesOf, isLeft, isUntold });
  const stopDispatcher = startWorkDispatcher({
    ...{ ledger, items, log },
    isItemLine: (queue) => isItemLine(queue, current()),
  });
  const relay = shared === undefined ? undefined : await openRelay(shared, base);
  started.add(async () => {
    relay?.stop();
    stopDispatcher();
    await items.stop();
  });
  const desk = createWorkDesk({
    ...{ items, records, ledger, clock, node, rulesOf },
    ...(relay === undefined ? {} : { relay }),
  });
  if (shared !== undefined) auditLost(items, node, { ...base, store, started });
  return {
    desk,
    works: () => items.works(),
    isUp: () => store.isUp(),
    setReachable: rememberReachable(ledger, store, log),
  };
}

function openRelay(shared: SharedStore, { clock, log }: Pick<WorkOptions, 'clock' | 'log'>): Promise<WorkRelay> {
  const onError = (error: unknown): void => log.warn({ err: error }, 'controllers could not ask each other of work');
  return shared.connect().then((ear) => createRedisRelay({ ...shared, ear, clock, onError }));
}

/** Stops after the items, whose last events it is to deliver. */
function startTelling(
  current: () => WorkSiteConfig,
  { started, ...base }: Pick<WorkOptions, 'clock' | 'events' | 'log' | 'started'>,
): Webhooks {
  const endpoints = () => current().webhooks;
  const webhooks = startWebhooks({ ...base, endpoints, post: postWebhook, random: Math.random });
  started.add(async () => {
    await within(base.clock, LAST_WEBHOOKS_MS, webhooks.whenDelivered());
    const left = webhooks.stop();
    if (left > 0) base.log.warn({ left }, 'webhooks were not delivered before the stop');
  });
  return webhooks;
}

/** What was written down by a controller that is no more: by one of this name, too, which was not stopped but died. */
function auditLost(
  items: Items,
  ownNode: string,
  { store, clock, log, started }: Pick<WorkOptions, 'store' | 'clock' | 'log' | 'started'>,
): void {
  const due = new Map<string, () => void>();
  const look = (node: string): void => {
    due.get(node)?.();
    const audit = (): void => {
      due.delete(node);
      items.auditLost(node).catch((error: unknown) => {
        log.warn({ err: error, node }, 'what a controller had could not be read; it is looked at again');
        look(node);
      });
    };
    due.set(node, clock.after(AUDIT_AFTER_MS, audit));
  };
  look(ownNode);
  store.onNodeDied(look);
  store.onBack(() => {
    items.storeIsBack().catch((error: unknown) => log.error({ err: error }, 'what runs was not written down again'));
  });
  started.add(() => {
    for (const cancel of due.values()) cancel();
  });
}

function rememberReachable(ledger: Ledger, store: SiteStore, log: Logger): SiteWork['setReachable'] {
  const told = new Map<string, Reachability>();
  store.onBack((isRestored) => {
    if (!isRestored) return;
    for (const change of told.values()) {
      ledger
        .setReachable(change)
        .catch((error: unknown) => log.error({ err: error }, 'who can be reached was not told'));
    }
  });
  return async (change) => {
    told.set(`${change.agent} ${change.channel}`, change);
    await ledger.setReachable(change);
  };
}
