/** What every book of call backs must do, whatever it keeps them in; held against each by `src/ledger/callback-book.test.ts`. */
import { describe, expect, it } from 'vitest';
import { queueId, workId } from '../../src/kernel/ids.js';
import { CALLBACK_LEASE_MS, type CallbackBook, type PendingCallback } from '../../src/ledger/callback-book.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

/** Books of controllers by those names, over one store that nobody else uses. */
export type OpenBooks = (clock: ManualClock) => Promise<(node: string) => CallbackBook>;

const support = queueId('support');
const startMs = 1_000_000_000;
const HOUR_MS = 3_600_000;

const callback = (call: string, over: Partial<PendingCallback> = {}): PendingCallback => ({
  call: workId(call),
  work: workId('c1'),
  queue: support,
  number: '+34600111222',
  enqueuedAtMs: startMs - 60_000,
  requestedAtMs: startMs,
  untilMs: startMs + HOUR_MS,
  attemptsLeft: 2,
  ...over,
});

const nothing = { lost: [], cancelled: [], takenOver: [] };

export function callbackContract(name: string, open: OpenBooks): void {
  describe(`the book of call backs ${name}`, () => {
    async function books() {
      const clock = createManualClock(startMs);
      const of = await open(clock);
      return { clock, one: of('one'), two: of('two'), of };
    }

    it('has a number once in a queue, whichever controller is asked', async () => {
      const { one, two } = await books();
      expect(await one.claim(callback('c1'))).toEqual({ type: 'claimed' });
      expect(await one.claim(callback('c1')), 'asked again').toEqual({ type: 'claimed' });
      expect(await two.claim(callback('c2'))).toEqual({ type: 'known', call: 'c1' });
      expect(await two.claim(callback('c2', { queue: queueId('sales') })), 'another queue').toEqual({
        type: 'claimed',
      });
      expect(await two.claim(callback('c3', { number: '+34600111333' })), 'another number').toEqual({
        type: 'claimed',
      });
    });

    it('lets one of many win who claim a number at the same moment', async () => {
      const { of } = await books();
      const asked = Array.from({ length: 20 }, (_, n) => of(`node-${String(n % 4)}`).claim(callback(`c${String(n)}`)));
      const results = await Promise.all(asked);
      const winners = results.flatMap(({ type }, n) => (type === 'claimed' ? [`c${String(n)}`] : []));
      expect(winners).toHaveLength(1);
      expect(results.filter((result) => result.type === 'known' && result.call === winners[0])).toHaveLength(19);
    });

    it('lists who waits on all controllers, who has waited longest first', async () => {
      const { one, two } = await books();
      const later = callback('c1', { enqueuedAtMs: startMs - 1 });
      const earlier = callback('c2', { number: '+34911', enqueuedAtMs: startMs - 9 });
      await one.claim(later);
      await two.claim(earlier);
      expect(await one.list()).toEqual([
        { ...earlier, node: 'two' },
        { ...later, node: 'one' },
      ]);
    });

    it("is free for the next once dropped, and drops nothing that is another call's", async () => {
      const { one } = await books();
      await one.claim(callback('c1'));
      await one.drop(callback('c2'));
      expect(await one.list()).toHaveLength(1);
      await one.drop(callback('c1'));
      expect(await one.list()).toEqual([]);
      expect(await one.claim(callback('c2'))).toEqual({ type: 'claimed' });
    });

    it("is another call's when the customer rings in again, and its keeper hears that it is lost", async () => {
      const { one, two } = await books();
      await one.claim(callback('c1'));
      const { number } = callback('c1');
      expect(await two.resume({ queue: support, number: '+34911', call: workId('c2') })).toBeUndefined();
      const early = { queue: support, number, call: workId('c3'), from: workId('c0') };
      expect(await two.resume(early), 'not from that call').toBeUndefined();
      expect(await two.resume({ queue: support, number, call: workId('c2') })).toEqual(callback('c1'));
      expect([await one.isKept(callback('c1')), await two.isKept(callback('c2'))]).toEqual([false, true]);
      expect(await one.keep([callback('c1')])).toEqual({ ...nothing, lost: ['c1'] });
      expect(await two.keep([callback('c2')])).toEqual(nothing);
      expect(await two.list()).toEqual([{ ...callback('c2'), node: 'two' }]);
    });

    it('is cancelled from any controller: nobody is called, and its keeper hears of it once', async () => {
      const { one, two } = await books();
      await one.claim(callback('c1'));
      expect(await two.cancel(workId('c9'))).toBe(false);
      expect(await two.cancel(workId('c1'))).toBe(true);
      expect(await two.cancel(workId('c1')), 'again').toBe(false);
      expect([await one.isKept(callback('c1')), await one.list()]).toEqual([false, []]);
      expect(await two.resume({ queue: support, number: callback('c1').number, call: workId('c2') })).toBeUndefined();
      expect(await one.keep([callback('c1')])).toEqual({ ...nothing, cancelled: ['c1'] });
      expect(await one.claim(callback('c3')), 'may be asked for again').toEqual({ type: 'claimed' });
    });

    it('stays with a keeper who is heard of, with what has changed', async () => {
      const { one, two, clock } = await books();
      await one.claim(callback('c1'));
      for (let round = 0; round < 3; round += 1) {
        clock.advance(CALLBACK_LEASE_MS - 1);
        expect(await one.keep([callback('c1', { attemptsLeft: 1 })])).toEqual(nothing);
        expect(await two.keep([])).toEqual(nothing);
      }
      expect(await two.list()).toMatchObject([{ call: 'c1', attemptsLeft: 1, node: 'one' }]);
    });

    it('is taken over by one of the others when its keeper is heard of no more', async () => {
      const { one, two, of, clock } = await books();
      await one.claim(callback('c1'));
      clock.advance(CALLBACK_LEASE_MS);
      const results = await Promise.all([two.keep([]), of('three').keep([])]);
      const taken = results.flatMap(({ takenOver }) => takenOver);
      expect(taken).toEqual([callback('c1')]);
      expect(await one.keep([callback('c1')]), 'who was only slow').toEqual({ ...nothing, lost: ['c1'] });
    });

    it('is taken up again by the next life of its keeper', async () => {
      const { one, of, clock } = await books();
      await one.claim(callback('c1'));
      expect(await of('one').keep([]), 'it may have been claimed a moment ago').toEqual(nothing);
      clock.advance(CALLBACK_LEASE_MS);
      expect((await of('one').keep([])).takenOver).toEqual([callback('c1')]);
    });

    it('is taken over at once from a keeper who leaves', async () => {
      const { one, two } = await books();
      await one.claim(callback('c1'));
      await two.claim(callback('c2', { number: '+34911' }));
      await one.leave([callback('c1'), callback('c2', { number: '+34911' })]);
      const { takenOver } = await two.keep([callback('c2', { number: '+34911' })]);
      expect(takenOver.map(({ call }) => call)).toEqual(['c1']);
    });

    it('comes back when its store has lost it', async () => {
      const { one, two } = await books();
      expect(await one.keep([callback('c1')])).toEqual(nothing);
      expect(await two.claim(callback('c2'))).toEqual({ type: 'known', call: 'c1' });
    });

    it('is forgotten when its time is over and nobody keeps it', async () => {
      const { one, two, clock } = await books();
      await one.claim(callback('c1'));
      clock.advance(HOUR_MS);
      expect([await two.list(), await two.cancel(workId('c1'))]).toEqual([[], false]);
      expect(await two.keep([])).toEqual(nothing);
      expect(await two.claim(callback('c2', { untilMs: startMs + 2 * HOUR_MS }))).toEqual({ type: 'claimed' });
    });
  });
}
