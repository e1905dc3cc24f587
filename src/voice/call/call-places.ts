/** What places report, taken into the call; `arrange` then sees what is missing. */
import type { LegId, PlaceId } from '../../kernel/ids.js';
import { emit, otherParty, say, setPhase, type Draft } from './call-draft.js';
import { sendCallerHome } from './call-callback.js';
import { keyPressed } from './call-keys.js';
import { goOn } from './call-destination.js';
import { heard, messageRecorded, nobodyIsHeard } from './call-menu.js';
import { noticeHeard } from './call-recording.js';
import { ringPrepared, ringWithout } from './call-ring.js';
import { clearParty, removePlace, setParty, setPlace, setSound } from './call-sound.js';
import { hasMedia } from './call-sound-wants.js';
import { withoutHold } from './call-session.js';
import { tunePlayed } from './call-waiting.js';
import type { PlaceEvent } from '../media.js';
import { notRecording } from '../sound/sound.js';

/** How long after the last failure media servers are asked again. */
const MEDIA_RETRY_MS = 2_000;

export function placeReported(draft: Draft, id: PlaceId, event: PlaceEvent): void {
  if (!draft.state.sound.places.has(id)) return;
  switch (event.type) {
    case 'opened':
      setPlace(draft, id, { isOpen: true, sdp: event.sdp });
      return ringPrepared(draft, id);
    case 'described':
      return setPlace(draft, id, { isDescribing: false, sdp: event.sdp });
    case 'failed':
      setSound(draft, { isDown: true });
      say(draft, { type: 'set-timer', timer: { name: 'media' }, afterMs: MEDIA_RETRY_MS });
      placeGone(draft, id);
      return nobodyIsHeard(draft, goOn);
    case 'lost':
      setSound(draft, { staysDirect: true });
      return serverGone(draft, id);
    case 'digit':
      return keyPressed(draft, partyAt(draft, id), event.digit);
    case 'played':
      return played(draft, partyAt(draft, id));
    case 'recorded':
      emit(draft, { type: 'call.recorded', call: draft.state.call, file: event.file, durationMs: event.durationMs });
      messageRecorded(draft, event.durationMs);
      // One that was stopped may have been followed by the next already.
      if (event.why !== 'stopped') setPlace(draft, id, { recording: notRecording });
      return;
    case 'not-played':
      return; // the adapter logs it; what follows plays on
  }
}

function played(draft: Draft, leg: LegId | undefined): void {
  noticeHeard(draft, leg);
  if (leg !== draft.state.caller.leg || sendCallerHome(draft)) return;
  if (draft.state.phase.name === 'waiting' || draft.state.phase.name === 'offering') tunePlayed(draft);
  else heard(draft);
}

function partyAt(draft: Draft, id: PlaceId): LegId | undefined {
  for (const [leg, party] of draft.state.sound.parties) if (party.place === id) return leg;
  return undefined;
}

/** All places of a call are on one server: the others are as good as lost, and none is opened near them. */
function serverGone(draft: Draft, lost: PlaceId): void {
  const others = [...draft.state.sound.places.keys()].filter((id) => id !== lost);
  for (const id of others) say(draft, { type: 'close-place', place: id });
  for (const id of [lost, ...others]) placeGone(draft, id);
}

/** Without the place: its phones ring with the caller's own offer, and who waits for an answer is passed on. */
function placeGone(draft: Draft, id: PlaceId): void {
  const leg = partyAt(draft, id);
  removePlace(draft, id);
  ringWithout(draft, id);
  const asked = leg === undefined ? undefined : draft.state.sound.parties.get(leg)?.asked;
  if (leg === undefined || asked === undefined) return;
  const { phase } = draft.state;
  const isConference = phase.name === 'talking' && phase.third !== undefined;
  // What is said among three is for none of them but the next place.
  if (isConference && hasMedia(draft.state)) return;
  clearParty(draft, leg, 'asked');
  if (asked.before !== undefined) setParty(draft, leg, { sdp: asked.before });
  const other = isConference ? undefined : otherParty(draft.state, leg);
  if (other === undefined) return say(draft, { type: 'respond', leg, token: asked.token, status: 500 });
  if (phase.name === 'talking' && phase.onHoldBy === leg) setPhase(draft, withoutHold(phase));
  setParty(draft, leg, { relayed: { sdp: asked.sdp } });
  say(draft, { type: 'relay', to: other, token: asked.token });
}

/** Media servers that were down may be back. */
export function mediaMayBeBack(draft: Draft): void {
  setSound(draft, { isDown: false });
}
