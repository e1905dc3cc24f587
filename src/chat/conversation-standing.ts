/** What stands while somebody is asked: offers on agents' pages, a transfer, the time a visitor has to answer. */
import type { AgentId, WorkId } from '../kernel/ids.js';
import {
  command,
  setPhase,
  setTimer,
  withdraw,
  type Draft,
  type OfferedPhase,
  type TalkingPhase,
} from './conversation-draft.js';
import type { InLine, WithdrawnBecause } from './conversation-types.js';

/** What a phase keeps of its place in line when an offer begins or ends. */
export function inLineOf({ work, line, moving, place }: InLine): InLine {
  return {
    work,
    ...(line === undefined ? {} : { line }),
    ...(moving === undefined ? {} : { moving }),
    ...(place === undefined ? {} : { place }),
  };
}

export function offerTo(
  draft: Draft,
  { agent, work, from, note }: { agent: AgentId; work: WorkId; from?: AgentId; note?: string | undefined },
): void {
  const afterMs = draft.state.department?.offerTimeoutMs ?? 0;
  setTimer(draft, { name: 'offer', agent }, afterMs);
  command(draft, {
    type: 'offer',
    agent,
    work,
    untilMs: draft.atMs + afterMs,
    ...(from === undefined ? {} : { from }),
    ...(note === undefined ? {} : { note }),
  });
}

export function withdrawAll(draft: Draft, phase: OfferedPhase, why: WithdrawnBecause): void {
  for (const agent of phase.offers.keys()) withdraw(draft, agent, phase.work, why);
}

/** Calls a transfer off that is under way, if any. */
export function withdrawTransfer(draft: Draft, why: 'taken-back' | 'visitor-left' = 'taken-back'): void {
  const { phase } = draft.state;
  if (phase.name !== 'talking' || phase.transfer === undefined) return;
  const { work, to } = phase.transfer;
  command(draft, { type: 'give-up', work });
  if (phase.transfer.name === 'offered') withdraw(draft, to, work, why);
  endTransfer(draft, phase);
}

/** It was not looked at for silence while the transfer ran: the time for that begins anew. */
export function endTransfer(draft: Draft, phase: TalkingPhase): void {
  const { transfer: _, ...rest } = phase;
  setPhase(draft, rest);
  agentWrote(draft, phase.agent);
  waitForVisitor(draft);
}

/** From the agent's last words on the visitor has time to answer. */
export function agentWrote(draft: Draft, agent: AgentId): void {
  const { phase, department } = draft.state;
  const afterMs = department?.inactiveAfterMs ?? 0;
  if (phase.name === 'talking' && phase.agent === agent && afterMs > 0) setTimer(draft, { name: 'inactive' }, afterMs);
}

/** Whoever is lost keeps place and agent for a while, and no longer: nobody is kept busy for somebody who has gone. */
export function waitForVisitor(draft: Draft): void {
  const { visitor, department } = draft.state;
  if (!visitor.isConnected) setTimer(draft, { name: 'lost' }, department?.lostAfterMs ?? 0);
}
