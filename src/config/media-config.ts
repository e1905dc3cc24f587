/** Of a RoutingConfig, what concerns sound: who makes it, from which files, and what is heard in line. */
import type { HoursId, TrunkId, VoicemailId } from '../kernel/ids.js';

/** The servers that give calls their sound, and what they play. */
export interface MediaConfig {
  readonly servers: MediaServers;
  /** Of prompts, where a queue or entry point says nothing else: `en`, `es`. */
  readonly language: string;
  /** Music by name; a source named `default` is always there. */
  readonly music: ReadonlyMap<string, MusicConfig>;
  /** Prompts (`<language>/<name>.wav` below it) and music. */
  readonly sounds: MediaFolder;
  readonly recordings: MediaFolder;
  readonly retention: RetentionConfig;
}

/** How long recordings and messages are kept, and how much of them; what is absent is without limit. */
export interface RetentionConfig {
  readonly recordingsMs?: number;
  readonly messagesMs?: number;
  /** Of all together: the oldest go first. */
  readonly maxBytes?: number;
  /** An event says so when less is free on the disk. */
  readonly minFreeBytes: number;
}

export type MediaServers =
  /** No sound: waiting callers hear the ringing tone of their own network. */
  | { readonly kind: 'none' }
  /** The media server that is built in; its RTP goes by this address and these ports, ends included. */
  | {
      readonly kind: 'embedded';
      readonly host: string;
      readonly rtpPorts: { readonly from: number; readonly to: number };
    }
  | { readonly kind: 'freeswitch'; readonly servers: readonly FreeswitchAddress[] };

export interface FreeswitchAddress {
  readonly name: string;
  /** Event socket. */
  readonly host: string;
  readonly port: number;
  readonly password: string;
  /** Where its SIP profile listens. */
  readonly sip: { readonly host: string; readonly port: number };
}

/** A folder as this controller sees it, and as the media servers do; both are absolute paths. */
export interface MediaFolder {
  readonly path: string;
  readonly onServer: string;
}

export type MusicConfig =
  /** WAV files, one after the other, again and again. Paths below the sounds' folder. */
  | { readonly kind: 'files'; readonly files: readonly string[]; readonly shuffle: boolean }
  /** A soft tone that is made, not played. */
  | { readonly kind: 'tone' };

/** What callers hear while they wait. */
export type WaitingConfig =
  /** The ringing tone of their own network; they are not charged before an agent answers. */
  | { readonly kind: 'ringing' }
  | {
      readonly kind: 'music';
      /** Name of a music source. */
      readonly music: string;
      /** Prompt at the beginning. */
      readonly welcome?: string;
      /** Said again and again, `everyMs` after the last time; nothing is said when both are false. */
      readonly announce: { readonly position: boolean; readonly expectedWait: boolean; readonly everyMs: number };
      readonly callback?: CallbackConfig;
      /** Leaves the line for a voicemail. */
      readonly voicemail?: { readonly key: string; readonly box: VoicemailId };
    };

/** The caller hangs up, keeps the place in line, and is called when an agent has accepted. */
export interface CallbackConfig {
  readonly key: string;
  /** Its `allowedPrefixes` say who may be called back. */
  readonly trunk: TrunkId;
  /** How often the caller is tried, at least 1. */
  readonly attempts: number;
  /** How long the customer's phone rings. */
  readonly ringTimeoutMs: number;
  /** From an attempt that came to nothing until the call gets in line again. */
  readonly retryAfterMs: number;
  /** What the caller sees; without it the trunk's. */
  readonly callerId?: string;
  /** From the request until nobody is called any more. */
  readonly giveUpAfterMs: number;
  /** Nobody is called outside them. */
  readonly hours?: HoursId;
  readonly whenClosed: 'wait' | 'give-up';
}
