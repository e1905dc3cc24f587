import type { QueueId } from '../../src/kernel/ids.js';
import type { QueueRules, Routes } from '../../src/voice/call/call-types.js';

/** Routes that know these queues; people and numbers lead to themselves, and everything else nowhere. */
export function routesTo(...queues: readonly QueueRules[]): Routes {
  const byId = new Map<QueueId, QueueRules>(queues.map((rules) => [rules.queue, rules]));
  return (to) => {
    if (to.kind === 'agent') return { ...to, ignorePresence: false };
    if (to.kind === 'number') return to;
    const rules = to.kind === 'queue' ? byId.get(to.queue) : undefined;
    return rules === undefined ? { kind: 'reject' } : { kind: 'queue', rules };
  };
}
