/** What a configuration says of work that other systems send: the queues it waits in, and whom to tell. */
import type { QueueId } from '../kernel/ids.js';
import type { Channel, QueueMember, Strategy } from './staffing.js';

/** The `work` of a configuration. */
export interface WorkSiteConfig {
  readonly queues: ReadonlyMap<QueueId, WorkQueueConfig>;
  /** By name. */
  readonly webhooks: ReadonlyMap<string, WebhookConfig>;
}

export interface WorkQueueConfig {
  /** Of its line in the ledger. */
  readonly id: QueueId;
  /** For people. */
  readonly name: string;
  /** Whose weight and limit its work has at agents. */
  readonly channel: Channel;
  readonly strategy: Strategy;
  readonly members: readonly QueueMember[];
  readonly priority: number;
  readonly ageingStepMs: number;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
  readonly offerTimeoutMs: number;
  readonly overflow: { readonly kind: 'queue'; readonly queue: QueueId } | { readonly kind: 'end' };
  readonly wrapUpMs: number;
}

export interface WebhookConfig {
  readonly url: string;
  /** Signs what is sent. */
  readonly secret: string;
  /** Hears of the work of these; absent: of all. */
  readonly queues?: readonly QueueId[];
  /** For one attempt. */
  readonly timeoutMs: number;
  /** From the event on; then it is given up. */
  readonly retryForMs: number;
}
