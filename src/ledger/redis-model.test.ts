import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CreateLedger } from '../../test/ledger/ledger-world.js';
import { changedOperations } from '../../test/ledger/changed-scripts.js';
import { histories, type History } from '../../test/ledger/model/history.js';
import { play } from '../../test/ledger/model/play.js';
import { createTwinLedger } from '../../test/ledger/model/twin-ledger.js';
import { checkIndexes } from '../../test/ledger/redis-indexes.js';
import { progress } from '../../test/ledger/progress.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../test/ledger/redis-server.js';
import { createMemoryLedger } from './memory.js';
import { createRedisLedger } from './redis.js';
import type { Operations } from './redis/operations.js';

/** More by LEDGER_RUNS, and others by LEDGER_SEED, for a long try. */
const RUNS = Number(process.env.LEDGER_RUNS ?? 40);
const SEED = Number(process.env.LEDGER_SEED ?? 20_260_106);

describe.skipIf(REDIS_SERVER === undefined)(`with ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let server: TestRedis;
  let redis: Redis;
  let site = '';
  let sites = 0;

  beforeAll(async () => {
    server = await startRedis();
    redis = server.connect();
  });
  afterAll(() => server.stop());

  /** A ledger in memory and one in Redis that are given the same numbers at random. */
  function twins(operations?: Operations): CreateLedger {
    return async ({ clock, random }) => {
      sites += 1;
      site = `model-${sites}`;
      const drawn: number[] = [];
      const draw = () => {
        const number = random();
        drawn.push(number);
        return number;
      };
      const inRedis = await createRedisLedger({
        redis,
        reader: server.connect(),
        site,
        node: 'a',
        clock,
        random: () => drawn.shift() ?? 0,
        now: () => clock.now(),
        ...(operations && { operations }),
      });
      return createTwinLedger(createMemoryLedger({ clock, random: draw }), inRedis);
    };
  }

  /** @returns how many operations it took */
  async function playTo(create: CreateLedger, history: History): Promise<number> {
    try {
      return await play(create, history, () => checkIndexes(redis, site));
    } finally {
      await redis.flushall();
    }
  }

  it(
    'does in random histories what the ledger in memory does, with indexes that equal a scan',
    async () => {
      const tell = progress('histories beside the ledger in memory', RUNS);
      let operations = 0;
      await fc.assert(
        fc.asyncProperty(histories(400), async (history) => {
          operations += await playTo(twins(), history);
          tell(operations);
        }),
        { numRuns: RUNS, seed: SEED },
      );
      expect(operations).toBeGreaterThan(100 * RUNS);
    },
    60_000 + 10_000 * RUNS,
  );

  it.each([
    ['the limit of a channel', 'lib/room.lua', 'if holds + 1 > max then', 'if holds > max then'],
    ['the limit of all weights', 'lib/room.lua', 'if load + weight > agent.capacity.total then', 'if false then'],
    ['the fence of attempts', 'accept.lua', 'work.attempt ~= request.attempt or not held', 'not held'],
    ['the losers', 'accept.lua', 'dropHold(loser, workId, now)', 'touch(loser)'],
    [
      'one index',
      'lib/room.lua',
      "call('ZREM', freeKey(member.queue), placeOf(id, member, stood, before))",
      'free(id)',
    ],
  ])(
    'finds a planted fault: %s',
    async (_, file, from, to) => {
      const faulty = await changedOperations({ file, from, to });
      const property = fc.asyncProperty(histories(400), async (history) => {
        await playTo(twins(faulty), history);
      });
      const { failed } = await fc.check(property, { numRuns: 100, seed: 20_260_106, endOnFailure: true });
      expect(failed).toBe(true);
    },
    120_000,
  );
});
