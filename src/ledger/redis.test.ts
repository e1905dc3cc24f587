import { describe } from 'vitest';
import { redisContract } from '../../test/ledger/redis-contract.js';
import { REDIS_SERVER } from '../../test/ledger/redis-server.js';

describe.skipIf(REDIS_SERVER === undefined)(`with ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  redisContract('in Redis');
});
