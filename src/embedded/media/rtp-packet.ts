/** RTP packets (RFC 3550 §5.1). */
import type { Buffer } from 'node:buffer';

export const RTP_HEADER_BYTES = 12;

export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** A view of the datagram. */
  readonly payload: Buffer;
}

/** Reads a datagram. Answers undefined for anything that is no RTP of version 2 with a consistent length. */
export function parseRtp(bytes: Buffer): RtpPacket | undefined {
  if (bytes.length < RTP_HEADER_BYTES) return undefined;
  const first = bytes[0] ?? 0;
  const second = bytes[1] ?? 0;
  if (first >> 6 !== 2) return undefined;
  const payloadType = second & 0x7f;
  // RFC 5761 §4: what would be payload types 64 to 95 is RTCP on a shared port.
  if (payloadType >= 64 && payloadType < 96) return undefined;
  let start = RTP_HEADER_BYTES + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (bytes.length < start + 4) return undefined;
    start += 4 + 4 * bytes.readUInt16BE(start + 2);
  }
  const padding = (first & 0x20) === 0 ? 0 : (bytes[bytes.length - 1] ?? 0);
  const end = bytes.length - padding;
  if (start > end || ((first & 0x20) !== 0 && padding === 0)) return undefined;
  return {
    payloadType,
    marker: (second & 0x80) !== 0,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    payload: bytes.subarray(start, end),
  };
}

/** Writes a header without CSRC or extension into the front of `target`; numbers are taken modulo their width. */
export function writeRtpHeader(target: Buffer, packet: Omit<RtpPacket, 'payload'>): void {
  target[0] = 0x80;
  target[1] = (packet.marker ? 0x80 : 0) | packet.payloadType;
  target.writeUInt16BE(packet.sequence & 0xffff, 2);
  target.writeUInt32BE(packet.timestamp >>> 0, 4);
  target.writeUInt32BE(packet.ssrc >>> 0, 8);
}

/** How far `value` is ahead of `reference` in numbers of 32 bit that wrap around; negative when it is behind. */
export function ahead32(value: number, reference: number): number {
  return (value - reference) | 0;
}

/** The same for 16 bit. */
export function ahead16(value: number, reference: number): number {
  return ((value - reference) << 16) >> 16;
}
