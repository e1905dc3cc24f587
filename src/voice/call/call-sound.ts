/**
 * Brings about what {@link wantsOf} asks for, one exchange of SDP at a time, and takes in what comes of it.
 *
 * ```
 *             seat: open a place with the party's SDP, give the party the place's
 *   nobody ─────────────────────────────────────────────────────────────► place (music, prompts, joined with another)
 *     │                                                                      │
 *     └── pair: each gets the other's SDP, the callee first ──► party ◄──────┘  and the places are closed
 *   Three who confer are each at a place, and all in one room.
 * ```
 * A party is given an SDP by whatever means its session is open to: our 200 to its INVITE, the answer to its re-INVITE,
 * or a re-INVITE of ours. `arrange` may be asked at any time: it says only what is still missing.
 */
import { placeId, type LegId, type PlaceId } from '../../kernel/ids.js';
import { say, setCallerState, type Draft } from './call-draft.js';
import { hasMedia, wantsOf, type Want, type WantedDoing } from './call-sound-wants.js';
import { withoutBeingHeld } from '../sdp.js';
import { saysTheSame } from '../sound/sdp-session.js';
import {
  hasRefused,
  isSettled,
  isWith,
  nobody,
  notRecording,
  quiet,
  sameDoing,
  type Counterpart,
  type Doing,
  type Party,
  type PlaceState,
  type SoundState,
} from '../sound/sound.js';

export function arrange(draft: Draft): void {
  const { sound } = draft.state;
  if (sound.parties.size === 0 && sound.places.size === 0) return;
  forgetLeftParties(draft);
  const wants = wantsOf(draft.state);
  const paired: LegId[] = [];
  for (const [leg, want] of wants) {
    if (want.kind === 'place') seat(draft, leg, want.doing);
    else if (want.kind === 'reserve') reserve(draft, leg, anyPlace(draft));
    else paired.push(leg);
  }
  const [caller, callee] = paired;
  if (caller !== undefined && callee !== undefined) pair(draft, caller, callee);
  closeEmptyPlaces(draft, wants);
}

// ─── parties and places as values

export function setParty(draft: Draft, leg: LegId, change: Partial<Party>): void {
  const party = draft.state.sound.parties.get(leg) ?? { with: nobody };
  setSound(draft, { parties: new Map(draft.state.sound.parties).set(leg, { ...party, ...change }) });
}

/** The same without an entry that stood for something that is over. */
export function clearParty(
  draft: Draft,
  leg: LegId,
  ...keys: ('offered' | 'asked' | 'relayed' | 'refused' | 'place')[]
): void {
  const party = draft.state.sound.parties.get(leg);
  if (party === undefined) return;
  const kept = Object.entries(party).filter(([key]) => !(keys as string[]).includes(key));
  const parties = new Map(draft.state.sound.parties).set(leg, Object.fromEntries(kept) as unknown as Party);
  setSound(draft, { parties });
}

export function setPlace(draft: Draft, id: PlaceId, change: Partial<PlaceState>): void {
  const place = draft.state.sound.places.get(id);
  if (place === undefined) return;
  setSound(draft, { places: new Map(draft.state.sound.places).set(id, { ...place, ...change }) });
}

export function removePlace(draft: Draft, id: PlaceId): void {
  const places = new Map(draft.state.sound.places);
  places.delete(id);
  setSound(draft, { places });
  for (const [leg, party] of draft.state.sound.parties) if (party.place === id) clearParty(draft, leg, 'place');
}

export function setSound(draft: Draft, change: Partial<SoundState>): void {
  draft.state = { ...draft.state, sound: { ...draft.state.sound, ...change } };
}

/** Opens a place for a party that is yet to come, or, with its offer, for one that is there. */
export function openPlace(draft: Draft, name: string, sdpOffer?: string, near?: PlaceId): PlaceId {
  const { call } = draft.state;
  const { nextPlace, places } = draft.state.sound;
  // The leg of a party from another call, which has opened places by that name itself.
  const ownName = name.startsWith(call) ? name : `${call}/${name}`;
  const id = placeId(`${ownName}@${String(nextPlace)}`);
  const place: PlaceState = {
    isOpen: false,
    ...(sdpOffer === undefined ? {} : { knows: sdpOffer }),
    isDescribing: false,
    doing: quiet,
    recording: notRecording,
  };
  setSound(draft, { nextPlace: nextPlace + 1, places: new Map(places).set(id, place) });
  say(draft, {
    type: 'open-place',
    place: id,
    ...(sdpOffer === undefined ? {} : { sdpOffer }),
    ...(near === undefined ? {} : { near }),
  });
  return id;
}

// ─── at a place

function seat(draft: Draft, leg: LegId, doing: WantedDoing): void {
  const party = draft.state.sound.parties.get(leg);
  if (party === undefined) return;
  if (party.place === undefined) return reserve(draft, leg, doing.kind === 'spy' ? doing.on : anyPlace(draft));
  const place = draft.state.sound.places.get(party.place);
  if (place?.sdp === undefined || place.isDescribing) return;
  const here = { kind: 'place', place: party.place, sdp: place.sdp } as const;
  // Among three nobody's hold is anybody else's.
  const said = doing.kind === 'confer' && party.sdp !== undefined ? withoutBeingHeld(party.sdp) : party.sdp;
  if (said !== undefined && (place.knows === undefined || !saysTheSame(place.knows, said))) {
    setPlace(draft, party.place, { isDescribing: true, knows: said });
    say(draft, { type: 'describe-place', place: party.place, sdp: said });
  } else if (mayGive(party, here)) give(draft, leg, here);
  if (draft.state.sound.parties.get(leg)?.with.kind === 'place') perform(draft, party.place, doing);
}

function reserve(draft: Draft, leg: LegId, near: PlaceId | undefined): void {
  const party = draft.state.sound.parties.get(leg);
  if (party === undefined || party.place !== undefined) return;
  setParty(draft, leg, { place: openPlace(draft, leg, party.sdp, near) });
}

/** All places of a call are on one server, so that any two can be joined. */
export function anyPlace(draft: Draft): PlaceId | undefined {
  return [...draft.state.sound.places.keys()][0];
}

function perform(draft: Draft, id: PlaceId, wanted: WantedDoing): void {
  const { parties, places } = draft.state.sound;
  if (wanted.kind !== 'join') return setDoing(draft, id, wanted);
  const other = parties.get(wanted.leg);
  // Until the other one is there too, music that plays may play on.
  if (other?.place === undefined || other.with.kind !== 'place' || places.get(other.place)?.isOpen !== true) return;
  const joined: Doing = { kind: 'join', with: other.place };
  const doing = places.get(id)?.doing;
  if (doing !== undefined && sameDoing(doing, joined)) return;
  setPlace(draft, id, { doing: joined });
  setPlace(draft, other.place, { doing: { kind: 'join', with: id } });
  say(draft, { type: 'join-places', place: id, other: other.place });
}

function setDoing(draft: Draft, id: PlaceId, doing: Doing): void {
  const before = draft.state.sound.places.get(id)?.doing;
  if (before === undefined || sameDoing(before, doing)) return;
  const hasCompany = before.kind === 'join' || before.kind === 'spy' || before.kind === 'confer';
  if (hasCompany) say(draft, { type: 'part-places', place: id });
  if (before.kind === 'join') setPlace(draft, before.with, { doing: quiet });
  setPlace(draft, id, { doing });
  if (doing.kind === 'spy') say(draft, { type: 'spy', place: id, on: doing.on, mode: doing.mode });
  else if (doing.kind === 'confer') say(draft, { type: 'confer', place: id, room: doing.room });
  else if (doing.kind === 'play') say(draft, { type: 'play', place: id, what: doing.what });
  else if (before.kind === 'play') say(draft, { type: 'hush', place: id });
}

// ─── two parties without a place

/** Who waits for an answer of ours is given the other's word last, the callee first otherwise. */
function pair(draft: Draft, caller: LegId, callee: LegId): void {
  const { parties } = draft.state.sound;
  const callerAsks = parties.get(caller)?.asked !== undefined;
  const calleeAsks = parties.get(callee)?.asked !== undefined && !callerAsks;
  const [first, second] = calleeAsks ? [caller, callee] : [callee, caller];
  if (!introduce(draft, first, second)) return;
  introduce(draft, second, first);
}

/** @returns whether `leg` is with `other` as that one is now, and nothing is under way */
function introduce(draft: Draft, leg: LegId, other: LegId): boolean {
  const party = draft.state.sound.parties.get(leg);
  const sdp = draft.state.sound.parties.get(other)?.sdp;
  if (party === undefined) return false;
  // Who has said nothing yet leaves the offer to the other one (RFC 3264 §4).
  if (sdp === undefined) return party.offered === undefined;
  const counterpart = { kind: 'party', leg: other, sdp } as const;
  if (mayGive(party, counterpart)) give(draft, leg, counterpart);
  return isSettled(draft.state.sound.parties.get(leg) ?? party);
}

/** An offer of the party is answered whatever is out: ours waits for as long (RFC 3261 §14.1). */
function mayGive(party: Party, counterpart: Exclude<Counterpart, { kind: 'nobody' }>): boolean {
  if (party.asked !== undefined) return true;
  return party.offered === undefined && !isWith(party, counterpart) && !hasRefused(party, counterpart);
}

function give(draft: Draft, leg: LegId, counterpart: Exclude<Counterpart, { kind: 'nobody' }>): void {
  const { caller, sound } = draft.state;
  const { sdp } = counterpart;
  const asked = sound.parties.get(leg)?.asked;
  if (asked !== undefined) {
    clearParty(draft, leg, 'asked');
    say(draft, { type: 'respond', leg, token: asked.token, status: 200, sdp });
  } else if (leg === caller.leg && caller.state === 'ringing') {
    setCallerState(draft, 'answered');
    say(draft, { type: 'answer', sdp });
  } else if (sound.parties.get(leg)?.with.kind === 'nobody') {
    // Rung without an offer: its 200 brought one, which waits for our ACK (RFC 3264 §4).
    say(draft, { type: 'ack', leg, sdp });
  } else {
    say(draft, { type: 'offer', leg, sdp });
    return setParty(draft, leg, { offered: counterpart });
  }
  setParty(draft, leg, { with: counterpart });
}

// ─── tidying

function forgetLeftParties(draft: Draft): void {
  const { caller, legs, sound } = draft.state;
  const isHere = (leg: LegId): boolean => {
    if (leg === caller.leg) return caller.state !== 'over';
    const state = legs.get(leg)?.state.name;
    return state !== undefined && state !== 'leaving';
  };
  const left = [...sound.parties.keys()].filter((leg) => !isHere(leg));
  if (left.length === 0) return;
  const parties = new Map(sound.parties);
  for (const leg of left) parties.delete(leg);
  setSound(draft, { parties });
}

function closeEmptyPlaces(draft: Draft, wants: ReadonlyMap<LegId, Want>): void {
  for (const id of draft.state.sound.places.keys()) {
    if (draft.state.phase.name !== 'over' && isNeeded(draft, id, wants)) continue;
    removePlace(draft, id);
    say(draft, { type: 'close-place', place: id });
  }
}

function isNeeded(draft: Draft, id: PlaceId, wants: ReadonlyMap<LegId, Want>): boolean {
  for (const leg of draft.state.legs.values()) {
    if (leg.state.name === 'leaving' || leg.state.name === 'connected') continue;
    if (leg.state.name === 'preparing' ? leg.state.place === id : isPlace(leg.rungWith, id)) return true;
  }
  for (const [leg, party] of draft.state.sound.parties) {
    if (isPlace(party.with, id) || isPlace(party.offered, id)) return true;
    if (party.place === id && (wants.get(leg)?.kind ?? 'party') !== 'party' && hasMedia(draft.state)) return true;
  }
  return false;
}

function isPlace(counterpart: Counterpart | undefined, id: PlaceId): boolean {
  return counterpart?.kind === 'place' && counterpart.place === id;
}
