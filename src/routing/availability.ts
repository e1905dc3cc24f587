/**
 * May this agent get this work now, and if not, why not.
 *
 * Room (design of the ledger): a channel's count stays within its `max`, and the weights within `total`. For
 * interruptible work all holds count; for work that is not, the interruptible holds do not. So an agent with two
 * chats may still be called, and an agent on a call gets no chat. Offered, active and wrap-up holds count alike.
 */
import type { Capacity, Channel } from '../config/routing-config.js';
import type { QueueId } from '../kernel/ids.js';

export type Presence =
  | { readonly state: 'available' }
  | { readonly state: 'away'; readonly reason: string }
  | { readonly state: 'break'; readonly untilMs: number }
  | { readonly state: 'offline' };

/** What an agent's schedule says now, whatever the agent's own presence is. */
export interface ScheduledAbsence {
  readonly kind: 'break' | 'off-duty';
  /** In words for people, with times of the site: `on a scheduled break until 14:00 (lunch)`. */
  readonly why: string;
  /** Milliseconds since the epoch; without it until the schedule says something else. */
  readonly untilMs?: number;
  /** Only the work of this queue is meant; without it all work. */
  readonly queue?: QueueId;
}

/** Why an offer came to nothing at an agent. */
export type DeclineCause = 'busy' | 'declined' | 'no-answer' | 'unreachable';

/** Why an agent gets no (more) work now; the first that applies, in this order. */
export type Unavailability =
  | { readonly type: 'unknown-agent' }
  | { readonly type: 'presence'; readonly presence: Presence }
  | {
      readonly type: 'scheduled';
      readonly kind: ScheduledAbsence['kind'];
      readonly why: string;
      readonly untilMs?: number;
    }
  | { readonly type: 'channel-off'; readonly channel: Channel }
  | { readonly type: 'unreachable'; readonly channel: Channel }
  | { readonly type: 'backing-off'; readonly cause: DeclineCause; readonly untilMs: number }
  | { readonly type: 'at-channel-limit'; readonly channel: Channel; readonly holds: number; readonly max: number }
  | { readonly type: 'no-room'; readonly load: number; readonly weight: number; readonly total: number };

/** What an agent's holds come to; whoever keeps the holds keeps this. */
export interface Load {
  readonly counts: Readonly<Record<Channel, number>>;
  /** Sum of the weights of all holds. */
  readonly all: number;
  /** Sum of the weights of the holds that are not interruptible. */
  readonly firm: number;
}

export interface AgentState {
  readonly presence: Presence;
  readonly absences: readonly ScheduledAbsence[];
  readonly channelsOff: ReadonlySet<Channel>;
  readonly reachable: ReadonlySet<Channel>;
  readonly backOff: { readonly cause: DeclineCause; readonly untilMs: number } | undefined;
  readonly capacity: Capacity;
  readonly load: Load;
}

/**
 * `undefined` when the agent may get one more piece of work of the channel.
 * @param queue that the work comes from, if any: an agent may be off duty for some queues only
 */
export function unavailability(
  agent: AgentState,
  channel: Channel,
  nowMs: number,
  queue?: QueueId,
): Unavailability | undefined {
  const absence = absenceOf(agent, channel, nowMs, queue);
  if (absence !== undefined) return absence;
  if (agent.backOff !== undefined && agent.backOff.untilMs > nowMs) {
    return { type: 'backing-off', cause: agent.backOff.cause, untilMs: agent.backOff.untilMs };
  }
  return lackOfRoom(agent.capacity, agent.load, channel);
}

/** Whether the agent is there for the work at all, busy or not: present, by schedule too, switched on and reachable. */
export function absenceOf(
  agent: Pick<AgentState, 'presence' | 'absences' | 'channelsOff' | 'reachable'>,
  channel: Channel,
  nowMs: number,
  queue?: QueueId,
): Unavailability | undefined {
  const { presence } = agent;
  const breakIsOver = presence.state === 'break' && presence.untilMs <= nowMs;
  if (presence.state !== 'available' && !breakIsOver) return { type: 'presence', presence };
  const absence = agent.absences.find(
    (each) => stands(each, nowMs) && (each.queue === undefined || each.queue === queue),
  );
  if (absence !== undefined) {
    const { kind, why, untilMs } = absence;
    return { type: 'scheduled', kind, why, ...(untilMs === undefined ? {} : { untilMs }) };
  }
  if (agent.channelsOff.has(channel)) return { type: 'channel-off', channel };
  if (!agent.reachable.has(channel)) return { type: 'unreachable', channel };
  return undefined;
}

/** Whether a scheduled absence is not over yet. */
export function stands({ untilMs }: ScheduledAbsence, nowMs: number): boolean {
  return untilMs === undefined || untilMs > nowMs;
}

/** Room only, whatever the presence: an agent who is away may still dial out. */
export function lackOfRoom(capacity: Capacity, load: Load, channel: Channel): Unavailability | undefined {
  const { weight, max, interruptible } = capacity.channels[channel];
  const holds = load.counts[channel];
  if (holds + 1 > max) return { type: 'at-channel-limit', channel, holds, max };
  const counted = interruptible ? load.all : load.firm;
  if (counted + weight > capacity.total) return { type: 'no-room', load: counted, weight, total: capacity.total };
  return undefined;
}

export function samePresence(a: Presence, b: Presence): boolean {
  if (a.state === 'away') return b.state === 'away' && a.reason === b.reason;
  if (a.state === 'break') return b.state === 'break' && a.untilMs === b.untilMs;
  return a.state === b.state;
}
