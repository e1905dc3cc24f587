/**
 * What other controllers' operations have set in motion, read from the site's stream. Each controller is a consumer group
 * of its own there: what it was sent and has not heeded is read again, so that nothing is lost by being away.
 */
import type { Cluster, Redis } from 'ioredis';
import type { LedgerKeys } from './script.js';
import type { StoredNotice } from './stored-notice.js';

/** How long one read waits for news. Milliseconds. */
const BLOCK_MS = 2_000;

/** After a read that failed. Milliseconds. */
const RETRY_MS = 100;

/**
 * Begins with what comes from now on, or where a controller of that name has left off.
 * @param redis a connection of its own: reading blocks it
 * @param ownNode whose notices are passed over, being known already
 */
export async function startNoticeReader(options: NoticeReaderOptions): Promise<{ stop: () => void }> {
  await createGroup(options.redis, options.keys, options.ownNode);
  const reader = new NoticeReader(options);
  void reader.readOn();
  return reader;
}

interface NoticeReaderOptions {
  readonly redis: Redis | Cluster;
  readonly keys: LedgerKeys;
  readonly ownNode: string;
  readonly deliver: (notices: readonly StoredNotice[], from: string) => void;
  readonly onError: (error: unknown) => void;
}

class NoticeReader {
  readonly #options: NoticeReaderOptions;
  #isStopped = false;
  /** What was sent and not heeded comes first, whenever an answer may have been lost. */
  #isPendingRead = false;
  /** Trouble is told once, not each time that it is still there. */
  #isTold = false;

  constructor(options: NoticeReaderOptions) {
    this.#options = options;
  }

  async readOn(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#readOnce();
        this.#isTold = false;
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#options.redis.disconnect();
  }

  async #readOnce(): Promise<void> {
    const { redis, keys, ownNode, deliver } = this.#options;
    const from = this.#isPendingRead ? '>' : '0';
    const request = [
      'GROUP',
      ownNode,
      ownNode,
      'COUNT',
      100,
      'BLOCK',
      BLOCK_MS,
      'STREAMS',
      keys.notices,
      from,
    ] as const;
    const read = (await redis.xreadgroup(...request)) as Reply | null;
    const entries = read?.[0]?.[1] ?? [];
    if (from === '0') this.#isPendingRead = entries.length < 100;
    if (entries.length === 0) return;
    for (const [, fields] of entries) {
      // A pending entry that has been trimmed away has no fields.
      const [, node, , notices] = fields ?? [];
      if (node === undefined || node === ownNode || notices === undefined) continue;
      deliver(JSON.parse(notices) as StoredNotice[], node);
    }
    await redis.xack(keys.notices, ownNode, ...entries.map(([id]) => id));
  }

  async #recover(error: unknown): Promise<void> {
    const { redis, keys, ownNode, onError } = this.#options;
    // The client reconnects by itself, and refuses commands only when it was told to stop.
    if (redis.status === 'end') this.#isStopped = true;
    if (this.#isStopped) return;
    this.#isPendingRead = false;
    if (!this.#isTold) onError(error);
    this.#isTold = true;
    if (String(error).includes('NOGROUP')) await createGroup(redis, keys, ownNode).catch(onError);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

type Reply = readonly (readonly [
  stream: string,
  entries: readonly (readonly [id: string, fields: string[] | null])[],
])[];

/** Who is alone on the list of listeners is told nothing by the stream: its own operations it knows by their answers. */
async function createGroup(redis: Redis | Cluster, keys: LedgerKeys, node: string): Promise<void> {
  try {
    await redis.xgroup('CREATE', keys.notices, node, '$', 'MKSTREAM');
  } catch (error) {
    if (!String(error).includes('BUSYGROUP')) throw error;
  }
  await redis.sadd(keys.listeners, node);
}
