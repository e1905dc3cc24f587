/** What happens to agents and their holds within an operation, and whom that sets free. */
import type { WorkId } from '../../kernel/ids.js';
import {
  absenceOf,
  samePresence,
  stands,
  type DeclineCause,
  type Presence,
  type ScheduledAbsence,
} from '../../routing/availability.js';
import {
  dropIfOver,
  dueKey,
  joinLine,
  loadOf,
  type AgentRecord,
  type DueItem,
  type HoldRecord,
  type QueueRecord,
  type WorkRecord,
} from './state.js';
import type { Turn } from './turn.js';

export const MISSED_CALLS: Presence = { state: 'away', reason: 'missed calls' };

/** A break that is over already is none. */
export function presenceAt(presence: Presence, atMs: number): Presence {
  return presence.state === 'break' && presence.untilMs <= atMs ? { state: 'available' } : presence;
}

export function changePresence(turn: Turn, agent: AgentRecord, to: Presence, atMs: number): void {
  const from = agent.presence;
  if (samePresence(from, to)) return;
  agent.presence = to;
  if (from.state === 'break') cancel(turn, { type: 'break', agent: agent.id });
  if (to.state === 'break') schedule(turn, { type: 'break', agent: agent.id }, to.untilMs);
  if (from.state === 'offline') agent.idleSinceMs = atMs;
  if (to.state === 'available') {
    agent.missesInARow = 0;
    endBackOff(turn, agent);
  }
  refreshThere(agent, atMs);
  turn.effects.freed.add(agent);
  turn.effects.notices.push({ type: 'presence', agent: agent.id, presence: to });
}

/** Takes over what the schedule says, without what is over by then, and waits for the next end of it. */
export function changeAbsences(
  turn: Turn,
  agent: AgentRecord,
  absences: readonly ScheduledAbsence[],
  atMs: number,
): void {
  agent.absences = absences.filter((absence) => stands(absence, atMs));
  const nextEndMs = Math.min(...agent.absences.map(({ untilMs }) => untilMs ?? Infinity));
  if (nextEndMs === Infinity) cancel(turn, { type: 'schedule', agent: agent.id });
  else schedule(turn, { type: 'schedule', agent: agent.id }, nextEndMs);
  refreshThere(agent, atMs);
  turn.effects.freed.add(agent);
}

/** To be called when something that `absenceOf` looks at has changed. */
export function refreshThere(agent: AgentRecord, atMs: number): void {
  const came: QueueRecord[] = [];
  for (const member of agent.memberships) {
    const there = absenceOf(agent, member.queue.channel, atMs, member.queue.id) === undefined;
    if (there && !member.there) came.push(member.queue);
    member.there = there;
  }
  for (const queue of came) liftCounter(agent, queue);
}

/** Else whoever comes back would get every call until the others' lead was made up. */
function liftCounter(agent: AgentRecord, queue: QueueRecord): void {
  const others = queue.members.filter((member) => member.there && member.agent !== agent).map((member) => member.agent);
  if (others.length === 0) return;
  const { kind } = queue.settings.strategy;
  if (kind === 'fewest-calls') {
    agent.fairCalls = Math.max(agent.fairCalls, Math.min(...others.map((other) => other.fairCalls)));
  }
  if (kind === 'least-talk-time') {
    agent.fairTalkMs = Math.max(agent.fairTalkMs, Math.min(...others.map((other) => other.fairTalkMs)));
  }
}

export function takeHold(turn: Turn, agent: AgentRecord, work: WorkRecord, as: 'offered' | 'active'): void {
  const { weight, interruptible } = agent.capacity.channels[work.channel];
  const hold: HoldRecord = {
    work: work.id,
    channel: work.channel,
    weight,
    interruptible,
    state: as,
    sinceMs: turn.nowMs,
    expiresMs: as === 'offered' ? turn.nowMs + work.offerTtlMs : undefined,
  };
  agent.holds.set(work.id, hold);
  agent.load = loadOf(agent.holds.values());
  scheduleExpiry(turn, agent, hold);
}

export function updateHold(
  turn: Turn,
  agent: AgentRecord,
  hold: HoldRecord,
  to: Pick<HoldRecord, 'state' | 'expiresMs'>,
): void {
  cancelExpiry(turn, agent, hold);
  Object.assign(hold, to, { sinceMs: turn.nowMs });
  scheduleExpiry(turn, agent, hold);
}

/** Ends an agent's hold and dealings with the work. */
export function dropHold(turn: Turn, agent: AgentRecord, work: WorkId, atMs: number): void {
  takeHoldAway(turn, agent, work, atMs);
  settle(turn, agent, atMs);
}

function takeHoldAway(turn: Turn, agent: AgentRecord, work: WorkId, atMs: number): void {
  const hold = agent.holds.get(work);
  if (hold === undefined) return;
  cancelExpiry(turn, agent, hold);
  agent.holds.delete(work);
  agent.load = loadOf(agent.holds.values());
  // An offer that came to nothing is no work: whoever only let it ring has not been less idle for it.
  const worked = hold.state !== 'offered';
  const worksOn = [...agent.holds.values()].some((other) => other.state !== 'offered');
  if (worked && !worksOn) agent.idleSinceMs = atMs;
  turn.effects.freed.add(agent);
}

/** Who holds nothing takes on a pending presence, and goes if a reload has dropped them. */
export function settle(turn: Turn, agent: AgentRecord, atMs: number): void {
  if (agent.holds.size > 0) return;
  const { pending } = agent;
  if (pending !== undefined) {
    agent.pending = undefined;
    changePresence(turn, agent, presenceAt(pending, atMs), atMs);
  }
  if (agent.configured) return;
  cancel(turn, { type: 'break', agent: agent.id });
  cancel(turn, { type: 'schedule', agent: agent.id });
  endBackOff(turn, agent);
  turn.state.agents.delete(agent.id);
}

/** An offer came to nothing at the agent: miss, back-off, perhaps away; perhaps the work returns to its line. */
export function miss(
  turn: Turn,
  work: WorkRecord,
  agent: AgentRecord,
  cause: DeclineCause,
  atMs: number,
): { remaining: number; putAway: boolean } {
  const { phase } = work;
  if (phase.type !== 'offered') return { remaining: 0, putAway: false };
  phase.agents.delete(agent);
  phase.passed.add(agent);
  takeHoldAway(turn, agent, work.id, atMs);
  agent.missesInARow += 1;
  backOff(turn, agent, cause, atMs);
  const { missesUntilAway } = turn.state;
  const tooMany = missesUntilAway > 0 && agent.missesInARow >= missesUntilAway;
  const putAway = tooMany && agent.presence.state === 'available';
  if (putAway) changePresence(turn, agent, MISSED_CALLS, atMs);
  if (phase.agents.size === 0) returnToLine(turn, work);
  settle(turn, agent, atMs);
  return { remaining: phase.agents.size, putAway };
}

function backOff(turn: Turn, agent: AgentRecord, cause: DeclineCause, atMs: number): void {
  const untilMs = atMs + turn.state.backOff[cause];
  if (untilMs <= Math.max(atMs, agent.backOff?.untilMs ?? 0)) return;
  agent.backOff = { cause, untilMs };
  schedule(turn, { type: 'back-off', agent: agent.id }, untilMs);
}

function endBackOff(turn: Turn, agent: AgentRecord): void {
  agent.backOff = undefined;
  cancel(turn, { type: 'back-off', agent: agent.id });
}

function returnToLine(turn: Turn, work: WorkRecord): void {
  const { queue } = work;
  if (queue === undefined) {
    forget(turn, work);
    return;
  }
  queue.offered.delete(work);
  work.phase = { type: 'waiting' };
  joinLine(queue, work);
  turn.effects.lengthened.add(queue);
}

/** The work is over and known no more. */
export function forget(turn: Turn, work: WorkRecord): void {
  turn.state.works.delete(work.id);
  leaveQueue(turn, work);
}

/** The queue has no more to do with work that is over or being wrapped up. */
export function leaveQueue(turn: Turn, work: WorkRecord): void {
  if (work.queue === undefined) return;
  work.queue.offered.delete(work);
  work.queue.active.delete(work);
  dropIfOver(turn.state, work.queue);
}

function schedule(turn: Turn, item: DueItem, atMs: number): void {
  turn.state.due.set(dueKey(item), atMs, item);
}

function cancel(turn: Turn, item: DueItem): void {
  turn.state.due.delete(dueKey(item));
}

function scheduleExpiry(turn: Turn, agent: AgentRecord, hold: HoldRecord): void {
  if (hold.state === 'active' || hold.expiresMs === undefined) return;
  schedule(turn, { type: expiryOf[hold.state], work: hold.work, agent: agent.id }, hold.expiresMs);
}

function cancelExpiry(turn: Turn, agent: AgentRecord, hold: HoldRecord): void {
  if (hold.state === 'active') return;
  cancel(turn, { type: expiryOf[hold.state], work: hold.work, agent: agent.id });
}

const expiryOf = { offered: 'offer', 'wrap-up': 'wrap-up' } as const;
