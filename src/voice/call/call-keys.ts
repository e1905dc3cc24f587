/** A key that a party has pressed, however it came: RFC 4733 by its place, or SIP INFO on its leg. */
import type { LegId } from '../../kernel/ids.js';
import { callbackAsked } from './call-callback.js';
import { queueRules, say, setPhase, type Draft } from './call-draft.js';
import { goOn } from './call-destination.js';
import { menuKeyPressed } from './call-menu.js';
import { spyKeyPressed } from './call-spy.js';
import { confirmKeyPressed } from './call-offers.js';
import { recordingKeyPressed } from './call-recording.js';
import { cancelledByKey } from './call-return.js';
import { agentAt } from './call-transfer.js';
import type { LegEvent } from '../signalling.js';

export function keyPressed(draft: Draft, leg: LegId | undefined, digit: string): void {
  if (leg === undefined) return;
  if (draft.state.legs.get(leg)?.state.name === 'confirming') return confirmKeyPressed(draft, leg, digit);
  talkKeyPressed(draft, leg, digit);
  if (leg !== draft.state.caller.leg) return;
  waitingKeyPressed(draft, digit);
  menuKeyPressed(draft, digit, goOn);
  spyKeyPressed(draft, digit);
}

/** A key by SIP INFO. @returns whether it is dealt with: two who talk directly pass their keys on to each other */
export function takeKey(draft: Draft, leg: LegId, { digit, token }: Extract<LegEvent, { type: 'request' }>): boolean {
  if (digit === undefined) return false;
  const isPassedOn = draft.state.sound.parties.get(leg)?.with.kind === 'party';
  if (!isPassedOn) say(draft, { type: 'respond', leg, token, status: 200 });
  keyPressed(draft, leg, digit);
  return !isPassedOn;
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
    say(draft, { type: 'leave-queue', work: draft.state.work });
  } else if (digit === waiting.keys.callback && waiting.callback !== undefined) {
    if (!cancelledByKey(draft)) callbackAsked(draft, waiting.callback);
  }
}

/** Keys of the agent while talking; the customer's are none of ours. */
function talkKeyPressed(draft: Draft, leg: LegId, digit: string): void {
  const { phase, sound } = draft.state;
  const house = sound.house?.keys;
  const agent = phase.name === 'talking' ? agentAt(draft, phase, leg) : undefined;
  if (phase.name !== 'talking' || house === undefined || agent === undefined) return;
  const { record, conference } = house;
  const keys = `${phase.keys ?? ''}${digit}`.slice(-Math.max(record.length, conference.length));
  const [isRecord, isConference] = [keys.endsWith(record), keys.endsWith(conference)];
  setPhase(draft, { ...phase, keys: isRecord || isConference ? '' : keys });
  if (isRecord) recordingKeyPressed(draft);
  else if (isConference) say(draft, { type: 'confer-calls', agent });
}
