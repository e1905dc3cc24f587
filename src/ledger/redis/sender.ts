/**
 * Sends commands to the store by the handful: fewer writes for both sides, and while the store works on one handful, the
 * next is made and the answers of the last are read. The client's own pipelining waits for all of one before the next.
 */
import type { Cluster, Redis } from 'ioredis';

/** So many go to the store in one write; the store works on them while the next ones are made and answers are read. */
const MOST_AT_ONCE = 8;

export type Send = (command: readonly string[]) => Promise<unknown>;

/** What is asked for in one turn of the event loop goes out together, in the order in which it was asked for. */
export function createSender(redis: Redis | Cluster): Send {
  let waiting: Asked[] = [];
  let isScheduled = false;
  let underWay = 0;

  function flush(): void {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    underWay += 1;
    void ask(batch).finally(() => (underWay -= 1));
  }

  async function ask(batch: readonly Asked[]): Promise<void> {
    try {
      const replies = await redis.pipeline(batch.map(({ command }) => command)).exec();
      for (const [index, { resolve, reject }] of batch.entries()) {
        const [error, reply] = replies?.[index] ?? [new Error('no reply')];
        if (error) reject(error);
        else resolve(reply);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  function sendSoon(): void {
    isScheduled = false;
    flush();
  }

  return (command) =>
    new Promise((resolve, reject) => {
      waiting.push({ command: [...command], resolve, reject });
      if (waiting.length === MOST_AT_ONCE) flush();
      if (isScheduled) return;
      isScheduled = true;
      // Nothing to wait for: what is asked for alone goes out at once.
      if (underWay === 0) queueMicrotask(sendSoon);
      else setImmediate(sendSoon);
    });
}

interface Asked {
  readonly command: string[];
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}
