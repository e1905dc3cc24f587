/**
 * What a call needs of a media server. `src/media/` implements it over SIP and ESL; unit tests bring a scripted one.
 *
 * A *place* is one party's spot on a media server: the party sends its RTP there and hears what is played, or whoever
 * it is joined with. The SDP of both sides passes through the call, which hands it to the party by INVITE or re-INVITE.
 * ```
 *  open ──► opened ──(describe ──► described)*──► close
 *    └─► failed              └─► lost: the server is gone; the call opens another place
 * ```
 * No method throws for what a server or a file does: outcomes arrive as {@link PlaceEvent}s, after the method has
 * returned. After `failed`, `lost` or `close` nothing more is said of a place.
 */
import type { PlaceId } from '../kernel/ids.js';

export interface Media {
  /** Whether any server would take a new place now. */
  isUp(): boolean;
  open(request: PlaceRequest, onEvent: (event: PlaceEvent) => void): Place;
  /** Places that are open or being opened; 0 when nothing is left. */
  count(): number;
}

export interface PlaceRequest {
  readonly place: PlaceId;
  /** The party's SDP offer, which `opened` answers. Without it `opened` brings the server's own offer (RFC 3264 §4). */
  readonly sdpOffer?: string;
  /** On the server of this place, whatever its load: only places of one server can be joined. */
  readonly near?: PlaceId;
}

export interface Place {
  readonly id: PlaceId;
  /** What the party says of itself now: its answer to the server's offer, or a new offer. `described` answers both. */
  describe(sdp: string): void;
  /** In place of what is being played; `played` tells that the last sound came to its end by itself. */
  play(sounds: readonly Sound[], options?: { readonly repeat?: boolean }): void;
  /** Stops what is being played. */
  hush(): void;
  /** The two parties hear each other, and nothing that was being played. Either place may be asked, once is enough. */
  join(other: PlaceId): void;
  /** Each for itself again, in silence. */
  part(): void;
  /** Records both directions into a WAV file (a path as the media server sees it) until stopped or closed. */
  record(recording: RecordingRequest): void;
  /** Silence is recorded while paused. */
  pauseRecording(paused: boolean): void;
  stopRecording(): void;
  /** Hears what another place's party and whoever it is joined with say; see {@link SpyMode}. */
  spy(on: PlaceId, mode: SpyMode): void;
  /** Everybody who is in the room hears everybody. */
  confer(room: string): void;
  close(): void;
}

export interface RecordingRequest {
  readonly file: string;
  /** `party`: only what the party says (voicemail). `both`: also what it hears. */
  readonly of: 'party' | 'both';
  readonly maxMs?: number;
  /** Ends after so long a silence of the party. */
  readonly silenceMs?: number;
}

/** listen: unheard by both; whisper: heard by the place's own party; barge: heard by both. */
export type SpyMode = 'listen' | 'whisper' | 'barge';

export type Sound =
  /** A WAV file by its path as the media server sees it. */
  | { readonly kind: 'file'; readonly path: string }
  /** Frequencies in Hz sounding together for `onMs`, then silence for `offMs`. */
  | { readonly kind: 'tone'; readonly hz: readonly number[]; readonly onMs: number; readonly offMs: number }
  | { readonly kind: 'silence'; readonly ms: number };

export type PlaceEvent =
  | { readonly type: 'opened'; readonly sdp: string }
  /** The server's SDP after `describe`: the same as before when nothing about it has changed. */
  | { readonly type: 'described'; readonly sdp: string }
  | { readonly type: 'failed'; readonly why: 'no-server' | 'refused' | 'timeout' }
  /** A key of the party, by RFC 4733 or SIP INFO. */
  | { readonly type: 'digit'; readonly digit: string }
  | { readonly type: 'played' }
  /** A sound could not be played (no such file); what follows it in the list plays on. */
  | { readonly type: 'not-played'; readonly sound: Sound }
  | {
      readonly type: 'recorded';
      readonly file: string;
      readonly durationMs: number;
      readonly why: 'stopped' | 'silence' | 'full';
    }
  | { readonly type: 'lost' };
