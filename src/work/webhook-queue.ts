/**
 * What waits for one address. Events of one item go one after the other, in their order; those of different items side by
 * side. What fails is tried again, ever later, until its time is over; when too much waits, the oldest is given up.
 */
import type { WebhookConfig } from '../config/work-config.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { WebhookPost } from './webhook-post.js';
import { signedHeaders } from './webhook-signature.js';

export interface Webhook {
  /** The same at each attempt. */
  readonly id: string;
  /** Events of one lane keep their order. */
  readonly lane: string;
  readonly body: string;
  readonly atMs: number;
}

export interface WebhookQueue {
  add(webhook: Webhook): void;
  /** How many are not delivered yet. */
  size(): number;
  /** Whether something of this lane is not. */
  isWaiting(lane: string): boolean;
  /** Resolves when nothing is left to deliver. */
  whenEmpty(): Promise<void>;
  /** Forgets what is left. */
  stop(): void;
}

export interface WebhookQueueDeps {
  /** As configured now; `undefined`: it is no more, and what waits is given up. */
  readonly endpoint: () => WebhookConfig | undefined;
  readonly post: WebhookPost;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 5 * 60_000;
/** Requests to one address at a time. */
const AT_ONCE = 8;
const MOST_WAITING = 10_000;

interface Lane {
  readonly waiting: Webhook[];
  /** The first one is under way, or waits to be tried again. */
  isBusy: boolean;
  attempts: number;
  cancelRetry: () => void;
}

export function createWebhookQueue(deps: WebhookQueueDeps): WebhookQueue {
  return new Queue(deps);
}

class Queue implements WebhookQueue {
  readonly #deps: WebhookQueueDeps;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes whose first may go. */
  readonly #ready: string[] = [];
  readonly #whenEmpty: (() => void)[] = [];
  #underWay = 0;
  #size = 0;
  #dropped = 0;
  #isStopped = false;

  constructor(deps: WebhookQueueDeps) {
    this.#deps = deps;
  }

  add(webhook: Webhook): void {
    if (this.#isStopped) return;
    const lane = this.#lanes.get(webhook.lane) ?? {
      waiting: [],
      isBusy: false,
      attempts: 0,
      cancelRetry: () => undefined,
    };
    this.#lanes.set(webhook.lane, lane);
    lane.waiting.push(webhook);
    this.#size += 1;
    if (lane.waiting.length === 1) this.#ready.push(webhook.lane);
    if (this.#size > MOST_WAITING) this.#dropOldest();
    this.#pump();
  }

  size(): number {
    return this.#size;
  }

  isWaiting(lane: string): boolean {
    return this.#lanes.has(lane);
  }

  whenEmpty(): Promise<void> {
    return this.#size === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  stop(): void {
    this.#isStopped = true;
    for (const lane of this.#lanes.values()) lane.cancelRetry();
    this.#lanes.clear();
    this.#ready.length = 0;
    this.#size = 0;
    this.#noteEmpty();
  }

  #pump(): void {
    while (this.#underWay < AT_ONCE && !this.#isStopped) {
      const name = this.#ready.shift();
      if (name === undefined) return;
      const lane = this.#lanes.get(name);
      const [first] = lane?.waiting ?? [];
      if (lane === undefined || lane.isBusy || first === undefined) continue;
      this.#underWay += 1;
      lane.isBusy = true;
      void this.#attempt(first, lane).finally(() => {
        this.#underWay -= 1;
        this.#pump();
      });
    }
  }

  async #attempt(webhook: Webhook, lane: Lane): Promise<void> {
    const { endpoint, post, clock, log } = this.#deps;
    const to = endpoint();
    if (to === undefined) {
      this.#leave(webhook, lane);
      return;
    }
    const { url, secret, timeoutMs, retryForMs } = to;
    const headers = signedHeaders(webhook, secret, clock.now());
    const outcome = await post({ url, headers, body: webhook.body, timeoutMs });
    if (this.#isStopped) return;
    if (outcome.type === 'taken') {
      this.#leave(webhook, lane);
      return;
    }
    lane.attempts += 1;
    const { why, retryAfterMs = 0 } = outcome;
    const delayMs = Math.max(this.#retryMs(lane.attempts), Math.min(retryAfterMs, LONGEST_RETRY_MS));
    const about = { webhook: webhook.id, why, attempts: lane.attempts };
    if (clock.now() + delayMs > webhook.atMs + retryForMs) {
      log.error(about, 'a webhook was not taken and is given up');
      this.#leave(webhook, lane);
      return;
    }
    log.warn({ ...about, delayMs }, 'a webhook was not taken');
    lane.cancelRetry = clock.after(delayMs, () => {
      lane.isBusy = false;
      this.#ready.push(webhook.lane);
      this.#pump();
    });
  }

  /** Twice as long after each, and anything from half of it on, so that what failed together does not come back together. */
  #retryMs(attempts: number): number {
    const longest = Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS);
    return longest / 2 + (longest / 2) * this.#deps.random();
  }

  /** Delivered, or given up. */
  #leave(webhook: Webhook, lane: Lane): void {
    lane.waiting.shift();
    lane.isBusy = false;
    lane.attempts = 0;
    this.#size -= 1;
    if (lane.waiting.length > 0) this.#ready.push(webhook.lane);
    else this.#lanes.delete(webhook.lane);
    this.#noteEmpty();
  }

  /** Never one that is under way: it may have been taken. */
  #dropOldest(): void {
    for (const lane of this.#lanes.values()) {
      const at = lane.isBusy ? 1 : 0;
      if (lane.waiting.length <= at) continue;
      lane.waiting.splice(at, 1);
      this.#size -= 1;
      this.#dropped += 1;
      if (this.#dropped % 1000 !== 1) return;
      this.#deps.log.error({ dropped: this.#dropped }, 'too many webhooks wait, the oldest are given up');
      return;
    }
  }

  #noteEmpty(): void {
    if (this.#size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }
}
