/** The contract of ledgers, held against one in Redis. */
import { afterAll, beforeAll } from 'vitest';
import { createRedisLedger } from '../../src/ledger/redis.js';
import { ledgerContract } from './ledger-contract.js';
import { startRedis, type TestRedis } from './redis-server.js';

/** @param options of the server that is started for it */
export function redisContract(name: string, options: Parameters<typeof startRedis>[0] = {}): void {
  let server: TestRedis;
  let sites = 0;
  beforeAll(async () => {
    server = await startRedis(options);
  });
  afterAll(() => server.stop());

  ledgerContract(name, ({ clock, random }) => {
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
}
