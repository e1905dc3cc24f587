/**
 * Conference of three: an agent who has two calls joins the other parties of both, and stays.
 *
 * ```
 *  first call:   A ── agent                            A ── agent        all in one room, one call
 *  consultation:      agent ── X   ──key or API──►         ╲ │
 *                                                            X
 *  X leaves ──► A ── agent      the agent leaves ──► A ── X      A leaves ──► over
 * ```
 * The first call takes X over from the consultation, with the room that X's part in it takes. Of the agent's two legs the one
 * stays by which they talk: phones put the first call on hold to ask, and nobody could take it off hold for them.
 */
import type { AgentId, LegId, WorkId } from '../../kernel/ids.js';
import { dismiss, dropLeg, emit, otherParty, queueRules, say, setLeg, setPhase, type Draft } from './call-draft.js';
import { clearParty, setParty } from './call-sound.js';
import { hasMedia, refusesPlace } from './call-sound-wants.js';
import { handOver, sendAway, takeOffHold } from './call-transfer.js';
import type { CallState, GivenParty, GivenSession, Phase } from './call-types.js';
import { nobody } from '../sound/sound.js';
import { isHold } from '../sound/sdp-session.js';

type Talking = Extract<Phase, { name: 'talking' }>;

/** Why two calls are not joined. */
export type ConferenceRefusal = 'not-talking' | 'no-consultation' | 'no-media-server' | 'conference-full';

/** `call`: the one that goes on. */
export type ConferenceOutcome =
  | { readonly type: 'conferring'; readonly call: WorkId }
  | { readonly type: 'refused'; readonly why: ConferenceRefusal };

/** @param consultation the other call of the agent among the first one's two parties */
export function conferenceRefusal(first: CallState, consultation: CallState): ConferenceRefusal | undefined {
  if (first.phase.name !== 'talking' || consultation.phase.name !== 'talking') return 'not-talking';
  if (first.phase.third !== undefined || consultation.phase.third !== undefined) return 'conference-full';
  return hasMedia(first) ? undefined : 'no-media-server';
}

/** The agents among those who talk; none while nobody does. */
export function agentsIn({ phase, caller }: CallState): readonly AgentId[] {
  if (phase.name !== 'talking') return [];
  const known = [phase.agent, caller.dialler?.agent, phase.third?.agent?.agent];
  return known.filter((agent) => agent !== undefined);
}

/** By which leg the agent, one of the two who talk, does so. */
export function legOfAgent({ phase, caller }: CallState, agent: AgentId): LegId | undefined {
  if (phase.name !== 'talking') return undefined;
  if (phase.agent === agent) return phase.peer;
  return caller.dialler?.agent === agent ? caller.leg : undefined;
}

/** Whether the agent has put the other one on hold, and so would not hear a conference by this leg. */
export function isAside(state: CallState, agent: AgentId): boolean {
  const leg = legOfAgent(state, agent);
  const sdp = leg === undefined ? undefined : state.sound.parties.get(leg)?.sdp;
  return sdp !== undefined && isHold(sdp);
}

/** Whom the agent has asked comes in. */
export function thirdJoined(draft: Draft, agent: AgentId, party: GivenParty): void {
  const { phase } = draft.state;
  const before = legOfAgent(draft.state, agent);
  if (phase.name !== 'talking' || phase.third !== undefined || before === undefined) return turnAway(draft, party);
  const { onHoldBy: _over, ...talking } = phase;
  const host = party.host?.leg ?? before;
  const customer = otherParty(draft.state, before);
  if (party.host !== undefined) goOnBy(draft, before, party.host);
  // What they are passing on to each other comes to its end, unless one of the two is another leg now.
  if (customer !== undefined && party.host !== undefined) clearParty(draft, customer, 'relayed');
  if (customer !== undefined) takeOffHold(draft, customer);
  setLeg(draft, party.leg, {
    ...(party.agent === undefined ? {} : { agent: party.agent.agent }),
    step: 0,
    rungWith: nobody,
    state: { name: 'connected' },
  });
  setParty(draft, party.leg, party.session);
  const third = {
    leg: party.leg,
    ...(party.agent === undefined ? {} : { agent: party.agent }),
    name: party.name,
    host,
    sinceMs: draft.atMs,
  };
  const together = { ...talking, peer: before === phase.peer ? host : phase.peer, third };
  setPhase(draft, { ...together, ...recordedWithThird(draft.state, together, { before, host }) });
  emit(draft, { type: 'call.conference_began', call: draft.state.call, agent, with: party.name });
}

/** Who comes in hears first that the call is recorded; the recording goes on meanwhile. */
function recordedWithThird(
  state: CallState,
  { recording, third }: Talking,
  leg: { readonly before: LegId; readonly host: LegId },
): Pick<Talking, 'recording'> {
  if (recording === undefined || third === undefined) return {};
  const unaware = recording.unaware.map((each) => (each === leg.before ? leg.host : each));
  const told = queueRules(state)?.recordingNotice === undefined ? [] : [third.leg];
  return { recording: { ...recording, unaware: [...unaware, ...told] } };
}

/** The agent's part from now on is their leg in the consultation; the one that they had here goes. */
function goOnBy(draft: Draft, before: LegId, host: { readonly leg: LegId; readonly session: GivenSession }): void {
  const { caller, legs } = draft.state;
  const known = legs.get(before) ?? { step: 0, rungWith: nobody };
  sendAway(draft, before);
  if (before === caller.leg) draft.state = { ...draft.state, caller: { ...caller, leg: host.leg } };
  else setLeg(draft, host.leg, { ...known, rungWith: nobody, state: { name: 'connected' } });
  setParty(draft, host.leg, host.session);
}

/** Who came too late: their call is over. */
export function turnAway(draft: Draft, { leg, agent, host }: GivenParty): void {
  for (const each of [leg, ...(host === undefined ? [] : [host.leg])]) sendAway(draft, each);
  if (agent !== undefined) say(draft, { type: 'release', ...agent, wrapUpMs: 0, talkMs: 0 });
}

// ─── leaving

/**
 * One of three has hung up.
 * @returns false when that ends the call: the one who was there before the third came, and brought nobody
 */
export function leftConference(draft: Draft, leg: LegId): boolean {
  const { phase } = draft.state;
  if (phase.name !== 'talking' || phase.third === undefined) return false;
  if (leg === phase.third.leg) {
    dropLeg(draft, leg);
    thirdLeft(draft, phase);
    return true;
  }
  if (leg !== phase.third.host) return false;
  hostLeft(draft, phase, leg);
  return true;
}

/** Who cannot be brought to where the others meet is let go. */
export function thirdRefused(draft: Draft, leg: LegId): void {
  const { phase } = draft.state;
  if (phase.name !== 'talking' || phase.third?.leg !== leg || !refusesPlace(draft.state, leg)) return;
  dismiss(draft, leg);
  thirdLeft(draft, phase);
}

/** The two who talked before go on. */
function thirdLeft(draft: Draft, phase: Talking): void {
  const { third, ...rest } = phase;
  if (third === undefined) return;
  if (third.agent !== undefined) {
    say(draft, { type: 'release', ...third.agent, wrapUpMs: 0, talkMs: draft.atMs - third.sinceMs });
  }
  const { watched, ...unwatched } = rest;
  setPhase(draft, watched === third.agent?.agent ? unwatched : rest);
  twoGoOn(draft, third.leg);
  emit(draft, { type: 'call.conference_ended', call: draft.state.call, left: 'third' });
}

/** As after an attended transfer: the agent's room is free, and the two others talk. */
function hostLeft(draft: Draft, phase: Talking, leg: LegId): void {
  const { third, agent, watched, recording } = phase;
  if (third === undefined) return;
  const host = leg === phase.peer ? agent : draft.state.caller.dialler?.agent;
  handOver(draft, phase, leg, third, 'gone');
  const talking = draft.state.phase;
  if (talking.name !== 'talking') return;
  setPhase(draft, {
    ...talking,
    ...(watched === undefined || watched === host ? {} : { watched }),
    ...(recording === undefined ? {} : { recording }),
  });
  twoGoOn(draft, leg);
  const { call } = draft.state;
  emit(draft, { type: 'call.conference_ended', call, left: 'agent' });
  if (host !== undefined) emit(draft, { type: 'call.transferred', call, agent: host, to: third.name });
}

/** What was no hold among three is one among two, and nobody waits until who has gone has heard the notice. */
function twoGoOn(draft: Draft, gone: LegId): void {
  const { phase, caller, call, sound } = draft.state;
  if (phase.name !== 'talking') return;
  const { recording } = phase;
  const unaware = recording?.unaware.filter((leg) => leg !== gone) ?? [];
  const holder = [caller.leg, phase.peer].find((leg) => {
    const sdp = sound.parties.get(leg)?.sdp;
    return sdp !== undefined && isHold(sdp);
  });
  setPhase(draft, {
    ...phase,
    ...(recording === undefined ? {} : { recording: { ...recording, unaware } }),
    ...(holder === undefined ? {} : { onHoldBy: holder }),
  });
  if (holder !== undefined) emit(draft, { type: 'call.held', call, by: holder === caller.leg ? 'caller' : 'agent' });
}
