/**
 * Ringing agents: each offered agent is hunted over their own devices, step by step, until one device answers and the
 * ledger decides, or nothing is left to ring.
 *
 * ```
 *            ┌── device busy, declined, silent: next step ◄─┐
 *  offered ──┴─► ringing ──200──► (confirming ──key──►) accepting ──won──► talking
 *                   │                  │                    └──lost, expired, gone──► leg dismissed
 *                   └── no step left, 603, ring timeout ──► declined, with the nearest cause
 * ```
 */
import type { AgentId, LegId } from '../../kernel/ids.js';
import type { AcceptResult, AssignResult, DeclineCause } from '../../ledger/ledger.js';
import type { Decision } from '../../routing/decision.js';
import {
  clearTimers,
  completedElsewhere,
  dismiss,
  dismissAll,
  dropLeg,
  emit,
  hasLiveLeg,
  offerOf,
  queueRules,
  say,
  setLegState,
  setOffer,
  setPhase,
  type Draft,
} from './call-draft.js';
import { callBack, isCallerGone } from './call-callback.js';
import { finish, withdrawAllOffers, withdrawOffer } from './call-ends.js';
import { lineUp } from './call-line.js';
import { ring } from './call-ring.js';
import { connect, endOffersExcept, partyAnswered } from './call-talk.js';
import { recalled } from './call-transfer.js';
import type { PlannedOffer } from './call-messages.js';
import type { OutLeg } from './call-types.js';
import { deviceOutcome, nearerOf, statusForCaller } from '../outcome.js';

/** How long who answered has to press the key to accept. */
const CONFIRM_MS = 15_000;

export function beginOffers(
  draft: Draft,
  attempt: number,
  offers: readonly PlannedOffer[],
  decision: Decision | undefined,
): void {
  const phase = draft.state.phase;
  if (phase.name !== 'waiting' && phase.name !== 'offering') return;
  const isExtension = phase.name === 'offering' && phase.attempt === attempt;
  if (!isExtension) {
    withdrawAllOffers(draft, 'taken-back');
    setPhase(draft, { name: 'offering', attempt, offers: new Map() });
  }
  const rules = queueRules(draft.state);
  emit(draft, {
    type: 'call.offered',
    call: draft.state.call,
    ...(rules === undefined ? {} : { queue: rules.queue }),
    attempt,
    agents: offers.map((offer) => offer.agent),
    ...(decision === undefined ? {} : { decision }),
  });
  if (rules?.strategy.kind === 'widening' && !isExtension) {
    say(draft, { type: 'set-timer', timer: { name: 'widen' }, afterMs: rules.strategy.everyMs });
  }
  for (const offer of offers) {
    setOffer(draft, offer.agent, { plan: offer.plan, step: 0, cause: 'unreachable' });
    if (rules !== undefined) {
      say(draft, { type: 'set-timer', timer: { name: 'ring', agent: offer.agent }, afterMs: rules.ringTimeoutMs });
    }
  }
  // All are entered before the first rings: a hunt without any device ends at once, and must not end the attempt of others.
  for (const offer of offers) ringStep(draft, offer.agent, 0);
}

/** No room at the one person that was asked for. */
export function assignRefused(draft: Draft, result: Exclude<AssignResult, { type: 'assigned' }>): void {
  if (recalled(draft)) return;
  const isFull = result.type === 'refused' && (result.why.type === 'at-channel-limit' || result.why.type === 'no-room');
  finish(draft, { by: 'controller', outcome: 'refused', status: isFull ? 486 : 480 });
}

function ringStep(draft: Draft, agent: AgentId, index: number): void {
  const offer = offerOf(draft, agent);
  if (offer === undefined) return;
  const step = offer.plan.steps[index];
  if (step === undefined) return endOffer(draft, agent, offer.cause);
  if (!step.keep) dismissAll(draft, (leg) => leg.agent === agent);
  setOffer(draft, agent, { ...offer, step: index });
  say(draft, { type: 'set-timer', timer: { name: 'step', agent }, afterMs: step.forMs });
  for (const target of step.targets) ring(draft, target, agent, index);
}

/** The time of a hunt's step is over: what rang has let it pass. */
export function stepTimedOut(draft: Draft, agent: AgentId): void {
  const offer = offerOf(draft, agent);
  if (offer === undefined || offer.accepting !== undefined) return;
  setOffer(draft, agent, { ...offer, cause: nearerOf(offer.cause, causeOfSilence(draft, agent)) });
  ringStep(draft, agent, offer.step + 1);
}

/** The queue's own ring timeout cuts the hunt short. */
export function ringTimedOut(draft: Draft, agent: AgentId): void {
  const offer = offerOf(draft, agent);
  if (offer === undefined || offer.accepting !== undefined) return;
  endOffer(draft, agent, nearerOf(offer.cause, causeOfSilence(draft, agent)));
}

/** A phone that never said a word was not reached; one that rang was not answered. */
function causeOfSilence(draft: Draft, agent: AgentId): DeclineCause {
  const rang = hasLiveLeg(draft, (leg) => leg.agent === agent && hasRung(leg.state));
  return rang ? 'no-answer' : 'unreachable';
}

function hasRung(state: OutLeg['state']): boolean {
  return state.name === 'ringing' ? state.rang : state.name !== 'preparing';
}

/** A device refused, failed, or hung up before it had won. */
export function deviceFailed(draft: Draft, id: LegId, failure: { status: number; q850?: number }): void {
  const leg = dropLeg(draft, id);
  if (leg === undefined || leg.state.name === 'leaving' || leg.agent === undefined) return;
  const offer = offerOf(draft, leg.agent);
  if (offer === undefined) return;
  const rang = hasRung(leg.state);
  const outcome = deviceOutcome({ ...failure, rang });
  // The answer that the ledger is deciding went away; `accept-decided` finds the leg gone and deals with it.
  if (offer.accepting === id) return;
  if (outcome.forPerson) return endOffer(draft, leg.agent, outcome.cause);
  const cause = nearerOf(offer.cause, outcome.cause);
  setOffer(draft, leg.agent, { ...offer, cause });
  const isLast = offer.step + 1 >= offer.plan.steps.length;
  const stillRinging = hasLiveLeg(draft, (other) => other.agent === leg.agent && (isLast || other.step === offer.step));
  if (!stillRinging) ringStep(draft, leg.agent, offer.step + 1);
}

export function deviceAnswered(draft: Draft, id: LegId, sdp: string): void {
  const leg = draft.state.legs.get(id);
  const offer = offerOf(draft, leg?.agent);
  if (leg?.agent === undefined || offer === undefined) return dismissAnswered(draft, id);
  partyAnswered(draft, id, leg, sdp);
  if (leg.confirmKey !== undefined) {
    setLegState(draft, id, { name: 'confirming', sdp });
    say(draft, { type: 'set-timer', timer: { name: 'step', agent: leg.agent }, afterMs: CONFIRM_MS });
    return;
  }
  askLedger(draft, id, leg.agent, sdp);
}

/** A key pressed on a device that has answered but not accepted: the right one accepts, any other declines. */
export function confirmKeyPressed(draft: Draft, id: LegId, digit: string): void {
  const leg = draft.state.legs.get(id);
  if (leg?.agent === undefined || leg.state.name !== 'confirming') return;
  if (digit === leg.confirmKey) return askLedger(draft, id, leg.agent, leg.state.sdp);
  dismiss(draft, id);
  const offer = offerOf(draft, leg.agent);
  if (offer !== undefined && offer.accepting === undefined) endOffer(draft, leg.agent, 'declined');
}

function askLedger(draft: Draft, id: LegId, agent: AgentId, sdp: string): void {
  const phase = draft.state.phase;
  const offer = offerOf(draft, agent);
  if (phase.name !== 'offering' || offer === undefined) return;
  setLegState(draft, id, { name: 'accepting', sdp });
  // Two devices of one person may answer at once; the first asks, the second waits for what becomes of it.
  if (offer.accepting !== undefined) return;
  setOffer(draft, agent, { ...offer, accepting: id });
  clearTimers(draft, { name: 'ring', agent }, { name: 'step', agent });
  say(draft, { type: 'accept', work: draft.state.work, leg: id, agent, attempt: phase.attempt });
}

export function acceptDecided(draft: Draft, id: LegId, agent: AgentId, result: AcceptResult): void {
  if (draft.state.phase.name !== 'offering') return;
  if (result.type === 'won') {
    const leg = draft.state.legs.get(id);
    if (leg?.state.name === 'accepting') return won(draft, id, agent);
    return winnerVanished(draft, agent);
  }
  withdrawOffer(draft, agent, result.type === 'lost' ? 'answered-elsewhere' : 'taken-back');
  if (result.type !== 'lost') settle(draft, 'unreachable');
}

function won(draft: Draft, id: LegId, agent: AgentId): void {
  if (!isCallerGone(draft.state)) return connect(draft, id, agent);
  endOffersExcept(draft, agent);
  dismissAll(draft, (_leg, other) => other !== id, completedElsewhere);
  clearTimers(draft, { name: 'widen' });
  callBack(draft, id, agent);
}

/** The phone hung up between its answer and the ledger's word: the work goes back to its place in line. */
function winnerVanished(draft: Draft, agent: AgentId): void {
  const { work, arrivedMs } = draft.state;
  say(draft, { type: 'release', work, wrapUpMs: 0, talkMs: 0 });
  withdrawOffer(draft, agent, 'declined');
  withdrawAllOffers(draft, 'taken-back');
  const rules = queueRules(draft.state);
  if (rules === undefined) return finish(draft, { by: 'agent', outcome: 'failed', status: 480 });
  lineUp(draft, rules, arrivedMs);
}

/** The ledger took the offer back by its own clock; the phones of that agent stop. */
export function offerExpired(draft: Draft, agent: AgentId, attempt: number): void {
  const phase = draft.state.phase;
  if (phase.name !== 'offering' || phase.attempt !== attempt || !phase.offers.has(agent)) return;
  withdrawOffer(draft, agent, 'no-answer');
  settle(draft, 'no-answer');
}

/** The agent let it pass: the ledger is told why, and the attempt may be over. */
function endOffer(draft: Draft, agent: AgentId, cause: DeclineCause): void {
  const phase = draft.state.phase;
  if (phase.name !== 'offering') return;
  say(draft, { type: 'decline', work: draft.state.work, agent, attempt: phase.attempt, cause });
  withdrawOffer(draft, agent, cause);
  settle(draft, cause);
}

/** When nobody is rung any more: back to waiting, or, for a call to one person, the caller is told. */
function settle(draft: Draft, cause: DeclineCause): void {
  const phase = draft.state.phase;
  if (phase.name !== 'offering' || phase.offers.size > 0) return;
  clearTimers(draft, { name: 'widen' });
  if (draft.state.destination.kind === 'queue') return setPhase(draft, { name: 'waiting' });
  if (recalled(draft)) return;
  finish(draft, { by: 'agent', outcome: 'failed', status: statusForCaller[cause] });
}

function dismissAnswered(draft: Draft, id: LegId): void {
  const leg = draft.state.legs.get(id);
  if (leg === undefined) return;
  // Whatever the leg was told before: once there is a 200, only BYE ends it (RFC 3261 §15).
  setLegState(draft, id, { name: 'leaving' });
  say(draft, { type: 'bye', leg: id });
}
