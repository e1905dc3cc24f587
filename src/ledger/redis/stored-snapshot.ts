/** Agents and queues as the store keeps them, read into a snapshot. */
import type { Channel } from '../../config/routing-config.js';
import type { AgentId, QueueId, WorkId } from '../../kernel/ids.js';
import type {
  AgentSnapshot,
  DeclineCause,
  HoldSnapshot,
  HoldState,
  LedgerSnapshot,
  Presence,
  ScheduledAbsence,
} from '../ledger.js';

interface StoredSnapshot {
  readonly atMs: number;
  readonly agents: Readonly<Record<AgentId, StoredAgent>>;
  readonly queues: readonly {
    readonly queue: QueueId;
    readonly waiting: readonly { readonly work: WorkId; readonly enqueuedAt: number; readonly score: number }[];
    readonly offered: readonly {
      readonly work: WorkId;
      readonly attempt: number;
      readonly agents: readonly AgentId[];
    }[];
    readonly active: number;
  }[];
}

interface StoredAgent {
  readonly presence: Presence;
  readonly pending?: Presence;
  readonly absences?: readonly ScheduledAbsence[];
  readonly reach: Readonly<Partial<Record<Channel, 1>>>;
  readonly off: Readonly<Partial<Record<Channel, 1>>>;
  readonly holds: Readonly<Record<WorkId, StoredHold>>;
  readonly backOff?: { readonly cause: DeclineCause; readonly untilMs: number };
  readonly misses: number;
  readonly calls: number;
  readonly talk: number;
  readonly idle: number;
}

interface StoredHold {
  readonly channel: Channel;
  readonly weight: number;
  readonly state: HoldState;
  readonly since: number;
  readonly expires?: number;
}

export function parseSnapshot(stored: StoredSnapshot): LedgerSnapshot {
  return {
    atMs: stored.atMs,
    agents: Object.entries(stored.agents).map(([id, agent]) => parseAgent(id as AgentId, agent)),
    queues: Array.from(stored.queues).map(({ queue, waiting, offered, active }) => ({
      queue,
      waiting: Array.from(waiting),
      offered: Array.from(offered),
      active,
    })),
  };
}

function parseAgent(agent: AgentId, stored: StoredAgent): AgentSnapshot {
  return {
    agent,
    presence: stored.presence,
    ...(stored.pending && { pending: stored.pending }),
    ...(stored.absences && { absences: stored.absences }),
    reachable: channelsOf(stored.reach),
    channelsOff: channelsOf(stored.off),
    holds: Object.entries(stored.holds).map(([work, hold]) => parseHold(work as WorkId, hold)),
    ...(stored.backOff && { backOff: stored.backOff }),
    missesInARow: stored.misses,
    callsTaken: stored.calls,
    talkMs: stored.talk,
    idleSinceMs: stored.idle,
  };
}

function parseHold(work: WorkId, { channel, weight, state, since, expires }: StoredHold): HoldSnapshot {
  return { work, channel, weight, state, sinceMs: since, ...(expires !== undefined && { expiresMs: expires }) };
}

function channelsOf(flags: Readonly<Partial<Record<Channel, 1>>>): Channel[] {
  return (Object.keys(flags) as Channel[]).sort();
}
