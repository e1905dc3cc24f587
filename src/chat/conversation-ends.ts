/** How a chat ends: everything it holds or waits for is given back in the same step. */
import { clearTimer, command, emit, setPhase, setTimer, type Draft } from './conversation-draft.js';
import { withdrawAll, withdrawTransfer } from './conversation-standing.js';
import type { ChatEvent } from '../kernel/chat-events.js';
import type { WithdrawnBecause } from './conversation-types.js';

type Ending = Pick<Extract<ChatEvent, { type: 'chat.closed' }>, 'by' | 'why'>;

export function finish(draft: Draft, ending: Ending): void {
  const { phase, id, sinceMs, department } = draft.state;
  if (phase.name === 'closed' || phase.name === 'forgotten') return;
  const talkedMs = phase.name === 'talking' ? draft.atMs - phase.sinceMs : 0;
  const waitedMs = (phase.name === 'talking' ? phase.sinceMs : draft.atMs) - sinceMs;
  const agent = phase.name === 'talking' || phase.name === 'inactive' ? { agent: phase.agent } : {};
  giveEverythingBack(draft, ending.by === 'visitor' ? 'visitor-left' : 'taken-back', department?.wrapUpMs ?? 0);
  if (phase.name === 'talking' || phase.name === 'inactive') command(draft, { type: 'say', message: 'closed' });
  setPhase(draft, { name: 'closed', atMs: draft.atMs });
  setTimer(draft, { name: 'forget' }, department?.reopenWithinMs ?? 0);
  emit(draft, { type: 'chat.closed', chat: id, ...agent, ...ending, waitedMs, talkedMs });
}

/** The controller stops: no words to the visitor, who finds the chat again afterwards. */
export function park(draft: Draft): void {
  giveEverythingBack(draft, 'taken-back', 0);
  setPhase(draft, { name: 'forgotten' });
  command(draft, { type: 'forget' });
}

function giveEverythingBack(
  draft: Draft,
  why: WithdrawnBecause & ('visitor-left' | 'taken-back'),
  wrapUpMs: number,
): void {
  withdrawTransfer(draft, why);
  const { phase, id } = draft.state;
  clearTimer(draft, { name: 'line' }, { name: 'inactive' }, { name: 'close' }, { name: 'lost' });
  switch (phase.name) {
    case 'asking':
    case 'waiting':
      return command(draft, { type: 'give-up', work: phase.work });
    case 'offered':
      command(draft, { type: 'give-up', work: phase.work });
      withdrawAll(draft, phase, why);
      for (const agent of phase.offers.keys()) {
        emit(draft, { type: 'chat.offer_ended', chat: id, agent, outcome: why });
      }
      return;
    case 'talking':
      return command(draft, {
        type: 'release',
        work: phase.work,
        wrapUpMs,
        talkMs: draft.atMs - phase.sinceMs,
      });
    case 'opened':
    case 'inactive':
    case 'closed':
    case 'forgotten':
      return;
  }
}
