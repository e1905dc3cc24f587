/** How an item ends: everything it holds or waits for is given back in the same step. */
import type { WorkEnd } from '../kernel/work-events.js';
import { asksOf, clearTimer, command, emit, offerEnded, refuse, setPhase, type Draft } from './item-draft.js';
import type { Answer, ItemAct } from './item-types.js';

/** @param wrapUpMs of the agent who has it, if anybody has */
export function finish(draft: Draft, why: WorkEnd, wrapUpMs = 0): void {
  const { phase, id, line, sinceMs } = draft.state;
  if (phase.name === 'ended') return;
  clearTimer(draft, { name: 'line' });
  const activeMs = phase.name === 'active' ? draft.atMs - phase.sinceMs : 0;
  const waitedMs = (phase.name === 'active' ? phase.sinceMs : draft.atMs) - sinceMs;
  const agent = phase.name === 'active' ? { agent: phase.agent } : {};
  if (phase.name === 'active') command(draft, { type: 'release', wrapUpMs, talkMs: activeMs });
  else command(draft, { type: 'give-up' });
  if (phase.name === 'offered') {
    for (const [offered, offer] of phase.offers) {
      offerEnded(draft, offered, phase.attempt, 'taken-back');
      refuse(draft, 'over', ...asksOf(offer));
    }
  }
  setPhase(draft, { name: 'ended', atMs: draft.atMs, why, ...agent });
  emit(draft, { type: 'work.ended', item: id, queue: line.queue, ...agent, why, waitedMs, activeMs });
}

/** What the other system hears of an item that has ended: to end it once more is no fault. */
export function answerWhenEnded(act: ItemAct['type'], why: WorkEnd): Answer {
  const isRepeated = act === 'withdraw' || (act === 'close' && why === 'closed');
  return isRepeated ? { type: 'done' } : { type: 'refused', why: 'over' };
}
