/** Small sites for ledger tests: an agent is a name, a member a name or a name with a priority. */
import type { Capacity, Channel } from '../../src/config/routing-config.js';
import type { Strategy } from '../../src/config/staffing.js';
import { agentId, queueId, workId, type AgentId, type QueueId, type WorkId } from '../../src/kernel/ids.js';
import type { LedgerQueue, LedgerSite, NewWork } from '../../src/ledger/ledger.js';

export const OFFER_TTL_MS = 60_000;
export const BACK_OFF = { busy: 5_000, declined: 10_000, 'no-answer': 20_000, unreachable: 30_000 };

/** A call fills a person; four chats do, and give way to a call. */
export const BLENDED: Capacity = {
  total: 100,
  channels: {
    voice: { weight: 100, max: 1, interruptible: false },
    chat: { weight: 25, max: 4, interruptible: true },
    ticket: { weight: 10, max: 5, interruptible: true },
  },
};

export interface QueueSketch {
  readonly strategy?: Strategy['kind'] | Strategy;
  readonly members: readonly (string | readonly [agent: string, priority: number])[];
  readonly channel?: Channel;
  readonly priority?: number;
  readonly ageingStepMs?: number;
  readonly maxWaiting?: number;
}

export interface SiteSketch {
  /** Capacity by agent, for those that are not {@link BLENDED} or members of no queue. */
  readonly agents?: Readonly<Record<string, Capacity>>;
  readonly queues: Readonly<Record<string, QueueSketch>>;
  readonly backOff?: LedgerSite['backOff'];
  readonly missesUntilAway?: number;
}

export function ledgerSite(sketch: SiteSketch): LedgerSite {
  const agents = new Map<AgentId, { capacity: Capacity }>();
  const queues = new Map<QueueId, LedgerQueue>();
  for (const [name, queue] of Object.entries(sketch.queues)) {
    const members = queue.members.map((member) =>
      typeof member === 'string'
        ? { agent: agentId(member), priority: 1 }
        : { agent: agentId(member[0]), priority: member[1] },
    );
    for (const { agent } of members) agents.set(agent, { capacity: BLENDED });
    queues.set(queueId(name), {
      strategy: strategyOf(queue.strategy ?? 'longest-idle'),
      members,
      priority: queue.priority ?? 0,
      ageingStepMs: queue.ageingStepMs ?? 60_000,
      maxWaiting: queue.maxWaiting ?? 1000,
      ...(queue.channel && { channel: queue.channel }),
    });
  }
  for (const [name, capacity] of Object.entries(sketch.agents ?? {})) agents.set(agentId(name), { capacity });
  return { agents, queues, backOff: sketch.backOff ?? BACK_OFF, missesUntilAway: sketch.missesUntilAway ?? 0 };
}

function strategyOf(strategy: Strategy['kind'] | Strategy): Strategy {
  if (typeof strategy !== 'string') return strategy;
  return strategy === 'widening' ? { kind: 'widening', start: 1, add: 1, everyMs: 5_000 } : { kind: strategy };
}

export function call(work: string, queue = 'support', over: Partial<NewWork> = {}): NewWork {
  return { work: workId(work), channel: 'voice', queue: queueId(queue), offerTtlMs: OFFER_TTL_MS, ...over };
}

export function offer(work: string, agent: string, attempt = 1): { work: WorkId; agent: AgentId; attempt: number } {
  return { work: workId(work), agent: agentId(agent), attempt };
}
