/** Standing in line, and from line to line by overflow. */
import type { EnqueueResult, RequeueResult } from '../ledger/ledger.js';
import { command, done, emit, setPhase, setTimer, update, type Draft, type WaitingPhase } from './item-draft.js';
import { finish } from './item-ends.js';
import type { AskId, LineRules } from './item-types.js';

/** So long after a move that came in the middle of an offer it is tried again. */
const MOVE_AGAIN_MS = 1_000;

export function lineUp(draft: Draft, rules: LineRules, ask?: AskId): void {
  const { sinceMs, priority } = draft.state;
  setPhase(draft, { name: 'waiting', untilMs: draft.atMs + rules.maxWaitMs });
  update(draft, { line: rules });
  setTimer(draft, { name: 'line' }, rules.maxWaitMs);
  const asked = ask === undefined ? {} : { ask };
  command(draft, { type: 'line-up', ...asked, rules, enqueuedAt: sinceMs, priority });
}

export function linedUp(draft: Draft, result: EnqueueResult, ask?: AskId): void {
  const { phase, id, line } = draft.state;
  const asks = ask === undefined ? [] : [ask];
  if (phase.name !== 'waiting' && phase.name !== 'offered') return done(draft, ...asks);
  switch (result.type) {
    case 'enqueued':
      emit(draft, { type: 'work.queued', item: id, queue: line.queue, position: result.position });
      return done(draft, ...asks);
    case 'duplicate':
      finish(draft, 'fault');
      return done(draft, ...asks);
    case 'full':
    case 'unknown-queue':
      // Not in any line yet: it can only begin anew in the next.
      tellOverflow(draft, line, result.type === 'full' ? 'full' : 'gone');
      if (line.overflow !== undefined) return lineUp(draft, line.overflow, ask);
      finish(draft, 'nobody-free');
      return done(draft, ...asks);
  }
}

/** The time in its line is over. While it is offered it stays: somebody may accept at this moment. */
export function leaveLineIfDue(draft: Draft): void {
  const { phase, line } = draft.state;
  if (phase.name !== 'waiting' || phase.moving !== undefined || draft.atMs < phase.untilMs) return;
  tellOverflow(draft, line, 'max-wait');
  if (line.overflow === undefined) return finish(draft, 'nobody-free');
  moveTo(draft, phase, line.overflow);
}

function moveTo(draft: Draft, phase: WaitingPhase, next: LineRules): void {
  setPhase(draft, { ...phase, moving: next });
  command(draft, { type: 'move', queue: next.queue });
}

/** An offer may have been made meanwhile, from the one line or the other. */
export function moved(draft: Draft, result: RequeueResult): void {
  const { phase, id } = draft.state;
  if ((phase.name !== 'waiting' && phase.name !== 'offered') || phase.moving === undefined) return;
  const { moving, ...rest } = phase;
  switch (result.type) {
    case 'enqueued':
      setPhase(draft, { ...rest, untilMs: draft.atMs + moving.maxWaitMs });
      update(draft, { line: moving });
      setTimer(draft, { name: 'line' }, moving.maxWaitMs);
      return emit(draft, { type: 'work.queued', item: id, queue: moving.queue, position: result.position });
    case 'not-waiting':
      // Being offered at this moment, and this item has not heard of it yet; when it has, that may be over again.
      setPhase(draft, rest);
      return setTimer(draft, { name: 'line' }, MOVE_AGAIN_MS);
    case 'full':
    case 'unknown-queue': {
      // It still stands in the line that it was to leave, and moves on from there to the one after the next.
      tellOverflow(draft, moving, result.type === 'full' ? 'full' : 'gone');
      setPhase(draft, rest);
      if (moving.overflow === undefined) return finish(draft, 'nobody-free');
      if (rest.name === 'waiting') moveTo(draft, rest, moving.overflow);
    }
  }
}

function tellOverflow(draft: Draft, from: LineRules, why: 'max-wait' | 'full' | 'gone'): void {
  const to = from.overflow === undefined ? {} : { to: from.overflow.queue };
  emit(draft, { type: 'work.overflowed', item: draft.state.id, queue: from.queue, ...to, why });
}
