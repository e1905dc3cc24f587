/** Whom each party of a call should hear, as the call stands: the aim that `call-sound.ts` works towards. */
import type { LegId, PlaceId } from '../../kernel/ids.js';
import { queueRules } from './call-draft.js';
import type { CallState, OutLeg, Phase, Third } from './call-types.js';
import type { SpyMode } from '../media.js';
import { isHold } from '../sound/sdp-session.js';
import type { Programme } from '../sound/programme.js';

export type Want =
  | { readonly kind: 'party'; readonly leg: LegId }
  | { readonly kind: 'place'; readonly doing: WantedDoing }
  /** A place is kept ready, and not given to the party yet. */
  | { readonly kind: 'reserve' };

export type WantedDoing =
  | { readonly kind: 'quiet' }
  | { readonly kind: 'play'; readonly what: Programme }
  | { readonly kind: 'join'; readonly leg: LegId }
  | { readonly kind: 'spy'; readonly on: PlaceId; readonly mode: SpyMode }
  | { readonly kind: 'confer'; readonly room: string };

type Talking = Extract<Phase, { name: 'talking' }>;

export function hasMedia(state: CallState): boolean {
  return state.sound.house !== undefined && !state.sound.isDown;
}

/** Parties that are not named are left as they are. */
export function wantsOf(state: CallState): ReadonlyMap<LegId, Want> {
  const wants = new Map<LegId, Want>();
  const { phase, caller } = state;
  if (phase.name === 'talking') return talkingWants(state, phase);
  if (!hasMedia(state) || phase.name === 'over') return wants;
  if (phase.name === 'menu' || phase.name === 'voicemail' || phase.name === 'parting') {
    const doing: WantedDoing = state.tune === undefined ? { kind: 'quiet' } : { kind: 'play', what: state.tune };
    return wants.set(caller.leg, { kind: 'place', doing });
  }
  if (phase.name === 'calling-back') {
    const what: Programme = { type: 'ringing', language: languageOf(state) };
    return wants.set(phase.agentLeg, { kind: 'place', doing: { kind: 'play', what } });
  }
  if (phase.name === 'spying') {
    const { on, mode } = phase;
    return on === undefined ? wants : wants.set(caller.leg, { kind: 'place', doing: { kind: 'spy', on, mode } });
  }
  const tune = tuneOf(state);
  if (tune !== undefined) wants.set(caller.leg, { kind: 'place', doing: { kind: 'play', what: tune } });
  // Who answers must not wait until the caller has a place too.
  else if (phase.name === 'offering' && staysOnServer(state)) wants.set(caller.leg, { kind: 'reserve' });
  for (const [id, leg] of state.legs) {
    const prompt = leg.state.name === 'confirming' ? confirmPrompt(state, leg) : undefined;
    if (prompt !== undefined) wants.set(id, { kind: 'place', doing: { kind: 'play', what: prompt } });
  }
  return wants;
}

/** Who was answered already, and is put through to somebody, hears ringing; who waits, what the queue plays. */
function tuneOf(state: CallState): Programme | undefined {
  if (queueRules(state)?.waiting !== undefined && state.tune !== undefined) return state.tune;
  if (state.caller.state !== 'answered') return undefined;
  return { type: 'ringing', language: languageOf(state) };
}

function confirmPrompt(state: CallState, { confirmKey }: OutLeg): Programme | undefined {
  if (confirmKey === undefined) return undefined;
  const queue = queueRules(state)?.queue;
  return {
    type: 'confirm',
    language: languageOf(state),
    key: confirmKey,
    from: state.caller.from,
    ...(queue === undefined ? {} : { queue }),
  };
}

function talkingWants(state: CallState, phase: Talking): ReadonlyMap<LegId, Want> {
  const { leg } = state.caller;
  const { peer, third } = phase;
  if (third !== undefined && hasMedia(state)) return conferenceWants(state, phase, third);
  if (!isBridged(state, phase)) {
    return new Map<LegId, Want>([
      [leg, { kind: 'party', leg: peer }],
      [peer, { kind: 'party', leg }],
    ]);
  }
  return new Map<LegId, Want>([
    [leg, { kind: 'place', doing: talkingDoing(state, phase, leg, peer) }],
    [peer, { kind: 'place', doing: talkingDoing(state, phase, peer, leg) }],
  ]);
}

function isBridged(state: CallState, phase: Talking): boolean {
  if (!hasMedia(state)) return false;
  if (phase.onHoldBy !== undefined || state.sound.staysBridged) return true;
  // Who does not come is left behind by nobody: what needs a media server is left undone.
  if (refusesPlace(state, state.caller.leg) || refusesPlace(state, phase.peer)) return false;
  if (phase.recording !== undefined || phase.watched !== undefined) return true;
  return staysOnServer(state);
}

/** Whether the party would not go to a place, and has told us nothing new since. */
export function refusesPlace({ sound }: CallState, leg: LegId): boolean {
  const party = sound.parties.get(leg);
  return party?.refused?.kind === 'place' && party.with.kind !== 'place';
}

/** Without a media server the two who talked first go on, and the third waits for the next one. */
function conferenceWants(state: CallState, phase: Talking, third: Third): ReadonlyMap<LegId, Want> {
  const wants = new Map<LegId, Want>();
  for (const leg of [state.caller.leg, phase.peer, third.leg]) {
    wants.set(leg, { kind: 'place', doing: conferenceDoing(state, phase, leg) });
  }
  return wants;
}

function conferenceDoing(state: CallState, phase: Talking, leg: LegId): WantedDoing {
  const notice = noticeFor(state, phase, leg);
  if (notice !== undefined) return notice;
  // The music of a phone that holds is for nobody in the room.
  const sdp = state.sound.parties.get(leg)?.sdp;
  return sdp !== undefined && isHold(sdp) ? { kind: 'quiet' } : { kind: 'confer', room: state.call };
}

/** What says that the call is recorded, for who has not heard it yet. */
function noticeFor(state: CallState, phase: Talking, leg: LegId): WantedDoing | undefined {
  const notice = queueRules(state)?.recordingNotice;
  if (notice === undefined || phase.recording?.unaware.includes(leg) !== true) return undefined;
  return { kind: 'play', what: { type: 'prompts', prompts: [notice], language: languageOf(state) } };
}

function staysOnServer(state: CallState): boolean {
  return queueRules(state)?.isAnchored === true && !state.sound.staysDirect;
}

function talkingDoing(state: CallState, phase: Talking, self: LegId, other: LegId): WantedDoing {
  const notice = noticeFor(state, phase, self);
  if (notice !== undefined) return notice;
  // Nobody is joined with who still hears the notice, which would end it.
  if (noticeFor(state, phase, other) !== undefined) return { kind: 'quiet' };
  switch (phase.onHoldBy) {
    case undefined:
      return { kind: 'join', leg: other };
    case self:
      return { kind: 'quiet' };
    default: {
      const music = queueRules(state)?.waiting?.music ?? state.sound.house?.music ?? 'default';
      return { kind: 'play', what: { type: 'music', music } };
    }
  }
}

function languageOf(state: CallState): string {
  const rules = queueRules(state);
  return rules?.waiting?.language ?? rules?.language ?? state.sound.house?.language ?? 'en';
}
