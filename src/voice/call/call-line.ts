import { say, setPhase, type Draft } from './call-draft.js';
import type { QueueRules } from './call-types.js';

/** Puts the call in a queue's line, at the place that its age gives it. @param enqueuedAt ms since the epoch */
export function lineUp(draft: Draft, rules: QueueRules, enqueuedAt: number): void {
  draft.state = { ...draft.state, destination: { kind: 'queue', rules } };
  setPhase(draft, { name: 'waiting' });
  say(draft, { type: 'enqueue', work: draft.state.work, queue: rules.queue, enqueuedAt });
}
