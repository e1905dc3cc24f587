/** What is needed of a clock, so that tests can bring their own. */
export interface ClockHost {
  /** Monotonic, in milliseconds, with fractions. */
  now(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

export const systemClock: ClockHost = {
  now: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Length of a frame of sound. */
export const FRAME_MS = 20;
/** Samples in it at 8000 Hz. */
export const FRAME_SAMPLES = 160;

/** Takes part in the clock; called once every 20 ms. */
export type Tick = () => void;

/** Groups whose turns are spread over the 20 ms, so that not all packets leave in one burst. */
const SLOTS = 5;
const SLOT_MS = FRAME_MS / SLOTS;
/** After a stall longer than this (a suspended machine) the lost frames are not made up for. */
const MAX_CATCH_UP_MS = 200;

/**
 * One timer drives all sound: the n-th turn is due at start + n × 4 ms, however late the ones before were, so nothing drifts.
 * The timer stands still while nobody takes part.
 */
export class MediaClock {
  private readonly slots: Set<Tick>[] = Array.from({ length: SLOTS }, () => new Set<Tick>());
  private members = 0;
  private timer: unknown;
  private dueAt = 0;
  private turn = 0;

  constructor(private readonly host: ClockHost = systemClock) {}

  get isRunning(): boolean {
    return this.timer !== undefined;
  }

  /** Adds a participant; the function that is answered removes it again. */
  join(tick: Tick): () => void {
    const slot = this.slots.reduce((least, each) => (each.size < least.size ? each : least));
    slot.add(tick);
    this.members++;
    if (this.timer === undefined) {
      this.dueAt = this.host.now() + SLOT_MS;
      this.arm();
    }
    return () => {
      if (slot.delete(tick)) this.members--;
    };
  }

  stop(): void {
    for (const slot of this.slots) slot.clear();
    this.members = 0;
    this.halt();
  }

  private arm(): void {
    this.timer = this.host.setTimeout(() => this.run(), Math.max(0, this.dueAt - this.host.now()));
  }

  private halt(): void {
    if (this.timer !== undefined) this.host.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private run(): void {
    const now = this.host.now();
    if (now - this.dueAt > MAX_CATCH_UP_MS) this.dueAt = now;
    while (this.dueAt <= now) {
      this.dueAt += SLOT_MS;
      this.turn = (this.turn + 1) % SLOTS;
      const slot = this.slots[this.turn];
      if (slot !== undefined) for (const tick of slot) tick();
    }
    if (this.members > 0) this.arm();
    else this.halt();
  }
}
