/** The operations on agents themselves. */
import type { Channel } from '../../config/routing-config.js';
import type { AgentId, WorkId } from '../../kernel/ids.js';
import { samePresence, stands, type ScheduledAbsence } from '../../routing/availability.js';
import type { PresenceChange, PresenceResult } from '../ledger.js';
import { changeAbsences, changePresence, dropHold, forget, presenceAt, refreshThere } from './agent-acts.js';
import type { AgentRecord } from './state.js';
import type { Turn } from './turn.js';

export function setPresence(turn: Turn, change: PresenceChange): PresenceResult {
  const agent = turn.state.agents.get(change.agent);
  if (agent?.configured !== true) return { type: 'unknown-agent' };
  const from = agent.presence;
  const to = presenceAt(change.presence, turn.nowMs);
  if (change.onlyFrom !== undefined && !change.onlyFrom.includes(from.state)) {
    return { type: 'unchanged', presence: from };
  }
  agent.pending = undefined;
  if (samePresence(from, to)) return { type: 'unchanged', presence: from };
  if (change.whenFree === true && agent.holds.size > 0) {
    agent.pending = to;
    return { type: 'pending', to };
  }
  changePresence(turn, agent, to, turn.nowMs);
  return { type: 'changed', from, to };
}

export function setSchedule(turn: Turn, id: AgentId, absences: readonly ScheduledAbsence[]): void {
  const agent = turn.state.agents.get(id);
  if (agent === undefined) return;
  const standing = absences.filter((absence) => stands(absence, turn.nowMs));
  if (!sameAbsences(agent.absences, standing)) changeAbsences(turn, agent, standing, turn.nowMs);
}

function sameAbsences(some: readonly ScheduledAbsence[], others: readonly ScheduledAbsence[]): boolean {
  const isSame = (a: ScheduledAbsence, b: ScheduledAbsence | undefined): boolean =>
    a.kind === b?.kind && a.why === b.why && a.untilMs === b.untilMs && a.queue === b.queue;
  return some.length === others.length && some.every((absence, index) => isSame(absence, others[index]));
}

export function setReachable(turn: Turn, id: AgentId, channel: Channel, reachable: boolean): void {
  const agent = turn.state.agents.get(id);
  if (agent === undefined) return;
  if (reachable) agent.reachable.add(channel);
  else agent.reachable.delete(channel);
  refreshThere(agent, turn.nowMs);
  turn.effects.freed.add(agent);
}

export function switchChannel(turn: Turn, id: AgentId, channel: Channel, on: boolean): void {
  const agent = turn.state.agents.get(id);
  if (agent === undefined) return;
  if (on) agent.channelsOff.delete(channel);
  else agent.channelsOff.add(channel);
  refreshThere(agent, turn.nowMs);
  turn.effects.freed.add(agent);
}

/** @returns the works whose wrap-up is over with this */
export function endWrapUps(turn: Turn, id: AgentId): readonly WorkId[] {
  const agent = turn.state.agents.get(id);
  if (agent === undefined) return [];
  const works = [...agent.holds.values()].filter((hold) => hold.state === 'wrap-up').map((hold) => hold.work);
  for (const work of works) endWrapUp(turn, agent, work, turn.nowMs);
  return works;
}

export function endWrapUp(turn: Turn, agent: AgentRecord, id: WorkId, atMs: number): void {
  const work = turn.state.works.get(id);
  if (work?.phase.type !== 'wrap-up') return;
  forget(turn, work);
  dropHold(turn, agent, id, atMs);
}
