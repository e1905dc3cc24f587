import type { Buffer } from 'node:buffer';
import { FRAME_SAMPLES, type ClockHost } from './media-clock.js';
import { ahead32, writeRtpHeader, type RtpPacket } from './rtp-packet.js';

const SAMPLES_PER_MS = 8;
/** A relayed stream whose timestamps stray so far from the time is given a new place in ours (300 ms). */
const MAX_STRAY = 2400;

/**
 * Numbers the packets that one party gets. It is one stream from the first to the last (RFC 3550 §5.1): one SSRC, sequence numbers
 * without a gap, timestamps that follow the time, whoever it is that is heard in between. The marker stands on the first packet
 * of each talk spurt (RFC 3551 §4.1).
 */
export class OutgoingStream {
  private readonly ssrc = Math.floor(Math.random() * 2 ** 32);
  private readonly base = Math.floor(Math.random() * 2 ** 32);
  private readonly startedAt: number;
  private sequence = Math.floor(Math.random() * 2 ** 16);
  /** Timestamp behind the last sample sent. */
  private next: number;
  private isSpurtStart = true;
  private relay: { ssrc: number; offset: number } | undefined;

  constructor(private readonly clock: ClockHost) {
    this.startedAt = clock.now();
    this.next = this.base;
  }

  /** What comes next starts a talk spurt. */
  interrupted(): void {
    this.isSpurtStart = true;
    this.relay = undefined;
  }

  /** Timestamp that the next frame will have. */
  frameTimestamp(): number {
    return this.isSpurtStart ? this.timely() : this.next;
  }

  /** Writes the header for the next 20 ms. */
  frame(target: Buffer, payloadType: number): void {
    const timestamp = this.frameTimestamp();
    const marker = this.isSpurtStart;
    this.isSpurtStart = false;
    this.next = (timestamp + FRAME_SAMPLES) >>> 0;
    writeRtpHeader(target, { payloadType, marker, sequence: this.sequence++, timestamp, ssrc: this.ssrc });
  }

  /** 20 ms pass in which no sound is sent. */
  skipFrame(): void {
    this.next = (this.frameTimestamp() + FRAME_SAMPLES) >>> 0;
    this.isSpurtStart = true;
  }

  /** Writes the header of an RTP event; its packets share one timestamp (RFC 4733 §2.5.1.2). */
  event(target: Buffer, event: { payloadType: number; timestamp: number; marker: boolean }): void {
    writeRtpHeader(target, { ...event, sequence: this.sequence++, ssrc: this.ssrc });
  }

  /** Writes the header for a packet that another party has sent, with `samples` of sound in it. Answers its new timestamp. */
  relayed(target: Buffer, packet: RtpPacket, payloadType: number, samples: number): number {
    const before = this.relay;
    if (before?.ssrc !== packet.ssrc || this.strays(packet.timestamp + before.offset)) {
      this.relay = { ssrc: packet.ssrc, offset: (this.timely() - packet.timestamp) | 0 };
    }
    const timestamp = (packet.timestamp + (this.relay?.offset ?? 0)) >>> 0;
    const marker = packet.marker || this.relay !== before;
    this.isSpurtStart = false;
    if (samples > 0) this.next = (timestamp + samples) >>> 0;
    writeRtpHeader(target, { payloadType, marker, sequence: this.sequence++, timestamp, ssrc: this.ssrc });
    return timestamp;
  }

  private strays(timestamp: number): boolean {
    return Math.abs(ahead32(timestamp, this.now())) > MAX_STRAY;
  }

  private now(): number {
    return (this.base + Math.floor((this.clock.now() - this.startedAt) * SAMPLES_PER_MS)) >>> 0;
  }

  /** The time as a timestamp, but never before what was sent already. */
  private timely(): number {
    const now = this.now();
    return ahead32(now, this.next) > 0 ? now : this.next;
  }
}
