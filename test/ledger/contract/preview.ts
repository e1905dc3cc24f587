import { expect, it } from 'vitest';
import type { Strategy } from '../../../src/config/staffing.js';
import { queueId } from '../../../src/kernel/ids.js';
import { openWorld, type CreateLedger } from '../ledger-world.js';

const support = queueId('support');

export function previewContract(create: CreateLedger): void {
  it('says who would be offered a call and why not the others, though nothing waits', async () => {
    const world = await openWorld(create, { queues: { support: { members: ['ana', 'ben', 'eva'] } } });
    await world.bring('ben', 'ana');
    const { idleSinceMs } = await world.agent('ana');
    expect(await world.ledger.preview(support)).toEqual({
      type: 'preview',
      waiting: 0,
      decision: {
        strategy: 'longest-idle',
        candidates: [
          { agent: 'ben', key: idleSinceMs - 1 },
          { agent: 'ana', key: idleSinceMs },
        ],
        chosen: ['ben'],
        passedOver: [{ agent: 'eva', why: 'offline' }],
      },
    });
  });

  it.each<[Strategy['kind'], string[]]>([
    ['ring-to-all', ['ana', 'ben', 'eva']],
    ['random', ['ana', 'ben', 'eva']],
    ['linear', ['ana']],
    ['round-robin', ['ana']],
    ['widening', ['ana']],
  ])('foretells whom %s would choose, and does not choose', async (strategy, chosen) => {
    const asked: number[] = [];
    const random = (): number => asked.push(1) / 10;
    const world = await openWorld(
      create,
      { queues: { support: { strategy, members: ['ana', 'ben', 'eva'] } } },
      random,
    );
    await world.bring('ana', 'ben', 'eva');
    const before = await world.ledger.snapshot();
    for (const _ of [1, 2]) expect(await world.ledger.preview(support)).toMatchObject({ decision: { chosen } });
    expect(await world.ledger.snapshot()).toEqual(before);
    expect(await world.news()).toEqual([]);
    expect(asked, 'random numbers taken').toEqual([]);
  });

  it('says how many go before, and that nobody is free', async () => {
    const world = await openWorld(create, { queues: { support: { members: ['ana'] } } });
    await world.bring('ana');
    await world.serve('c1');
    await world.enqueue('c2', 'c3');
    expect(await world.ledger.preview(support)).toMatchObject({
      waiting: 2,
      decision: { candidates: [], chosen: [], passedOver: [{ agent: 'ana', why: 'on a call' }] },
    });
  });

  it('knows no queue that is not there', async () => {
    const world = await openWorld(create, { queues: { support: { members: ['ana'] } } });
    expect(await world.ledger.preview(queueId('nowhere'))).toEqual({ type: 'unknown-queue' });
  });
}
