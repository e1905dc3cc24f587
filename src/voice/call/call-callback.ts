/**
 * Callers who hang up and keep their place in line.
 *
 * ```
 *  waiting ──key──► "we will call you back", BYE ──► waiting, without a caller ──agent accepts──► calling back
 *     ▲                                                        ▲                                    │      │ answered
 *     │                                                        └── no answer, a while later ─────────┘      ▼
 *                                                                                                       talking
 * ```
 * The agent accepts first and hears ringing: a customer who is called back never waits again.
 */
import type { AgentId, LegId } from '../../kernel/ids.js';
import { allowedPrefix, normaliseNumber } from '../../routing/dialling.js';
import {
  clearTimers,
  dismiss,
  dropLeg,
  emit,
  queueRules,
  say,
  setLegState,
  setPhase,
  type Draft,
} from './call-draft.js';
import { finish } from './call-ends.js';
import { lineUp } from './call-line.js';
import { ringCustomer } from './call-ring.js';
import { takeNewWork } from './call-transfer.js';
import { endTune } from './call-waiting.js';
import type { CallbackRules } from './call-types.js';

/** The key was pressed: may this number be called, and is it not to be called already? */
export function callbackAsked(draft: Draft, rules: CallbackRules): void {
  const queue = queueRules(draft.state)?.queue;
  const number = normaliseNumber(draft.state.caller.from);
  if (queue === undefined || number === undefined || draft.state.callback !== undefined) return;
  if (allowedPrefix(number, rules.allowedPrefixes) === undefined) return;
  say(draft, { type: 'claim-callback', queue, number });
}

/** @param isNew false when the number waits to be called back by this queue already */
export function callbackClaimed(draft: Draft, number: string, isNew: boolean): void {
  const rules = queueRules(draft.state);
  const asked = rules?.waiting?.callback;
  if (draft.state.phase.name !== 'waiting' || rules === undefined || asked === undefined) return;
  clearTimers(draft, { name: 'max-wait' }, { name: 'announce' });
  const tune = { type: 'prompts', prompts: ['callback-accepted'], language: rules.waiting?.language ?? 'en' } as const;
  draft.state = { ...draft.state, tune };
  if (!isNew) return setPhase(draft, { name: 'parting' });
  const { trunk, attempts, callerId, ringTimeoutMs, retryAfterMs } = asked;
  const caller = callerId === undefined ? {} : { callerId };
  const callback = { number, trunk, attemptsLeft: attempts, ringTimeoutMs, retryAfterMs, ...caller };
  draft.state = { ...draft.state, callback };
  emit(draft, { type: 'call.callback_requested', call: draft.state.call, queue: rules.queue, number });
}

/** The caller has heard that we will call. @returns false when there is no callback */
export function sendCallerHome(draft: Draft): boolean {
  const { callback, caller } = draft.state;
  if (callback === undefined) return false;
  endTune(draft);
  if (caller.state === 'answered') say(draft, { type: 'bye', leg: caller.leg });
  return true;
}

/** An agent has accepted: now the customer is called. */
export function callBack(draft: Draft, agentLeg: LegId, agent: AgentId): void {
  const { callback } = draft.state;
  if (callback === undefined) return;
  setLegState(draft, agentLeg, { name: 'connected' });
  const { number, trunk, callerId, ringTimeoutMs } = callback;
  const route = { kind: 'trunk', trunk, number, ...(callerId === undefined ? {} : { callerId }) } as const;
  const leg = ringCustomer(draft, { route }, agentLeg);
  setPhase(draft, { name: 'calling-back', agent, agentLeg, leg });
  say(draft, { type: 'set-timer', timer: { name: 'callback' }, afterMs: ringTimeoutMs });
}

/** The customer's phone refused, or rang in vain. */
export function customerFailed(draft: Draft): void {
  const { phase, callback, work } = draft.state;
  if (phase.name !== 'calling-back' || callback === undefined) return;
  clearTimers(draft, { name: 'callback' });
  dismiss(draft, phase.leg);
  dismiss(draft, phase.agentLeg);
  say(draft, { type: 'release', work, wrapUpMs: 0, talkMs: 0 });
  takeNewWork(draft);
  const attemptsLeft = callback.attemptsLeft - 1;
  draft.state = { ...draft.state, callback: { ...callback, attemptsLeft } };
  emit(draft, { type: 'call.callback_failed', call: draft.state.call, agent: phase.agent, attemptsLeft });
  if (attemptsLeft <= 0) return finish(draft, { by: 'callee', outcome: 'failed' });
  setPhase(draft, { name: 'resting' });
  say(draft, { type: 'set-timer', timer: { name: 'callback' }, afterMs: callback.retryAfterMs });
}

/** Time to try again, with the age that the caller came with; or enough of ringing. */
export function callbackTimerFired(draft: Draft): void {
  const { phase, arrivedMs } = draft.state;
  const rules = queueRules(draft.state);
  if (phase.name === 'calling-back') return customerFailed(draft);
  if (phase.name === 'resting' && rules !== undefined) lineUp(draft, rules, arrivedMs);
}

/** The agent hung up before the customer answered: the next one has the call. */
export function agentLeftCallback(draft: Draft): void {
  const { phase, work, arrivedMs } = draft.state;
  const rules = queueRules(draft.state);
  if (phase.name !== 'calling-back' || rules === undefined) return;
  clearTimers(draft, { name: 'callback' });
  dropLeg(draft, phase.agentLeg);
  dismiss(draft, phase.leg);
  say(draft, { type: 'release', work, wrapUpMs: 0, talkMs: 0 });
  takeNewWork(draft);
  lineUp(draft, rules, arrivedMs);
}
