/** Tells other systems by HTTP what becomes of their work, from the event stream and nothing else. */
import { randomUUID } from 'node:crypto';
import type { WebhookConfig } from '../config/work-config.js';
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import type { SwitchboardEvent } from '../kernel/events.js';
import type { ItemId, QueueId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { WorkEvent } from '../kernel/work-events.js';
import type { WebhookPost } from './webhook-post.js';
import { createWebhookQueue, type WebhookQueue } from './webhook-queue.js';

export interface Webhooks {
  /** Whether all who are to hear of this item have not taken all yet; `false` where nobody is. */
  isUntold(item: ItemId, queue: QueueId): boolean;
  /** Resolves when all that has happened was delivered, or given up. */
  whenDelivered(): Promise<void>;
  /** @returns how many were not delivered */
  stop(): number;
}

export interface WebhooksDeps {
  readonly events: EventStream;
  /** As configured now, by name. */
  readonly endpoints: () => ReadonlyMap<string, WebhookConfig>;
  readonly post: WebhookPost;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

type Told = Extract<SwitchboardEvent, WorkEvent | { readonly type: 'site.started' }>;

export function startWebhooks(deps: WebhooksDeps): Webhooks {
  const { events, endpoints } = deps;
  const queues = new Map<string, WebhookQueue>();

  function queueFor(name: string): WebhookQueue {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const log = deps.log.child({ endpoint: name });
    const queue = createWebhookQueue({ ...deps, log, endpoint: () => endpoints().get(name) });
    queues.set(name, queue);
    return queue;
  }

  const unsubscribe = events.subscribe((event) => {
    if (!isTold(event)) return;
    for (const [name] of 'queue' in event ? hearsOf(event.queue) : endpoints()) {
      const lane = 'item' in event ? event.item : '';
      queueFor(name).add({ id: randomUUID(), lane, body: bodyOf(event), atMs: event.atMs });
    }
  });

  const hearsOf = (queue: QueueId) =>
    [...endpoints()].filter(([, { queues: heard }]) => heard?.includes(queue) !== false);

  return {
    isUntold(item, queue) {
      const told = hearsOf(queue).map(([name]) => queues.get(name));
      return told.length > 0 && told.every((each) => each?.isWaiting(item) === true);
    },
    async whenDelivered() {
      await Promise.all([...queues.values()].map((queue) => queue.whenEmpty()));
    },
    stop() {
      unsubscribe();
      const left = [...queues.values()].reduce((sum, queue) => sum + queue.size(), 0);
      for (const queue of queues.values()) queue.stop();
      return left;
    },
  };
}

function isTold(event: SwitchboardEvent): event is Told {
  return event.type === 'site.started' || event.type.startsWith('work.');
}

/** Without the decision, which may be long, and is in the event stream. */
function bodyOf(event: Told): string {
  const { type, atMs, seq: _, configVersion: __, ...rest } = event;
  const data = 'decision' in rest ? { ...rest, decision: undefined } : rest;
  return JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), data });
}
