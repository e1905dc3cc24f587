/** What a channel of a media server can be made to do, one command after the other. */
import type { EslEvent } from 'modesl';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
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
  /** Out of what it is in, together with whom it is joined with. */
  leave(): Promise<void>;
  spy(on: Channel, mode: SpyMode): Promise<void>;
  confer(room: string): Promise<void>;
  onEvent(name: string, event: EslEvent): void;
  /** The channel is gone; whom it was joined with is alone. */
  forget(): void;
}

interface ChannelOptions {
  readonly uuid: ChannelUuid;
  readonly server: MediaServer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly emit: (event: PlaceEvent) => void;
}

type Company =
  | { readonly name: 'alone' }
  | { readonly name: 'joined'; readonly with: ServerChannel }
  /** An application has the channel to itself, and heeds no command but to leave. */
  | { readonly name: 'spying' | 'conferring' };

/** How long a change of company may take before we go on without having heard of it. */
const settleLimitMs = 1_000;

/** Who hears the listener. FreeSWITCH's `bleg` is the party of the channel listened to, its `aleg` whom it talks with. */
const whispers: Readonly<Record<SpyMode, { readonly aleg: boolean; readonly bleg: boolean }>> = {
  listen: { aleg: false, bleg: false },
  whisper: { aleg: false, bleg: true },
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
  #company: Company = { name: 'alone' };
  #isGone = false;
  readonly #awaited = new Map<string, (hasCome: boolean) => void>();
  /** FreeSWITCH loses commands that meet a channel on its way from one thing to another. */
  #settled: Promise<unknown>;

  constructor(options: ChannelOptions) {
    const { uuid, emit } = options;
    this.uuid = uuid;
    this.#options = options;
    this.#settled = this.#next('CHANNEL_PARK');
    const common = { ...options, channel: uuid, emit, send: (command: EslCommand) => this.#send(command) };
    this.#player = createPlayer(common);
    this.recorder = createRecorder(common);
  }

  async play(sounds: readonly Sound[], repeat: boolean): Promise<void> {
    await this.#settled;
    if (this.#company.name === 'spying' || this.#company.name === 'conferring') await this.leave();
    await this.#player.play(sounds, repeat);
  }

  async hush(): Promise<void> {
    await this.#settled;
    await this.#player.stop();
  }

  async join(other: Channel): Promise<void> {
    if (!(other instanceof ServerChannel)) return;
    if (this.#company.name === 'joined' && this.#company.with === other) return;
    await Promise.all([this.leave(), other.leave()]);
    if (this.#isGone || other.#isGone) return;
    const { clock, log } = this.#options;
    const askedAtMs = clock.now();
    const bridged = Promise.race([this.#next('CHANNEL_BRIDGE'), other.#next('CHANNEL_BRIDGE')]);
    const reply = await this.#send(bridge(this.uuid, other.uuid), other);
    if (reply.type !== 'ok') return;
    this.#company = { name: 'joined', with: other };
    other.#company = { name: 'joined', with: this };
    if (await bridged) log.debug({ tookMs: clock.now() - askedAtMs }, 'joined');
  }

  async leave(): Promise<void> {
    await this.#settled;
    // A join ends what plays; what waits to be played must not sound into it.
    this.#dropSounds();
    const company = this.#company;
    if (company.name === 'alone') return;
    const partner = company.name === 'joined' ? company.with : undefined;
    this.#becomeAlone();
    if (partner !== undefined) partner.#becomeAlone();
    if (partner === undefined) void this.#send(breakOff(this.uuid));
    await this.#send(park(this.uuid, partner === undefined ? 'alone' : 'both'));
    await Promise.all([this.#settled, partner === undefined ? undefined : partner.#settled]);
  }

  async spy(on: Channel, mode: SpyMode): Promise<void> {
    if (!(on instanceof ServerChannel)) return;
    await this.#beFree();
    await on.#settled;
    const { aleg, bleg } = whispers[mode];
    await this.#send(
      setVariables(this.uuid, {
        // Else nobody takes the keys out of the channel, and no event tells of them; FreeSWITCH itself heeds 0 to 3 and *.
        eavesdrop_enable_dtmf: 'true',
        eavesdrop_whisper_aleg: String(aleg),
        eavesdrop_whisper_bleg: String(bleg),
      }),
    );
    const reply = await this.#send(execute(this.uuid, 'eavesdrop', on.uuid, randomUUID()));
    if (reply.type === 'ok') this.#company = { name: 'spying' };
  }

  async confer(room: string): Promise<void> {
    if (!/^[\w-]{1,64}$/.test(room)) {
      this.#options.log.error({ room }, 'no name of a conference');
      return;
    }
    await this.#beFree();
    const reply = await this.#send(execute(this.uuid, 'conference', `${room}@default`, randomUUID()));
    if (reply.type === 'ok') this.#company = { name: 'conferring' };
  }

  onEvent(name: string, event: EslEvent): void {
    this.#awaited.get(name)?.(true);
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
    this.#isGone = true;
    this.#player.forget();
    if (this.#company.name === 'joined') this.#company.with.#becomeAlone();
    for (const settle of [...this.#awaited.values()]) settle(false);
  }

  /** On its way: the server lets it go, by our command or since its partner has hung up. */
  #becomeAlone(): void {
    this.#company = { name: 'alone' };
    this.#settled = this.#next('CHANNEL_PARK');
  }

  async #beFree(): Promise<void> {
    await this.leave();
    await this.#player.stop();
  }

  /** Without waiting for the end of what sounds: what comes next ends it. */
  #dropSounds(): void {
    if (!this.#player.isBusy) return;
    this.#player.forget();
    void this.#send(breakOff(this.uuid));
  }

  /** @returns whether the next event of this name has come in time */
  #next(event: string): Promise<boolean> {
    this.#awaited.get(event)?.(false);
    return new Promise((resolve) => {
      const settle = (hasCome: boolean): void => {
        cancelLimit();
        if (this.#awaited.get(event) === settle) this.#awaited.delete(event);
        resolve(hasCome);
      };
      const cancelLimit = this.#options.clock.after(settleLimitMs, () => settle(false));
      this.#awaited.set(event, settle);
    });
  }

  /** @param other whom the command concerns besides */
  async #send(command: EslCommand, other?: ServerChannel): Promise<EslReply> {
    const { server, log } = this.#options;
    const reply = await server.send(command);
    if (reply.type !== 'refused' && reply.type !== 'timeout') return reply;
    const about = { reply, command: nameOf(command) };
    // A party may hang up while a command about it is on its way.
    if (this.#isGone || (other !== undefined && other.#isGone))
      log.debug(about, 'the channel was over before a command came');
    else log.warn(about, 'the media server did not carry out a command');
    return reply;
  }
}

function nameOf(command: EslCommand): string {
  return command.kind === 'api' ? (command.line.split(' ')[0] ?? '') : command.application;
}
