/** So much at once, and so much a second thereafter, for each of any number of sources. */
import type { Clock } from '../kernel/clock.js';

export interface RateLimit {
  /** Whether one more is allowed now. */
  take(source: string): boolean;
}

interface Bucket {
  left: number;
  atMs: number;
}

/** @param maxSources beyond so many the one unheard of for longest is forgotten: memory stays bounded under a flood */
export function createRateLimit(options: {
  clock: Clock;
  burst: number;
  perSecond: number;
  maxSources?: number;
}): RateLimit {
  const { clock, burst, perSecond, maxSources = 10_000 } = options;
  const buckets = new Map<string, Bucket>();
  return {
    take(source) {
      const nowMs = clock.now();
      const bucket = buckets.get(source) ?? { left: burst, atMs: nowMs };
      const left = Math.min(burst, bucket.left + ((nowMs - bucket.atMs) / 1000) * perSecond);
      // Set anew, so that the map's own order is that of when they were last heard of.
      buckets.delete(source);
      buckets.set(source, { left: left >= 1 ? left - 1 : left, atMs: nowMs });
      const [oldest] = buckets.keys();
      if (buckets.size > maxSources && oldest !== undefined) buckets.delete(oldest);
      return left >= 1;
    },
  };
}
