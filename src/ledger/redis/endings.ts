/**
 * Work that has ended while the store was away. What ends it waits for the store; until that is heard there, the work is
 * told to run, so that its agent gets the wrap-up and the talk time that belong to it, and nothing else before.
 */
import type { Channel } from '../../config/routing-config.js';
import type { AssignRequest, NewWork, AdoptedWork } from '../ledger.js';
import type { AgentId, QueueId, WorkId } from '../../kernel/ids.js';
import type { OwnWork } from './operations.js';

export interface Endings {
  /** What this controller has begun, taken over or heard the answer of: to know what it was when it ends. */
  begun(work: Pick<NewWork, 'work' | 'channel' | 'queue'> | AssignRequest | AdoptedWork): void;
  /** Who works on it from now on. */
  taken(work: WorkId, agent: AgentId): void;
  /** Ends with what `end` says; until then the work still stands among `works`. */
  release<Result>(work: WorkId, end: () => Promise<Result>): Promise<Result>;
  /** Over without a release. */
  forgotten(work: WorkId): void;
  works(): readonly OwnWork[];
}

interface Known {
  readonly channel: Channel;
  readonly queue?: QueueId;
  agent?: AgentId;
}

export function createEndings(now: () => number): Endings {
  const known = new Map<WorkId, Known>();
  const ending = new Map<WorkId, OwnWork>();
  return {
    begun(work) {
      const agent = agentOf(work);
      const queue = queueOf(work);
      known.set(work.work, {
        channel: work.channel,
        ...(queue === undefined ? {} : { queue }),
        ...(agent === undefined ? {} : { agent }),
      });
    },
    taken(work, agent) {
      const about = known.get(work);
      if (about !== undefined) about.agent = agent;
    },
    async release(work, end) {
      const about = known.get(work);
      known.delete(work);
      if (about?.agent === undefined) return end();
      const { agent, ...rest } = about;
      ending.set(work, { ...rest, work, phase: 'active', agents: [agent], enqueuedAt: now(), offerTtlMs: 0 });
      try {
        return await end();
      } finally {
        ending.delete(work);
      }
    },
    forgotten: (work) => void known.delete(work),
    works: () => [...ending.values()],
  };
}

function queueOf(work: Parameters<Endings['begun']>[0]): QueueId | undefined {
  return 'queue' in work ? work.queue : undefined;
}

function agentOf(work: Parameters<Endings['begun']>[0]): AgentId | undefined {
  if ('as' in work) return work.as === 'active' ? work.agent : undefined;
  return 'agents' in work && work.phase === 'active' ? work.agents[0] : undefined;
}
