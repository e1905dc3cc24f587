/** Who is served first: the smallest score. It never changes while work waits, so one sorted set is a whole line. */

/**
 * Each step of priority counts like `ageingStepMs` of waiting: work of priority 2 overtakes work of priority 0 that
 * came more than two steps later, and nothing starves.
 * @param priority 0 the most urgent; the queue's own and the work's, added up
 */
export function queueScore(work: { enqueuedAt: number; priority: number; ageingStepMs: number }): number {
  return work.enqueuedAt + work.priority * work.ageingStepMs;
}
