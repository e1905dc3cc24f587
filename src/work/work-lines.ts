/** From the configuration to what items run by: the rules of a queue with its overflows, and the lines of the ledger. */
import type { WorkQueueConfig, WorkSiteConfig } from '../config/work-config.js';
import type { QueueId } from '../kernel/ids.js';
import type { LedgerQueue } from '../ledger/ledger.js';
import type { LineRules } from './item-types.js';

/** Its overflow is resolved to the last stop. */
export function lineRulesOf(queue: QueueId, work: WorkSiteConfig): LineRules | undefined {
  const config = work.queues.get(queue);
  return config === undefined ? undefined : rulesOf(config, work, new Set());
}

function rulesOf(config: WorkQueueConfig, work: WorkSiteConfig, seen: ReadonlySet<QueueId>): LineRules {
  const { id, channel, strategy, offerTimeoutMs, maxWaitMs, wrapUpMs, overflow } = config;
  const next = overflow.kind === 'end' ? undefined : work.queues.get(overflow.queue);
  const passed = new Set(seen).add(id);
  // The config check rules circles out; work in one would never end.
  const isLast = next === undefined || passed.has(next.id);
  return {
    ...{ queue: id, channel, strategy: strategy.kind, offerTimeoutMs, maxWaitMs, wrapUpMs },
    ...(isLast ? {} : { overflow: rulesOf(next, work, passed) }),
  };
}

/** Lines of the ledger for work of other systems. */
export function workLinesOf(work: WorkSiteConfig): ReadonlyMap<QueueId, LedgerQueue> {
  return new Map(
    [...work.queues.values()].map(({ id, channel, strategy, members, priority, ageingStepMs, maxWaiting }) => [
      id,
      { channel, strategy, members, priority, ageingStepMs, maxWaiting },
    ]),
  );
}
