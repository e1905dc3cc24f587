/** Starts and stops recordings, as the call stands: by the queue's policy, on demand, or of a message in the voicemail. */
import type { LegId } from '../kernel/ids.js';
import { say, type Draft } from './call-draft.js';
import { setPlace } from './call-sound.js';
import type { CallState } from './call-types.js';
import type { RecordingRequest } from './media.js';

interface WantedRecording {
  readonly leg: LegId;
  readonly recording: Omit<RecordingRequest, 'file'>;
}

export function arrangeRecording(draft: Draft): void {
  const wanted = wantedRecording(draft.state);
  for (const [leg, { place: id, with: counterpart }] of draft.state.sound.parties) {
    const place = id === undefined ? undefined : draft.state.sound.places.get(id);
    if (id === undefined || place?.isOpen !== true) continue;
    const isWanted = wanted?.leg === leg;
    if (!isWanted && place.recording !== 'none') {
      setPlace(draft, id, { recording: 'none' });
      say(draft, { type: 'stop-recording', place: id });
    }
    // What is recorded begins with what can be heard.
    if (!isWanted || place.recording !== 'none' || counterpart.kind !== 'place') continue;
    setPlace(draft, id, { recording: 'running' });
    say(draft, { type: 'record', place: id, recording: wanted.recording });
  }
}

function wantedRecording({ phase, caller }: CallState): WantedRecording | undefined {
  if (phase.name === 'talking' && phase.isRecorded === true) return { leg: caller.leg, recording: { of: 'both' } };
  if (phase.name !== 'voicemail' || phase.recordingSinceMs === undefined) return undefined;
  const { maxMs, silenceMs } = phase.box;
  return { leg: caller.leg, recording: { of: 'party', maxMs, silenceMs } };
}
