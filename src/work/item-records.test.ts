/** Records of items: the same in memory and in Redis. And how controllers ask each other by Redis. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../test/ledger/redis-server.js';
import { createManualClock, settled } from '../../test/support/manual-clock.js';
import { agentId, itemId, queueId } from '../kernel/ids.js';
import { systemClock } from '../kernel/clock.js';
import { KEPT_MS, type ItemRecord, type ItemRecords } from './item-record.js';
import { createMemoryRecords } from './memory-records.js';
import { createRedisRecords } from './redis-records.js';
import { createRedisRelay } from './redis-relay.js';

const id = itemId('4711');
const clock = createManualClock();
const waiting: ItemRecord = {
  ...{ id, node: 'one', queue: queueId('tickets'), channel: 'ticket', priority: -3, sinceMs: 12 },
  phase: { name: 'waiting', untilMs: 34 },
};
const active: ItemRecord = { ...waiting, phase: { name: 'active', agent: agentId('ana'), sinceMs: 20 } };
const ended: ItemRecord = { ...waiting, phase: { name: 'ended', atMs: clock.now(), why: 'lost' } };

let redis: TestRedis;
let sites = 0;
if (REDIS_SERVER !== undefined) {
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
}
const inRedis = (): ItemRecords => createRedisRecords(redis.connect(), `switchboard:{records-${(sites += 1)}}:`);

const stores: readonly (readonly [string, () => ItemRecords])[] = [
  ['in memory', () => createMemoryRecords(clock)],
  ...(REDIS_SERVER === undefined ? [] : [[`in ${REDIS_SERVER}`, inRedis] as const]),
];

describe.each(stores)('records of items %s', (_, open) => {
  it('are claimed by one', async () => {
    const records = open();
    const claims = await Promise.all([records.claim(waiting), records.claim({ ...waiting, node: 'two' })]);
    expect(claims).toEqual([undefined, waiting]);
    expect(await records.running()).toEqual([waiting]);
  });

  it('are written by their holder, or by whoever takes over', async () => {
    const records = open();
    await records.claim(waiting);
    expect(await records.put(active, 'one')).toBe(true);
    expect(await records.put({ ...waiting, node: 'two' }, 'two')).toBe(false);
    expect(await records.get(id)).toEqual(active);
    expect(await records.put({ ...active, node: 'two' })).toBe(true);
    expect(await records.put(active, 'one')).toBe(false);
    expect(await records.get(id)).toEqual({ ...active, node: 'two' });
  });

  it('end once, and are known from then on', async () => {
    const records = open();
    await records.claim(waiting);
    const ends = await Promise.all([records.put(ended, 'one'), records.put(ended, 'one')]);
    expect(ends).toEqual([true, false]);
    expect(await records.put(active, 'one')).toBe(false);
    expect(await records.running()).toEqual([]);
    expect(await records.get(id)).toEqual(ended);
    expect(await records.claim(waiting)).toEqual(ended);
  });

  it('may begin again in place of one that has ended', async () => {
    const records = open();
    await records.claim(waiting);
    await records.put(ended, 'one');
    const found = (await records.get(id))!;
    expect(await records.claim({ ...waiting, node: 'two' }, found)).toBeUndefined();
    expect(await records.claim(waiting, found)).toEqual({ ...waiting, node: 'two' });
  });

  it('come back to a store that has lost them', async () => {
    const records = open();
    expect(await records.get(id)).toBeUndefined();
    expect(await records.put(active, 'one')).toBe(true);
    expect(await records.running()).toEqual([active]);
  });
});

it('are known for a day after their end', async () => {
  const records = createMemoryRecords(clock);
  await records.put(ended);
  await clock.turn(KEPT_MS - 1);
  expect(await records.get(id)).toEqual(ended);
  await clock.turn(1);
  expect(await records.get(id)).toBeUndefined();
});

it.skipIf(REDIS_SERVER === undefined)('are kept for a day in Redis', async () => {
  const client = redis.connect();
  await createRedisRecords(client, 'switchboard:{day}:').put(ended);
  expect(await client.pttl('switchboard:{day}:item:4711')).toBeGreaterThan(KEPT_MS - 60_000);
});

describe.skipIf(REDIS_SERVER === undefined)('controllers that ask each other by Redis', () => {
  const open = async (node: string, prefix: string, time = systemClock) => {
    const onError = (error: unknown): void => expect.fail(String(error));
    const deps = { redis: redis.connect(), ear: redis.connect(), prefix, node, clock: time, onError };
    const relay = await createRedisRelay(deps);
    onTestFinished(() => relay.stop());
    return relay;
  };

  it('are answered by the one that was asked', async () => {
    const [one, two, three] = await Promise.all(['one', 'two', 'three'].map((node) => open(node, '{a}:')));
    two!.serve((item, act) =>
      Promise.resolve({ type: 'refused', why: item === id && act.type === 'close' ? 'taken' : 'over' }),
    );
    three!.serve(() => Promise.resolve({ type: 'done' }));
    const answers = await Promise.all([
      one!.ask('two', id, { type: 'close' }),
      one!.ask('three', id, { type: 'withdraw' }),
      two!.ask('one', id, { type: 'withdraw' }),
    ]);
    expect(answers).toEqual([{ type: 'refused', why: 'taken' }, { type: 'done' }, { type: 'unknown' }]);
  });

  it('wait for no answer longer than two seconds, nor than until they stop', async () => {
    const time = createManualClock();
    const one = await open('one', '{b}:', time);
    const late = one.ask('nobody', id, { type: 'withdraw' });
    await time.turn(2_000);
    expect(await late).toBeUndefined();
    const stopped = one.ask('nobody', id, { type: 'withdraw' });
    await settled();
    one.stop();
    expect(await stopped).toBeUndefined();
    expect(time.pending()).toBe(0);
  });
});
