/** Does what has fallen due by the clock, each at its own time, so that it makes no difference who notices first. */
import type { Expiry } from '../ledger.js';
import { changeAbsences, changePresence, miss } from './agent-acts.js';
import { endWrapUp } from './presence.js';
import type { DueItem } from './state.js';
import type { Turn } from './turn.js';

export function sweep(turn: Turn): readonly Expiry[] {
  const { due } = turn.state;
  const expiries: Expiry[] = [];
  for (let next = due.take(turn.nowMs); next !== undefined; next = due.take(turn.nowMs)) {
    const expiry = fallDue(turn, next.item, next.atMs);
    if (expiry === undefined) continue;
    expiries.push(expiry);
    turn.effects.notices.push({ type: 'expired', expiry });
  }
  return expiries;
}

function fallDue(turn: Turn, item: DueItem, atMs: number): Expiry | undefined {
  const agent = turn.state.agents.get(item.agent);
  if (agent === undefined) return undefined;
  switch (item.type) {
    case 'offer': {
      const work = turn.state.works.get(item.work);
      if (work === undefined) return undefined;
      miss(turn, work, agent, 'no-answer', atMs);
      return { type: 'offer', work: work.id, agent: agent.id, attempt: work.attempt };
    }
    case 'wrap-up':
      endWrapUp(turn, agent, item.work, atMs);
      return { type: 'wrap-up', work: item.work, agent: agent.id };
    case 'back-off':
      agent.backOff = undefined;
      turn.effects.freed.add(agent);
      return undefined;
    case 'schedule':
      changeAbsences(turn, agent, agent.absences, atMs);
      return undefined;
    case 'break':
      changePresence(turn, agent, { state: 'available' }, atMs);
      return undefined;
  }
}
