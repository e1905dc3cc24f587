/** Keys as RTP events (RFC 4733 §2.3, §3.2). */
import { Buffer } from 'node:buffer';
import { ahead32, type RtpPacket } from './rtp-packet.js';

const DIGITS = '0123456789*#ABCD';

export interface TelephoneEvent {
  /** 0 to 15 are the keys 0-9, *, #, A-D. */
  readonly event: number;
  readonly end: boolean;
  /** Power in -dBm0, 0 to 63. */
  readonly volume: number;
  /** So far, in timestamp units. */
  readonly duration: number;
}

/** The key of an event code, or undefined for an event that is no key. */
export function digitOf(event: number): string | undefined {
  return DIGITS[event];
}

/** The event code of a key (letters in either case), or undefined. */
export function eventOf(digit: string): number | undefined {
  const index = digit.length === 1 ? DIGITS.indexOf(digit.toUpperCase()) : -1;
  return index < 0 ? undefined : index;
}

/** Reads a payload; undefined when it is shorter than four bytes. */
export function parseTelephoneEvent(payload: Uint8Array): TelephoneEvent | undefined {
  const [event, flags, high, low] = payload;
  if (event === undefined || flags === undefined || high === undefined || low === undefined) return undefined;
  return { event, end: (flags & 0x80) !== 0, volume: flags & 0x3f, duration: (high << 8) | low };
}

/** Writes a payload of four bytes. */
export function telephoneEventPayload(event: TelephoneEvent): Buffer {
  const duration = Math.min(event.duration, 0xffff);
  return Buffer.from([event.event, (event.end ? 0x80 : 0) | event.volume, duration >> 8, duration & 0xff]);
}

export interface PressedKey {
  readonly digit: string;
  /** In timestamp units (8 a millisecond). */
  readonly duration: number;
  /** How it came: as an RTP event, or by INFO from the endpoint. */
  readonly source: 'RTP' | 'ENDPOINT';
}

/** Without a packet of an event for so long (in timestamp units) its end has been lost. */
const LOST_END = 1600;

/**
 * Makes one key of the many packets of an event: it is reported when its end comes, or, when all packets with the end bit
 * were lost, with the next event or sound that is clearly later.
 */
export class KeyDetector {
  private current: { timestamp: number; event: number; duration: number } | undefined;
  private lastReported: number | undefined;

  constructor(private readonly pressed: (key: PressedKey) => void) {}

  /** Takes a packet of the telephone-event payload type. */
  event(packet: RtpPacket): void {
    const event = parseTelephoneEvent(packet.payload);
    if (event === undefined || digitOf(event.event) === undefined) return;
    const { timestamp } = packet;
    // Ends are sent three times, and packets of a past event may come late (RFC 4733 §2.5.1.4).
    if (this.lastReported !== undefined && ahead32(timestamp, this.lastReported) <= 0) return;
    if (this.current !== undefined && this.current.timestamp !== timestamp) {
      if (ahead32(timestamp, this.current.timestamp) < 0) return;
      this.report();
    }
    const duration = Math.max(event.duration, this.current?.duration ?? 0);
    this.current = { timestamp, event: event.event, duration };
    if (event.end) this.report();
  }

  /** Takes note of sound at that timestamp. */
  sound(timestamp: number): void {
    if (this.current === undefined) return;
    if (ahead32(timestamp, this.current.timestamp) > this.current.duration + LOST_END) this.report();
  }

  /** The sender has begun anew: its timestamps say nothing any more. */
  reset(): void {
    this.report();
    this.lastReported = undefined;
  }

  private report(): void {
    if (this.current === undefined) return;
    const { event, timestamp, duration } = this.current;
    this.current = undefined;
    this.lastReported = timestamp;
    const digit = digitOf(event);
    if (digit !== undefined) this.pressed({ digit, duration, source: 'RTP' });
  }
}
