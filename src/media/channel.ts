/** What a channel of a media server can be made to do, one command after the other. */
import type { EslEvent } from 'modesl';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../voice/logger.js';
import type { PlaceEvent, Sound, SpyMode } from '../voice/media.js';
import { breakOff, bridge, execute, park, setVariables, type ChannelUuid, type EslCommand } from './esl-commands.js';
import { textOf, type EslReply } from './esl-connection.js';
import type { MediaServer } from './media-server.js';
import { createPlayer, type Player } from './player.js';
import { createRecorder, type Recorder } from './recorder.js';

export interface Channel {
  readonly uuid: ChannelUuid;
  readonly recorder: Recorder;
  play(sounds: readonly Sound[], repeat: boolean): Promise<void>;
  hush(): Promise<void>;
  join(other: Channel): Promise<void>;
  /** Out of what it is in, and `partner` out of the same. */
  leave(partner: Channel | undefined): Promise<void>;
  spy(on: Channel, mode: SpyMode): Promise<void>;
  confer(room: string): Promise<void>;
  onEvent(name: string, event: EslEvent): void;
  /** The channel is gone. */
  forget(): void;
}

interface ChannelOptions {
  readonly uuid: ChannelUuid;
  readonly server: MediaServer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly emit: (event: PlaceEvent) => void;
}

type Company = 'alone' | 'joined' | 'spying' | 'conferring';

/** For {@link SpyMode}: who of the two that are listened to hears the listener. */
const whispers: Readonly<Record<SpyMode, { readonly aleg: boolean; readonly bleg: boolean }>> = {
  listen: { aleg: false, bleg: false },
  whisper: { aleg: true, bleg: false },
  barge: { aleg: true, bleg: true },
};

export function createChannel(options: ChannelOptions): Channel {
  return new ServerChannel(options);
}

class ServerChannel implements Channel {
  readonly uuid: ChannelUuid;
  readonly recorder: Recorder;
  readonly #options: ChannelOptions;
  readonly #player: Player;
  #company: Company = 'alone';

  constructor(options: ChannelOptions) {
    const { uuid, emit } = options;
    this.uuid = uuid;
    this.#options = options;
    const common = { ...options, channel: uuid, emit, send: (command: EslCommand) => this.#send(command) };
    this.#player = createPlayer(common);
    this.recorder = createRecorder(common);
  }

  async play(sounds: readonly Sound[], repeat: boolean): Promise<void> {
    // What runs in a conference or while listening in keeps the channel to itself.
    if (this.#company === 'spying' || this.#company === 'conferring') await this.leave(undefined);
    await this.#player.play(sounds, repeat);
  }

  hush(): Promise<void> {
    return this.#player.stop();
  }

  async join(other: Channel): Promise<void> {
    if (!(other instanceof ServerChannel)) return;
    // The bridge ends what plays; what waits to be played must not sound into it.
    const breaks = [this, other].flatMap((each) => each.#dropSounds());
    const reply = this.#send(bridge(this.uuid, other.uuid));
    await Promise.all(breaks);
    if ((await reply).type !== 'ok') return;
    this.#company = 'joined';
    other.#company = 'joined';
  }

  async leave(partner: Channel | undefined): Promise<void> {
    const drops = this.#dropSounds();
    const both = partner instanceof ServerChannel && partner.#company === 'joined' && this.#company === 'joined';
    if (this.#company !== 'alone') await this.#send(park(this.uuid, both ? 'both' : 'alone'));
    await Promise.all(drops);
    this.#company = 'alone';
    if (both) partner.#company = 'alone';
  }

  async spy(on: Channel, mode: SpyMode): Promise<void> {
    await this.#beFree();
    const { aleg, bleg } = whispers[mode];
    await this.#send(
      setVariables(this.uuid, {
        eavesdrop_enable_dtmf: 'false',
        eavesdrop_whisper_aleg: String(aleg),
        eavesdrop_whisper_bleg: String(bleg),
      }),
    );
    const reply = await this.#send(execute(this.uuid, 'eavesdrop', on.uuid, randomUUID()));
    if (reply.type === 'ok') this.#company = 'spying';
  }

  async confer(room: string): Promise<void> {
    if (!/^[\w-]{1,64}$/.test(room)) return this.#options.log.error({ room }, 'no name of a conference');
    await this.#beFree();
    const reply = await this.#send(execute(this.uuid, 'conference', `${room}@default`, randomUUID()));
    if (reply.type === 'ok') this.#company = 'conferring';
  }

  onEvent(name: string, event: EslEvent): void {
    if (name === 'DTMF') {
      const digit = textOf(event, 'DTMF-Digit');
      if (/^[0-9A-D*#]$/.test(digit)) this.#options.emit({ type: 'digit', digit });
    } else if (name === 'CHANNEL_EXECUTE_COMPLETE') {
      this.#player.onExecuted(textOf(event, 'Application-UUID'), textOf(event, 'Application-Response'));
    } else if (name === 'RECORD_STOP') {
      this.recorder.onStopped(event);
    }
  }

  forget(): void {
    this.#player.forget();
  }

  async #beFree(): Promise<void> {
    if (this.#company === 'alone') await this.#player.stop();
    else await this.leave(undefined);
  }

  /** Without waiting for the end of what sounds: what comes next ends it. */
  #dropSounds(): Promise<EslReply>[] {
    if (!this.#player.isBusy) return [];
    this.#player.forget();
    return [this.#send(breakOff(this.uuid))];
  }

  async #send(command: EslCommand): Promise<EslReply> {
    const reply = await this.#options.server.send(command);
    if (reply.type === 'refused' || reply.type === 'timeout') {
      this.#options.log.warn({ reply, command: nameOf(command) }, 'the media server did not carry out a command');
    }
    return reply;
  }
}

function nameOf(command: EslCommand): string {
  return command.kind === 'api' ? (command.line.split(' ')[0] ?? '') : command.application;
}
