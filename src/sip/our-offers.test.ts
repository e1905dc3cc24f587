import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../test/support/manual-clock.js';
import type { LegEvent } from '../voice/signalling.js';
import type { FinalAnswer } from './dialog-requests.js';
import type { SrfResponse } from './drachtio-srf-types.js';
import { createOurOffers, type OurOffers } from './our-offers.js';
import { createTimers, type Timers } from './timers.js';

describe('an offer of ours', () => {
  let clock: ManualClock;
  let timers: Timers;
  let events: LegEvent[];
  let sent: { sdp: string; atMs: number; done: (answer: FinalAnswer) => void }[];
  let acks: number;
  let isBlocked: boolean;

  const create = (ownsCallId = true): OurOffers =>
    createOurOffers({
      timers: timers.scope(),
      ownsCallId,
      isBlocked: () => isBlocked,
      send: (sdp, done) => void sent.push({ sdp, atMs: clock.now(), done }),
      emit: (event) => void events.push(event),
    });
  const answer = (status: number, { body, headers = {} }: { body?: string; headers?: Record<string, string> } = {}) =>
    sent.at(-1)?.done({
      status,
      response: { status, headers, ...(body === undefined ? {} : { body }) } as unknown as SrfResponse,
      ack: () => (acks += 1),
    });
  /** How long after the last glare the next try came, in milliseconds. */
  const pauseAfterGlare = async (): Promise<number> => {
    const [glareMs, tries] = [clock.now(), sent.length];
    answer(491);
    for (let waitedMs = 0; sent.length === tries && waitedMs < 10_000; waitedMs += 10) await clock.turn(10);
    return (sent.at(-1)?.atMs ?? 0) - glareMs;
  };

  beforeEach(() => {
    clock = createManualClock();
    timers = createTimers(clock);
    [events, sent, acks, isBlocked] = [[], [], 0, false];
  });

  it.each([
    [true, 2_100, 4_000],
    [false, 0, 2_000],
  ])('is made again after glare when the Call-ID is ours: %s, after %i to %i ms', async (owns, from, to) => {
    for (let round = 0; round < 20; round++) {
      const offers = create(owns);
      offers.make('sdp');
      const pauseMs = await pauseAfterGlare();
      expect(pauseMs).toBeGreaterThanOrEqual(from);
      expect(pauseMs).toBeLessThanOrEqual(to + 10);
      answer(200, { body: 'answer' });
    }
    expect(events).toHaveLength(20);
    expect(timers.count()).toBe(0);
  });

  it('is refused when glare does not end', async () => {
    create(false).make('sdp');
    await pauseAfterGlare();
    await pauseAfterGlare();
    await pauseAfterGlare();
    answer(491);
    expect(sent).toHaveLength(4);
    expect(events).toEqual([{ type: 'offer-refused', status: 491 }]);
  });

  it.each([
    ['within ten seconds', { 'retry-after': '3' }, 2],
    ['later', { 'retry-after': '11' }, 1],
    ['at no time that is told', {}, 1],
  ])('is made again after a 500 whose sender is ready %s', async (_, headers, tries) => {
    create().make('sdp');
    answer(500, { headers });
    await clock.turn(3_000);
    expect(sent).toHaveLength(tries);
    expect(events).toHaveLength(tries === 1 ? 1 : 0);
  });

  it('waits for what is under way, and is not sent twice', () => {
    isBlocked = true;
    const offers = create();
    offers.make('sdp');
    offers.proceed();
    expect(sent).toEqual([]);
    isBlocked = false;
    offers.proceed();
    offers.proceed();
    expect(sent).toHaveLength(1);
    expect(timers.count()).toBe(0);
  });

  it('waits no longer than a transaction may last', async () => {
    isBlocked = true;
    create().make('sdp');
    await clock.turn(32_000);
    expect(events).toEqual([{ type: 'offer-refused', status: 491 }]);
  });

  it('stays in its pause whatever else is settled, and waits again when the peer has offered meanwhile', async () => {
    const offers = create();
    offers.make('sdp');
    answer(491);
    offers.proceed();
    expect(sent).toHaveLength(1);
    isBlocked = true;
    await clock.turn(4_100);
    expect(sent).toHaveLength(1);
    isBlocked = false;
    offers.proceed();
    expect(sent).toHaveLength(2);
  });

  it('is refused by a 2xx without SDP, which is ACKed', () => {
    create().make('sdp');
    answer(200);
    expect(acks).toBe(1);
    expect(events).toEqual([{ type: 'offer-refused', status: 488 }]);
  });

  it('says nothing once the dialog has ended, and ACKs a late 2xx', () => {
    const offers = create();
    offers.make('sdp');
    offers.make('second');
    offers.end();
    answer(200, { body: 'answer' });
    expect(acks).toBe(1);
    expect(events).toEqual([]);
  });
});
