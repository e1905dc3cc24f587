import { AppStack } from './app-stack.js';
import {
  isTrue,
  type AppChannel,
  type ChannelIdentity,
  type Execution,
  type Recorder,
  type StartApp,
} from './application.js';
import type { RingReader } from './audio-ring.js';
import { reasonOf, type HangupCause } from './causes.js';
import { channelHeaders } from './channel-headers.js';
import type { EventBus } from './esl-event.js';
import { FRAME_SAMPLES } from './media-clock.js';
import { addInto } from './mix.js';
import type { RtpParty } from './rtp-party.js';
import type { PressedKey } from './telephone-event.js';

export interface ChannelHost {
  readonly events: EventBus;
  readonly app: (name: string) => StartApp | undefined;
  readonly nowMs: () => number;
  /** The channel is no more. */
  readonly destroyed: (channel: Channel) => void;
}

export interface ChannelOptions {
  readonly identity: ChannelIdentity;
  readonly host: ChannelHost;
  readonly rtp: RtpParty;
  readonly variables: ReadonlyMap<string, string>;
  /** Ends the SIP call; the text is the value of a Reason header. */
  readonly hangUp: (reason: string) => void;
}

interface Bridge {
  readonly other: Channel;
  readonly isOriginator: boolean;
  readonly voice: RingReader;
}

const MAX_WAITING_KEYS = 100;

/**
 * One party's call.
 * ```
 *  called ──answered──► runs applications ◄──transfer, partner gone── bridged
 *                             └───────────────bridge─────────────────────┘          each ──hang up──► over
 * ```
 */
export class Channel implements AppChannel {
  readonly variables: Map<string, string>;
  readonly recorders = new Set<Recorder>();
  readonly whispers = new Set<RingReader>();
  readonly companions = new Set<RingReader>();
  isAnswered = false;
  private readonly apps: AppStack;
  private readonly waitingKeys: PressedKey[] = [];
  private bridge: Bridge | undefined;
  private isOver = false;
  private readonly frame = new Int16Array(FRAME_SAMPLES);
  private readonly extra = new Int16Array(FRAME_SAMPLES);

  constructor(private readonly options: ChannelOptions) {
    this.variables = new Map(options.variables);
    this.apps = new AppStack({
      channel: this,
      app: options.host.app,
      nowMs: options.host.nowMs,
      changed: () => {
        this.route();
        this.takeKeys();
      },
      // CS_EXECUTE with nothing left to execute is the end of the call.
      exhausted: () => this.hangUp('NORMAL_CLEARING'),
    });
  }

  get identity(): ChannelIdentity {
    return this.options.identity;
  }

  get uuid(): string {
    return this.identity.uuid;
  }

  get rtp(): RtpParty {
    return this.options.rtp;
  }

  get isUp(): boolean {
    return !this.isOver;
  }

  get partner(): Channel | undefined {
    return this.bridge?.other;
  }

  tell(name: string, ...extra: readonly (readonly [string, string])[]): void {
    this.options.host.events.fire(name, () => [...channelHeaders(this, name), ...extra]);
  }

  /** Ends what runs, leaves a bridge and runs these applications; the call ends behind the last one. */
  run(extension: readonly Execution[]): void {
    if (this.isOver) return;
    const other = this.leaveBridge();
    this.waitingKeys.length = 0;
    this.apps.run(extension);
    other?.widowed();
  }

  /** The same for this channel and the one it is bridged with. */
  runBoth(extension: readonly Execution[]): void {
    const other = this.leaveBridge();
    other?.run(extension);
    this.run(extension);
  }

  /** Queues a command. */
  execute(command: Execution): void {
    if (!this.isOver) this.apps.execute(command);
  }

  /** `uuid_break`: ends what commands have started; with `all` also what waits. */
  breakOff(all: boolean): void {
    if (all) this.apps.dropCommands();
    this.apps.breakOff();
  }

  /** A key of the party. */
  pressed(key: PressedKey): void {
    if (this.isOver) return;
    if (this.waitingKeys.length < MAX_WAITING_KEYS) this.waitingKeys.push(key);
    this.apps.top?.keyWaits?.();
    this.takeKeys();
  }

  /** 20 ms have passed. */
  tick(): void {
    if (this.isOver) return;
    this.apps.top?.tick?.();
    if (this.hear()) this.rtp.sendFrame(this.frame);
    else if (!this.isFedDirectly) this.rtp.pause();
    this.rtp.sendKeys();
    for (const recorder of this.recorders) recorder.tick();
  }

  /** Joins two channels; whatever runs on either ends, and former partners are left. */
  bridgeWith(other: Channel): void {
    const left = [this, other].map((each) => each.leaveBridge());
    for (const each of [this, other]) {
      each.apps.dropCommands();
      each.apps.unwind();
    }
    this.connect(other, true);
    other.connect(this, false);
    for (const [each, partner] of [
      [this, other],
      [other, this],
    ] as const)
      each.tell('CHANNEL_EXECUTE', ['Application', 'uuid_bridge'], ['Application-Data', partner.uuid]);
    this.tell('CHANNEL_BRIDGE', ['Bridge-A-Unique-ID', this.uuid], ['Bridge-B-Unique-ID', other.uuid]);
    this.route();
    this.takeKeys();
    other.takeKeys();
    for (const each of left) each?.widowed();
  }

  route(): void {
    const other = this.partner;
    if (other === undefined) return this.rtp.relay(undefined);
    // What is played to one of them stops both, as it does in FreeSWITCH.
    const isFree = this.apps.top === undefined && other.apps.top === undefined;
    for (const [from, to] of [
      [this, other],
      [other, this],
    ] as const) {
      const isDirect = isFree && from.companions.size === 0 && to.whispers.size === 0;
      from.rtp.relay(isDirect ? to.rtp : undefined);
    }
  }

  /** Ends the call from this side. */
  hangUp(cause: HangupCause): void {
    if (this.isOver) return;
    this.options.hangUp(reasonOf(cause));
    this.ended(cause);
  }

  /** The call has ended. */
  ended(cause: HangupCause): void {
    if (this.isOver) return;
    this.variables.set('hangup_cause', cause);
    this.isOver = true;
    const why = ['Hangup-Cause', cause] as const;
    this.tell('CHANNEL_HANGUP', why);
    const other = this.leaveBridge();
    this.apps.dropCommands();
    this.apps.unwind();
    for (const recorder of [...this.recorders]) recorder.stop();
    this.rtp.close();
    this.tell('CHANNEL_HANGUP_COMPLETE', why);
    this.options.host.destroyed(this);
    this.tell('CHANNEL_DESTROY', why);
    other?.widowed();
  }

  /** Whether the party gets packets straight from its partner. */
  private get isFedDirectly(): boolean {
    return this.bridge?.other.rtp.relaysTo(this.rtp) === true;
  }

  /** Fills the frame with what the party hears, unless it gets packets straight from its partner. */
  private hear(): boolean {
    const app = this.apps.top;
    let hears = false;
    if (app !== undefined) hears = app.frame?.(this.frame) ?? false;
    else if (this.bridge !== undefined && !this.isFedDirectly) hears = this.hearPartner(this.bridge);
    for (const voice of this.whispers) hears = this.add(voice, hears);
    return hears;
  }

  private hearPartner({ other, voice }: Bridge): boolean {
    // The partner is busy with an application: FreeSWITCH passes nothing on meanwhile.
    let hears = other.apps.top === undefined && voice.take(this.frame);
    for (const companion of other.companions) hears = this.add(companion, hears);
    return hears;
  }

  private add(voice: RingReader, hears: boolean): boolean {
    if (!voice.take(this.extra)) return hears;
    if (!hears) this.frame.fill(0);
    addInto(this.frame, this.extra);
    return true;
  }

  private connect(other: Channel, isOriginator: boolean): void {
    this.bridge = { other, isOriginator, voice: other.rtp.said.open() };
    for (const name of ['bridge_uuid', 'signal_bond']) this.variables.set(name, other.uuid);
    this.variables.set('bridge_channel', other.identity.name);
  }

  /** Answers who was on the other side. */
  private leaveBridge(): Channel | undefined {
    const { bridge } = this;
    if (bridge === undefined) return undefined;
    const { other } = bridge;
    const [first, second] = bridge.isOriginator ? [this, other] : [other, this];
    for (const each of [this, other]) {
      each.apps.unwind();
      each.rtp.relay(undefined);
      each.bridge?.voice.close();
    }
    first.tell('CHANNEL_UNBRIDGE', ['Bridge-A-Unique-ID', first.uuid], ['Bridge-B-Unique-ID', second.uuid]);
    for (const each of [this, other]) {
      each.bridge = undefined;
      // FreeSWITCH leaves bridge_uuid as it was.
      each.variables.delete('signal_bond');
    }
    return other;
  }

  /** The partner is gone, and nobody has said what comes next. */
  private widowed(): void {
    if (this.isOver || this.bridge !== undefined || this.apps.top !== undefined) return;
    if (isTrue(this.variables.get('park_after_bridge'))) this.run([{ app: 'park', data: '' }]);
    else this.hangUp('NORMAL_CLEARING');
  }

  private takeKeys(): void {
    const app = this.apps.top;
    const isBridged = app === undefined && this.bridge !== undefined;
    if (!isBridged && app?.pressed === undefined) return;
    while (this.apps.top === app) {
      const key = this.waitingKeys.shift();
      if (key === undefined) return;
      const length = String(key.duration);
      this.tell('DTMF', ['DTMF-Digit', key.digit], ['DTMF-Duration', length], ['DTMF-Source', key.source]);
      if (isBridged) this.passOn(key);
      app?.pressed?.(key.digit);
    }
  }

  private passOn(key: PressedKey): void {
    const { partner } = this;
    // Packets that are relayed bring the key themselves.
    const isRelayed = key.source === 'RTP' && partner !== undefined && this.rtp.relaysTo(partner.rtp);
    if (!isRelayed) partner?.rtp.press(key);
  }
}
