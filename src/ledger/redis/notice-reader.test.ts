import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../../test/ledger/redis-server.js';
import { queueId } from '../../kernel/ids.js';
import { startNoticeReader } from './notice-reader.js';
import { ledgerKeys, type LedgerKeys } from './script.js';
import type { StoredNotice } from './stored-notice.js';

describe.skipIf(REDIS_SERVER === undefined)(`notices by ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let server: TestRedis;
  let sites = 0;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  function site(): LedgerKeys {
    sites += 1;
    return ledgerKeys(`notices-${sites}`);
  }

  async function read(keys: LedgerKeys) {
    const seen: string[] = [];
    const errors: unknown[] = [];
    const redis = server.connect();
    const reader = await startNoticeReader({
      ...{ redis, keys, ownNode: 'here' },
      deliver(notices, from) {
        for (const notice of notices) if (notice.type === 'matchable') seen.push(`${from} ${notice.queues.join()}`);
      },
      onError: (error) => errors.push(error),
    });
    onTestFinished(() => reader.stop());
    return { reader, seen, errors, redis };
  }

  async function tell(keys: LedgerKeys, from: string, ...queues: string[]): Promise<void> {
    for (const queue of queues) {
      const notices: StoredNotice[] = [{ type: 'matchable', queues: [queueId(queue)] }];
      await server.connect().xadd(keys.notices, '*', 'node', from, 'notices', JSON.stringify(notices));
    }
  }

  const pending = async (keys: LedgerKeys): Promise<unknown> =>
    (await server.connect().xpending(keys.notices, 'here'))[0];

  it("come in order, each once, without one's own", async () => {
    const keys = site();
    await tell(keys, 'there', 'before');
    const { seen } = await read(keys);
    await tell(keys, 'there', 'one');
    await tell(keys, 'here', 'own');
    await tell(keys, 'there', 'two', 'three');
    await vi.waitFor(() => expect(seen).toEqual(['there one', 'there two', 'there three']), 30_000);
    await vi.waitFor(async () => expect(await pending(keys)).toBe(0), 30_000);
  });

  it('wait for a controller that is away, also what it had been sent and had not heeded', async () => {
    const keys = site();
    const first = await read(keys);
    await tell(keys, 'there', 'heard');
    await vi.waitFor(() => expect(first.seen).toEqual(['there heard']), 30_000);
    await vi.waitFor(async () => expect(await pending(keys)).toBe(0), 30_000);
    first.reader.stop();
    await tell(keys, 'there', ...Array.from({ length: 230 }, (_, n) => `q${n}`));
    // Sent to it, and then its connection broke.
    await server.connect().xreadgroup('GROUP', 'here', 'here', 'COUNT', 150, 'STREAMS', keys.notices, '>');
    expect(await pending(keys)).toBe(150);
    const again = await read(keys);
    await vi.waitFor(() => expect(again.seen).toEqual(Array.from({ length: 230 }, (_, n) => `there q${n}`)), 30_000);
    await vi.waitFor(async () => expect(await pending(keys)).toBe(0), 30_000);
  });

  it('are read on over a new connection when one breaks', async () => {
    const keys = site();
    const { seen, redis } = await read(keys);
    await tell(keys, 'there', 'one');
    await vi.waitFor(() => expect(seen).toEqual(['there one']), 30_000);
    redis.disconnect(true);
    await tell(keys, 'there', 'two');
    await vi.waitFor(() => expect(seen).toEqual(['there one', 'there two']), 30_000);
  });

  it('begin anew in a store that has lost them, and that is told of once', async () => {
    const keys = site();
    const { seen, errors } = await read(keys);
    await server.connect().del(keys.notices, keys.listeners);
    await vi.waitFor(async () => expect(await server.connect().smembers(keys.listeners)).toEqual(['here']), 30_000);
    await tell(keys, 'there', 'one');
    await vi.waitFor(() => expect(seen).toEqual(['there one']), 30_000);
    expect(errors).toHaveLength(1);
  });
});
