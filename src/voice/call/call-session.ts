/** The parties' own sessions: their answers to what we offer, and what they offer themselves. */
import type { LegId } from '../../kernel/ids.js';
import { emit, otherParty, say, setPhase, type Draft } from './call-draft.js';
import { recordingRefused } from './call-recording.js';
import { clearParty, setParty, setSound } from './call-sound.js';
import { hasMedia } from './call-sound-wants.js';
import type { Phase } from './call-types.js';
import { isHold } from '../sound/sdp-session.js';
import type { Party } from '../sound/sound.js';
import type { LegEvent, RequestToken } from '../signalling.js';

type PeerRequest = Extract<LegEvent, { type: 'request' }>;
type Talking = Extract<Phase, { name: 'talking' }>;

/** The answer to a re-INVITE of ours. */
export function offerAnswered(draft: Draft, leg: LegId, sdp: string): void {
  const offered = draft.state.sound.parties.get(leg)?.offered;
  if (offered === undefined) return;
  clearParty(draft, leg, 'offered');
  setParty(draft, leg, { sdp, with: offered });
}

export function offerRefused(draft: Draft, leg: LegId): void {
  const offered = draft.state.sound.parties.get(leg)?.offered;
  if (offered === undefined) return;
  clearParty(draft, leg, 'offered');
  setParty(draft, leg, { refused: offered });
  // Not to the other party: then by way of a place. Not to a place either: it is left as it is.
  if (offered.kind === 'party' && hasMedia(draft.state)) setSound(draft, { staysBridged: true });
  recordingRefused(draft, leg);
}

/** An answer to what was relayed, or to an offer in our 200. */
export function described(draft: Draft, leg: LegId, sdp: string): void {
  const { sound } = draft.state;
  const party = sound.parties.get(leg);
  if (party === undefined) return;
  setParty(draft, leg, { sdp });
  const other = otherParty(draft.state, leg);
  // At a place it has answered an offer of ours, and nothing of the other one's.
  if (other === undefined || party.with.kind === 'place') return;
  const here = { kind: 'party', leg, sdp } as const;
  const relayed = sound.parties.get(other)?.relayed;
  if (relayed !== undefined) {
    // Without SDP in the other's request this is an offer, which the other one has with its 200 and answers in its ACK.
    setParty(draft, other, { ...relayed, with: here });
    if (relayed.sdp === undefined) return;
    setParty(draft, leg, { with: { kind: 'party', leg: other, sdp: relayed.sdp } });
    clearParty(draft, other, 'relayed');
  } else if (party.relayed?.sdp === undefined && party.relayed !== undefined) {
    setParty(draft, other, { with: here });
  }
  clearParty(draft, leg, 'relayed');
}

/**
 * An offer of somebody who talks.
 * @returns false when it is for the other party alone: the two are with each other directly, and nobody is put on hold
 */
export function takeOffer(draft: Draft, leg: LegId, { token, method, sdp }: PeerRequest): boolean {
  const { phase, sound } = draft.state;
  const party = sound.parties.get(leg);
  const isOurs = phase.name === 'talking' && (method === 'INVITE' || method === 'UPDATE');
  if (!isOurs || party === undefined) return false;
  const isPair = areDirect(draft, leg);
  if (sdp === undefined) {
    if (isPair) setParty(draft, leg, { relayed: {} });
    else say(draft, { type: 'respond', leg, token, ...ourOffer(party, method) });
    return !isPair;
  }
  const holds = isHold(sdp);
  const ends = phase.onHoldBy === leg && !holds;
  if (isPair && !(holds && hasMedia(draft.state)) && !ends) {
    setParty(draft, leg, { relayed: { sdp } });
    return false;
  }
  if (leg === phase.third?.leg && !hasMedia(draft.state)) {
    say(draft, { type: 'respond', leg, token, status: 491 });
    return true;
  }
  clearParty(draft, leg, 'refused');
  setParty(draft, leg, { sdp, asked: { token, sdp, before: party.sdp } });
  noteHold(draft, leg, { holds, ends });
  return true;
}

/** Whether the two have each other's session: what one of them offers is the other's to answer. */
function areDirect({ state }: Draft, leg: LegId): boolean {
  const other = otherParty(state, leg);
  if (other === undefined) return false;
  if (state.phase.name === 'talking' && state.phase.third !== undefined && hasMedia(state)) return false;
  const isWith = (one: LegId, two: LegId): boolean => {
    const counterpart = state.sound.parties.get(one)?.with;
    return counterpart?.kind === 'party' && counterpart.leg === two;
  };
  return isWith(leg, other) && isWith(other, leg);
}

/** RFC 3261 §14.1: a re-INVITE without an offer asks for ours; who is on the way to one is told that it comes. */
function ourOffer({ with: counterpart }: Party, method: PeerRequest['method']): { status: number; sdp?: string } {
  if (method !== 'INVITE') return { status: 200 };
  return counterpart.kind === 'place' ? { status: 200, sdp: counterpart.sdp } : { status: 491 };
}

function noteHold(draft: Draft, leg: LegId, { holds, ends }: { holds: boolean; ends: boolean }): void {
  const { phase, call } = draft.state;
  // Of three nobody is on hold: who holds is out of the room for as long.
  if (phase.name !== 'talking' || phase.third !== undefined) return;
  if (holds && phase.onHoldBy === undefined) {
    setPhase(draft, { ...phase, onHoldBy: leg });
    emit(draft, { type: 'call.held', call, by: leg === draft.state.caller.leg ? 'caller' : 'agent' });
  } else if (ends) {
    setPhase(draft, withoutHold(phase));
    emit(draft, { type: 'call.resumed', call });
  }
}

/** The party has taken its offer back: its session, and who is on hold, are as before (RFC 3261 §9). */
export function offerCancelled(draft: Draft, leg: LegId, token: RequestToken): void {
  const { phase, call } = draft.state;
  const asked = draft.state.sound.parties.get(leg)?.asked;
  if (asked?.token !== token) return;
  clearParty(draft, leg, 'asked');
  if (asked.before !== undefined) setParty(draft, leg, { sdp: asked.before });
  if (phase.name !== 'talking' || phase.third !== undefined) return;
  const holds = asked.before !== undefined && isHold(asked.before);
  if (!holds && phase.onHoldBy === leg) {
    setPhase(draft, withoutHold(phase));
    emit(draft, { type: 'call.resumed', call });
  } else if (holds && phase.onHoldBy === undefined) {
    setPhase(draft, { ...phase, onHoldBy: leg });
    emit(draft, { type: 'call.held', call, by: leg === draft.state.caller.leg ? 'caller' : 'agent' });
  }
}

export function withoutHold(phase: Talking): Talking {
  const { onHoldBy: _ended, ...rest } = phase;
  return rest;
}
