/** The end of a call back, whatever it came to: the site forgets it, and everybody hears why. */
import type { CallbackOutcome } from '../../kernel/events.js';
import { clearTimers, emit, forget, queueRules, say, type Draft } from './call-draft.js';

/** Of the caller who has gone, or of the one who has rung in again. */
export function endCallback(draft: Draft, outcome: CallbackOutcome): void {
  const { call, callback, keptCallback } = draft.state;
  const queue = queueRules(draft.state)?.queue;
  const ended = callback ?? keptCallback;
  if (ended === undefined || queue === undefined) return;
  letCallbackGo(draft);
  say(draft, { type: 'drop-callback', queue, number: ended.number });
  emit(draft, { type: 'callback.ended', call, queue, number: ended.number, outcome });
}

/** It is no business of this call's any more; who takes it over calls back. */
export function letCallbackGo(draft: Draft): void {
  forget(draft, 'callback');
  forget(draft, 'keptCallback');
  clearTimers(draft, { name: 'callback' }, { name: 'callback-watch' });
}
