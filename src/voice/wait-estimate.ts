/** How long a place in line takes, by how often calls of the queue have been taken lately. */
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import type { QueueId } from '../kernel/ids.js';

export interface WaitEstimate {
  /** Milliseconds that the caller at this place (1 is the first) may expect; `undefined` where too little is known. */
  of(queue: QueueId, position: number): number | undefined;
  stop(): void;
}

/** So many of the latest acceptances are looked at, and none that is older than this. */
const LATEST = 20;
const WINDOW_MS = 60 * 60_000;
/** One alone says nothing of how often. */
const LEAST = 2;

export function createWaitEstimate({ events, clock }: { events: EventStream; clock: Clock }): WaitEstimate {
  const acceptedAt = new Map<QueueId, number[]>();
  const stop = events.subscribe((event) => {
    if (event.type !== 'call.accepted' || event.queue === undefined) return;
    const times = acceptedAt.get(event.queue) ?? [];
    acceptedAt.set(event.queue, [...times, event.atMs].slice(-LATEST));
  });

  return {
    of(queue, position) {
      const nowMs = clock.now();
      const times = (acceptedAt.get(queue) ?? []).filter((atMs) => nowMs - atMs < WINDOW_MS);
      const [first] = times;
      if (first === undefined || times.length < LEAST) return undefined;
      // Up to now, not to the last one: who waits while nobody is taken waits longer.
      return Math.round(((nowMs - first) / times.length) * position);
    },
    stop,
  };
}
