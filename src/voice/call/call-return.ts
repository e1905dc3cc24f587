/**
 * Who is to be called back, and rings in again: they have their place, and may hang up and keep it once more.
 *
 * ```
 *  arrives ──is anything known of the number?──► in line at the old place: "hang up, and we call you; to cancel, press 1"
 *     │ nothing                                       │ hangs up ──► to be called back, as before
 *     ▼                                               │ key ──► in line as everybody, at that place
 *   in line                                           └── an agent accepts ──► talking; nobody is called back
 * ```
 */
import type { PendingCallback } from '../../ledger/callback-book.js';
import { numberOf, watchCallback } from './call-callback.js';
import { endCallback, letCallbackGo } from './call-callback-end.js';
import { clearTimers, emit, forget, queueRules, say, setPhase, type Draft } from './call-draft.js';
import { lineUp } from './call-line.js';
import { endTune } from './call-waiting.js';
import type { Callback, CallbackRules, QueueRules } from './call-types.js';

/** On the way into a line. @returns false where nothing is to be looked up */
export function lookUpCallback(draft: Draft, rules: QueueRules): boolean {
  const { caller, callback, keptCallback } = draft.state;
  const offered = rules.waiting?.callback;
  if (offered === undefined || caller.dialler !== undefined || callback !== undefined || keptCallback !== undefined)
    return false;
  const number = numberOf(draft.state, offered);
  if (number === undefined) return false;
  setPhase(draft, { name: 'starting' });
  say(draft, { type: 'resume-callback', queue: rules.queue, number });
  return true;
}

/** What is known of the caller's number; nothing, for most. */
export function callbackResumed(draft: Draft, pending: PendingCallback | undefined): void {
  const { phase, call, arrivedMs } = draft.state;
  const rules = queueRules(draft.state);
  if (phase.name !== 'starting' || rules === undefined) return;
  const offered = rules.waiting?.callback;
  if (pending === undefined || offered === undefined) return lineUp(draft, rules, arrivedMs);
  const { number, enqueuedAtMs, call: from } = pending;
  draft.state = { ...draft.state, arrivedMs: enqueuedAtMs, keptCallback: callbackOf(pending, offered) };
  clearTimers(draft, { name: 'max-wait' });
  emit(draft, { type: 'callback.resumed', call, from, queue: rules.queue, number });
  lineUp(draft, rules, enqueuedAtMs);
}

export function callbackOf(pending: PendingCallback, rules: CallbackRules, isHome = false): Callback {
  const { number, attemptsLeft, requestedAtMs, untilMs } = pending;
  return { number, rules, attemptsLeft, requestedAtMs, untilMs, isHome };
}

/** The caller has hung up in line. @returns whether they are called back */
export function isStillCalledBack(draft: Draft): boolean {
  const { phase, keptCallback } = draft.state;
  if (keptCallback === undefined || (phase.name !== 'waiting' && phase.name !== 'offering')) return false;
  forget(draft, 'keptCallback');
  draft.state = { ...draft.state, callback: { ...keptCallback, isHome: true } };
  endTune(draft);
  watchCallback(draft);
  return true;
}

/** By the key: they wait on like everybody. @returns false when there is nothing to cancel */
export function cancelledByKey(draft: Draft): boolean {
  const rules = queueRules(draft.state);
  if (draft.state.keptCallback === undefined || rules === undefined) return false;
  endCallback(draft, 'cancelled');
  const language = rules.waiting?.language ?? 'en';
  draft.state = { ...draft.state, tune: { type: 'prompts', prompts: ['callback-cancelled'], language } };
  say(draft, { type: 'set-timer', timer: { name: 'max-wait' }, afterMs: rules.maxWaitMs });
  return true;
}

/** The caller goes elsewhere; nobody keeps the call back here, so that a controller takes it over a while later. */
export function leaveCallbackBehind(draft: Draft): void {
  if (draft.state.keptCallback !== undefined) letCallbackGo(draft);
}
