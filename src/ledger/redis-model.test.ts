import fc from 'fast-check';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CreateLedger } from '../../test/ledger/ledger-world.js';
import { histories } from '../../test/ledger/model/history.js';
import { play } from '../../test/ledger/model/play.js';
import { createTwinLedger } from '../../test/ledger/model/twin-ledger.js';
import { checkIndexes } from '../../test/ledger/redis-indexes.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../test/ledger/redis-server.js';
import { createMemoryLedger } from './memory.js';
import { createRedisLedger } from './redis.js';
import { loadOperations, type Operations } from './redis/operations.js';

/** More by LEDGER_RUNS, for a long try. */
const RUNS = Number(process.env.LEDGER_RUNS ?? 40);

describe.skipIf(REDIS_SERVER === undefined)(`with ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let server: TestRedis;
  let site = '';
  let sites = 0;

  beforeAll(async () => {
    server = await startRedis();
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
        redis: server.connect(),
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

  it(
    'does in random histories what the ledger in memory does, with indexes that equal a scan',
    async () => {
      const redis = server.connect();
      let operations = 0;
      await fc.assert(
        fc.asyncProperty(histories(400), async (history) => {
          operations += await play(twins(), history, () => checkIndexes(redis, site));
        }),
        { numRuns: RUNS, seed: 20_260_106 },
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
    async (_, file, right, wrong) => {
      const folder = await mkdtemp(join(tmpdir(), 'switchboard-scripts-'));
      try {
        await cp(new URL('scripts', import.meta.url), folder, { recursive: true });
        const path = join(folder, file);
        const source = await readFile(path, 'utf8');
        expect(source).toContain(right);
        await writeFile(path, source.replace(right, wrong));
        const faulty = loadOperations(pathToFileURL(`${folder}/`));
        const redis = server.connect();
        const property = fc.asyncProperty(histories(400), async (history) => {
          await play(twins(faulty), history, () => checkIndexes(redis, site));
        });
        const { failed } = await fc.check(property, { numRuns: 100, seed: 20_260_106, endOnFailure: true });
        expect(failed).toBe(true);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    120_000,
  );
});
