/**
 * The last half second of one direction of sound, by RTP timestamp. Any number of readers follow it at their own pace, each some
 * 40 ms behind, so that packets may be late or out of order by that much. What never came is silence.
 */
const SIZE = 4096;
const MASK = SIZE - 1;
/** How far a reader starts behind the newest sample, in samples. */
const DELAY = 320;
/** A reader that has fallen so far behind jumps (the sender's clock is fast, or it sent a burst). */
const MAX_LAG = 1600;
/** A packet so far from what is expected begins a new stream. */
const JUMP = SIZE - MAX_LAG;

export class AudioRing {
  private readonly samples = new Int16Array(SIZE);
  /** Position behind the newest sample; positions count up for ever and never wrap. */
  private end = 0;
  /** What to add to a timestamp to get a position. */
  private offset: number | undefined;
  private readonly readers = new Set<RingReader>();

  get hasReaders(): boolean {
    return this.readers.size > 0;
  }

  /** Position behind the newest sample. */
  get endPosition(): number {
    return this.end;
  }

  /** Stores samples at their RTP timestamp. Those too late to be of use are dropped. */
  write(timestamp: number, samples: Int16Array, length = samples.length): void {
    let position = this.positionOf(timestamp);
    if (position === undefined || Math.abs(position - this.end) > JUMP) {
      this.offset = this.end - timestamp;
      position = this.end;
    }
    this.clear(this.end, position);
    const oldest = Math.max(this.end, position + length) - SIZE;
    for (let i = 0; i < length; i++) {
      if (position + i >= oldest) this.samples[(position + i) & MASK] = samples[i] ?? 0;
    }
    this.end = Math.max(this.end, position + length);
  }

  /** Opens a reader that starts with what comes next. Close it when done. */
  open(): RingReader {
    const reader = new RingReader(this, this.samples, () => this.readers.delete(reader));
    this.readers.add(reader);
    return reader;
  }

  private positionOf(timestamp: number): number | undefined {
    if (this.offset === undefined) return undefined;
    // The timestamp has 32 bit and wraps; the position nearest to the end is meant.
    return this.end + ((timestamp + this.offset - this.end) | 0);
  }

  private clear(from: number, to: number): void {
    const start = Math.max(from, to - SIZE);
    for (let position = start; position < to; position++) this.samples[position & MASK] = 0;
  }
}

export class RingReader {
  /** Undefined until there is something to read. */
  private position: number | undefined;
  /** What came before is none of this reader's business. */
  private start: number;

  constructor(
    private readonly ring: AudioRing,
    private readonly samples: Int16Array,
    readonly close: () => void,
  ) {
    this.start = ring.endPosition;
  }

  /** Another reader of the same sound, at its own pace. */
  another(): RingReader {
    return this.ring.open();
  }

  /** Fills `frame` with the next samples. Answers false, and leaves `frame` as it is, when nothing was heard. */
  take(frame: Int16Array): boolean {
    const end = this.ring.endPosition;
    if (this.position === undefined && end === this.start) return false;
    if (this.position === undefined || end - this.position > MAX_LAG) this.position = end - DELAY;
    const from = this.position;
    if (from >= end) {
      // The sender has paused: begin again, with the delay, when it goes on.
      this.position = undefined;
      this.start = end;
      return false;
    }
    this.position = from + frame.length;
    if (this.position <= this.start) return false;
    for (let i = 0; i < frame.length; i++) {
      const at = from + i;
      frame[i] = at >= this.start && at < end ? (this.samples[at & MASK] ?? 0) : 0;
    }
    return true;
  }
}
