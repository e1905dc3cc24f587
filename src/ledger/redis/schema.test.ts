import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { call, ledgerSite } from '../../../test/ledger/ledger-site.js';
import { createManualClock } from '../../../test/ledger/manual-clock.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../../test/ledger/redis-server.js';
import { createRedisLedger, type StoreChange } from '../redis.js';
import { ledgerKeys } from './script.js';

const SITE = ledgerSite({ queues: { support: { members: ['ana'] } } });

/** What is written of an agent, a work and a queue; none has a map of two, whose order nobody promises. */
const WRITTEN = `
${readFileSync(new URL('../scripts/lib/records.lua', import.meta.url), 'utf8')}
local hold = { channel = 'voice' }
local agent = {
  on = 1, presence = { state = 'away', reason = 'lunch' }, pending = { state = 'offline' }, absences = { { kind = 'break' } },
  reach = { voice = 1 }, off = { chat = 1 }, holds = { w = hold }, backOff = { cause = 'busy' }, misses = 1, calls = 2, talk = 3,
  fairCalls = 4, fairTalk = 5, idle = 6, indexedIdle = 7, stamp = 8,
  capacity = { total = 100, voice = { 100, 1, 0 }, chat = { 25, 4, 1 }, ticket = { 10, 5, 1 } },
  queues = {
    { queue = 'q1', order = 0, priority = 1, kind = 'random', channel = 'voice', key = 9, turn = 0, there = true },
    { queue = 'q2', order = 1, priority = 2, kind = 'linear', channel = 'chat', key = false, turn = 3 },
  },
}
local work = {
  channel = 'voice', queue = 'q1', phase = 'offered', attempt = 1, score = 2, arrival = 3, enqueuedAt = 4, priority = 5, ttl = 6,
  owner = 'a', agents = { 'ana' }, passed = { ben = 1 }, losers = {}, rings = 1,
}
local queue = {
  on = 1, kind = 'widening', start = 2, channel = 'voice', priority = 3, ageingStepMs = 4, maxWaiting = 5, explained = true,
}
return { SCHEMA, packAgent(agent), packSettings(agent), packWork(work), packQueue(queue) }`;

describe.skipIf(REDIS_SERVER === undefined)('schemas', () => {
  let server: TestRedis;
  let sites = 0;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  function begin() {
    sites += 1;
    const site = `schemas-${sites}`;
    const clock = createManualClock();
    const changes: StoreChange[] = [];
    const errors: unknown[] = [];
    const redis = server.connect();
    const { prefix } = ledgerKeys(site);
    const open = async (node: string) => {
      const membership = {
        ...{ works: () => [], onContact: () => undefined },
        onChange: (change: StoreChange) => changes.push(change),
      };
      const ledger = await createRedisLedger({
        ...{ redis: server.connect(), reader: server.connect(), site, node, clock, random: () => 0 },
        ...{ membership, onError: (error: unknown) => errors.push(error) },
      });
      onTestFinished(() => ledger.close());
      return ledger;
    };
    const setSchema = (schema: number) => redis.hset(`${prefix}meta`, 'schema', schema);
    return { open, setSchema, redis, prefix, clock, changes, errors };
  }

  it('change their number with what is written', async () => {
    const [schema, ...records] = (await server.connect().callBuffer('EVAL', WRITTEN, 0)) as [number, ...Buffer[]];
    expect(records.map((record) => record.toString('hex'))).toMatchSnapshot(`schema ${schema}`);
  });

  it('keep a controller of another one out, and nothing of it stays', async () => {
    const { open, setSchema, redis, prefix } = begin();
    await setSchema(99);
    await expect(open('a')).rejects.toMatchObject({
      code: 'LEDGER_SCHEMA',
      message: expect.stringContaining('99') as string,
    });
    expect(await redis.keys(`${prefix}*`)).toEqual([`${prefix}meta`]);
  });

  it('stand in a store from its first controller on', async () => {
    const { open, redis, prefix } = begin();
    await open('a');
    expect(Number(await redis.hget(`${prefix}meta`, 'schema'))).toBeGreaterThan(0);
  });

  it('stop a controller whose store was taken over by another version, until it is its own again', async () => {
    const { open, setSchema, redis, prefix, clock, changes, errors } = begin();
    const ledger = await open('a');
    await ledger.configure(SITE);
    const own = Number(await redis.hget(`${prefix}meta`, 'schema'));
    await setSchema(99);
    await vi.waitFor(() => {
      clock.advance(1_000);
      expect(ledger.isUp()).toBe(false);
    }, 30_000);
    expect(errors).toMatchObject([{ code: 'LEDGER_SCHEMA' }]);
    const asked = ledger.enqueue(call('c1'));
    await setSchema(own);
    await vi.waitFor(() => {
      clock.advance(1_000);
      expect(changes.map(({ type }) => type)).toEqual(['away', 'back']);
    }, 30_000);
    expect(await asked).toMatchObject({ type: 'enqueued' });
  });
});
