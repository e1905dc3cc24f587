import { ahead16, type RtpPacket } from './rtp-packet.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Packets in sequence from one place before a party is believed to be there and not where its SDP says. */
const PACKETS_TO_LATCH = 10;

/**
 * Decides whose packets are a party's. Those from the address in its SDP are; so are, as long as none came from there, those of one
 * other source that sends in sequence for 200 ms: a party behind NAT (symmetric RTP, RFC 4961). From then on nobody else is heard.
 */
export class SourceLatch {
  private expected: Address | undefined;
  private latched: Address | undefined;
  private candidate: { address: Address; ssrc: number; sequence: number; count: number } | undefined;

  /** Where the party really is, once that is known; answers are sent there. */
  get source(): Address | undefined {
    return this.latched;
  }

  /** The SDP says that the party is here now. */
  expect(address: Address | undefined): void {
    this.expected = address;
    this.latched = undefined;
    this.candidate = undefined;
  }

  accepts(packet: RtpPacket, host: string, port: number): boolean {
    if (this.latched !== undefined) return this.latched.host === host && this.latched.port === port;
    if (this.expected?.host === host && this.expected.port === port) {
      this.latched = this.expected;
      return true;
    }
    const { candidate } = this;
    if (candidate === undefined) {
      this.candidate = { address: { host, port }, ssrc: packet.ssrc, sequence: packet.sequence, count: 1 };
      return false;
    }
    if (candidate.address.host !== host || candidate.address.port !== port) {
      if (--candidate.count === 0) this.candidate = undefined;
      return false;
    }
    const isNext = candidate.ssrc === packet.ssrc && ahead16(packet.sequence, candidate.sequence) === 1;
    candidate.count = isNext ? candidate.count + 1 : 1;
    candidate.ssrc = packet.ssrc;
    candidate.sequence = packet.sequence;
    if (candidate.count < PACKETS_TO_LATCH) return false;
    this.latched = candidate.address;
    return true;
  }
}
