/** Offers to agents: made, accepted, declined, timed out; the ledger decides who has it. */
import type { AgentId } from '../kernel/ids.js';
import type { AcceptResult, DeclineCause } from '../ledger/ledger.js';
import type { WorkOfferOutcome } from '../kernel/work-events.js';
import {
  asksOf,
  clearTimer,
  command,
  done,
  emit,
  offerEnded,
  refuse,
  setPhase,
  setTimer,
  type Draft,
  type OfferedPhase,
} from './item-draft.js';
import { leaveLineIfDue } from './item-line.js';
import type { AskId, InLine, ItemInput, Offer } from './item-types.js';

/** Somebody's room is held for this item: a new attempt, or more agents in one that runs. */
export function offered(draft: Draft, { attempt, agents, decision }: Extract<ItemInput, { type: 'offered' }>): void {
  const { phase, id, line } = draft.state;
  if (phase.name !== 'waiting' && phase.name !== 'offered') return;
  // With several controllers the same news may come twice, and late.
  if (phase.name === 'offered' && attempt < phase.attempt) return;
  const isRunning = phase.name === 'offered' && attempt === phase.attempt;
  if (phase.name === 'offered' && !isRunning) takeBack(draft, phase);
  const standing: ReadonlyMap<AgentId, Offer> = isRunning ? phase.offers : new Map<AgentId, Offer>();
  const fresh = agents.filter((agent) => !standing.has(agent));
  if (fresh.length === 0) return;
  const untilMs = draft.atMs + line.offerTimeoutMs;
  const made = fresh.map((agent) => [agent, { state: 'standing', untilMs }] as const);
  setPhase(draft, { ...inLineOf(phase), name: 'offered', attempt, offers: new Map([...standing, ...made]) });
  const because = decision === undefined ? {} : { decision };
  emit(draft, { type: 'work.offered', item: id, queue: line.queue, attempt, agents: fresh, untilMs, ...because });
  for (const agent of fresh) setTimer(draft, { name: 'offer', agent }, line.offerTimeoutMs);
}

function takeBack(draft: Draft, phase: OfferedPhase): void {
  for (const [agent, offer] of phase.offers) {
    offerEnded(draft, agent, phase.attempt, 'taken-back');
    refuse(draft, 'not-offered', ...asksOf(offer));
  }
}

/** Nobody is to blame for offers that nobody heard of. @returns whether they were; else somebody is accepting */
export function takeBackUntold(draft: Draft): boolean {
  const { phase } = draft.state;
  if (phase.name !== 'offered' || [...phase.offers.values()].some(({ state }) => state === 'accepting')) return false;
  command(draft, { type: 'give-up' });
  standAgain(draft, phase);
  return true;
}

/** In line anew, since the ledger does not have it any more; with the time that is left. */
function standAgain(draft: Draft, phase: OfferedPhase): void {
  takeBack(draft, phase);
  const { line, sinceMs, priority } = draft.state;
  setPhase(draft, { ...inLineOf(phase), name: 'waiting' });
  command(draft, { type: 'line-up', rules: line, enqueuedAt: sinceMs, priority });
  leaveLineIfDue(draft);
}

function inLineOf({ untilMs, moving }: InLine): InLine {
  return { untilMs, ...(moving === undefined ? {} : { moving }) };
}

export function accept(draft: Draft, agent: AgentId, ask: AskId): void {
  const { phase } = draft.state;
  if (phase.name === 'active') return phase.agent === agent ? done(draft, ask) : refuse(draft, 'taken', ask);
  const offer = phase.name === 'offered' ? phase.offers.get(agent) : undefined;
  if (phase.name !== 'offered' || offer === undefined) return refuse(draft, 'not-offered', ask);
  const accepting: Offer = { untilMs: offer.untilMs, state: 'accepting', asks: [...asksOf(offer), ask] };
  setPhase(draft, { ...phase, offers: new Map(phase.offers).set(agent, accepting) });
  if (offer.state === 'accepting') return;
  clearTimer(draft, { name: 'offer', agent });
  command(draft, { type: 'accept', agent, attempt: phase.attempt });
}

export function acceptDecided(draft: Draft, agent: AgentId, attempt: number, result: AcceptResult): void {
  const { phase } = draft.state;
  if (phase.name !== 'offered' || phase.attempt !== attempt || !phase.offers.has(agent)) return;
  switch (result.type) {
    case 'won':
      return begin(draft, phase, agent);
    case 'lost':
      return endOffer(draft, phase, agent, 'taken-elsewhere');
    case 'expired':
      return endOffer(draft, phase, agent, 'no-answer');
    case 'gone':
      // The ledger knows nothing of it any more: it begins anew, at its old age.
      return standAgain(draft, phase);
  }
}

/** An agent has pulled it. What stands of an offer that came to nothing just now is no more. */
export function taken(draft: Draft, agent: AgentId): void {
  const { phase } = draft.state;
  if (phase.name === 'offered') return begin(draft, phase, agent);
  if (phase.name === 'waiting') beginWork(draft, agent);
}

function begin(draft: Draft, phase: OfferedPhase, agent: AgentId): void {
  for (const [loser, offer] of phase.offers) {
    if (loser === agent) continue;
    offerEnded(draft, loser, phase.attempt, 'taken-elsewhere');
    refuse(draft, 'taken', ...asksOf(offer));
  }
  beginWork(draft, agent);
  done(draft, ...asksOf(phase.offers.get(agent)));
}

function beginWork(draft: Draft, agent: AgentId): void {
  const { id, line, sinceMs } = draft.state;
  clearTimer(draft, { name: 'line' });
  setPhase(draft, { name: 'active', agent, sinceMs: draft.atMs });
  emit(draft, { type: 'work.accepted', item: id, queue: line.queue, agent, waitedMs: draft.atMs - sinceMs });
}

/** As the other system says. Whom it is not offered to has nothing to decline, and it is as they wish. */
export function decline(draft: Draft, agent: AgentId, cause: DeclineCause, ask: AskId): void {
  const { phase } = draft.state;
  if (phase.name === 'active') {
    return phase.agent === agent ? refuse(draft, 'not-offered', ask) : done(draft, ask);
  }
  const offer = phase.name === 'offered' ? phase.offers.get(agent) : undefined;
  if (offer?.state === 'accepting') return refuse(draft, 'being-accepted', ask);
  letPass(draft, agent, cause);
  done(draft, ask);
}

/** The agent said no, or nothing in time, or went away: a miss, and the ledger lets them alone for a while. */
export function letPass(draft: Draft, agent: AgentId, cause: DeclineCause): void {
  const { phase } = draft.state;
  if (phase.name !== 'offered' || phase.offers.get(agent)?.state !== 'standing') return;
  command(draft, { type: 'decline', agent, attempt: phase.attempt, cause });
  endOffer(draft, phase, agent, cause);
}

/** The ledger took it back by itself. */
export function offerExpired(draft: Draft, agent: AgentId, attempt: number): void {
  const { phase } = draft.state;
  if (phase.name !== 'offered' || phase.attempt !== attempt || !phase.offers.has(agent)) return;
  endOffer(draft, phase, agent, 'no-answer');
}

function endOffer(draft: Draft, phase: OfferedPhase, agent: AgentId, outcome: WorkOfferOutcome): void {
  offerEnded(draft, agent, phase.attempt, outcome);
  refuse(draft, outcome === 'taken-elsewhere' ? 'taken' : 'not-offered', ...asksOf(phase.offers.get(agent)));
  const offers = new Map(phase.offers);
  offers.delete(agent);
  if (offers.size > 0) return setPhase(draft, { ...phase, offers });
  setPhase(draft, { ...inLineOf(phase), name: 'waiting' });
  leaveLineIfDue(draft);
}

/** Ring to all means all: who becomes free while it is offered is told too. */
export function moreAgentsFree(draft: Draft): void {
  const { phase, line } = draft.state;
  if (phase.name !== 'offered' || line.strategy !== 'ring-to-all') return;
  command(draft, { type: 'extend', attempt: phase.attempt });
}
