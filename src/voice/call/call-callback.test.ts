import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createManualClock, settled } from '../../../test/support/manual-clock.js';
import { buildSoundSite, destinations, type SoundCall, type SoundSite } from '../../../test/support/sound-site.js';
import type { SwitchboardEvent } from '../../kernel/events.js';
import { queueId, workId } from '../../kernel/ids.js';
import { CALLBACK_LEASE_MS, createMemoryCallbackBook } from '../../ledger/callback-book.js';
import { startCallbackKeeper } from '../callback-keeper.js';

const NUMBER = '+34911';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const nodes = ['one', 'two'] as const;

/** Two controllers of one site, whose agents are all away at first. */
async function buildControllers() {
  const clock = createManualClock();
  const books = createMemoryCallbackBook({ clock });
  const [one, two] = await Promise.all(
    nodes.map(async (node) => {
      const site = await buildSoundSite({ clock, callbacks: books.of(node) });
      const log = { ...console, child: () => log };
      const keeper = startCallbackKeeper({ book: books.of(node), calls: site.calls, ledger: site.ledger, clock, log });
      for (const agent of site.agentIds)
        await site.ledger.setPresence({ agent, presence: { state: 'away', reason: 'test' } });
      onTestFinished(() => keeper.stop());
      return { ...site, site, keeper };
    }),
  );
  if (one === undefined || two === undefined) throw new Error('two were built');
  return { clock, one, two };
}

type Controllers = Awaited<ReturnType<typeof buildControllers>>;
type Controller = Controllers['one'];

let clock: Controllers['clock'];
let one: Controller;
let two: Controller;

beforeEach(async () => {
  ({ clock, one, two } = await buildControllers());
});
afterEach(async () => {
  for (const { site } of [one, two]) {
    expect(site.errors).toEqual([]);
    await site.stop();
  }
});

const callbackEvents = ({ seen }: SoundSite) => seen.filter(({ type }) => type.startsWith('callback.'));
const told = (site: SoundSite) =>
  callbackEvents(site).map((event) => ('outcome' in event ? `${event.type} ${event.outcome}` : event.type));
const lastOf = <Type extends SwitchboardEvent['type']>(site: SoundSite, type: Type) =>
  site.seen.findLast((event): event is Extract<SwitchboardEvent, { type: Type }> => event.type === type);
const phaseOf = ({ site }: Controller, { work }: SoundCall) => site.calls.find(work)?.state.phase.name;

async function waits({ site }: Controller): Promise<SoundCall> {
  const call = site.call(destinations.music);
  await site.settle();
  return call;
}

/** Presses the key in line, hears that they will be called, and is gone. */
async function asks(controller: Controller): Promise<SoundCall> {
  const call = await waits(controller);
  const place = controller.site.placeOf(call.caller);
  place?.presses('7');
  await controller.site.settle();
  place?.finishesPlaying();
  await settled();
  call.caller.obeys();
  await settled();
  return call;
}

/** They have nothing to say in so many hours. */
function stopKeepers(): void {
  for (const { keeper } of [one, two]) keeper.stop();
}

async function bring({ site }: Controller): Promise<void> {
  await site.ledger.setPresence({ agent: site.agentIds[0]!, presence: { state: 'available' } });
  await settled();
}

/** The first agent's phone, which is answered; then the customer's, where one is rung. */
async function agentAccepts(controller: Controller): Promise<void> {
  await bring(controller);
  await controller.site.settle();
  controller.wire.legs.at(-1)?.answers();
  await controller.site.settle();
}

describe('a call back', () => {
  it('is announced with the time until which it stands, and ends when they talk', async () => {
    const call = await asks(one);
    const untilMs = clock.now() + 12 * HOUR_MS;
    expect(lastOf(one.site, 'callback.requested')).toMatchObject({ queue: 'music', number: NUMBER, untilMs });
    expect(await two.keeper.list()).toMatchObject([{ call: call.work, number: NUMBER, node: 'one', attemptsLeft: 2 }]);
    await agentAccepts(one);
    one.wire.legs.at(-1)?.answers();
    await one.site.settle();
    expect(phaseOf(one, call)).toBe('talking');
    expect(told(one.site)).toEqual(['callback.requested', 'callback.ended answered']);
    expect(await two.keeper.list()).toEqual([]);
  });

  it.each([
    [486, 'busy'],
    [480, 'no-answer'],
    [404, 'unreachable'],
  ])('is tried again when the phone answers %i, as often as it is to be', async (status, why) => {
    await asks(one);
    await agentAccepts(one);
    one.wire.legs.at(-1)?.refuses(status);
    await one.site.settle();
    expect(lastOf(one.site, 'callback.failed')).toMatchObject({ why, attemptsLeft: 1 });
    one.wire.legs.forEach((leg) => leg.obeys());
    const rung = one.wire.legs.length;
    await clock.turn(3_000);
    await one.site.settle();
    expect(one.wire.legs).toHaveLength(rung + 1);
    one.wire.legs.at(-1)?.answers();
    await one.site.settle();
    await clock.turn(5_000);
    expect(lastOf(one.site, 'callback.failed')).toMatchObject({ why: 'no-answer', attemptsLeft: 0 });
    expect(told(one.site).at(-1)).toBe('callback.ended unreached');
    expect(await one.keeper.list()).toEqual([]);
  });

  it('is given up when nobody has taken it in time', async () => {
    await asks(one);
    stopKeepers();
    await clock.turn(11 * HOUR_MS);
    expect(await one.keeper.list()).toHaveLength(1);
    await clock.turn(HOUR_MS);
    expect(told(one.site).at(-1)).toBe('callback.ended given-up');
    expect([one.calls.count(), await one.keeper.list()]).toEqual([0, []]);
  });

  it('rings nobody out of hours, and has its place when they open again', async () => {
    const call = await asks(one);
    stopKeepers();
    await clock.turn(3 * HOUR_MS);
    expect(phaseOf(one, call)).toBe('resting');
    await bring(one);
    expect(one.wire.legs).toEqual([]);
    expect((await one.ledger.snapshot()).queues.find(({ queue }) => queue === 'music')?.waiting).toEqual([]);
    await clock.turn(8 * HOUR_MS);
    await one.site.settle();
    expect(one.wire.legs).toHaveLength(1);
    expect(phaseOf(one, call)).toBe('offering');
  });

  it.each(['one', 'two'] as const)('is cancelled by controller %s, and nobody is rung', async (by) => {
    const call = await asks(one);
    expect(await { one, two }[by].keeper.cancel(call.work)).toBe(true);
    await clock.turn(3_000);
    expect(told(one.site).at(-1)).toBe('callback.ended cancelled');
    expect(one.calls.count()).toBe(0);
  });

  it('that was cancelled elsewhere a moment ago is not made: the agent is let go', async () => {
    const call = await asks(one);
    await two.keeper.cancel(call.work);
    await agentAccepts(one);
    expect(one.wire.legs).toHaveLength(1);
    expect(one.wire.legs[0]?.sentAway?.by).toBe('bye');
    await clock.turn(3_000);
    expect(await two.keeper.list()).toEqual([]);
  });

  it('waits once for each number, whichever controller is asked', async () => {
    const call = await waits(one);
    const [other] = [await waits(two)];
    one.site.placeOf(call.caller)?.presses('7');
    two.site.placeOf(other.caller)?.presses('7');
    await one.site.settle();
    await two.site.settle();
    expect(await one.keeper.list()).toHaveLength(1);
    expect([...told(one.site), ...told(two.site)]).toEqual(['callback.requested']);
  });
});

describe('who rings in again', () => {
  it('has their place, is called no more, and still is when they hang up', async () => {
    const first = await asks(one);
    await clock.turn(10 * MINUTE_MS);
    const again = await waits(two);
    expect(lastOf(two.site, 'callback.resumed')).toMatchObject({ call: again.work, from: first.work, number: NUMBER });
    const waiting = (await two.ledger.snapshot()).queues.find(({ queue }) => queue === 'music')?.waiting;
    expect(clock.now() - (waiting?.[0]?.enqueuedAt ?? 0)).toBeGreaterThanOrEqual(10 * MINUTE_MS);
    await clock.turn(3_000);
    expect([one.calls.count(), told(one.site)]).toEqual([0, ['callback.requested']]);
    again.caller.hangsUp();
    await settled();
    expect(await one.keeper.list()).toMatchObject([{ call: again.work, node: 'two' }]);
    await agentAccepts(two);
    expect(two.wire.legs.at(-1)?.invite.uri).toContain(NUMBER);
  });

  it('waits as long as they like: their place is theirs', async () => {
    await asks(one);
    const again = await waits(one);
    await clock.turn(10 * MINUTE_MS);
    expect(phaseOf(one, again)).toBe('waiting');
  });

  it('may cancel it by the key, and waits like everybody', async () => {
    await asks(one);
    const again = await waits(one);
    one.site.placeOf(again.caller)?.presses('7');
    await one.site.settle();
    expect(told(one.site).at(-1)).toBe('callback.ended cancelled');
    expect(await one.keeper.list()).toEqual([]);
    await clock.turn(MINUTE_MS);
    expect(phaseOf(one, again)).toBe('menu');
  });

  it('is not called when they have talked with somebody', async () => {
    await asks(one);
    const again = await waits(one);
    await agentAccepts(one);
    expect(phaseOf(one, again)).toBe('talking');
    expect(told(one.site).at(-1)).toBe('callback.ended answered');
    await clock.turn(3_000);
    expect([await one.keeper.list(), one.calls.count()]).toEqual([[], 1]);
  });
});

describe('the controller that keeps it', () => {
  it('leaves it to another one at once when it stops', async () => {
    const call = await asks(one);
    await one.keeper.leave();
    await settled();
    expect([one.calls.count(), told(one.site)]).toEqual([0, ['callback.requested']]);
    await clock.turn(3_000);
    expect(lastOf(two.site, 'callback.taken_over')).toMatchObject({ from: call.work, queue: 'music', number: NUMBER });
    expect(await two.keeper.list()).toMatchObject([{ node: 'two', attemptsLeft: 2 }]);
    await agentAccepts(two);
    expect(two.wire.legs.at(-1)?.invite.uri).toContain(NUMBER);
  });

  it('loses it to another one when it is heard of no more, and rings nobody when it comes back', async () => {
    await asks(one);
    one.keeper.stop();
    await clock.turn(CALLBACK_LEASE_MS + 3_000);
    expect(await two.keeper.list()).toMatchObject([{ node: 'two' }]);
    await agentAccepts(one);
    expect(one.wire.legs).toHaveLength(1);
    expect(one.wire.legs[0]?.sentAway?.by).toBe('bye');
  });

  it('drops what it takes over of a queue that calls nobody back any more', async () => {
    const book = createMemoryCallbackBook({ clock }).of('three');
    const site = await buildSoundSite({ clock, callbacks: book });
    const warned: string[] = [];
    const log = { ...console, warn: (_fields: object, text: string) => warned.push(text), child: () => log };
    const keeper = startCallbackKeeper({ book, calls: site.calls, ledger: site.ledger, clock, log });
    const times = { enqueuedAtMs: clock.now(), requestedAtMs: clock.now(), untilMs: clock.now() + HOUR_MS };
    const gone = {
      call: workId('gone'),
      work: workId('gone'),
      queue: queueId('direct'),
      number: NUMBER,
      attemptsLeft: 1,
      ...times,
    };
    await book.claim(gone);
    await book.leave([gone]);
    await clock.turn(3_000);
    expect([await book.list(), site.calls.count(), warned]).toEqual([[], 0, [expect.stringContaining('is dropped')]]);
    keeper.stop();
    await site.stop();
  });
});
