import { afterAll, beforeAll, describe } from 'vitest';
import { ledgerContract } from '../../test/ledger/ledger-contract.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../test/ledger/redis-server.js';
import { createRedisLedger } from './redis.js';

describe.skipIf(REDIS_SERVER === undefined)(`with ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let server: TestRedis;
  let sites = 0;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  ledgerContract('in Redis', ({ clock, random }) => {
    sites += 1;
    return createRedisLedger({
      redis: server.connect(),
      reader: server.connect(),
      site: `contract-${sites}`,
      node: 'a',
      clock,
      random,
      now: () => clock.now(),
    });
  });
});
