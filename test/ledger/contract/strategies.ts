import { expect, it } from 'vitest';
import { queueId, workId } from '../../../src/kernel/ids.js';
import { call } from '../ledger-site.js';
import { openWorld, type CreateLedger } from '../ledger-world.js';

export function strategyContract(create: CreateLedger): void {
  it('ring-to-all: offers to all who are free', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'ring-to-all', members: ['ana', 'ben', 'eva', 'joe'] } },
    });
    await world.bring('eva', 'ana', 'ben');
    await world.serve('c0');
    await world.enqueue('c1');
    const offered = await world.offered();
    expect(offered).toHaveLength(2);
    const busy = ['ana', 'ben', 'eva'].filter((agent) => !offered.includes(agent));
    expect(busy).toHaveLength(1);
  });

  it('ring-to-all: who becomes free joins the ringing, who let it pass does not', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'ring-to-all', members: ['ana', 'ben', 'eva'] } },
      backOff: { busy: 0, declined: 0, 'no-answer': 0, unreachable: 0 },
    });
    await world.bring('ana', 'ben');
    await world.enqueue('c1');
    expect(await world.offered()).toEqual(['ana', 'ben']);
    const more = { work: workId('c1'), attempt: 1 };
    expect(await world.ledger.extend(more)).toEqual({ type: 'nobody-free' });
    await world.decline('c1', 'ana');
    expect(await world.ledger.extend(more)).toEqual({ type: 'nobody-free' });
    await world.bring('eva');
    expect(await world.ledger.extend(more)).toMatchObject({
      type: 'extended',
      agents: ['eva'],
      decision: {
        chosen: ['eva'],
        passedOver: [
          { agent: 'ana', why: 'let this offer pass' },
          { agent: 'ben', why: 'being offered this already' },
        ],
      },
    });
    expect(await world.queue()).toMatchObject({ offered: [{ work: 'c1', attempt: 1, agents: ['ben', 'eva'] }] });
    expect(await world.ledger.extend({ ...more, attempt: 2 })).toEqual({ type: 'gone' });
    await world.accept('c1', 'eva');
    expect(await world.ledger.extend(more)).toEqual({ type: 'gone' });
  });

  it('widening: starts with few, longest idle first, and adds more', async () => {
    const world = await openWorld(create, {
      queues: {
        support: {
          strategy: { kind: 'widening', start: 2, add: 1, everyMs: 5_000 },
          members: ['ana', 'ben', 'eva', 'joe'],
        },
      },
    });
    await world.bring('joe', 'eva', 'ben', 'ana');
    await world.enqueue('c1');
    expect(await world.offered()).toEqual(['joe', 'eva']);
    const more = { work: workId('c1'), attempt: 1, count: 1 };
    expect(await world.ledger.extend(more)).toMatchObject({ agents: ['ben'] });
    expect(await world.ledger.extend({ ...more, count: 5 })).toMatchObject({ agents: ['ana'] });
    expect(await world.ledger.extend(more)).toEqual({ type: 'nobody-free' });
  });

  it('priority: the highest that is free, of equals the longest idle', async () => {
    const world = await openWorld(create, {
      queues: {
        support: {
          strategy: 'priority',
          members: [
            ['ana', 20],
            ['ben', 10],
            ['eva', 10],
            ['joe', 100],
          ],
        },
      },
    });
    await world.bring('ana', 'eva', 'ben', 'joe');
    expect(await serveAll(world, 4)).toEqual(['eva', 'ben', 'ana', 'joe']);
  });

  it('round-robin: each in turn, also when one was away', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'round-robin', members: ['ana', 'ben', 'eva'] } },
    });
    await world.bring('eva', 'ben', 'ana');
    const turns: string[] = [];
    for (let n = 1; n <= 8; n += 1) {
      if (n === 4) await world.presence('ana', { state: 'away', reason: '' });
      if (n === 6) await world.presence('ana', { state: 'available' });
      turns.push(await world.serve(`c${n}`));
      await world.release(`c${n}`);
    }
    expect(turns).toEqual(['ana', 'ben', 'eva', 'ben', 'eva', 'ana', 'ben', 'eva']);
  });

  it('round-robin: an offer is a turn, whatever becomes of it', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'round-robin', members: ['ana', 'ben'] } },
    });
    await world.bring('ana', 'ben');
    await world.enqueue('c1');
    expect(await world.offered()).toEqual(['ana']);
    await world.ledger.abandon(workId('c1'));
    expect(await world.serve('c2')).toBe('ben');
  });

  it('round-robin: each queue has its own turns', async () => {
    const members = ['ana', 'ben'];
    const world = await openWorld(create, {
      queues: { support: { strategy: 'round-robin', members }, sales: { strategy: 'round-robin', members } },
    });
    await world.bring('ana', 'ben');
    for (const [work, queue] of [
      ['c1', 'support'],
      ['s1', 'sales'],
    ] as const) {
      expect(await world.serve(work, queue)).toBe('ana');
      await world.release(work);
    }
  });

  it('longest-idle: who has waited longest since their last work', async () => {
    const world = await openWorld(create, { queues: { support: { members: ['ana', 'ben', 'eva'] } } });
    await world.bring('ben', 'eva', 'ana');
    expect(await serveAll(world, 3)).toEqual(['ben', 'eva', 'ana']);
    for (const work of ['c2', 'c0', 'c1']) {
      await world.pass(10);
      await world.release(work);
    }
    for (const work of ['d0', 'd1', 'd2']) await world.enqueue(work);
    expect([await world.offered(), await world.offered(), await world.offered()].flat()).toEqual(['ana', 'ben', 'eva']);
  });

  it('longest-idle: an offer that was missed, lost or abandoned costs nobody their place', async () => {
    const world = await openWorld(create, { queues: { support: { members: ['ana', 'ben'] } } });
    await world.bring('ana', 'ben');
    await world.enqueue('c1');
    expect(await world.offered()).toEqual(['ana']);
    await world.decline('c1', 'ana', 'busy');
    await world.ledger.abandon(workId('c1'));
    await world.pass(60_000);
    expect(await world.serve('c2')).toBe('ana');
  });

  it('fewest-calls: who has taken the fewest, of equals the longest idle', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'fewest-calls', members: ['ana', 'ben', 'eva'] } },
    });
    await world.bring('ana', 'ben', 'eva');
    expect(await takeTurns(world, 7)).toEqual(['ana', 'ben', 'eva', 'ana', 'ben', 'eva', 'ana']);
    expect((await world.agent('ana')).callsTaken).toBe(3);
  });

  it('least-talk-time: who has talked least', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'least-talk-time', members: ['ana', 'ben'] } },
    });
    await world.bring('ana', 'ben');
    const talks = [500, 100, 100, 200, 150, 50];
    expect(await takeTurns(world, 6, talks)).toEqual(['ana', 'ben', 'ben', 'ben', 'ben', 'ana']);
    expect(await world.agent('ben')).toMatchObject({ talkMs: 550, callsTaken: 4 });
  });

  it('linear: the first of the config who is free', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'linear', members: ['ana', 'ben', 'eva'] } },
    });
    await world.bring('eva', 'ben', 'ana');
    expect(await serveAll(world, 2)).toEqual(['ana', 'ben']);
    await world.release('c0');
    expect(await world.serve('c2')).toBe('ana');
  });

  it('random: goes by the number it is given', async () => {
    const numbers = [0.99, 0, 0.5];
    const world = await openWorld(
      create,
      { queues: { support: { strategy: 'random', members: ['ana', 'ben', 'eva', 'joe'] } } },
      () => numbers.shift() ?? 0,
    );
    await world.bring('joe', 'eva', 'ben', 'ana');
    expect(await serveAll(world, 4)).toEqual(['joe', 'ana', 'eva', 'ben']);
  });

  it.each([
    ['maximum-utilisation', 'ana ana ana ana ben ben'],
    ['average-utilisation', 'ana ben eva ana ben eva'],
  ] as const)('%s: gives six chats to %s', async (strategy, expected) => {
    const world = await openWorld(create, {
      queues: { support: { strategy, members: ['ana', 'ben', 'eva'], channel: 'chat' } },
    });
    await world.bring('ana', 'ben', 'eva');
    const taken: string[] = [];
    for (const work of ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']) {
      await world.ledger.enqueue(call(work, 'support', { channel: 'chat' }));
      const [agent = ''] = await world.offered();
      await world.accept(work, agent);
      taken.push(agent);
    }
    expect(taken.join(' ')).toBe(expected);
  });

  it('maximum-utilisation: goes back to who has the most left, and says how many', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'maximum-utilisation', members: ['ana', 'ben'], channel: 'chat' } },
    });
    await world.bring('ana', 'ben');
    for (const work of ['c1', 'c2', 'c3', 'c4', 'c5']) {
      await world.ledger.enqueue(call(work, 'support', { channel: 'chat' }));
      const [agent = ''] = await world.offered();
      await world.accept(work, agent);
    }
    await world.release('c2');
    expect(await world.ledger.preview(queueId('support'))).toMatchObject({
      decision: {
        candidates: [
          { agent: 'ana', key: -3 },
          { agent: 'ben', key: -1 },
        ],
        chosen: ['ana'],
      },
    });
  });
}

type World = Awaited<ReturnType<typeof openWorld>>;

/** Works that stay with whom they came to. */
async function serveAll(world: World, count: number): Promise<string[]> {
  const agents: string[] = [];
  for (let n = 0; n < count; n += 1) agents.push(await world.serve(`c${n}`));
  return agents;
}

/** Works that end, a millisecond apart, before the next one comes. */
async function takeTurns(world: World, count: number, talks: readonly number[] = []): Promise<string[]> {
  const agents: string[] = [];
  for (let n = 0; n < count; n += 1) {
    agents.push(await world.serve(`c${n}`));
    await world.pass(1);
    await world.release(`c${n}`, { talkMs: talks[n] ?? 0 });
  }
  return agents;
}
