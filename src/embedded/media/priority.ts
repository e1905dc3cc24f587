import { setPriority } from 'node:os';

/** Below 0 is before all ordinary work; -20 would be the highest. */
const NICENESS = -10;

/**
 * Lets this thread run before whatever else wants the processor, so that packets leave in time on a busy machine. Linux gives each
 * thread a priority of its own, and lets it be raised by whoever has CAP_SYS_NICE or an RLIMIT_NICE; elsewhere it stays as it was.
 */
export function raisePriority(): void {
  if (process.platform !== 'linux') return;
  try {
    // 0 is the calling thread.
    setPriority(0, NICENESS);
  } catch {
    // Not allowed, as for most users.
  }
}
