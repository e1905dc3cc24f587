/** A new configuration, brought to the store in batches: no script may block it for the whole of a large site. */
import type { Capacity } from '../../config/routing-config.js';
import type { AgentId, QueueId } from '../../kernel/ids.js';
import type { LedgerQueue, LedgerSite } from '../ledger.js';
import type { Operations, StoredAgentSettings, StoredQueueSettings } from './operations.js';
import type { Script } from './script.js';

const AGENTS_PER_BATCH = 200;

/** Decisions of queues with more members show the first few candidates, and not why the others were passed over. */
const EXPLAIN_UP_TO = 50;

type Run = <Request, Result>(script: Script<Request, Result>, request: Request) => Promise<Result>;

export async function configureStore(run: Run, operations: Operations, site: LedgerSite): Promise<void> {
  const queues: Record<QueueId, StoredQueueSettings> = {};
  for (const [id, queue] of site.queues) queues[id] = storedQueue(queue);
  const { known } = await run(operations.configureSite, {
    backOff: site.backOff,
    missesUntilAway: site.missesUntilAway,
    queues,
  });
  for (const batch of inBatches([...storedAgents(site)])) {
    await run(operations.configureAgents, {
      agents: Object.fromEntries(batch) as Record<AgentId, StoredAgentSettings>,
    });
  }
  for (const agents of inBatches(known.filter((id) => !site.agents.has(id))))
    await run(operations.dropAgents, { agents });
}

function storedQueue(queue: LedgerQueue): StoredQueueSettings {
  const { strategy, channel = 'voice', priority, ageingStepMs, maxWaiting, members } = queue;
  return {
    kind: strategy.kind,
    ...(strategy.kind === 'widening' && { start: strategy.start }),
    channel,
    priority,
    ageingStepMs,
    maxWaiting,
    explained: members.length <= EXPLAIN_UP_TO,
  };
}

function storedAgents(site: LedgerSite): Map<AgentId, StoredAgentSettings> {
  const memberships = new Map<AgentId, { queue: QueueId; order: number; priority: number }[]>();
  for (const [queue, { members }] of site.queues) {
    for (const [order, { agent, priority }] of members.entries()) {
      const own = memberships.get(agent) ?? [];
      own.push({ queue, order, priority });
      memberships.set(agent, own);
    }
  }
  return new Map(
    Array.from(site.agents, ([id, { capacity }]) => [
      id,
      { capacity: storedCapacity(capacity), queues: memberships.get(id) ?? [] },
    ]),
  );
}

function storedCapacity({ total, channels }: Capacity): StoredAgentSettings['capacity'] {
  const stored = (channel: keyof Capacity['channels']): readonly [number, number, 0 | 1] => {
    const { weight, max, interruptible } = channels[channel];
    return [weight, max, interruptible ? 1 : 0];
  };
  return { total, voice: stored('voice'), chat: stored('chat'), ticket: stored('ticket') };
}

function inBatches<Item>(items: readonly Item[]): Item[][] {
  const batches: Item[][] = [];
  for (let from = 0; from < items.length; from += AGENTS_PER_BATCH)
    batches.push(items.slice(from, from + AGENTS_PER_BATCH));
  return batches;
}
