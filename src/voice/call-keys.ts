/** A key that a party has pressed, however it came: RFC 4733 by its place, or SIP INFO on its leg. */
import type { LegId } from '../kernel/ids.js';
import { callbackAsked } from './call-callback.js';
import { queueRules, say, type Draft } from './call-draft.js';
import { goOn } from './call-destination.js';
import { menuKeyPressed } from './call-menu.js';
import { spyKeyPressed } from './call-spy.js';
import { confirmKeyPressed } from './call-offers.js';

export function keyPressed(draft: Draft, leg: LegId | undefined, digit: string): void {
  if (leg === undefined) return;
  if (draft.state.legs.get(leg)?.state.name === 'confirming') return confirmKeyPressed(draft, leg, digit);
  if (leg !== draft.state.caller.leg) return;
  waitingKeyPressed(draft, digit);
  menuKeyPressed(draft, digit, goOn);
  spyKeyPressed(draft, digit);
}

/** Who waits may leave the line: for a call back, which keeps their place, or for the voicemail. */
function waitingKeyPressed(draft: Draft, digit: string): void {
  const { phase, callback } = draft.state;
  const waiting = queueRules(draft.state)?.waiting;
  if ((phase.name !== 'waiting' && phase.name !== 'offering') || waiting === undefined || callback !== undefined)
    return;
  const { voicemail } = waiting.keys;
  if (digit === voicemail?.key) {
    draft.state = { ...draft.state, leavingFor: { kind: 'voicemail', voicemail: voicemail.box } };
    say(draft, { type: 'leave-queue' });
  } else if (digit === waiting.keys.callback && waiting.callback !== undefined) {
    callbackAsked(draft, waiting.callback);
  }
}
