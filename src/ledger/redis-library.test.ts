import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { anotherVersion } from '../../test/ledger/changed-scripts.js';
import { createManualClock } from '../../test/ledger/manual-clock.js';
import { redisContract } from '../../test/ledger/redis-contract.js';
import { ledgerSite, call } from '../../test/ledger/ledger-site.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../test/ledger/redis-server.js';
import { systemClock } from '../kernel/clock.js';
import { queueId } from '../kernel/ids.js';
import { createRedisLedger, type RedisLedger } from './redis.js';
import { loadOperations, type Operations } from './redis/operations.js';
import { ledgerKeys } from './redis/script.js';

const SITE = ledgerSite({ queues: { support: { members: ['ana'] } } });

describe.skipIf(REDIS_SERVER === undefined)(`with ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let server: TestRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  async function open(site: string): Promise<RedisLedger> {
    const deps = { redis: server.connect(), reader: server.connect(), site, node: 'a', clock: systemClock };
    const ledger = await createRedisLedger({ ...deps, random: Math.random });
    onTestFinished(() => ledger.close());
    await ledger.configure(SITE);
    return ledger;
  }

  it('loads its functions under a name of their own, once for all controllers of this version', async () => {
    await Promise.all(['one', 'two', 'three'].map(open));
    const listed = JSON.stringify(await server.connect().call('FUNCTION', 'LIST'));
    expect(listed.match(/switchboard_[0-9a-f]{16}/g)).toContain(loadOperations().library.name);
    expect(new Set(listed.match(/switchboard_[0-9a-f]{16}/g)).size).toBe(1);
  });

  it('loads them again when the store has lost them, and repeats what was asked for', async () => {
    const ledger = await open('lost');
    await server.connect().call('FUNCTION', 'FLUSH');
    const asked = ['c1', 'c2', 'c3'].map((work) => ledger.enqueue(call(work)));
    expect((await Promise.all(asked)).map(({ type }) => type)).toEqual(['enqueued', 'enqueued', 'enqueued']);
  });

  it('deletes the library of a version that none of the site has used for a day; who uses it still loads it again', async () => {
    // The store's time, and that of the controllers.
    const [time, clock] = [createManualClock(), createManualClock()];
    const older = await anotherVersion();
    const start = async (site: string, operations: Operations) => {
      const membership = { works: () => [], onChange: () => undefined, onContact: () => undefined };
      const ledger = await createRedisLedger({
        ...{ redis: server.connect(), reader: server.connect(), site, node: 'a', clock, random: Math.random },
        ...{ now: () => time.now(), operations, membership },
      });
      onTestFinished(() => ledger.close());
      return ledger;
    };
    const isLoaded = async ({ library }: Operations) =>
      JSON.stringify(await server.connect().call('FUNCTION', 'LIST')).includes(library.name);

    const elsewhere = await start('stays', older);
    await (await start('upgraded', older)).close();
    const own = loadOperations();
    await start('upgraded', own);
    time.advance(23 * 60 * 60_000);
    clock.advance(1_000);
    const seenAtMs = () => server.connect().zscore(ledgerKeys('upgraded').libraries, own.library.name);
    await vi.waitFor(async () => expect(await seenAtMs()).toBe(`${time.now()}`), 30_000);
    expect([await isLoaded(older), await isLoaded(own)]).toEqual([true, true]);
    time.advance(60 * 60_000);
    clock.advance(1_000);
    await vi.waitFor(async () => expect(await isLoaded(older)).toBe(false), 30_000);
    expect(await isLoaded(own)).toBe(true);
    await elsewhere.configure(SITE);
    expect((await elsewhere.enqueue(call('c1'))).type).toBe('enqueued');
    expect(await isLoaded(older)).toBe(true);
  });

  it('believes the store and not what it remembers, when another has put back older records', async () => {
    const ledger = await open('older');
    const redis = server.connect();
    const works = 'switchboard:{older}:works';
    await ledger.enqueue(call('c1'));
    const before = await redis.hgetallBuffer(works);
    await ledger.abandon(call('c1').work);
    await redis.hset(works, before);
    expect(await ledger.enqueue(call('c1')), 'known again').toEqual({ type: 'duplicate' });
    await redis.del(works);
    expect((await ledger.enqueue(call('c1'))).type, 'forgotten again').toBe('enqueued');
    expect((await ledger.match(queueId('support'))).type).toBe('nobody-free');
  });
});

describe.skipIf(REDIS_SERVER === undefined)('with a store that has no functions', () => {
  redisContract('in Redis by scripts', { without: ['FCALL', 'FUNCTION'] });
});
