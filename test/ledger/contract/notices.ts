import { expect, it } from 'vitest';
import { agentId, workId } from '../../../src/kernel/ids.js';
import type { LedgerNotice } from '../../../src/ledger/ledger.js';
import { OFFER_TTL_MS } from '../ledger-site.js';
import { openWorld, type CreateLedger, type World } from '../ledger-world.js';

const site = { queues: { support: { members: ['ana', 'ben'] }, sales: { members: ['ana'] } } };
const matchable = (...queues: string[]) => ({ type: 'matchable', queues });

export function noticeContract(create: CreateLedger): void {
  it('says that a queue may match when work comes in', async () => {
    const world = await openWorld(create, site);
    await world.enqueue('c1');
    expect(await world.news()).toEqual([matchable('support')]);
  });

  it.each<[string, (world: World) => Promise<unknown>]>([
    ['becomes available', (world) => freeBy(world, { state: 'away', reason: '' }, { state: 'available' })],
    [
      'becomes reachable',
      async (world) => {
        await world.ledger.setReachable({ agent: agentId('ana'), channel: 'voice', reachable: false });
        await prepared(world);
        await world.ledger.setReachable({ agent: agentId('ana'), channel: 'voice', reachable: true });
      },
    ],
    [
      'switches the channel on',
      async (world) => {
        await world.ledger.switchChannel({ agent: agentId('ana'), channel: 'voice', on: false });
        await prepared(world);
        await world.ledger.switchChannel({ agent: agentId('ana'), channel: 'voice', on: true });
      },
    ],
    [
      'is released',
      async (world) => {
        await world.serve('c0', 'sales');
        await prepared(world);
        await world.release('c0');
      },
    ],
    [
      'has wrapped up',
      async (world) => {
        await world.serve('c0', 'sales');
        await world.release('c0', { wrapUpMs: 1_000 });
        await prepared(world);
        await world.ledger.endWrapUp(agentId('ana'));
      },
    ],
    [
      'has lost to nobody: the caller left',
      async (world) => {
        await world.assign('c0', 'ana', { as: 'offered' });
        await prepared(world);
        await world.ledger.abandon(workId('c0'));
      },
    ],
  ])('says which queues may match when an agent %s', async (_, act) => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await act(world);
    expect((await world.news()).filter(({ type }) => type === 'matchable')).toEqual([matchable('support')]);
  });

  it('says that queues may match when a back-off is over', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.enqueue('c1');
    await world.offered();
    await world.news();
    await world.decline('c1', 'ana', 'busy');
    expect(await world.news(), 'the work is back in line').toEqual([matchable('support')]);
    world.clock.advance(5_000);
    expect(await world.news()).toEqual([matchable('support')]);
  });

  it('says so when an offer expires, and what expired', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.enqueue('c1');
    await world.offered();
    await world.news();
    world.clock.advance(OFFER_TTL_MS);
    expect(await world.news()).toEqual([
      { type: 'expired', expiry: { type: 'offer', work: 'c1', agent: 'ana', attempt: 1 } },
      matchable('support'),
    ]);
    expect(await world.ledger.expire(), 'each is handled once').toEqual([]);
  });

  it('says nothing to queues where nothing waits, or nobody came free', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.serve('c0');
    await world.release('c0');
    expect((await world.news()).filter(({ type }) => type === 'matchable')).toEqual([matchable('support')]);
    await world.presence('ana', { state: 'away', reason: '' });
    await world.enqueue('c1');
    await world.news();
    await world.presence('ana', { state: 'offline' });
    expect((await world.news()).map(({ type }) => type)).toEqual(['presence']);
  });

  it('says which attempts somebody could join, after which queues may match', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'ring-to-all', members: ['ana', 'ben', 'eva'] }, sales: { members: ['ben'] } },
    });
    await world.bring('ana');
    await world.enqueue('c1');
    await world.offered();
    await world.enqueue('c2');
    await world.presence('ben', { state: 'available' });
    await world.news();
    await world.ledger.setReachable({ agent: agentId('ben'), channel: 'voice', reachable: true });
    expect(await world.news()).toEqual([
      matchable('support'),
      { type: 'extendable', works: [{ work: 'c1', attempt: 1 }] },
    ]);
    expect(await world.offered()).toEqual(['ben']);
    await world.decline('c2', 'ben', 'busy');
    await world.decline('c1', 'ana', 'busy');
    await world.news();
    await world.bring('eva');
    expect(await world.offered()).toEqual(['eva']);
    world.clock.advance(5_000);
    expect((await world.news()).filter(({ type }) => type === 'extendable')).toEqual([
      { type: 'extendable', works: [{ work: 'c1', attempt: 2 }] },
    ]);
  });

  it('does not ask to extend to who let that very attempt pass', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'ring-to-all', members: ['ana', 'ben'] } },
      backOff: { busy: 0, declined: 0, 'no-answer': 0, unreachable: 0 },
    });
    await world.bring('ana', 'ben');
    await world.enqueue('c1');
    await world.offered();
    await world.news();
    await world.decline('c1', 'ana');
    expect(await world.news()).toEqual([]);
  });

  it('tells of it after the operation, not within a listener, and each listener once', async () => {
    const world = await openWorld(create, site);
    const seen: string[] = [];
    let depth = 0;
    const unsubscribe = world.ledger.subscribe((notice) => {
      expect(depth).toBe(0);
      depth += 1;
      seen.push(notice.type);
      if (notice.type === 'presence') void world.enqueue('c1');
      depth -= 1;
    });
    const change = world.presence('ana', { state: 'available' });
    expect(seen).toEqual([]);
    await change;
    await world.news();
    expect(seen).toEqual(['presence', 'matchable']);
    unsubscribe();
    await world.presence('ana', { state: 'offline' });
    await world.news();
    expect(seen).toHaveLength(2);
  });

  it('tells the others in spite of one who throws', async () => {
    const world = await openWorld(create, site);
    const seen: LedgerNotice[] = [];
    world.ledger.subscribe(() => {
      throw new Error('a bug of the listener');
    });
    world.ledger.subscribe((notice) => seen.push(notice));
    await world.enqueue('c1');
    await world.news();
    expect(seen).toEqual([matchable('support')]);
  });
}

/** One call waits, and what was said until now is read. */
async function prepared(world: World): Promise<void> {
  await world.enqueue('c1');
  await world.news();
}

async function freeBy(world: World, before: Parameters<World['presence']>[1], after: Parameters<World['presence']>[1]) {
  await world.presence('ana', before);
  await prepared(world);
  await world.presence('ana', after);
}
