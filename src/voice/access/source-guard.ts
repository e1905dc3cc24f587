/**
 * Keeps sources that flood or guess passwords from taking the site down or in: requests beyond a rate are shed, and the
 * answer to wrong credentials comes later each time. Everything remembered is bounded.
 */
import type { ProtectionConfig } from '../../config/routing-config.js';
import type { Clock } from '../../kernel/clock.js';
import type { EventStream } from '../../kernel/event-stream.js';
import type { Screening } from '../signalling.js';

export interface SourceGuard {
  /** Takes one request of the source's rate. When that is used up, one request a second is refused, the others are dropped. */
  screen(address: string): Screening;
  /**
   * Wrong credentials came: `answer` is called after a delay that doubles with each failure of the source. With too
   * many answers held back already it is called at once with `isHeld` false, and tells the source nothing.
   */
  failed(source: { readonly address: string; readonly username: string }, answer: (isHeld: boolean) => void): void;
  /** Right credentials came: the next failure begins at the first delay again. */
  succeeded(address: string): void;
  /** Answers that are held back. */
  pending(): number;
  /** Forgets the answers that are held back. */
  stop(): void;
}

interface SourceGuardOptions {
  readonly clock: Clock;
  readonly events: EventStream;
  readonly protection: () => ProtectionConfig;
  /** Carriers known by address are never shed. */
  readonly isExempt: (address: string) => boolean;
  readonly maxSources?: number;
  readonly maxPending?: number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
  isShed: boolean;
  /** When it was told that it is too fast. */
  refusedMs: number;
}

const refusalEveryMs = 1_000;

/** After so long without a failure a source starts afresh. */
const failureMemoryMs = 600_000;

export function createSourceGuard(options: SourceGuardOptions): SourceGuard {
  const { clock, events, protection, isExempt } = options;
  const maxSources = options.maxSources ?? 10_000;
  const maxPending = options.maxPending ?? 1_000;
  const buckets = new Map<string, Bucket>();
  const failures = new Map<string, { readonly count: number; readonly lastMs: number }>();
  const held = new Set<() => void>();

  const hold = (delayMs: number, answer: () => void) => {
    const cancel = clock.after(delayMs, () => {
      held.delete(cancel);
      answer();
    });
    held.add(cancel);
  };

  return {
    screen(address) {
      if (isExempt(address)) return 'admit';
      const bucket = take(buckets, address, protection().maxRequestsPerSecond, clock.now());
      remember(buckets, address, bucket, maxSources);
      if (bucket.tokens >= 0) {
        // Only a source that has come to rest is reported again.
        if (bucket.tokens > protection().maxRequestsPerSecond / 2) bucket.isShed = false;
        return 'admit';
      }
      bucket.tokens += 1;
      if (!bucket.isShed) events.emit({ type: 'sip.source_shed', address });
      bucket.isShed = true;
      // Who is merely too fast shall know; who does not listen gets no answer to multiply.
      if (clock.now() - bucket.refusedMs < refusalEveryMs) return 'drop';
      bucket.refusedMs = clock.now();
      return 'refuse';
    },
    failed({ address, username }, answer) {
      events.emit({ type: 'sip.auth_failed', address, username });
      const earlier = failures.get(address);
      const isRecent = earlier !== undefined && clock.now() - earlier.lastMs < failureMemoryMs;
      const count = isRecent ? earlier.count + 1 : 1;
      remember(failures, address, { count, lastMs: clock.now() }, maxSources);
      if (held.size >= maxPending) {
        answer(false);
        return;
      }
      const { authDelayMs, authMaxDelayMs } = protection();
      hold(Math.min(authDelayMs * 2 ** Math.min(count - 1, 30), authMaxDelayMs), () => answer(true));
    },
    succeeded: (address) => void failures.delete(address),
    pending: () => held.size,
    stop() {
      for (const cancel of held) cancel();
      held.clear();
    },
  };
}

/** A bucket that holds one second's worth, after one token was taken; below zero when there was none. */
function take(buckets: ReadonlyMap<string, Bucket>, address: string, ratePerSecond: number, nowMs: number): Bucket {
  const bucket = buckets.get(address) ?? {
    tokens: ratePerSecond,
    filledMs: nowMs,
    isShed: false,
    refusedMs: -Infinity,
  };
  const refilled = bucket.tokens + ((nowMs - bucket.filledMs) / 1000) * ratePerSecond;
  bucket.tokens = Math.min(ratePerSecond, refilled) - 1;
  bucket.filledMs = nowMs;
  return bucket;
}

/** A map keeps its order of insertion: the first entry is the one that was touched longest ago. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= max) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
