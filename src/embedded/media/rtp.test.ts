import { describe, expect, it } from 'vitest';
import { OutgoingStream } from './outgoing-stream.js';
import { ahead16, ahead32, parseRtp, writeRtpHeader, type RtpPacket } from './rtp-packet.js';
import { SourceLatch } from './source-latch.js';
import {
  digitOf,
  eventOf,
  KeyDetector,
  parseTelephoneEvent,
  telephoneEventPayload,
  type PressedKey,
} from './telephone-event.js';

const packet = (changes: Partial<RtpPacket> = {}): RtpPacket => ({
  payloadType: 0,
  marker: false,
  sequence: 1,
  timestamp: 1000,
  ssrc: 7,
  payload: Buffer.alloc(160),
  ...changes,
});

describe('an RTP packet', () => {
  it('is read as it was written', () => {
    const bytes = Buffer.alloc(12 + 3);
    writeRtpHeader(bytes, {
      payloadType: 101,
      marker: true,
      sequence: 65_536 + 5,
      timestamp: 2 ** 32 + 9,
      ssrc: 0xfedcba98,
    });
    bytes.write('abc', 12);
    expect(parseRtp(bytes)).toEqual({
      payloadType: 101,
      marker: true,
      sequence: 5,
      timestamp: 9,
      ssrc: 0xfedcba98,
      payload: Buffer.from('abc'),
    });
  });

  it('is read behind contributing sources and an extension, without its padding', () => {
    const bytes = Buffer.from('b1000001000000020000000300000004' + 'bede000101020304' + '616263' + '0002', 'hex');
    expect(parseRtp(bytes)?.payload.toString()).toBe('abc');
  });

  it.each([
    ['nothing', ''],
    ['eleven bytes', '8000000100000002000000'],
    ['another version', '400000010000000200000003'],
    ['RTCP', '80c800010000000200000003'],
    ['more sources than bytes', '8f0000010000000200000003'],
    ['an extension that is not there', '900000010000000200000003'],
    ['an extension longer than the packet', '900000010000000200000003bede00ff'],
    ['padding longer than the packet', 'a000000100000002000000030000ff'],
    ['padding of no length', 'a0000001000000020000000300'],
  ])('is refused when it is %s', (_what, hex) => {
    expect(parseRtp(Buffer.from(hex, 'hex'))).toBeUndefined();
  });

  it('is compared around the wrap of its numbers', () => {
    expect(ahead16(2, 65_535)).toBe(3);
    expect(ahead16(65_535, 2)).toBe(-3);
    expect(ahead32(100, 2 ** 32 - 60)).toBe(160);
    expect(ahead32(2 ** 32 - 60, 100)).toBe(-160);
  });
});

describe('a key as an RTP event', () => {
  // RFC 4733 §2.3, figure 1: event, E, R, volume, duration; and of its §5 the last packets of digit 9: duration 1600 and 5 in the end.
  it.each([
    ['090706 40', { event: 9, end: false, volume: 7, duration: 1600 }],
    ['098a0640', { event: 9, end: true, volume: 10, duration: 1600 }],
    ['0b3fffff', { event: 11, end: false, volume: 63, duration: 65_535 }],
  ])('is read and written: %s', (hex, event) => {
    const bytes = Buffer.from(hex.replace(' ', ''), 'hex');
    expect(parseTelephoneEvent(bytes)).toEqual(event);
    expect(telephoneEventPayload(event)).toEqual(bytes);
  });

  it('has the codes of RFC 4733 table 3', () => {
    expect('0123456789*#ABCD'.split('').map(eventOf)).toEqual(Array.from({ length: 16 }, (_, code) => code));
    expect(eventOf('a')).toBe(12);
    expect([eventOf('x'), eventOf(''), eventOf('12'), digitOf(16)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is refused when it is too short', () => {
    expect(parseTelephoneEvent(Buffer.from('0907', 'hex'))).toBeUndefined();
  });

  function detector(): {
    keys: string[];
    durations: number[];
    take(event: number, end: boolean, timestamp: number, duration: number): void;
    detector: KeyDetector;
  } {
    const keys: string[] = [];
    const durations: number[] = [];
    const detector = new KeyDetector((key: PressedKey) => {
      keys.push(key.digit);
      durations.push(key.duration);
    });
    return {
      keys,
      durations,
      detector,
      take: (event, end, timestamp, duration) =>
        detector.event(packet({ timestamp, payload: telephoneEventPayload({ event, end, volume: 10, duration }) })),
    };
  }

  it('is told once, when its end comes, whatever comes late or again', () => {
    const { keys, durations, take } = detector();
    take(5, false, 1000, 160);
    take(5, false, 1000, 320);
    expect(keys).toEqual([]);
    take(5, true, 1000, 480);
    take(5, true, 1000, 480);
    take(5, false, 1000, 320);
    take(5, true, 1000, 480);
    expect([keys, durations]).toEqual([['5'], [480]]);
  });

  it('is told twice when it is pressed twice', () => {
    const { keys, take } = detector();
    take(5, true, 1000, 480);
    take(5, true, 3000, 480);
    expect(keys).toEqual(['5', '5']);
  });

  it('is told when the next one comes though its end was lost', () => {
    const { keys, take } = detector();
    take(1, false, 1000, 160);
    take(2, false, 5000, 160);
    expect(keys).toEqual(['1']);
    take(2, true, 5000, 320);
    expect(keys).toEqual(['1', '2']);
  });

  it('is told when there is sound again though its end was lost, not while sound goes on beside it', () => {
    const { keys, take, detector: it } = detector();
    take(1, false, 1000, 160);
    it.sound(1160);
    expect(keys).toEqual([]);
    it.sound(4000);
    expect(keys).toEqual(['1']);
  });

  it('counts across the wrap of the timestamp', () => {
    const { keys, take } = detector();
    take(1, true, 2 ** 32 - 100, 160);
    take(2, true, 700, 160);
    expect(keys).toEqual(['1', '2']);
  });

  it('is forgotten when it is no key', () => {
    const { keys, take } = detector();
    take(32, true, 1000, 160);
    expect(keys).toEqual([]);
  });
});

describe('the source of a party', () => {
  const home = { host: '192.0.2.1', port: 4000 };

  it('is its address in the SDP, from the first packet on and for good', () => {
    const latch = new SourceLatch();
    latch.expect(home);
    expect(latch.accepts(packet(), '192.0.2.1', 4000)).toBe(true);
    for (let i = 0; i < 50; i++) expect(latch.accepts(packet({ sequence: i }), '192.0.2.9', 4000)).toBe(false);
    expect(latch.source).toEqual(home);
  });

  it('is elsewhere when ten packets in sequence come from there and none from its address', () => {
    const latch = new SourceLatch();
    latch.expect(home);
    const taken = Array.from({ length: 12 }, (_, i) =>
      latch.accepts(packet({ sequence: 65_530 + i }), '198.51.100.7', 9),
    );
    expect(taken.indexOf(true)).toBe(9);
    expect(latch.source).toEqual({ host: '198.51.100.7', port: 9 });
    expect(latch.accepts(packet(), '192.0.2.1', 4000)).toBe(false);
  });

  it('is not moved by packets out of sequence or of many streams', () => {
    const latch = new SourceLatch();
    latch.expect(home);
    for (let i = 0; i < 50; i++) expect(latch.accepts(packet({ sequence: i * 3 }), '198.51.100.7', 9)).toBe(false);
    for (let i = 0; i < 50; i++) expect(latch.accepts(packet({ sequence: i, ssrc: i }), '198.51.100.7', 9)).toBe(false);
    expect(latch.accepts(packet(), '192.0.2.1', 4000)).toBe(true);
  });

  it('is looked for anew when the SDP names another address', () => {
    const latch = new SourceLatch();
    latch.expect(home);
    latch.accepts(packet(), '192.0.2.1', 4000);
    latch.expect({ host: '192.0.2.2', port: 6000 });
    expect(latch.source).toBeUndefined();
    expect(latch.accepts(packet(), '192.0.2.2', 6000)).toBe(true);
  });
});

describe('the stream that a party gets', () => {
  function stream(): {
    at(ms: number): void;
    frame(): RtpPacket;
    relayed(from: Partial<RtpPacket>, samples?: number): RtpPacket;
    out: OutgoingStream;
  } {
    let now = 0;
    const out = new OutgoingStream({ now: () => now, setTimeout: () => undefined, clearTimeout: () => undefined });
    const bytes = Buffer.alloc(12);
    return {
      out,
      at: (ms) => {
        now = ms;
      },
      frame: () => {
        out.frame(bytes, 0);
        return parseRtp(Buffer.from(bytes))!;
      },
      relayed: (from, samples = 160) => {
        out.relayed(bytes, packet(from), 8, samples);
        return parseRtp(Buffer.from(bytes))!;
      },
    };
  }

  it('counts on without a gap while frames follow each other', () => {
    const { frame, at } = stream();
    const first = frame();
    at(37);
    const second = frame();
    expect([first.marker, second.marker]).toEqual([true, false]);
    expect(second.sequence).toBe((first.sequence + 1) & 0xffff);
    expect(ahead32(second.timestamp, first.timestamp)).toBe(160);
  });

  it('leaves out the time of silence, and marks what comes behind it', () => {
    const { frame, at, out } = stream();
    const first = frame();
    out.interrupted();
    at(1000);
    const second = frame();
    expect(second.marker).toBe(true);
    expect(ahead32(second.timestamp, first.timestamp)).toBe(8000);
    expect(second.sequence).toBe((first.sequence + 1) & 0xffff);
  });

  it('keeps the distances of a stream that is passed on, late, early and out of order', () => {
    const { frame, relayed, at } = stream();
    const before = frame();
    at(20);
    const packets = [0, 160, 480, 320].map((offset, i) => {
      at(20 + 20 * i);
      return relayed({ timestamp: 4_294_967_200 + offset, sequence: i });
    });
    expect(packets.map((each) => ahead32(each.timestamp, packets[0]!.timestamp))).toEqual([0, 160, 480, 320]);
    expect(ahead32(packets[0]!.timestamp, before.timestamp)).toBeGreaterThanOrEqual(160);
    expect(packets.map((each) => each.marker)).toEqual([true, false, false, false]);
    expect(packets[0]!.ssrc).toBe(before.ssrc);
  });

  it('gives a source whose timestamps jump a new place, marked', () => {
    const { relayed, at } = stream();
    const first = relayed({ timestamp: 1000 });
    at(20);
    const second = relayed({ timestamp: 900_000 });
    expect(second.marker).toBe(true);
    expect(ahead32(second.timestamp, first.timestamp)).toBe(160);
  });

  it('goes on behind what was passed on when frames come again', () => {
    const { frame, relayed, out } = stream();
    const last = relayed({ timestamp: 5000 });
    out.interrupted();
    const next = frame();
    expect(ahead32(next.timestamp, last.timestamp)).toBe(160);
    expect(next.marker).toBe(true);
  });
});
