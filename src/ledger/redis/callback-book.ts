/** The book of call backs in Redis; `../scripts/callbacks.lua` is its twin there. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Cluster, Redis } from 'ioredis';
import { SwitchboardError } from '../../kernel/errors.js';
import type { WorkId } from '../../kernel/ids.js';
import {
  CALLBACK_LEASE_MS,
  inOrder,
  type CallbackBook,
  type ClaimResult,
  type KeptCallback,
  type PendingCallback,
} from '../callback-book.js';
import { list, type LuaList } from './stored-notice.js';

/**
 * A store that is away is not waited for: whoever waits in line would wait for it, too.
 * @throws SwitchboardError LEDGER_UNAVAILABLE, from every operation
 */
export function createRedisCallbackBook(options: {
  readonly redis: Redis | Cluster;
  readonly site: string;
  readonly node: string;
  /** Tests only: the time, instead of the store's own clock. */
  readonly now?: () => number;
}): CallbackBook {
  const run = scriptRunner(options);
  return {
    claim: (callback) => run<ClaimResult>('claim', callback),
    async resume(request) {
      return (await run<{ callback?: PendingCallback }>('resume', request)).callback;
    },
    async isKept(callback) {
      return (await run<{ isKept: boolean }>('isKept', callback)).isKept;
    },
    async drop(callback) {
      await run('drop', callback);
    },
    async keep(callbacks) {
      const kept = await run<Kept>('keep', { callbacks });
      return { lost: list(kept.lost), cancelled: list(kept.cancelled), takenOver: inOrder(list(kept.takenOver)) };
    },
    async leave(callbacks) {
      await run('leave', { callbacks });
    },
    async cancel(call) {
      return (await run<{ isCancelled: boolean }>('cancel', { call })).isCancelled;
    },
    async list() {
      return inOrder(list((await run<{ callbacks: LuaList<KeptCallback> }>('list', {})).callbacks));
    },
  };
}

interface Kept {
  readonly lost: LuaList<WorkId>;
  readonly cancelled: LuaList<WorkId>;
  readonly takenOver: LuaList<PendingCallback>;
}

function scriptRunner({ redis, site, node, now }: Parameters<typeof createRedisCallbackBook>[0]) {
  const script = readFileSync(new URL('../scripts/callbacks.lua', import.meta.url), 'utf8');
  const sha = createHash('sha1').update(script).digest('hex');
  const key = `switchboard:{${site}}:callbacks`;

  async function evaluate(args: readonly string[]): Promise<unknown> {
    try {
      return await redis.evalsha(sha, 1, key, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(script, 1, key, ...args);
    }
  }

  return async <Result>(operation: string, request: object): Promise<Result> => {
    const time = now === undefined ? '' : String(now());
    try {
      const reply = await evaluate([operation, node, time, JSON.stringify(request), String(CALLBACK_LEASE_MS)]);
      return JSON.parse(String(reply)) as Result;
    } catch (cause) {
      throw new SwitchboardError('LEDGER_UNAVAILABLE', `the store of call backs did not answer ${operation}`, {
        cause,
      });
    }
  };
}
