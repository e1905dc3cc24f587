/**
 * Callers who hang up and keep their place in line.
 *
 * ```
 *  waiting ──key──► "we will call you back", BYE ──► waiting, without a caller ──agent accepts──► calling back
 *     ▲                                               ▲        │ out of hours               │ busy,    │ answered
 *     │ rings in again, hangs up again ───────────────┤        ▼                            │ no answer▼
 *     └── (call-return.ts)                            └── resting: until they open, or a while later   talking
 *                                                              └── its time is over, no attempt left ──► over
 * ```
 * The agent accepts first and hears ringing: a customer who is called back never waits again. What waits is known to all
 * controllers of the site by its number (`ledger/callback-book.ts`), and is asked for once more before the customer is called.
 */
import type { CallbackFailure } from '../../kernel/events.js';
import type { AgentId, LegId } from '../../kernel/ids.js';
import type { PendingCallback } from '../../ledger/callback-book.js';
import { allowedPrefix, normaliseNumber } from '../../routing/dialling.js';
import { endCallback, letCallbackGo } from './call-callback-end.js';
import {
  clearTimers,
  dismiss,
  dropLeg,
  emit,
  queueRules,
  say,
  setLegState,
  setPhase,
  takeNewWork,
  type Draft,
} from './call-draft.js';
import { finish } from './call-ends.js';
import { lineUp } from './call-line.js';
import { ringCustomer } from './call-ring.js';
import { endTune } from './call-waiting.js';
import type { Callback, CallbackRules, CallState } from './call-types.js';

/** The key was pressed: may this number be called, and is it not to be called already? */
export function callbackAsked(draft: Draft, rules: CallbackRules): void {
  const number = numberOf(draft.state, rules);
  if (number === undefined || draft.state.callback !== undefined) return;
  // Nobody would be called before it is over.
  if (standing({ rules, untilMs: draft.atMs + rules.giveUpAfterMs }, draft.atMs) === 'over') return;
  const asked = pendingOf(withCallback(draft.state, newCallback(number, rules, draft.atMs)));
  if (asked !== undefined) say(draft, { type: 'claim-callback', callback: asked });
}

/** The caller's number, where it may be called back. */
export function numberOf({ caller }: CallState, rules: CallbackRules): string | undefined {
  const number = normaliseNumber(caller.from);
  return number === undefined || allowedPrefix(number, rules.allowedPrefixes) === undefined ? undefined : number;
}

/** @param isNew false when the number waits to be called back by this queue already */
export function callbackClaimed(draft: Draft, number: string, isNew: boolean): void {
  const { phase, callback } = draft.state;
  const rules = queueRules(draft.state);
  const asked = rules?.waiting?.callback;
  const isWaiting = phase.name === 'waiting' || (phase.name === 'offering' && isNew);
  if (!isWaiting || rules === undefined || asked === undefined || callback !== undefined) {
    // They have left, or talk with somebody: nobody is to be called.
    if (isNew && callback === undefined && rules !== undefined)
      say(draft, { type: 'drop-callback', queue: rules.queue, number });
    return;
  }
  clearTimers(draft, { name: 'max-wait' }, { name: 'announce' });
  const tune = { type: 'prompts', prompts: ['callback-accepted'], language: rules.waiting?.language ?? 'en' } as const;
  draft.state = { ...draft.state, tune };
  if (!isNew) return setPhase(draft, { name: 'parting' });
  const requested = newCallback(number, asked, draft.atMs);
  draft.state = { ...draft.state, callback: requested };
  const { call } = draft.state;
  emit(draft, { type: 'callback.requested', call, queue: rules.queue, number, untilMs: requested.untilMs });
  watchCallback(draft);
}

function newCallback(number: string, rules: CallbackRules, atMs: number): Callback {
  return {
    number,
    rules,
    attemptsLeft: rules.attempts,
    requestedAtMs: atMs,
    untilMs: atMs + rules.giveUpAfterMs,
    isHome: false,
  };
}

function withCallback(state: CallState, callback: Callback): CallState {
  return { ...state, callback };
}

/** As the site's book has it. @returns `undefined` where nobody is to be called back */
export function pendingOf(state: CallState): PendingCallback | undefined {
  const callback = state.callback ?? state.keptCallback;
  const queue = queueRules(state)?.queue;
  if (callback === undefined || queue === undefined || state.phase.name === 'over') return undefined;
  const { number, requestedAtMs, untilMs, attemptsLeft } = callback;
  const { call, work, arrivedMs: enqueuedAtMs } = state;
  return { call, work, queue, number, enqueuedAtMs, requestedAtMs, untilMs, attemptsLeft };
}

/** The caller has heard that we will call. @returns false when there is no callback */
export function sendCallerHome(draft: Draft): boolean {
  const { callback, caller } = draft.state;
  if (callback === undefined) return false;
  endTune(draft);
  draft.state = { ...draft.state, callback: { ...callback, isHome: true } };
  if (caller.state === 'answered') say(draft, { type: 'bye', leg: caller.leg });
  return true;
}

/** Whether an agent who accepts has nobody to talk with yet. */
export function isCallerGone({ callback, caller }: CallState): boolean {
  return callback !== undefined && (callback.isHome || caller.state === 'over');
}

/** An agent has accepted: the customer is called, unless that has been cancelled elsewhere a moment ago. */
export function callBack(draft: Draft, agentLeg: LegId, agent: AgentId): void {
  const pending = pendingOf(draft.state);
  if (pending === undefined) return;
  setLegState(draft, agentLeg, { name: 'connected' });
  setPhase(draft, { name: 'calling-back', agent, agentLeg });
  say(draft, { type: 'confirm-callback', callback: pending });
}

/** The answer to that. */
export function callbackConfirmed(draft: Draft, isKept: boolean): void {
  const { phase, callback } = draft.state;
  if (phase.name !== 'calling-back' || phase.leg !== undefined || callback === undefined) return;
  if (!isKept) return callbackOver(draft, 'lost');
  const { number, rules } = callback;
  const { trunk, callerId, ringTimeoutMs } = rules;
  const route = { kind: 'trunk', trunk, number, ...(callerId === undefined ? {} : { callerId }) } as const;
  const leg = ringCustomer(draft, { route }, phase.agentLeg);
  setPhase(draft, { ...phase, leg });
  say(draft, { type: 'set-timer', timer: { name: 'callback' }, afterMs: ringTimeoutMs });
}

/** The customer's phone refused, or rang in vain. */
export function customerFailed(draft: Draft, why: CallbackFailure): void {
  const { phase, callback, call } = draft.state;
  if (phase.name !== 'calling-back' || callback === undefined) return;
  leaveAgent(draft);
  const attemptsLeft = callback.attemptsLeft - 1;
  draft.state = { ...draft.state, callback: { ...callback, attemptsLeft } };
  emit(draft, { type: 'callback.failed', call, agent: phase.agent, why, attemptsLeft });
  if (attemptsLeft <= 0) return giveUp(draft, 'unreached');
  rest(draft, callback.rules.retryAfterMs);
}

/** Time to try again, with the age that the caller came with; or enough of ringing. */
export function callbackTimerFired(draft: Draft): void {
  const { phase } = draft.state;
  if (phase.name === 'calling-back') return customerFailed(draft, 'no-answer');
  if (phase.name === 'resting') goOnWaiting(draft);
}

/** The agent hung up before the customer answered: the next one has the call. */
export function agentLeftCallback(draft: Draft): void {
  const { phase } = draft.state;
  if (phase.name !== 'calling-back') return;
  dropLeg(draft, phase.agentLeg);
  leaveAgent(draft);
  goOnWaiting(draft);
}

function leaveAgent(draft: Draft): void {
  const { phase, work } = draft.state;
  if (phase.name !== 'calling-back') return;
  clearTimers(draft, { name: 'callback' });
  if (phase.leg !== undefined) dismiss(draft, phase.leg);
  dismiss(draft, phase.agentLeg);
  say(draft, { type: 'release', work, wrapUpMs: 0, talkMs: 0 });
  takeNewWork(draft);
}

// ─── its time

/** Whether the customer may be called now, later, or not at all any more. */
function standing({ rules, untilMs }: Pick<Callback, 'rules' | 'untilMs'>, atMs: number): 'open' | 'closed' | 'over' {
  const hours = rules.hours?.(atMs);
  if (atMs >= untilMs) return 'over';
  if (hours === undefined || hours.isOpen) return 'open';
  return rules.whenClosed === 'give-up' || (hours.changesAtMs ?? untilMs) >= untilMs ? 'over' : 'closed';
}

/** Looks again when it is to be given up, or they close. */
export function watchCallback(draft: Draft): void {
  const { callback } = draft.state;
  if (callback === undefined) return;
  const isOpen = standing(callback, draft.atMs) === 'open';
  const changesAtMs = callback.rules.hours?.(draft.atMs).changesAtMs ?? callback.untilMs;
  const nextMs = isOpen ? Math.min(callback.untilMs, changesAtMs) : draft.atMs;
  say(draft, { type: 'set-timer', timer: { name: 'callback-watch' }, afterMs: nextMs - draft.atMs });
}

export function callbackWatchFired(draft: Draft): void {
  const { callback, phase, work } = draft.state;
  if (callback === undefined) return;
  if (standing(callback, draft.atMs) === 'open') return watchCallback(draft);
  // Nobody rings for who rests; who is being called may answer.
  if (phase.name === 'resting') return goOnWaiting(draft);
  if (phase.name === 'waiting' || phase.name === 'offering') say(draft, { type: 'leave-queue', work });
}

/** Out of the line, because nobody may be called now. */
export function callbackLeftLine(draft: Draft): void {
  takeNewWork(draft);
  goOnWaiting(draft);
}

/** The line is full, or the queue is gone. */
export function callbackNotInLine(draft: Draft, why: 'full' | 'gone'): void {
  const { callback } = draft.state;
  if (callback === undefined) return;
  if (why === 'gone') return giveUp(draft, 'given-up');
  takeNewWork(draft);
  rest(draft, callback.rules.retryAfterMs);
}

/** In line, with the age that the caller came with, as long as they may be called. */
export function goOnWaiting(draft: Draft): void {
  const { callback, arrivedMs } = draft.state;
  const rules = queueRules(draft.state);
  if (callback === undefined || rules === undefined) return;
  switch (standing(callback, draft.atMs)) {
    case 'over':
      return giveUp(draft, 'given-up');
    case 'closed': {
      const opensAtMs = callback.rules.hours?.(draft.atMs).changesAtMs ?? callback.untilMs;
      return rest(draft, opensAtMs - draft.atMs);
    }
    case 'open':
      watchCallback(draft);
      return lineUp(draft, rules, arrivedMs);
  }
}

function rest(draft: Draft, forMs: number): void {
  setPhase(draft, { name: 'resting' });
  say(draft, { type: 'set-timer', timer: { name: 'callback' }, afterMs: forMs });
}

function giveUp(draft: Draft, outcome: 'given-up' | 'unreached'): void {
  endCallback(draft, outcome);
  finish(draft, { by: outcome === 'unreached' ? 'callee' : 'controller', outcome: 'failed' });
}

// ─── from outside

/** Another call or controller has it, somebody has cancelled it, or this controller goes and leaves it to the others. */
export function callbackOver(draft: Draft, why: 'lost' | 'cancelled' | 'left'): void {
  if (draft.state.keptCallback !== undefined) {
    // Who is on the line stays there.
    if (why === 'cancelled') endCallback(draft, 'cancelled');
    else letCallbackGo(draft);
    return;
  }
  if (draft.state.callback === undefined) return;
  if (why === 'cancelled') endCallback(draft, 'cancelled');
  else letCallbackGo(draft);
  finish(draft, { by: 'controller', outcome: 'abandoned' });
}

/** Nobody kept it any more: this controller does from now on. */
export function callbackTakenOver(draft: Draft, from: PendingCallback['call']): void {
  const { call, callback } = draft.state;
  const queue = queueRules(draft.state)?.queue;
  if (callback === undefined || queue === undefined) return;
  emit(draft, { type: 'callback.taken_over', call, from, queue, number: callback.number });
  goOnWaiting(draft);
}
