/** What other controllers' operations have set in motion, read from the site's stream; nothing is lost by being away. */
import type { Cluster, Redis } from 'ioredis';
import type { LedgerNotice } from '../ledger.js';

/**
 * Begins with what comes from now on.
 * @param redis a connection of its own: reading blocks it
 * @param ownNode whose notices are passed over, being known already
 */
export async function startNoticeReader(options: {
  redis: Redis | Cluster;
  stream: string;
  ownNode: string;
  deliver: (notices: readonly LedgerNotice[]) => void;
  onError: (error: unknown) => void;
}): Promise<{ stop: () => void }> {
  const { redis, stream, ownNode, deliver, onError } = options;
  let isStopped = false;
  const [last] = await redis.xrevrange(stream, '+', '-', 'COUNT', 1);
  let position = last?.[0] ?? '0-0';

  async function readOnce(): Promise<void> {
    const read = await redis.xread('COUNT', 100, 'BLOCK', 0, 'STREAMS', stream, position);
    for (const [id, fields] of read?.[0]?.[1] ?? []) {
      position = id;
      const [, node, , notices] = fields;
      if (node !== ownNode && notices !== undefined) deliver(JSON.parse(notices) as LedgerNotice[]);
    }
  }

  async function readOn(): Promise<void> {
    while (!isStopped) {
      try {
        await readOnce();
      } catch (error) {
        // The client reconnects by itself, and refuses commands only when it was told to stop.
        if (redis.status === 'end') return;
        onError(error);
      }
    }
  }

  void readOn();
  return {
    stop() {
      isStopped = true;
      redis.disconnect();
    },
  };
}
