/**
 * What a channel plays, one sound after the other: a sound is asked for when the one before it has ended, so that a
 * replacement never meets a queue of old ones.
 *
 * ```
 *   quiet ──play──► playing ──sound ended──► playing the next, or again from the first
 *     ▲                │└──end of the list: `played`──► quiet
 *     └──broken off──stop
 * ```
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.js';
import type { PlaceEvent, Sound } from '../voice/media.js';
import { breakOff, execute, soundArgument, type ChannelUuid, type EslCommand } from './esl-commands.js';
import type { EslReply } from './esl-connection.js';

export interface Player {
  readonly isBusy: boolean;
  /** Resolves when the first sound has been asked for, and the old ones are silent. */
  play(sounds: readonly Sound[], repeat: boolean): Promise<void>;
  /** Resolves when nothing plays any more. */
  stop(): Promise<void>;
  /** Nothing that was asked for counts any more: the channel does something else, or is gone. */
  forget(): void;
  /** An application has ended; others than ours are passed over. */
  onExecuted(executionId: string, response: string): void;
}

interface PlayerOptions {
  readonly channel: ChannelUuid;
  readonly clock: Clock;
  readonly send: (command: EslCommand) => Promise<EslReply>;
  readonly emit: (event: PlaceEvent) => void;
}

interface Programme {
  readonly sounds: readonly Sound[];
  readonly repeat: boolean;
  readonly startedAtMs: number;
  /** Sounds of the present round that were heard. */
  heard: number;
}

interface Running {
  readonly executionId: string;
  readonly ended: Promise<void>;
  readonly onEnded: (response: string) => void;
}

/** FreeSWITCH hears of a break with the next frame, but misses one that comes while a sound is being started. */
const breakLimitMs = 150;
const maxBreaks = 4;
/** Sounds so short that they are none are not repeated faster than this. */
const shortestRoundMs = 250;

export function createPlayer(options: PlayerOptions): Player {
  return new ChannelPlayer(options);
}

class ChannelPlayer implements Player {
  readonly #options: PlayerOptions;
  #programme: Programme | undefined;
  #running: Running | undefined;
  #cancelPause: () => void = () => undefined;

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#running !== undefined || this.#programme !== undefined;
  }

  async play(sounds: readonly Sound[], repeat: boolean): Promise<void> {
    await this.stop();
    const programme = { sounds, repeat, startedAtMs: this.#options.clock.now(), heard: 0 };
    this.#programme = programme;
    await this.#next(programme, 0);
  }

  async stop(): Promise<void> {
    this.#programme = undefined;
    this.#cancelPause();
    const { channel, clock, send } = this.#options;
    for (let tries = 0; this.#running !== undefined && tries < maxBreaks; tries++) {
      const { ended } = this.#running;
      const reply = await send(breakOff(channel));
      if (reply.type === 'refused' || reply.type === 'not-connected') break;
      await Promise.race([ended, pause(clock, breakLimitMs)]);
    }
    this.#running = undefined;
  }

  forget(): void {
    this.#programme = undefined;
    this.#running = undefined;
    this.#cancelPause();
  }

  onExecuted(executionId: string, response: string): void {
    if (this.#running?.executionId === executionId) this.#running.onEnded(response);
  }

  async #next(programme: Programme, index: number): Promise<void> {
    const { channel, send, emit } = this.#options;
    const sound = programme.sounds[index];
    if (sound === undefined) return this.#endOfList(programme);
    const argument = soundArgument(sound, programme.repeat && programme.sounds.length === 1);
    if (argument === undefined) {
      emit({ type: 'not-played', sound });
      return this.#next(programme, index + 1);
    }
    const executionId = randomUUID();
    this.#run(executionId, (response) => {
      if (this.#programme !== programme) return;
      if (response === 'FILE PLAYED') programme.heard += 1;
      else emit({ type: 'not-played', sound });
      void this.#next(programme, index + 1);
    });
    const reply = await send(execute(channel, 'playback', argument, executionId));
    // Any other outcome than a refusal may be followed by the sound's end.
    if (reply.type === 'refused' || reply.type === 'not-connected') this.#running = undefined;
  }

  #run(executionId: string, onEnded: (response: string) => void): void {
    let resolve: () => void = () => undefined;
    const ended = new Promise<void>((settle) => (resolve = settle));
    this.#running = {
      executionId,
      ended,
      onEnded: (response) => {
        this.#running = undefined;
        resolve();
        onEnded(response);
      },
    };
  }

  #endOfList(programme: Programme): Promise<void> {
    const { clock, emit } = this.#options;
    if (!programme.repeat || programme.heard === 0) {
      this.#programme = undefined;
      emit({ type: 'played' });
      return Promise.resolve();
    }
    const again = { ...programme, startedAtMs: clock.now(), heard: 0 };
    this.#programme = again;
    if (again.startedAtMs - programme.startedAtMs >= shortestRoundMs) return this.#next(again, 0);
    this.#cancelPause = clock.after(shortestRoundMs, () => {
      if (this.#programme === again) void this.#next(again, 0);
    });
    return Promise.resolve();
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
