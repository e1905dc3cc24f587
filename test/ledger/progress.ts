/** Says now and then how far a long try has come; a short one, as in `npm test`, says nothing. */

const EVERY_MS = 30_000;

/** @returns to be called after each of `total`, with how many operations that were together */
export function progress(what: string, total: number): (operations: number) => void {
  const isLong = process.env.LEDGER_RUNS !== undefined;
  const startedMs = performance.now();
  let done = 0;
  let toldMs = startedMs;
  return (operations) => {
    done += 1;
    const nowMs = performance.now();
    if (!isLong || (done < total && nowMs - toldMs < EVERY_MS)) return;
    toldMs = nowMs;
    const minutes = (nowMs - startedMs) / 60_000;
    const left = (minutes / done) * (total - done);
    // eslint-disable-next-line no-console -- who waits for half an hour wants to know
    console.log(
      `${done} of ${total} ${what}: ${operations} operations, ${minutes.toFixed(1)} min, about ${left.toFixed(1)} left`,
    );
  };
}
