/**
 * Recordings of a call: by the queue's policy, on demand, or of a message in the voicemail.
 *
 * ```
 *  wanted ──► notice is played to both ──► joined, recording ──pause──► paused ──resume──► recording ──stop──► none
 *    └── one of them cannot be told, or not be brought to where it is recorded: given up
 * ```
 * Nobody is recorded who has not heard the notice to its end.
 */
import type { LegId } from '../../kernel/ids.js';
import { emit, queueRules, say, setPhase, type Draft } from './call-draft.js';
import { clearParty, setPlace } from './call-sound.js';
import { hasMedia, refusesPlace } from './call-sound-wants.js';
import type { CallState, Phase, RecordingAct } from './call-types.js';
import type { RecordingRequest } from '../media.js';
import { notRecording } from '../sound/sound.js';

type Talking = Extract<Phase, { name: 'talking' }>;

interface WantedRecording {
  readonly leg: LegId;
  readonly isPaused: boolean;
  readonly folder: string;
  readonly recording: Omit<RecordingRequest, 'file'>;
}

/** Why an act of recording is left undone. */
export type RecordingRefusal = 'not-talking' | 'not-allowed' | 'no-media-server' | 'not-recording';

/** Of what would change nothing, only going on and pausing is refused where nothing is being recorded. */
export function recordingRefusal(state: CallState, act: RecordingAct): RecordingRefusal | undefined {
  const { phase } = state;
  if (phase.name !== 'talking') return 'not-talking';
  const policy = queueRules(state)?.recording ?? 'never';
  // What is recorded by policy is paused at most.
  if (policy === 'never' || (policy === 'always' && act === 'stop')) return 'not-allowed';
  if (!hasMedia(state)) return 'no-media-server';
  const isChange = act === 'pause' || act === 'resume';
  return isChange && phase.recording === undefined ? 'not-recording' : undefined;
}

/** What the queue's policy, its key or the API asks for; what the policy does not allow is left undone. */
export function recordingAsked(draft: Draft, act: RecordingAct): void {
  const { phase } = draft.state;
  if (phase.name !== 'talking' || recordingRefusal(draft.state, act) !== undefined) return;
  const { recording } = phase;
  switch (act) {
    case 'start':
      if (recording !== undefined) return;
      // Who would not come to be recorded the last time is asked anew.
      for (const leg of [draft.state.caller.leg, phase.peer]) clearParty(draft, leg, 'refused');
      return setPhase(draft, startRecording(draft.state, phase));
    case 'stop':
      if (recording !== undefined) setPhase(draft, withoutRecording(phase));
      return;
    case 'pause':
    case 'resume':
      if (recording === undefined) return;
      return setPhase(draft, { ...phase, recording: { ...recording, isPaused: act === 'pause' } });
  }
}

/** The agent's key: starts and stops what is on demand, pauses and goes on with what is by policy. */
export function recordingKeyPressed(draft: Draft): void {
  const { phase } = draft.state;
  if (phase.name !== 'talking') return;
  const isAlways = queueRules(draft.state)?.recording === 'always';
  if (phase.recording === undefined) return recordingAsked(draft, 'start');
  if (!isAlways) return recordingAsked(draft, 'stop');
  recordingAsked(draft, phase.recording.isPaused ? 'resume' : 'pause');
}

/** All parties are told first, where the queue has a notice. */
export function startRecording({ caller, ...state }: CallState, phase: Talking): Talking {
  const notice = state.destination.kind === 'queue' ? state.destination.rules.recordingNotice : undefined;
  const third = phase.third === undefined ? [] : [phase.third.leg];
  const unaware = notice === undefined ? [] : [caller.leg, phase.peer, ...third];
  return { ...phase, recording: { isPaused: false, unaware } };
}

/** A party has heard the notice to its end. */
export function noticeHeard(draft: Draft, leg: LegId | undefined): void {
  const { phase } = draft.state;
  if (phase.name !== 'talking' || phase.recording === undefined) return;
  const unaware = phase.recording.unaware.filter((other) => other !== leg);
  if (unaware.length < phase.recording.unaware.length) {
    setPhase(draft, { ...phase, recording: { ...phase.recording, unaware } });
  }
}

/** A party would not go to where it would be told, and recorded: the two talk on as they did, and nothing is recorded. */
export function recordingRefused(draft: Draft, leg: LegId): void {
  const { phase, call, caller } = draft.state;
  if (phase.name !== 'talking' || phase.recording === undefined || !refusesPlace(draft.state, leg)) return;
  if (leg !== caller.leg && leg !== phase.peer) return;
  setPhase(draft, withoutRecording(phase));
  emit(draft, { type: 'call.recording_refused', call, by: leg === caller.leg ? 'caller' : 'agent' });
}

function withoutRecording(phase: Talking): Talking {
  const { recording: _ended, ...rest } = phase;
  return rest;
}

/** Brings the places to what is wanted. */
export function arrangeRecording(draft: Draft): void {
  const wanted = wantedRecording(draft.state);
  for (const [leg, { place: id, with: counterpart }] of draft.state.sound.parties) {
    const place = id === undefined ? undefined : draft.state.sound.places.get(id);
    if (id === undefined || place?.isOpen !== true) continue;
    if (wanted?.leg !== leg) {
      if (place.recording.state === 'none') continue;
      setPlace(draft, id, { recording: notRecording });
      say(draft, { type: 'stop-recording', place: id });
      continue;
    }
    let { recording } = place;
    if (recording.state === 'none') {
      // What is recorded begins with what can be heard.
      if (counterpart.kind !== 'place') continue;
      const file = fileIn(wanted.folder, draft);
      recording = { state: 'running', file };
      setPlace(draft, id, { recording });
      say(draft, { type: 'record', place: id, recording: { file, ...wanted.recording } });
      emit(draft, { type: 'call.recording_started', call: draft.state.call, file });
    }
    // Of a recording that was paused when its media server was lost, not a word may be in the next one.
    if ((recording.state === 'paused') !== wanted.isPaused) {
      setPlace(draft, id, { recording: { ...recording, state: wanted.isPaused ? 'paused' : 'running' } });
      say(draft, { type: 'pause-recording', place: id, isPaused: wanted.isPaused });
      emit(draft, { type: 'call.recording_paused', call: draft.state.call, isPaused: wanted.isPaused });
    }
  }
}

/** Names sort by time, and tell the call. */
function fileIn(folder: string, { atMs, state }: Draft): string {
  return `${folder}/${new Date(atMs).toISOString().replace(/[:.]/g, '-')}-${state.call}.wav`;
}

function isKnown({ unaware }: NonNullable<Talking['recording']>, legs: readonly LegId[]): boolean {
  return !unaware.some((leg) => legs.includes(leg));
}

/** What is recorded of the party now. */
export function recordedFile({ sound }: CallState, leg: LegId): string | undefined {
  const place = sound.parties.get(leg)?.place;
  const recording = place === undefined ? undefined : sound.places.get(place)?.recording;
  return recording?.state === 'none' ? undefined : recording?.file;
}

function wantedRecording({ phase, caller }: CallState): WantedRecording | undefined {
  const { leg } = caller;
  // A third who has not been told is not in the room yet.
  if (phase.name === 'talking' && phase.recording !== undefined && isKnown(phase.recording, [leg, phase.peer])) {
    return { leg, isPaused: phase.recording.isPaused, folder: 'calls', recording: { of: 'both' } };
  }
  if (phase.name !== 'voicemail' || phase.recordingSinceMs === undefined) return undefined;
  const { id, maxMs, silenceMs } = phase.box;
  return { leg, isPaused: false, folder: `voicemail/${id}`, recording: { of: 'party', maxMs, silenceMs } };
}
