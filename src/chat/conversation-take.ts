/** A supervisor takes a chat: out of the line, out of the offers of others, or from the agent who has it. */
import type { AgentId } from '../kernel/ids.js';
import { clearTimer, command, emit, nextWork, refuse, setPhase, type Draft } from './conversation-draft.js';
import { askPerson } from './conversation-person.js';
import { withdrawAll, withdrawTransfer } from './conversation-standing.js';
import type { Actor, InLine } from './conversation-types.js';

/** Whom the ledger has no room for does not get it; then it is where it was. */
export function take(draft: Draft, { agent, isSupervisor }: Actor): void {
  const { phase, id } = draft.state;
  if (!isSupervisor) return refuse(draft, agent, { what: 'take', why: 'not-yours' });
  switch (phase.name) {
    case 'talking':
      if (phase.agent === agent) return refuse(draft, agent, { what: 'take', why: 'not-now' });
      withdrawTransfer(draft);
      return takeFromAgent(draft, agent);
    case 'waiting':
      return takeFromLine(draft, agent, phase);
    case 'offered':
      withdrawAll(draft, phase, 'taken');
      for (const other of phase.offers.keys()) {
        emit(draft, { type: 'chat.offer_ended', chat: id, agent: other, outcome: 'taken-elsewhere' });
      }
      return takeFromLine(draft, agent, phase);
    // Of a silent visitor; its agent gives it back first, or it is closed.
    case 'inactive':
    case 'opened':
    case 'asking':
    case 'closed':
    case 'forgotten':
      return refuse(draft, agent, { what: 'take', why: 'not-now' });
  }
}

function takeFromAgent(draft: Draft, to: AgentId): void {
  const { phase } = draft.state;
  if (phase.name !== 'talking') return;
  const work = nextWork(draft);
  setPhase(draft, { ...phase, transfer: { name: 'taking', work, to } });
  command(draft, { type: 'ask-person', work, agent: to, as: 'active' });
}

function takeFromLine(draft: Draft, agent: AgentId, { work, line }: InLine): void {
  clearTimer(draft, { name: 'line' });
  command(draft, { type: 'give-up', work });
  askPerson(draft, agent, 'take', line);
}
