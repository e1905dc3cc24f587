import { expect, it } from 'vitest';
import { agentId, workId } from '../../../src/kernel/ids.js';
import { offer, OFFER_TTL_MS } from '../ledger-site.js';
import { openWorld, type CreateLedger } from '../ledger-world.js';

const all = { queues: { support: { strategy: 'ring-to-all', members: ['ana', 'ben', 'eva'] } } } as const;
const one = { queues: { support: { members: ['ana', 'ben'] } } };

export function answerContract(create: CreateLedger): void {
  it('answers the winner again as it did at first, and the others that they lost', async () => {
    const world = await openWorld(create, all);
    await world.bring('ana', 'ben', 'eva');
    await world.enqueue('c1');
    await world.offered();
    const won = { type: 'won', losers: ['ana', 'eva'] };
    expect(await world.accept('c1', 'ben')).toEqual(won);
    expect(await world.accept('c1', 'ben')).toEqual(won);
    expect(await world.accept('c1', 'ana')).toEqual({ type: 'lost', to: 'ben' });
    expect((await world.agent('ben')).callsTaken, 'counted once').toBe(1);
    expect(await world.decline('c1', 'eva'), 'a late decline is no miss').toEqual({ type: 'expired' });
    expect((await world.agent('eva')).missesInARow).toBe(0);
    await world.release('c1');
    expect(await world.accept('c1', 'ben')).toEqual({ type: 'gone' });
    expect(await world.accept('c1', 'ana')).toEqual({ type: 'gone' });
  });

  it('frees the losers at once', async () => {
    const world = await openWorld(create, all);
    await world.bring('ana', 'ben', 'eva');
    await world.enqueue('c1', 'c2');
    await world.offered();
    await world.accept('c1', 'ana');
    expect(await world.offered()).toEqual(['ben', 'eva']);
  });

  it('knows a late answer by its attempt', async () => {
    const world = await openWorld(create, one);
    await world.bring('ana');
    await world.enqueue('c1');
    await world.offered();
    await world.decline('c1', 'ana', 'busy');
    expect(await world.accept('c1', 'ana'), 'while the work waits').toEqual({ type: 'expired' });
    await world.pass(5_000);
    await world.offered();
    expect(await world.accept('c1', 'ana', 1), 'while a later attempt runs').toEqual({ type: 'expired' });
    expect(await world.decline('c1', 'ana', 'busy', 1)).toEqual({ type: 'expired' });
    expect((await world.accept('c1', 'ana', 2)).type).toBe('won');
    expect(await world.accept('c1', 'ana', 1), 'when a later attempt was won').toEqual({ type: 'expired' });
  });

  it('takes no answer from who was not asked', async () => {
    const world = await openWorld(create, one);
    await world.bring('ana', 'ben');
    await world.enqueue('c1');
    expect(await world.offered()).toEqual(['ana']);
    expect(await world.accept('c1', 'ben')).toEqual({ type: 'expired' });
    expect(await world.accept('c1', 'nobody')).toEqual({ type: 'expired' });
    expect(await world.decline('c1', 'ben')).toEqual({ type: 'expired' });
    expect(await world.decline('c1', 'nobody')).toEqual({ type: 'expired' });
    expect(await world.accept('nothing', 'ana')).toEqual({ type: 'gone' });
    expect(await world.decline('nothing', 'ana')).toEqual({ type: 'gone' });
  });

  it('counts a decline once, and puts the work back with the last one', async () => {
    const world = await openWorld(create, all);
    await world.bring('ana', 'ben');
    await world.enqueue('c1');
    await world.offered();
    expect(await world.decline('c1', 'ana')).toEqual({ type: 'declined', remaining: 1, putAway: false });
    expect(await world.decline('c1', 'ana')).toEqual({ type: 'expired' });
    expect((await world.queue()).waiting).toEqual([]);
    expect(await world.decline('c1', 'ben')).toEqual({ type: 'declined', remaining: 0, putAway: false });
    expect(await world.decline('c1', 'ben')).toEqual({ type: 'expired' });
    expect((await world.queue()).waiting).toHaveLength(1);
    expect((await world.agent('ben')).missesInARow).toBe(1);
  });

  it.each(['waiting', 'offered', 'active', 'wrapping up', 'over'] as const)(
    'abandons work that is %s',
    async (when) => {
      const world = await openWorld(create, all);
      await world.bring('ana', 'ben');
      await world.enqueue('c1');
      if (when !== 'waiting') await world.offered();
      if (when !== 'waiting' && when !== 'offered') await world.accept('c1', 'ana');
      if (when === 'wrapping up') await world.release('c1', { wrapUpMs: 1_000 });
      if (when === 'over') await world.release('c1');
      const answers = {
        waiting: { type: 'abandoned', offeredTo: [] },
        offered: { type: 'abandoned', offeredTo: ['ana', 'ben'] },
        active: { type: 'active', agent: 'ana' },
        'wrapping up': { type: 'gone' },
        over: { type: 'gone' },
      };
      expect(await world.ledger.abandon(workId('c1'))).toEqual(answers[when]);
      if (when !== 'waiting' && when !== 'offered') return;
      expect(await world.ledger.abandon(workId('c1'))).toEqual({ type: 'gone' });
      expect(await world.accept('c1', 'ana')).toEqual({ type: 'gone' });
      expect(await world.decline('c1', 'ana')).toEqual({ type: 'gone' });
      expect((await world.ledger.snapshot()).agents.flatMap(({ holds }) => holds)).toEqual([]);
      expect(await world.queue()).toEqual({ queue: 'support', waiting: [], offered: [], active: 0 });
    },
  );

  it('releases active work, once, and nothing else', async () => {
    const world = await openWorld(create, one);
    await world.bring('ana');
    expect(await world.release('c1')).toEqual({ type: 'gone' });
    await world.enqueue('c1');
    expect(await world.release('c1')).toEqual({ type: 'gone' });
    await world.offered();
    expect(await world.release('c1')).toEqual({ type: 'gone' });
    await world.accept('c1', 'ana');
    expect((await world.queue()).active).toBe(1);
    expect(await world.release('c1', { talkMs: 1_500 })).toEqual({ type: 'released', agent: 'ana' });
    expect(await world.release('c1', { talkMs: 1_500 })).toEqual({ type: 'gone' });
    expect(await world.agent('ana')).toMatchObject({ talkMs: 1_500, holds: [] });
    expect((await world.queue()).active).toBe(0);
  });

  it('keeps the agent for the wrap-up, which ends by time or by hand', async () => {
    const world = await openWorld(create, one);
    await world.bring('ana');
    for (const byHand of [true, false]) {
      await world.serve('c1');
      await world.release('c1', { wrapUpMs: 10_000 });
      expect((await world.queue()).active).toBe(0);
      expect((await world.agent('ana')).holds).toEqual([
        {
          work: 'c1',
          channel: 'voice',
          weight: 100,
          state: 'wrap-up',
          sinceMs: world.clock.now(),
          expiresMs: world.clock.now() + 10_000,
        },
      ]);
      await world.enqueue('c2');
      expect((await world.match()).type).toBe('nobody-free');
      if (byHand) {
        expect(await world.ledger.endWrapUp(agentId('ana'))).toEqual({ type: 'ended', works: ['c1'] });
        expect(await world.ledger.endWrapUp(agentId('ana'))).toEqual({ type: 'nothing-to-end' });
      } else {
        world.clock.advance(10_000);
        expect(await world.news()).toContainEqual({
          type: 'expired',
          expiry: { type: 'wrap-up', work: 'c1', agent: 'ana' },
        });
      }
      expect(await world.offered()).toEqual(['ana']);
      await world.ledger.abandon(workId('c2'));
    }
  });

  it('takes an offer back when its time is over, as a miss', async () => {
    const world = await openWorld(create, all);
    await world.bring('ana', 'ben');
    await world.enqueue('c1');
    await world.offered();
    const offeredAt = world.clock.now();
    await world.pass(10_000);
    await world.bring('eva');
    await world.ledger.extend({ work: workId('c1'), attempt: 1 });
    await world.pass(OFFER_TTL_MS - 10_000);
    expect((await world.queue()).offered, 'who joined late has as long').toEqual([
      { work: 'c1', attempt: 1, agents: ['eva'] },
    ]);
    expect(await world.accept('c1', 'ana')).toEqual({ type: 'expired' });
    expect(await world.decline('c1', 'ana')).toEqual({ type: 'expired' });
    expect(await world.agent('ana')).toMatchObject({
      missesInARow: 1,
      backOff: { cause: 'no-answer', untilMs: offeredAt + OFFER_TTL_MS + 20_000 },
    });
    await world.pass(10_001);
    expect((await world.queue()).waiting).toHaveLength(1);
    const expired = (await world.news()).filter((notice) => notice.type === 'expired');
    expect(expired.map((notice) => notice.expiry)).toEqual([
      { type: 'offer', ...offer('c1', 'ana') },
      { type: 'offer', ...offer('c1', 'ben') },
      { type: 'offer', ...offer('c1', 'eva') },
    ]);
  });

  it('handles what fell due at its own time, whoever asks first and how late', async () => {
    const world = await openWorld(create, one);
    await world.bring('ana');
    await world.enqueue('c1');
    await world.offered();
    await world.pass(OFFER_TTL_MS + 20_000);
    expect(await world.agent('ana'), 'the back-off is over too').not.toHaveProperty('backOff');
    expect(await world.offered()).toEqual(['ana']);
    await world.accept('c1', 'ana', 2);
    await world.pass(10 * OFFER_TTL_MS);
    expect((await world.agent('ana')).holds, 'active work never ends by time').toMatchObject([{ state: 'active' }]);
  });

  it('has no timer left when nothing can fall due', async () => {
    const world = await openWorld(create, one);
    await world.bring('ana');
    expect(world.clock.pending).toBe(0);
    await world.enqueue('c1');
    await world.offered();
    expect(world.clock.pending).toBe(1);
    await world.accept('c1', 'ana');
    expect(world.clock.pending).toBe(0);
    await world.release('c1', { wrapUpMs: 5_000 });
    expect(world.clock.pending).toBe(1);
    await world.ledger.close();
    expect(world.clock.pending).toBe(0);
  });
}
