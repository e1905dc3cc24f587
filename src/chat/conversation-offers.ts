/** Offers to agents: made, accepted, declined, timed out; the ledger decides who has it. */
import type { AgentId, WorkId } from '../kernel/ids.js';
import type { AcceptResult, DeclineCause } from '../ledger/ledger.js';
import type { Decision } from '../routing/decision.js';
import { clearTimer, command, emit, setPhase, withdraw, type Draft, type OfferedPhase } from './conversation-draft.js';
import { departmentLine, leaveLineIfDue, lineUp } from './conversation-line.js';
import { inLineOf, offerTo, withdrawAll } from './conversation-standing.js';
import { beginTalk, transferDecided, transferDeclined } from './conversation-talk.js';
import { finish } from './conversation-ends.js';
import type { InLine, WithdrawnBecause } from './conversation-types.js';

interface Offered {
  readonly work: WorkId;
  readonly attempt: number;
  readonly agents: readonly AgentId[];
  readonly decision?: Decision;
}

/** Somebody's room is held for this chat: a new attempt, or more agents in one that runs. */
export function offered(draft: Draft, { work, attempt, agents, decision }: Offered): void {
  const { phase, id } = draft.state;
  if ((phase.name !== 'waiting' && phase.name !== 'offered') || phase.work !== work) return;
  // With several controllers the same news may come twice, and late.
  if (phase.name === 'offered' && attempt < phase.attempt) return;
  const isRunning = phase.name === 'offered' && attempt === phase.attempt;
  if (phase.name === 'offered' && !isRunning) withdrawAll(draft, phase, 'over');
  const standing = isRunning ? phase.offers : new Map<AgentId, never>();
  const fresh = agents.filter((agent) => !standing.has(agent));
  if (fresh.length === 0) return;
  // Whose chat it is already takes it without being asked again.
  const isOwn = phase.line?.kind === 'person' && phase.line.isOwn;
  const offers = new Map(standing);
  for (const agent of fresh) offers.set(agent, isOwn ? 'accepting' : 'standing');
  setPhase(draft, {
    ...inLineOf(phase),
    name: 'offered',
    attempt,
    offers,
    sinceMs: isRunning ? phase.sinceMs : draft.atMs,
  });
  const queue = phase.line?.kind === 'department' ? { queue: phase.line.queue } : {};
  const because = decision === undefined ? {} : { decision };
  emit(draft, { type: 'chat.offered', chat: id, ...queue, attempt, agents: fresh, ...because });
  for (const agent of fresh) {
    if (isOwn) command(draft, { type: 'accept', work, agent, attempt });
    else offerTo(draft, { agent, work });
  }
}

export function accepted(draft: Draft, work: WorkId, agent: AgentId): void {
  const { phase } = draft.state;
  if (phase.name === 'offered' && phase.work === work && phase.offers.has(agent)) {
    if (phase.offers.get(agent) === 'accepting') return;
    clearTimer(draft, { name: 'offer', agent });
    setPhase(draft, { ...phase, offers: new Map(phase.offers).set(agent, 'accepting') });
    return command(draft, { type: 'accept', work, agent, attempt: phase.attempt });
  }
  const transfer = phase.name === 'talking' ? phase.transfer : undefined;
  if (phase.name === 'talking' && transfer?.name === 'offered' && transfer.work === work && transfer.to === agent) {
    if (transfer.offer === 'accepting') return;
    clearTimer(draft, { name: 'offer', agent });
    setPhase(draft, { ...phase, transfer: { ...transfer, offer: 'accepting' } });
    return command(draft, { type: 'accept', work, agent, attempt: transfer.attempt });
  }
  const hasIt = phase.name === 'talking' && phase.work === work && phase.agent === agent;
  if (!hasIt) command(draft, { type: 'withdraw', agent, work, why: 'over' });
}

export function acceptDecided(
  draft: Draft,
  { work, agent, attempt, result }: { work: WorkId; agent: AgentId; attempt: number; result: AcceptResult },
): void {
  const { phase, id } = draft.state;
  if (phase.name === 'talking' && phase.transfer?.work === work) return transferDecided(draft, phase, result);
  if (phase.name !== 'offered' || phase.work !== work || phase.attempt !== attempt || !phase.offers.has(agent)) return;
  switch (result.type) {
    case 'won':
      for (const loser of phase.offers.keys()) {
        if (loser === agent) continue;
        withdraw(draft, loser, work, 'taken');
        emit(draft, { type: 'chat.offer_ended', chat: id, agent: loser, outcome: 'taken-elsewhere' });
      }
      return beginTalk(draft, {
        agent,
        work,
        as: phase.line?.kind === 'person' && phase.line.isOwn ? 'resume' : 'new',
      });
    case 'lost':
      emit(draft, { type: 'chat.offer_ended', chat: id, agent, outcome: 'taken-elsewhere' });
      return endOffer(draft, phase, agent, 'taken');
    case 'expired':
      emit(draft, { type: 'chat.offer_ended', chat: id, agent, outcome: 'no-answer' });
      return endOffer(draft, phase, agent, 'timed-out');
    case 'gone':
      // The ledger knows nothing of it any more: it begins anew, at its old age.
      withdrawAll(draft, phase, 'over');
      return lineUpAgain(draft, phase);
  }
}

/** The agent said no, or nothing in time, or went away: a miss, and the ledger lets them alone for a while. */
export function declined(draft: Draft, work: WorkId, agent: AgentId, cause: DeclineCause): void {
  const { phase } = draft.state;
  if (phase.name === 'talking' && phase.transfer?.work === work) return transferDeclined(draft, phase, agent, cause);
  if (phase.name !== 'offered' || phase.work !== work || phase.offers.get(agent) !== 'standing') return;
  command(draft, { type: 'decline', work, agent, attempt: phase.attempt, cause });
  const outcome = cause === 'busy' ? 'declined' : cause;
  emit(draft, { type: 'chat.offer_ended', chat: draft.state.id, agent, outcome });
  endOffer(draft, phase, agent, cause === 'no-answer' ? 'timed-out' : 'declined');
}

/** The ledger took it back by itself. */
export function offerExpired(draft: Draft, work: WorkId, agent: AgentId, attempt: number): void {
  const { phase } = draft.state;
  if (phase.name === 'talking' && phase.transfer?.work === work) {
    return transferDecided(draft, phase, { type: 'expired' });
  }
  if (phase.name !== 'offered' || phase.work !== work || phase.attempt !== attempt || !phase.offers.has(agent)) return;
  emit(draft, { type: 'chat.offer_ended', chat: draft.state.id, agent, outcome: 'no-answer' });
  endOffer(draft, phase, agent, 'timed-out');
}

function endOffer(draft: Draft, phase: OfferedPhase, agent: AgentId, why: WithdrawnBecause): void {
  withdraw(draft, agent, phase.work, why);
  const offers = new Map(phase.offers);
  offers.delete(agent);
  if (offers.size > 0) return setPhase(draft, { ...phase, offers });
  // Work that was offered to one person from no line is gone with that offer.
  if (phase.line === undefined) return lineUpAgain(draft, phase);
  setPhase(draft, { ...inLineOf(phase), name: 'waiting' });
  leaveLineIfDue(draft);
}

function lineUpAgain(draft: Draft, phase: InLine): void {
  const { department } = draft.state;
  if (department === undefined) return finish(draft, { by: 'fault', why: 'fault' });
  lineUp(draft, phase.line?.kind === 'department' ? phase.line : departmentLine(draft, department));
}

/** Ring to all means all: who becomes free while it is offered is told too. */
export function moreAgentsFree(draft: Draft, work: WorkId): void {
  const { phase } = draft.state;
  if (phase.name !== 'offered' || phase.work !== work || phase.line?.kind !== 'department') return;
  if (phase.line.rules.strategy.kind !== 'ring-to-all') return;
  command(draft, { type: 'extend', work, attempt: phase.attempt });
}
