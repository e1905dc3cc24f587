import { afterAll, beforeAll, describe } from 'vitest';
import { callbackContract } from '../../test/ledger/callback-contract.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../test/ledger/redis-server.js';
import { createMemoryCallbackBook } from './callback-book.js';
import { createRedisCallbackBook } from './redis/callback-book.js';

callbackContract('in memory', async (clock) => createMemoryCallbackBook({ clock }).of);

describe.skipIf(REDIS_SERVER === undefined)(`with ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let server: TestRedis;
  let sites = 0;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  callbackContract('in Redis', async (clock) => {
    sites += 1;
    const site = `callbacks-${String(sites)}`;
    return (node) => createRedisCallbackBook({ redis: server.connect(), site, node, now: () => clock.now() });
  });
});
