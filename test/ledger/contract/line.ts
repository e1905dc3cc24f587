import { expect, it } from 'vitest';
import { queueId, workId } from '../../../src/kernel/ids.js';
import { call } from '../ledger-site.js';
import { openWorld, type CreateLedger } from '../ledger-world.js';

const site = { queues: { support: { members: ['ana', 'ben'] } } };

export function lineContract(create: CreateLedger): void {
  it('serves in the order of arrival, also of what came in the same millisecond', async () => {
    const world = await openWorld(create, site);
    const works = ['z', 'b', 'y', 'a', 'x', 'c'];
    for (const [index, work] of works.entries()) {
      expect(await world.ledger.enqueue(call(work))).toEqual({
        type: 'enqueued',
        position: index + 1,
        enqueuedAt: world.clock.now(),
      });
    }
    expect((await world.queue()).waiting.map(({ work }) => work)).toEqual(works);
  });

  it('lets urgent work overtake, but not what has aged past its lead', async () => {
    const world = await openWorld(create, {
      queues: { support: { members: ['ana'], priority: 2, ageingStepMs: 10_000 } },
    });
    await world.ledger.enqueue(call('old', 'support', { priority: 1 }));
    const start = world.clock.now();
    await world.pass(9_000);
    expect(await world.ledger.enqueue(call('urgent'))).toMatchObject({ position: 1 });
    await world.pass(2_000);
    expect(await world.ledger.enqueue(call('late'))).toMatchObject({ position: 3 });
    expect((await world.queue()).waiting).toEqual([
      { work: 'urgent', enqueuedAt: start + 9_000, score: start + 29_000 },
      { work: 'old', enqueuedAt: start, score: start + 30_000 },
      { work: 'late', enqueuedAt: start + 11_000, score: start + 31_000 },
    ]);
  });

  it('takes the same work once', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.enqueue('c1');
    expect(await world.ledger.enqueue(call('c1'))).toEqual({ type: 'duplicate' });
    await world.offered();
    expect(await world.ledger.enqueue(call('c1'))).toEqual({ type: 'duplicate' });
    await world.accept('c1', 'ana');
    expect(await world.ledger.enqueue(call('c1'))).toEqual({ type: 'duplicate' });
    await world.release('c1', { wrapUpMs: 1_000 });
    expect(await world.ledger.enqueue(call('c1'))).toEqual({ type: 'duplicate' });
    await world.pass(1_000);
    expect((await world.ledger.enqueue(call('c1'))).type).toBe('enqueued');
  });

  it('refuses work for a queue that there is not, or that is for another channel', async () => {
    const world = await openWorld(create, site);
    expect(await world.ledger.enqueue(call('c1', 'nowhere'))).toEqual({ type: 'unknown-queue' });
    expect(await world.ledger.enqueue(call('c1', 'support', { channel: 'chat' }))).toEqual({ type: 'unknown-queue' });
    expect(await world.match('nowhere')).toEqual({ type: 'unknown-queue' });
    expect((await world.ledger.enqueue(call('c1'))).type).toBe('enqueued');
  });

  it('is full beyond its limit, not counting who can be served at once', async () => {
    const world = await openWorld(create, { queues: { support: { members: ['ana', 'ben'], maxWaiting: 1 } } });
    await world.enqueue('c1');
    expect(await world.ledger.enqueue(call('c2'))).toEqual({ type: 'full' });
    await world.bring('ana', 'ben');
    await world.enqueue('c2', 'c3');
    expect(await world.ledger.enqueue(call('c4'))).toEqual({ type: 'full' });
    await world.offered();
    await world.offered();
    expect(await world.ledger.enqueue(call('c4')), 'one waits, and nobody is free').toEqual({ type: 'full' });
    expect((await world.queue()).waiting).toHaveLength(1);
  });

  it('takes one call for all who are free as served, where a call rings for all', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'ring-to-all', members: ['ana', 'ben'], maxWaiting: 0 } },
    });
    await world.bring('ana', 'ben');
    await world.enqueue('c1');
    expect(await world.ledger.enqueue(call('c2'))).toEqual({ type: 'full' });
  });

  it('takes back what was missed, full or not, at its old place', async () => {
    const world = await openWorld(create, { queues: { support: { members: ['ana'], maxWaiting: 2 } } });
    await world.bring('ana');
    await world.enqueue('c1');
    await world.offered();
    await world.pass(10);
    await world.enqueue('c2', 'c3');
    expect((await world.ledger.enqueue(call('c4'))).type).toBe('full');
    await world.decline('c1', 'ana');
    expect((await world.queue()).waiting.map(({ work }) => work)).toEqual(['c1', 'c2', 'c3']);
  });

  it('says that nothing waits, or that nobody is free and why', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'linear', members: ['ana', 'ben', 'eva'] } },
    });
    expect(await world.match()).toEqual({ type: 'nothing-waiting' });
    await world.bring('ana', 'ben');
    await world.serve('c1');
    await world.presence('ben', { state: 'away', reason: 'lunch' });
    await world.enqueue('c2');
    expect(await world.match()).toEqual({
      type: 'nobody-free',
      work: 'c2',
      decision: {
        strategy: 'linear',
        candidates: [],
        chosen: [],
        passedOver: [
          { agent: 'ana', why: 'on a call' },
          { agent: 'ben', why: 'away: lunch' },
          { agent: 'eva', why: 'offline' },
        ],
      },
    });
    expect((await world.queue()).waiting).toHaveLength(1);
  });

  it('says why it chose whom', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'priority', members: [['ana', 20], ['ben', 10], 'eva'] } },
    });
    await world.bring('ana', 'ben');
    await world.enqueue('c1');
    expect(await world.match()).toEqual({
      type: 'offered',
      work: 'c1',
      agents: ['ben'],
      attempt: 1,
      decision: {
        strategy: 'priority',
        candidates: [
          { agent: 'ben', key: 10 },
          { agent: 'ana', key: 20 },
        ],
        chosen: ['ben'],
        passedOver: [{ agent: 'eva', why: 'offline' }],
      },
    });
    expect(await world.queue()).toMatchObject({ waiting: [], offered: [{ work: 'c1', attempt: 1, agents: ['ben'] }] });
  });

  it('gives each attempt a number of its own', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana', 'ben');
    await world.enqueue('c1');
    await world.offered();
    await world.decline('c1', 'ana');
    expect(await world.match()).toMatchObject({ type: 'offered', agents: ['ben'], attempt: 2 });
  });

  it('moves waiting work to another line, where it keeps its age and priority', async () => {
    const world = await openWorld(create, {
      queues: {
        support: { members: ['ana'] },
        sales: { members: ['ben'], priority: 1, ageingStepMs: 1_000, maxWaiting: 2 },
      },
    });
    await world.ledger.enqueue(call('c1', 'support', { priority: 2 }));
    const enqueuedAt = world.clock.now();
    await world.pass(10_000);
    await world.ledger.enqueue(call('s1', 'sales'));
    await world.news();
    expect(await world.ledger.requeue({ work: workId('c1'), queue: queueId('sales') })).toEqual({
      type: 'enqueued',
      position: 1,
      enqueuedAt,
    });
    expect((await world.queue('support')).waiting).toEqual([]);
    expect((await world.queue('sales')).waiting[0]).toEqual({ work: 'c1', enqueuedAt, score: enqueuedAt + 3_000 });
    expect(await world.news()).toEqual([{ type: 'matchable', queues: ['sales'] }]);
    await world.enqueue('c2');
    const move = { work: workId('c2'), queue: queueId('sales') };
    expect(await world.ledger.requeue(move)).toEqual({ type: 'full' });
    expect(await world.ledger.requeue({ ...move, queue: queueId('nowhere') })).toEqual({ type: 'unknown-queue' });
    expect(await world.ledger.requeue({ ...move, queue: queueId('support') })).toMatchObject({ position: 1 });
    expect((await world.queue('support')).waiting).toHaveLength(1);
  });

  it('moves nothing that is offered, taken or unknown', async () => {
    const world = await openWorld(create, { queues: { support: { members: ['ana'] }, sales: { members: [] } } });
    await world.bring('ana');
    await world.enqueue('c1');
    const move = () => world.ledger.requeue({ work: workId('c1'), queue: queueId('sales') });
    await world.offered();
    expect(await move()).toEqual({ type: 'not-waiting' });
    await world.accept('c1', 'ana');
    expect(await move()).toEqual({ type: 'not-waiting' });
    await world.release('c1');
    expect(await move()).toEqual({ type: 'not-waiting' });
  });

  it('tells where work stands in line, and nothing of what does not wait', async () => {
    const world = await openWorld(create, site);
    for (const work of ['c1', 'c2', 'c3']) await world.enqueue(work);
    const places = () => Promise.all(['c1', 'c2', 'c3', 'c4'].map((work) => world.ledger.placeInLine(workId(work))));
    expect(await places()).toEqual([1, 2, 3, undefined]);
    await world.ledger.abandon(workId('c2'));
    expect(await places()).toEqual([1, undefined, 2, undefined]);
  });

  it('keeps the age that work brings along', async () => {
    const world = await openWorld(create, site);
    await world.enqueue('c1');
    const enqueuedAt = world.clock.now() - 5_000;
    expect(await world.ledger.enqueue(call('c2', 'support', { enqueuedAt }))).toEqual({
      type: 'enqueued',
      position: 1,
      enqueuedAt,
    });
  });
}
