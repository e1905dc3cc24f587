import { Buffer } from 'node:buffer';
import type { RemoteInfo } from 'node:dgram';
import { AudioRing } from './audio-ring.js';
import { crossingTable, decodeG711, encodeG711, type CodecName } from './g711.js';
import { FRAME_SAMPLES, type ClockHost } from './media-clock.js';
import { OutgoingStream } from './outgoing-stream.js';
import { parseRtp, RTP_HEADER_BYTES, type RtpPacket } from './rtp-packet.js';
import type { RtpSocket } from './rtp-ports.js';
import { SourceLatch, type Address } from './source-latch.js';
import { eventOf, KeyDetector, telephoneEventPayload, type PressedKey } from './telephone-event.js';

/** What the two sides have agreed on by SDP. */
export interface RtpAgreement {
  /** Where the party wants its RTP; undefined when it wants none (port 0 or address 0.0.0.0). */
  readonly remote: Address | undefined;
  readonly codec: CodecName;
  readonly payloadType: number;
  /** Undefined when the party does not take RTP events. */
  readonly eventPayloadType: number | undefined;
  readonly maySend: boolean;
  readonly mayReceive: boolean;
}

export interface RtpPartyOptions {
  readonly socket: RtpSocket;
  readonly clock: ClockHost;
  readonly pressed: (key: PressedKey) => void;
}

/** Packets for a digit: 100 ms of tone at 20 ms a packet, then the end three times (RFC 4733 §2.5.1.2, §2.5.1.4). */
const END_REPEATS = 3;
const KEY_VOLUME = 10;

/** One party's RTP: takes what it sends, sends what it shall hear. */
export class RtpParty {
  /** What the party says. Filled as long as somebody reads it. */
  readonly said = new AudioRing();
  /** What the party is given to hear by frames or by relay. Filled as long as somebody reads it. */
  readonly heard = new AudioRing();
  packetsReceived = 0;
  private agreement: RtpAgreement | undefined;
  private relayTo: RtpParty | undefined;
  private readonly out: OutgoingStream;
  private readonly latch = new SourceLatch();
  private readonly keys: KeyDetector;
  private ssrc: number | undefined;
  private readonly scratch = new Int16Array(2048);
  private readonly outBytes = Buffer.alloc(RTP_HEADER_BYTES + 2048);
  private readonly keyQueue: { event: number; duration: number; sent: number; ends: number; timestamp?: number }[] = [];

  constructor(private readonly options: RtpPartyOptions) {
    this.out = new OutgoingStream(options.clock);
    this.keys = new KeyDetector(options.pressed);
    options.socket.socket.on('message', (bytes, from) => this.receive(bytes, from));
  }

  get port(): number {
    return this.options.socket.port;
  }

  get agreed(): RtpAgreement | undefined {
    return this.agreement;
  }

  /** Takes over what was agreed; a new address of the party counts from here. */
  agree(agreement: RtpAgreement): void {
    const before = this.agreement?.remote;
    const isElsewhere = before?.host !== agreement.remote?.host || before?.port !== agreement.remote?.port;
    if (isElsewhere || this.agreement === undefined) this.latch.expect(agreement.remote);
    this.agreement = agreement;
  }

  /** From now on everything that this party sends goes straight on to `other`; undefined ends that. */
  relay(other: RtpParty | undefined): void {
    if (this.relayTo === other) return;
    this.relayTo = other;
    this.out.interrupted();
    other?.out.interrupted();
  }

  /** Whether everything goes straight on to that party. */
  relaysTo(other: RtpParty): boolean {
    return this.relayTo === other;
  }

  /** Sends 20 ms of sound, unless a key is being sent. */
  sendFrame(frame: Int16Array): void {
    if (this.heard.hasReaders) this.heard.write(this.out.frameTimestamp(), frame);
    if (this.keyQueue.length > 0) return;
    const { agreement } = this;
    const to = this.destination();
    if (agreement === undefined || to === undefined) {
      this.out.skipFrame();
      return;
    }
    encodeG711(agreement.codec, frame, this.outBytes, RTP_HEADER_BYTES);
    this.out.frame(this.outBytes, agreement.payloadType);
    this.send(this.outBytes.subarray(0, RTP_HEADER_BYTES + frame.length), to);
  }

  /** Nothing was sent in this turn: what comes next starts a talk spurt. */
  pause(): void {
    this.out.interrupted();
  }

  /** Presses a key towards the party. Goes out by {@link sendKeys}. Does nothing where the party takes no events. */
  press(key: PressedKey): void {
    const event = eventOf(key.digit);
    if (event === undefined || this.agreement?.eventPayloadType === undefined || this.keyQueue.length > 32) return;
    this.keyQueue.push({ event, duration: Math.min(Math.max(key.duration, 400), 0xffff), sent: 0, ends: 0 });
  }

  /** Sends the packet of the key that is being pressed, if any; called every 20 ms, behind the sound. */
  sendKeys(): void {
    const key = this.keyQueue[0];
    if (key === undefined) return;
    key.timestamp ??= this.out.frameTimestamp();
    const isFirst = key.sent === 0;
    key.sent = Math.min(key.sent + FRAME_SAMPLES, key.duration);
    const end = key.sent >= key.duration;
    const payload = telephoneEventPayload({ event: key.event, end, volume: KEY_VOLUME, duration: key.sent });
    payload.copy(this.outBytes, RTP_HEADER_BYTES);
    const to = this.destination();
    const payloadType = this.agreement?.eventPayloadType;
    if (to !== undefined && payloadType !== undefined) {
      this.out.event(this.outBytes, { payloadType, timestamp: key.timestamp, marker: isFirst });
      this.send(this.outBytes.subarray(0, RTP_HEADER_BYTES + payload.length), to);
    }
    this.out.skipFrame();
    if (end && ++key.ends >= END_REPEATS) this.keyQueue.shift();
  }

  close(): void {
    this.keys.reset();
    this.relayTo = undefined;
    this.options.socket.close();
  }

  private receive(bytes: Buffer, from: RemoteInfo): void {
    const { agreement } = this;
    if (!agreement?.mayReceive) return;
    const packet = parseRtp(bytes);
    if (packet === undefined) return;
    const isEvent = packet.payloadType === agreement.eventPayloadType;
    if (!isEvent && packet.payloadType !== agreement.payloadType) return;
    if (!this.latch.accepts(packet, from.address, from.port)) return;
    this.packetsReceived++;
    if (packet.ssrc !== this.ssrc) {
      if (this.ssrc !== undefined) this.keys.reset();
      this.ssrc = packet.ssrc;
    }
    if (isEvent) this.keys.event(packet);
    else {
      this.keys.sound(packet.timestamp);
      if (this.said.hasReaders) this.said.write(packet.timestamp, this.scratch, this.decode(agreement, packet));
    }
    this.relayTo?.forward(packet, agreement.codec, isEvent);
  }

  private decode(agreement: RtpAgreement, packet: RtpPacket): number {
    return decodeG711(agreement.codec, packet.payload, this.scratch);
  }

  /** Sends on what another party has sent, as it came, but for the numbering and the law. */
  private forward(packet: RtpPacket, codec: CodecName, isEvent: boolean): void {
    const { agreement } = this;
    const length = packet.payload.length;
    if (agreement === undefined || RTP_HEADER_BYTES + length > this.outBytes.length) return;
    const to = this.destination();
    const payloadType = isEvent ? agreement.eventPayloadType : agreement.payloadType;
    if (to === undefined || payloadType === undefined) return;
    if (codec === agreement.codec || isEvent) packet.payload.copy(this.outBytes, RTP_HEADER_BYTES);
    else {
      const table = crossingTable(codec, agreement.codec);
      for (let i = 0; i < length; i++) this.outBytes[RTP_HEADER_BYTES + i] = table[packet.payload[i] ?? 0] ?? 0;
    }
    const timestamp = this.out.relayed(this.outBytes, packet, payloadType, isEvent ? 0 : length);
    if (this.heard.hasReaders && !isEvent) {
      this.heard.write(timestamp, this.scratch, decodeG711(codec, packet.payload, this.scratch));
    }
    this.send(this.outBytes.subarray(0, RTP_HEADER_BYTES + length), to);
  }

  private destination(): Address | undefined {
    const { agreement } = this;
    if (agreement === undefined || !agreement.maySend || agreement.remote === undefined) return undefined;
    return this.latch.source ?? agreement.remote;
  }

  private send(bytes: Buffer, to: Address): void {
    try {
      // Without a callback the packet leaves within this call, so that the buffer may be used again.
      this.options.socket.socket.send(bytes, to.port, to.host);
    } catch {
      // A port or an address that the system refuses (0, closed while sending): the party hears nothing.
    }
  }
}
