import { randomUUID } from 'node:crypto';
import { channelHeaders, type ChannelIdentity } from './channel-headers.js';
import { reasonOf, type HangupCause } from './causes.js';
import type { EventBus } from './esl-event.js';
import { FRAME_SAMPLES } from './media-clock.js';
import { addInto } from './mix.js';
import type { RingReader } from './audio-ring.js';
import type { Recorder } from './recorder.js';
import type { RtpParty } from './rtp-party.js';
import type { PressedKey } from './telephone-event.js';

/** What an application answers when it is over; becomes Application-Response. */
export type AppResult = string | undefined;

/** An application that runs on a channel. */
export interface RunningApp {
  /** Fills what the party hears in these 20 ms. Answers false when nothing is to be sent. May be where it finds its end. */
  readonly frame?: (frame: Int16Array) => boolean;
  /** Called every 20 ms, whether or not a frame is wanted. */
  readonly tick?: () => void;
  /** Takes keys; without it they stay in the queue for what comes next. */
  readonly pressed?: (digit: string) => void;
  /** A key that nobody takes is there: FreeSWITCH's sleep ends by it. */
  readonly keyWaits?: () => void;
  /** `uuid_break`; without it nothing happens. */
  readonly broken?: () => void;
  /** Whether commands for the channel are carried out while it runs. */
  readonly takesCommands: boolean;
  /** Ended from outside (hangup, transfer, bridge), or by itself: lets go of what it holds. Called once. */
  readonly stop: () => void;
}

/** Starts an application. `done` ends it; answering undefined means that it is over already. */
export type StartApp = (channel: Channel, data: string, done: (result?: AppResult) => void) => RunningApp | undefined;

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

interface Frame {
  readonly execution: Execution;
  readonly uuid: string;
  readonly running: RunningApp;
  /** What to do behind it when it has ended by itself. */
  readonly next: () => void;
}

export interface ChannelHost {
  readonly events: EventBus;
  readonly app: (name: string) => StartApp | undefined;
  readonly nowMs: () => number;
  /** The channel is no more. */
  readonly destroyed: (channel: Channel) => void;
}

export interface ChannelOptions extends ChannelIdentity {
  readonly host: ChannelHost;
  readonly rtp: RtpParty;
  readonly variables: ReadonlyMap<string, string>;
  /** Ends the SIP call. */
  readonly hangUp: (reason: string) => void;
}

/** How often an app may end within half a second before its loops end, as FreeSWITCH has it. */
const MIN_LOOP_MS = 500;
const MAX_WAITING_KEYS = 100;

/**
 * One party's call. Runs an *extension* (a list of applications) from first to last; commands that come meanwhile run on top of the
 * application that runs, which goes on when they are done.
 * ```
 *  created ──run──► applications ◄──park/transfer── bridged
 *                        └──────────bridge──────────────┘         each ──hang up──► over
 * ```
 */
export class Channel {
  readonly variables: Map<string, string>;
  readonly recorders = new Set<Recorder>();
  /** Voices mixed into what this party hears (a whispering supervisor). */
  readonly whispers = new Set<RingReader>();
  /** Voices mixed into what this party says (a supervisor heard by the other one). */
  readonly companions = new Set<RingReader>();
  readonly createdAt: number;
  answeredAt: number | undefined;
  private readonly stack: Frame[] = [];
  private extension: Execution[] = [];
  private readonly commands: Execution[] = [];
  private readonly waitingKeys: PressedKey[] = [];
  private bridge: { readonly other: Channel; readonly isOriginator: boolean; readonly reader: RingReader } | undefined;
  private isOver = false;
  private isPumping = false;
  private readonly frame = new Int16Array(FRAME_SAMPLES);
  private readonly extra = new Int16Array(FRAME_SAMPLES);

  constructor(readonly options: ChannelOptions) {
    this.variables = new Map(options.variables);
    this.createdAt = options.host.nowMs();
  }

  get uuid(): string {
    return this.options.uuid;
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

  /** Tells an event of this channel. */
  tell(name: string, ...extra: readonly (readonly [string, string])[]): void {
    this.options.host.events.fire(name, () => [...channelHeaders(this, name), ...extra]);
  }

  /** Ends what runs, leaves a bridge and runs these applications; the call ends behind the last one. */
  run(extension: readonly Execution[]): void {
    if (this.isOver) return;
    const other = this.leaveBridge();
    this.unwind();
    this.extension = [...extension];
    this.advance();
    other?.widowed();
  }

  /** The same for this channel and the one it is bridged with. */
  runBoth(extension: readonly Execution[]): void {
    const other = this.leaveBridge();
    other?.run(extension);
    this.run(extension);
  }

  /** Queues a command. */
  execute(execution: Execution): void {
    if (this.isOver) return;
    this.commands.push(execution);
    this.pump();
  }

  /** `uuid_break`: ends what commands have started; with `all` also what waits. */
  breakOff(all: boolean): void {
    if (all) this.commands.length = 0;
    for (const { running } of [...this.stack].reverse()) running.broken?.();
  }

  /** A key of the party. */
  pressed(key: PressedKey): void {
    if (this.isOver) return;
    if (this.waitingKeys.length < MAX_WAITING_KEYS) this.waitingKeys.push(key);
    this.top?.keyWaits?.();
    this.takeKeys();
  }

  /** 20 ms have passed. */
  tick(): void {
    if (this.isOver) return;
    this.top?.tick?.();
    if (this.hear(this.top)) this.rtp.sendFrame(this.frame);
    else if (!this.isFedDirectly) this.rtp.pause();
    this.rtp.sendKeys();
    for (const recorder of this.recorders) recorder.tick();
  }

  /** Joins two channels; whatever runs on either ends. */
  bridgeWith(other: Channel): void {
    const left = [this, other].map((each) => each.leaveBridge());
    for (const each of [this, other]) {
      each.unwind();
      each.extension = [];
      each.commands.length = 0;
    }
    this.connect(other, true);
    other.connect(this, false);
    for (const each of [this, other])
      each.tell('CHANNEL_EXECUTE', ['Application', 'uuid_bridge'], ['Application-Data', each.partner?.uuid ?? '']);
    this.tell('CHANNEL_BRIDGE', ['Bridge-A-Unique-ID', this.uuid], ['Bridge-B-Unique-ID', other.uuid]);
    this.route();
    this.takeKeys();
    other.takeKeys();
    for (const each of left) each?.widowed();
  }

  /** Chooses between passing packets straight on and mixing; to be called when what is mixed in has changed. */
  route(): void {
    const other = this.partner;
    for (const [from, to] of other === undefined
      ? [[this, undefined] as const]
      : ([
          [this, other],
          [other, this],
        ] as const)) {
      const isDirect = to !== undefined && from.companions.size === 0 && to.whispers.size === 0;
      from.rtp.relay(isDirect && from.stack.length === 0 && to.stack.length === 0 ? to.rtp : undefined);
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
    this.tell('CHANNEL_HANGUP', ['Hangup-Cause', cause]);
    this.commands.length = 0;
    this.extension = [];
    this.unwind();
    const other = this.leaveBridge();
    for (const recorder of [...this.recorders]) recorder.stop();
    this.rtp.close();
    this.tell('CHANNEL_HANGUP_COMPLETE', ['Hangup-Cause', cause]);
    this.options.host.destroyed(this);
    this.tell('CHANNEL_DESTROY', ['Hangup-Cause', cause]);
    other?.widowed();
  }

  private get top(): RunningApp | undefined {
    return this.stack[this.stack.length - 1]?.running;
  }

  /** Whether the party gets packets straight from its partner. */
  private get isFedDirectly(): boolean {
    return this.bridge?.other.rtp.relaysTo(this.rtp) === true;
  }

  /** Fills the frame with what the party hears, unless it gets packets straight from its partner. */
  private hear(app: RunningApp | undefined): boolean {
    let hears = false;
    if (app !== undefined) hears = app.frame?.(this.frame) ?? false;
    else if (this.bridge !== undefined && !this.isFedDirectly) hears = this.hearPartner(this.bridge);
    for (const voice of this.whispers) hears = this.add(voice, hears);
    return hears;
  }

  private hearPartner(bridge: { readonly other: Channel; readonly reader: RingReader }): boolean {
    let hears = bridge.reader.take(this.frame);
    for (const voice of bridge.other.companions) hears = this.add(voice, hears);
    return hears;
  }

  private add(voice: RingReader, hears: boolean): boolean {
    if (!voice.take(this.extra)) return hears;
    if (!hears) this.frame.fill(0);
    addInto(this.frame, this.extra);
    return true;
  }

  private connect(other: Channel, isOriginator: boolean): void {
    this.bridge = { other, isOriginator, reader: other.rtp.said.open() };
    for (const name of ['bridge_uuid', 'signal_bond']) this.variables.set(name, other.uuid);
    this.variables.set('bridge_channel', other.options.name);
  }

  /** Answers who was on the other side. */
  private leaveBridge(): Channel | undefined {
    const { bridge } = this;
    if (bridge === undefined) return undefined;
    const { other } = bridge;
    const originator = bridge.isOriginator ? this : other;
    for (const each of [this, other]) {
      each.unwind();
      each.rtp.relay(undefined);
      each.bridge?.reader.close();
    }
    originator.tell(
      'CHANNEL_UNBRIDGE',
      ['Bridge-A-Unique-ID', originator.uuid],
      ['Bridge-B-Unique-ID', originator.partner?.uuid ?? ''],
    );
    for (const each of [this, other]) {
      each.bridge = undefined;
      for (const name of ['bridge_uuid', 'signal_bond', 'bridge_channel']) each.variables.delete(name);
    }
    return other;
  }

  /** The partner is gone, and nobody has said what comes next. */
  private widowed(): void {
    if (this.isOver || this.bridge !== undefined || this.stack.length > 0) return;
    if (isTrue(this.variables.get('park_after_bridge'))) this.run([{ app: 'park', data: '' }]);
    else this.hangUp('NORMAL_CLEARING');
  }

  private advance(): void {
    const next = this.extension.shift();
    if (next === undefined) {
      // CS_EXECUTE without anything left to execute is the end of the call.
      if (!this.isOver && this.bridge === undefined) this.hangUp('NORMAL_CLEARING');
      return;
    }
    this.start(next, () => this.advance());
  }

  private start(execution: Execution, next: () => void): void {
    const { app: name, data } = execution;
    const uuid = execution.uuid ?? randomUUID();
    const startApp = this.options.host.app(name);
    if (startApp === undefined) return next();
    const about = [
      ['Application', name],
      ['Application-Data', data],
      ['Application-UUID', uuid],
    ] as const;
    this.variables.set('current_application', name);
    if (data !== '') this.variables.set('current_application_data', data);
    this.tell('CHANNEL_EXECUTE', ...about);
    const complete = (result: AppResult): void => {
      this.tell(
        'CHANNEL_EXECUTE_COMPLETE',
        ['Application', name],
        ['Application-Data', data],
        ['Application-Response', result ?? '_none_'],
        ['Application-UUID', uuid],
      );
    };
    let state: 'starting' | 'running' | 'over' = 'starting';
    let early: AppResult;
    const running = startApp(this, data, (result) => {
      if (state === 'starting') early = result;
      if (state === 'running') finish(result);
      state = 'over';
    });
    const isOverAlready = (state as string) === 'over';
    if (running === undefined || isOverAlready || this.isOver) {
      running?.stop();
      complete(early);
      return next();
    }
    const frame: Frame = { execution, uuid, running: { ...running, stop: () => stop() }, next };
    const stop = (): void => {
      if (state === 'over') return;
      state = 'over';
      running.stop();
      complete(undefined);
    };
    const finish = (result: AppResult): void => {
      this.stack.splice(this.stack.indexOf(frame), 1);
      running.stop();
      this.route();
      complete(result);
      frame.next();
      this.pump();
      this.takeKeys();
    };
    state = 'running';
    this.stack.push(frame);
    this.route();
    this.takeKeys();
    this.pump();
  }

  /** Ends all applications, the innermost first. */
  private unwind(): void {
    while (this.stack.length > 0) this.stack.pop()?.running.stop();
  }

  /** Carries out commands as far as what runs allows it. */
  private pump(): void {
    if (this.isPumping) return;
    this.isPumping = true;
    while (!this.isOver && this.commands.length > 0 && this.mayCommand()) {
      const command = this.commands.shift();
      if (command !== undefined) this.carryOut(command, 1);
    }
    this.isPumping = false;
  }

  private mayCommand(): boolean {
    if (this.stack.some(({ execution }) => execution.isLocking === true)) return false;
    return this.top?.takesCommands ?? this.bridge !== undefined;
  }

  private carryOut(command: Execution, loop: number): void {
    const startedAt = this.options.host.nowMs();
    this.start(command, () => {
      const loops = command.loops ?? 1;
      const isShort = this.options.host.nowMs() - startedAt < MIN_LOOP_MS;
      if (this.isOver || isShort || (loops >= 0 && loop >= loops)) return;
      this.carryOut(command, loop + 1);
    });
  }

  private takeKeys(): void {
    const app = this.top;
    const isBridged = app === undefined && this.bridge !== undefined;
    if (!isBridged && app?.pressed === undefined) return;
    for (let key = this.waitingKeys.shift(); key !== undefined; key = this.waitingKeys.shift()) {
      this.tell(
        'DTMF',
        ['DTMF-Digit', key.digit],
        ['DTMF-Duration', String(key.duration)],
        ['DTMF-Source', key.source],
      );
      const isRelayed = key.source !== 'ENDPOINT' && this.partner !== undefined && this.rtp.relaysTo(this.partner.rtp);
      if (isBridged && !isRelayed) this.partner?.rtp.press(key);
      this.top?.pressed?.(key.digit);
      if (this.top !== app) break;
    }
  }
}

/** FreeSWITCH's switch_true. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(yes|on|true|t|enabled|active|allow|[1-9]\d*)$/i.test(value);
}
