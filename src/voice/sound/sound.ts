/**
 * Whom each party of a call hears, and what the call's places on media servers do. Plain values; the rules that change
 * them are in `call-sound.ts`.
 *
 * A party's session is always agreed with one *counterpart*: the other party's SDP, or that of a place. It is up to date
 * while that SDP still says the same as what the counterpart says of itself now.
 */
import type { InCallKeys } from '../../config/routing-config.js';
import type { LegId, PlaceId } from '../../kernel/ids.js';
import type { SpyMode } from '../media.js';
import type { Programme } from './programme.js';
import { saysTheSame } from './sdp-session.js';
import type { RequestToken } from '../signalling.js';

export interface SoundState {
  /** Music for who is put on hold, in which language prompts are; absent on a site without media servers. */
  readonly house?: House;
  /** No server took a place a moment ago. */
  readonly isDown: boolean;
  /** Two who talk stay joined without a media server: theirs was lost. */
  readonly staysDirect: boolean;
  /** A party would not go over to the other one's session; they are joined on a media server. */
  readonly staysBridged: boolean;
  readonly parties: ReadonlyMap<LegId, Party>;
  readonly places: ReadonlyMap<PlaceId, PlaceState>;
  /** Number of the next place. */
  readonly nextPlace: number;
}

export interface House {
  readonly music: string;
  readonly language: string;
  readonly keys: InCallKeys;
}

export type Counterpart =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'party'; readonly leg: LegId; readonly sdp: string }
  | { readonly kind: 'place'; readonly place: PlaceId; readonly sdp: string };

export interface Party {
  /** What the party says of its session; absent as long as it has said nothing. */
  readonly sdp?: string;
  readonly with: Counterpart;
  /** A re-INVITE of ours towards this counterpart has no answer yet. */
  readonly offered?: Counterpart;
  /** An offer of the party waits for our answer; refused, it says `before` again (RFC 3261 §14.1). */
  readonly asked?: { readonly token: RequestToken; readonly sdp: string; readonly before: string | undefined };
  /** An offer of the party that was passed on to the other one; without SDP it asks for the other one's. */
  readonly relayed?: { readonly sdp?: string };
  readonly place?: PlaceId;
  /** It would not go over to this counterpart, and is not asked to again. */
  readonly refused?: Counterpart;
}

export interface PlaceState {
  readonly isOpen: boolean;
  /** The server's own SDP, once it is open. */
  readonly sdp?: string;
  /** What the server has been told of the party. */
  readonly knows?: string;
  readonly isDescribing: boolean;
  readonly doing: Doing;
  readonly recording: PlaceRecording;
}

/** `file`: path below the folder of recordings. */
export type PlaceRecording =
  { readonly state: 'none' } | { readonly state: 'running' | 'paused'; readonly file: string };

export type Doing =
  | { readonly kind: 'quiet' }
  | { readonly kind: 'play'; readonly what: Programme }
  | { readonly kind: 'join'; readonly with: PlaceId }
  | { readonly kind: 'spy'; readonly on: PlaceId; readonly mode: SpyMode }
  /** With everybody else in the room. */
  | { readonly kind: 'confer'; readonly room: string };

export const nobody: Counterpart = { kind: 'nobody' };
export const quiet: Doing = { kind: 'quiet' };
export const notRecording: PlaceRecording = { state: 'none' };

export function silence(house?: House): SoundState {
  return {
    ...(house === undefined ? {} : { house }),
    isDown: false,
    staysDirect: false,
    staysBridged: false,
    parties: new Map(),
    places: new Map(),
    nextPlace: 1,
  };
}

/** Whether the party's session is agreed with what the counterpart says of itself now. */
export function isWith(party: Party, counterpart: Exclude<Counterpart, { kind: 'nobody' }>): boolean {
  return isSame(party.with, counterpart);
}

export function hasRefused(party: Party, counterpart: Exclude<Counterpart, { kind: 'nobody' }>): boolean {
  return party.refused !== undefined && isSame(party.refused, counterpart);
}

function isSame(before: Counterpart, now: Exclude<Counterpart, { kind: 'nobody' }>): boolean {
  if (before.kind === 'nobody' || before.kind !== now.kind) return false;
  const isSameParty = before.kind === 'party' && now.kind === 'party' ? before.leg === now.leg : true;
  const isSamePlace = before.kind === 'place' && now.kind === 'place' ? before.place === now.place : true;
  return isSameParty && isSamePlace && saysTheSame(before.sdp, now.sdp);
}

/** Nothing of the party's session is being negotiated. */
export function isSettled(party: Party): boolean {
  return party.offered === undefined && party.asked === undefined;
}

export function sameDoing(a: Doing, b: Doing): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
