/** Sending a call on its way: to a queue, a person or an outside number, and from one to the next by overflow. */
import { emit, forget, queueRules, say, setPhase, type Draft } from './call-draft.js';
import { finish, withdrawAllOffers } from './call-ends.js';
import { callbackLeftLine, callbackNotInLine } from './call-callback.js';
import { lineUp } from './call-line.js';
import { ring } from './call-ring.js';
import { beginAlone } from './call-menu.js';
import { leaveCallbackBehind, lookUpCallback } from './call-return.js';
import { beginSpying } from './call-spy.js';
import { beginTune, endTune } from './call-waiting.js';
import type { Destination, OverflowTo, QueueRules } from './call-types.js';
import type { EnqueueResult } from '../../ledger/ledger.js';

export function headFor(draft: Draft, destination: Destination): void {
  if (destination.kind !== 'queue' || destination.rules.waiting === undefined) endTune(draft);
  draft.state = { ...draft.state, destination };
  switch (destination.kind) {
    case 'queue':
      say(
        draft,
        { type: 'progress', status: 180 },
        { type: 'set-timer', timer: { name: 'max-wait' }, afterMs: destination.rules.maxWaitMs },
      );
      if (lookUpCallback(draft, destination.rules)) return;
      return lineUp(draft, destination.rules, draft.state.arrivedMs);
    case 'agent':
      setPhase(draft, { name: 'waiting' });
      return say(draft, {
        type: 'assign',
        work: draft.state.work,
        agent: destination.agent,
        ignorePresence: destination.ignorePresence,
      });
    case 'number': {
      const route = { kind: 'trunk', trunk: destination.trunk, number: destination.number } as const;
      const leg = ring(draft, { route });
      return setPhase(draft, { name: 'dialling', leg });
    }
    case 'supervise':
      return beginSpying(draft, destination.agent);
    case 'menu':
    case 'voicemail':
    case 'message':
      return beginAlone(draft, destination, goOn);
  }
}

export function enqueued(draft: Draft, result: EnqueueResult): void {
  const rules = queueRules(draft.state);
  if (draft.state.phase.name === 'over' || rules === undefined) return;
  switch (result.type) {
    case 'enqueued':
      // Heard of late, because the store was away: somebody has taken it meanwhile.
      if (draft.state.phase.name === 'talking') return;
      emit(draft, { type: 'call.queued', call: draft.state.call, queue: rules.queue, position: result.position });
      // Others wait already: nobody is free for this one.
      if (result.position > 1) beginTune(draft);
      return;
    case 'full':
      return overflow(draft, 'full');
    // A reload has dropped the queue, or it is not the ledger's: the call goes where it would have gone from there.
    case 'unknown-queue':
      return overflow(draft, 'gone');
    case 'duplicate':
      return finish(draft, { by: 'fault', outcome: 'failed', status: 500 });
  }
}

/** Out of the line: nobody is rung any more, and the call goes where its queue's overflow says. */
export function leftQueue(draft: Draft, outcome: 'left' | 'too-late'): void {
  const name = draft.state.phase.name;
  if (outcome === 'too-late' || (name !== 'waiting' && name !== 'offering')) return;
  withdrawAllOffers(draft, 'taken-back');
  if (draft.state.callback !== undefined) return callbackLeftLine(draft);
  leaveCallbackBehind(draft);
  const { leavingFor } = draft.state;
  if (leavingFor === undefined) return overflow(draft, 'max-wait');
  forget(draft, 'leavingFor');
  goOn(draft, draft.state.routes(leavingFor, { atMs: draft.atMs }));
}

function overflow(draft: Draft, why: 'max-wait' | 'full' | 'gone'): void {
  const rules = queueRules(draft.state);
  if (rules === undefined) return;
  if (draft.state.callback !== undefined && why !== 'max-wait') return callbackNotInLine(draft, why);
  leaveCallbackBehind(draft);
  emit(draft, { type: 'call.overflowed', call: draft.state.call, queue: rules.queue, to: nameOf(rules.overflow), why });
  const language = rules.waiting?.language;
  goOn(
    draft,
    draft.state.routes(rules.overflow, { atMs: draft.atMs, ...(language === undefined ? {} : { language }) }),
  );
}

/** On to the next destination. Who was answered is not left without a word. */
export function goOn(draft: Draft, to: OverflowTo): void {
  const { caller, sound } = draft.state;
  if (to.kind !== 'reject') return headFor(draft, to);
  const isTold = caller.state === 'answered' && sound.house !== undefined;
  if (!isTold) return finish(draft, { by: 'controller', outcome: 'refused', status: 480 });
  headFor(draft, { kind: 'message', prompt: 'goodbye', language: sound.house.language });
}

function nameOf(to: QueueRules['overflow']): string {
  switch (to.kind) {
    case 'queue':
      return `queue ${to.queue}`;
    case 'agent':
      return `agent ${to.agent}`;
    case 'number':
      return `number ${to.number}`;
    case 'menu':
      return `menu ${to.menu}`;
    case 'voicemail':
      return `voicemail ${to.voicemail}`;
    case 'message':
      return `message ${to.prompt}`;
    case 'reject':
      return 'reject';
  }
}
