import type { RingReader } from './audio-ring.js';
import type { HangupCause } from './causes.js';
import type { RtpParty } from './rtp-party.js';

/** What a channel is called and who calls whom. */
export interface ChannelIdentity {
  /** The Call-ID of the INVITE. */
  readonly uuid: string;
  readonly name: string;
  readonly caller: string;
  readonly callerName: string;
  readonly destination: string;
}

/** A recording of both directions that runs beside whatever the channel does (`uuid_record`). */
export interface Recorder {
  readonly path: string;
  /** Masked, silence is written. */
  mask(isMasked: boolean): void;
  /** 20 ms have passed. */
  tick(): void;
  stop(): void;
}

/** A channel as applications and recordings see it. */
export interface AppChannel {
  readonly identity: ChannelIdentity;
  readonly variables: Map<string, string>;
  readonly rtp: RtpParty;
  readonly isUp: boolean;
  readonly isAnswered: boolean;
  /** The other one of a bridge. */
  readonly partner: AppChannel | undefined;
  readonly recorders: Set<Recorder>;
  /** Voices mixed into what this party hears (a whispering supervisor). */
  readonly whispers: Set<RingReader>;
  /** Voices mixed into what this party says (a supervisor heard by the other one). */
  readonly companions: Set<RingReader>;
  /** Tells an event of this channel. */
  tell(name: string, ...extra: readonly (readonly [string, string])[]): void;
  /** To be called when what is mixed in has changed. */
  route(): void;
  hangUp(cause: HangupCause): void;
}

/** An application that runs on a channel. */
export interface RunningApp {
  /** Whether commands for the channel are carried out while it runs. */
  readonly takesCommands: boolean;
  /** Fills what the party hears in these 20 ms. Answers false when nothing is to be sent. May be where it finds its end. */
  readonly frame?: (frame: Int16Array) => boolean;
  /** Called every 20 ms, in front of `frame`. */
  readonly tick?: () => void;
  /** Takes keys; without it they stay in the queue for what comes next. */
  readonly pressed?: (digit: string) => void;
  /** There is a key that nobody takes: FreeSWITCH's sleep ends by it. */
  readonly keyWaits?: () => void;
  /** `uuid_break`; without it nothing happens. */
  readonly broken?: () => void;
  /** It has ended, by itself or from outside (hangup, transfer, bridge): lets go of what it holds. Called once. */
  readonly stop: () => void;
}

/**
 * Starts an application. `done` ends it; its argument becomes Application-Response. Answering undefined means that it is over
 * already.
 */
export type StartApp = (channel: AppChannel, data: string, done: (response?: string) => void) => RunningApp | undefined;

/** One application of an extension, or an `execute`. */
export interface Execution {
  readonly app: string;
  readonly data: string;
  /** Becomes Application-UUID. */
  readonly uuid?: string;
  /** While it runs, no other command is carried out. */
  readonly isLocking?: boolean;
  /** Times to run it; negative for ever. */
  readonly loops?: number;
}

/** FreeSWITCH's switch_true. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(yes|on|true|t|enabled|active|allow|[1-9]\d*)$/i.test(value);
}
