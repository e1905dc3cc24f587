/**
 * Matches a line as long as there may be something to match. One match of a line is under way at a time; to be asked
 * meanwhile is remembered, and the line is matched until nobody is free or nothing waits.
 */
import type { QueueId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';

export interface LineMatcher {
  match(queue: QueueId): void;
  /** What is under way comes to its end; nothing is begun any more. */
  stop(): void;
}

/** @param deps.matchOne makes one offer; resolves to whether there may be more to match */
export function createLineMatcher(deps: {
  readonly matchOne: (queue: QueueId) => Promise<boolean>;
  readonly log: Logger;
}): LineMatcher {
  const { matchOne, log } = deps;
  const running = new Set<QueueId>();
  const again = new Set<QueueId>();
  let isStopped = false;

  async function matchAll(queue: QueueId): Promise<void> {
    if (running.has(queue)) {
      again.add(queue);
      return;
    }
    running.add(queue);
    try {
      do {
        again.delete(queue);
        while (!isStopped && (await matchOne(queue)));
      } while (again.has(queue));
    } catch (error) {
      log.error({ err: error, queue }, 'matching failed');
    } finally {
      running.delete(queue);
    }
  }

  return {
    match: (queue) => void matchAll(queue),
    stop() {
      isStopped = true;
    },
  };
}
