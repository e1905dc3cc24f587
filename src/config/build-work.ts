/** The `work` of a RoutingConfig, from checked input. */
import { agentId, queueId } from '../kernel/ids.js';
import { resolveMembers } from './queue-members.js';
import type { Secrets } from './secrets.js';
import type { SiteInput } from './site-schema.js';
import type { WebhookConfig, WorkQueueConfig, WorkSiteConfig } from './work-config.js';

type WorkInput = NonNullable<SiteInput['work']>;

export function buildWork(input: SiteInput, secrets: Secrets): { work?: WorkSiteConfig } {
  const { work } = input;
  if (work === undefined) return {};
  const queues = Object.entries(work.queues).map(([id, queue]) => [queueId(id), queueOf(id, queue, input)] as const);
  const webhooks = Object.entries(work.webhooks).map(([name, webhook]) => {
    return [name, webhookOf(webhook, secrets.get(['work', 'webhooks', name, 'secret']))] as const;
  });
  return { work: { queues: new Map(queues), webhooks: new Map(webhooks) } };
}

function queueOf(id: string, queue: WorkInput['queues'][string], { teams }: SiteInput): WorkQueueConfig {
  const { overflow } = queue;
  return {
    id: queueId(id),
    name: queue.name ?? id,
    channel: queue.channel,
    strategy: { kind: queue.strategy },
    members: resolveMembers(queue.members, teams).members.map(({ agent, priority }) => {
      return { agent: agentId(agent), priority };
    }),
    priority: queue.priority,
    ageingStepMs: queue.ageing_step,
    maxWaiting: queue.max_waiting,
    maxWaitMs: queue.max_wait,
    offerTimeoutMs: queue.offer_timeout,
    overflow: overflow === 'end' ? { kind: 'end' } : { kind: 'queue', queue: queueId(overflow.queue) },
    wrapUpMs: queue.wrap_up,
  };
}

function webhookOf(webhook: WorkInput['webhooks'][string], secret: string): WebhookConfig {
  return {
    url: webhook.url,
    secret,
    ...(webhook.queues === undefined ? {} : { queues: webhook.queues.map(queueId) }),
    timeoutMs: webhook.timeout,
    retryForMs: webhook.retry_for,
  };
}
