/** What another system asks, and what becomes of its work: with a ledger in memory, and what there is of several controllers. */
import { afterEach, describe, expect, it } from 'vitest';
import { ana, ben, buildWorkSite, later, tickets, workConfig, type WorkSite } from '../../test/work/work-site.js';
import { createManualClock, settled } from '../../test/support/manual-clock.js';
import { itemId, queueId } from '../kernel/ids.js';
import type { ItemRecord, ItemRecords } from './item-record.js';
import type { ItemAct } from './item-types.js';
import { createMemoryRecords } from './memory-records.js';
import type { RelayReply, WorkRelay } from './work-relay.js';
import { workOf } from './work-names.js';

const sites: WorkSite[] = [];
afterEach(async () => {
  for (const site of sites.splice(0)) await site.stop();
});

async function open(...args: Parameters<typeof buildWorkSite>): Promise<WorkSite> {
  const site = await buildWorkSite(...args);
  sites.push(site);
  return site;
}

const id = itemId('4711');
const wanted = { id, queue: tickets, priority: 0 };
const accept = (agent: typeof ana): ItemAct => ({ type: 'accept', agent });

async function holdsOf({ ledger }: WorkSite): Promise<string[]> {
  const { agents } = await ledger.snapshot();
  return agents.flatMap(({ agent, holds }) => holds.map(({ work, state }) => `${agent} ${work} ${state}`));
}

describe('work of another system', () => {
  it('is routed to who is free, accepted, and closed with a wrap-up', async () => {
    const site = await open();
    await site.comesIn(ana);
    const submitted = await site.desk.submit(wanted);
    await settled();
    expect(submitted.type).toBe('created');
    expect(await holdsOf(site)).toEqual(['ana work:4711 offered']);
    expect(await site.desk.act(id, accept(ana))).toMatchObject({ type: 'done', item: { phase: { name: 'active' } } });
    expect(await site.desk.act(id, { type: 'close', agent: ana })).toMatchObject({ type: 'done' });
    expect(await holdsOf(site)).toEqual(['ana work:4711 wrap-up']);
    await site.clock.turn(5_000);
    expect(await holdsOf(site)).toEqual([]);
    expect(site.story()).toEqual(['queued tickets 1', 'offered ana', 'accepted ana', 'ended closed']);
  });

  it('says where it stands while nobody is free, and goes to the next queue and then nowhere', async () => {
    const site = await open();
    await site.desk.submit({ ...wanted, id: itemId('first') });
    expect(await site.desk.submit(wanted)).toMatchObject({ type: 'created', item: { position: 2, queue: tickets } });
    await site.clock.turn(60_000);
    expect(await site.desk.find(id)).toMatchObject({ queue: later, position: 2 });
    await site.clock.turn(60_000);
    expect(await site.desk.find(id)).toMatchObject({ phase: { name: 'ended', why: 'nobody-free' } });
    expect(await site.desk.list()).toEqual([]);
  });

  it('goes on to the next agent when one lets it pass, who is skipped for a while', async () => {
    const site = await open();
    await site.comesIn(ana, ben);
    await site.desk.submit(wanted);
    await settled();
    expect(await site.desk.act(id, { type: 'decline', agent: ana, cause: 'declined' })).toMatchObject({ type: 'done' });
    await settled();
    await site.clock.turn(20_000);
    expect(site.story()).toEqual([
      'queued tickets 1',
      'offered ana',
      'declined ana',
      'offered ben',
      'no-answer ben',
      'offered ana',
    ]);
  });

  it('is pulled out of its line by who has room, once for each request', async () => {
    const site = await open({ work: workConfig({ members: [{ agent: ben, priority: 1 }] }) });
    await site.comesIn(ana);
    await site.desk.submit(wanted);
    await site.desk.submit({ ...wanted, id: itemId('4712') });
    await site.ledger.setReachable({ agent: ben, channel: 'ticket', reachable: true });
    const pull = (more: object = {}) => site.desk.pull({ agent: ben, queue: tickets, token: 't', ...more });
    expect(await pull({ agent: ana })).toMatchObject({ type: 'refused', why: { type: 'not-a-member' } });
    expect(await pull()).toMatchObject({ type: 'refused', why: { type: 'presence' } });
    await site.ledger.setPresence({ agent: ben, presence: { state: 'away', reason: 'lunch' } });
    await site.ledger.switchChannel({ agent: ben, channel: 'ticket', on: false });
    await site.ledger.setPresence({ agent: ben, presence: { state: 'available' } });
    expect(await pull()).toMatchObject({ type: 'refused', why: { type: 'channel-off' } });
    expect(await pull({ queue: queueId('nowhere') })).toEqual({ type: 'unknown-queue' });
    // Before anybody has matched the line for the one who is there now.
    const [, first] = await Promise.all([
      site.ledger.switchChannel({ agent: ben, channel: 'ticket', on: true }),
      pull(),
    ]);
    expect(first).toMatchObject({ type: 'pulled', item: { id, phase: { name: 'active', agent: ben } } });
    expect(await pull()).toMatchObject({ type: 'pulled', item: { id } });
    expect(site.story()).toContain('accepted ben');
    expect(await site.desk.act(id, { type: 'close', agent: ben })).toMatchObject({ type: 'done' });
  });

  it('puts nobody away for offers that nobody heard of', async () => {
    const site = await open({ isUntold: () => true });
    await site.comesIn(ana);
    await site.desk.submit(wanted);
    await settled();
    await site.clock.turn(20_000);
    expect(site.story()).toEqual([
      'queued tickets 1',
      'offered ana',
      'taken-back ana',
      'queued tickets 1',
      'offered ana',
    ]);
    const { agents } = await site.ledger.snapshot();
    expect(agents.find(({ agent }) => agent === ana)?.missesInARow).toBe(0);
    expect(await holdsOf(site)).toEqual(['ana work:4711 offered']);
  });

  it('goes on to others when the agent it is offered to goes offline', async () => {
    const site = await open();
    await site.comesIn(ana, ben);
    await site.desk.submit(wanted);
    await settled();
    await site.ledger.setPresence({ agent: ana, presence: { state: 'offline' } });
    await settled();
    expect(site.story().slice(1)).toEqual(['offered ana', 'unreachable ana', 'offered ben']);
  });

  it('is accepted by one of all, however slow the ledger is', async () => {
    const site = await open({ work: workConfig({ strategy: { kind: 'ring-to-all' } }) });
    await site.comesIn(ana, ben);
    await site.desk.submit(wanted);
    await settled();
    site.network.slow(true);
    const asked = Promise.all([site.desk.act(id, accept(ana)), site.desk.act(id, accept(ben))]);
    await settled();
    site.network.slow(false);
    const [first, second] = await asked;
    expect(first).toMatchObject({ type: 'done', item: { phase: { agent: ana } } });
    expect(second).toMatchObject({ type: 'refused', why: 'taken' });
    expect(await holdsOf(site)).toEqual(['ana work:4711 active']);
  });

  it('rings who becomes free while all are asked', async () => {
    const site = await open({ work: workConfig({ strategy: { kind: 'ring-to-all' } }) });
    await site.comesIn(ana);
    await site.desk.submit(wanted);
    await settled();
    await site.comesIn(ben);
    await settled();
    expect(site.story()).toEqual(['queued tickets 1', 'offered ana', 'offered ben']);
  });

  it('gives its room back when it is taken back, also while it is being accepted', async () => {
    const site = await open();
    await site.comesIn(ana);
    await site.desk.submit(wanted);
    await settled();
    site.network.slow(true);
    const accepting = site.desk.act(id, accept(ana));
    await settled();
    const withdrawn = site.desk.act(id, { type: 'withdraw' });
    await settled();
    site.network.slow(false);
    expect(await accepting).toMatchObject({ type: 'refused', why: 'over' });
    expect(await withdrawn).toMatchObject({ type: 'done' });
    await settled();
    expect(await holdsOf(site)).toEqual([]);
  });
});

describe('work that is sent twice', () => {
  it('is one', async () => {
    const site = await open();
    const [one, two] = await Promise.all([site.desk.submit(wanted), site.desk.submit(wanted)]);
    expect([one.type, two.type]).toEqual(['created', 'known']);
    expect(await site.desk.list()).toHaveLength(1);
  });

  it('is one after its overflow to another queue, and after its end', async () => {
    const site = await open();
    await site.desk.submit(wanted);
    await site.clock.turn(60_000);
    expect(await site.desk.submit(wanted)).toMatchObject({ type: 'known', item: { queue: later } });
    await site.desk.act(id, { type: 'withdraw' });
    expect(await site.desk.submit(wanted)).toMatchObject({ type: 'known', item: { phase: { why: 'withdrawn' } } });
    expect(await holdsOf(site)).toEqual([]);
  });

  it('is refused for another queue or priority, and in a queue that nobody knows', async () => {
    const site = await open();
    await site.desk.submit(wanted);
    expect(await site.desk.submit({ ...wanted, priority: 7 })).toMatchObject({ type: 'conflict' });
    expect(await site.desk.submit({ ...wanted, queue: queueId('nowhere') })).toEqual({ type: 'unknown-queue' });
  });

  it('begins again where a controller has lost it, at the age that the other system says', async () => {
    const records = createMemoryRecords(createManualClock());
    const first = await open({ records });
    await first.desk.submit(wanted);
    await first.stop();
    expect(first.story()).toEqual(['queued tickets 1', 'ended stopping']);
    const second = await open({ records });
    const sinceMs = second.clock.now() - 60_000;
    expect(await second.desk.submit({ ...wanted, sinceMs })).toMatchObject({ type: 'created', item: { sinceMs } });
  });
});

it('answers of what has ended, or never was', async () => {
  const site = await open();
  await site.comesIn(ana);
  await site.desk.submit(wanted);
  await settled();
  await site.desk.act(id, accept(ana));
  await site.desk.act(id, { type: 'close' });
  expect(await site.desk.act(id, { type: 'close' })).toMatchObject({ type: 'done' });
  expect(await site.desk.act(id, { type: 'withdraw' })).toMatchObject({ type: 'done' });
  expect(await site.desk.act(id, accept(ana))).toMatchObject({ type: 'refused', why: 'over' });
  expect(await site.desk.act(itemId('never'), accept(ana))).toEqual({ type: 'unknown' });
  expect(await site.desk.find(itemId('never'))).toBeUndefined();
});

/** Controllers that can ask each other, for as long as each lives. */
function createRelays() {
  const handlers = new Map<string, (item: typeof id, act: ItemAct) => Promise<RelayReply>>();
  return (node: string): WorkRelay => ({
    ask: (to, item, act) => handlers.get(to)?.(item, act) ?? Promise.resolve(undefined),
    serve: (handler) => void handlers.set(node, handler),
    stop: () => void handlers.delete(node),
  });
}

describe('several controllers', () => {
  async function openTwo() {
    const relay = createRelays();
    const base = await open({ node: 'base' });
    const records = createMemoryRecords(base.clock);
    const relays = [relay('one'), relay('two')] as const;
    const one = await open({ base, records, node: 'one', relay: relays[0], isLeft: true });
    const two = await open({ base, records, node: 'two', relay: relays[1], isLeft: true });
    await base.stop();
    return { one, two, records, relays };
  }

  /** As the ledger tells it to the one that takes over. */
  const found = (phase: 'waiting' | 'offered' | 'active', attempt = 1) => ({
    ...({ work: workOf(id), channel: 'ticket', queue: tickets, phase, attempt, enqueuedAt: 0 } as const),
    agents: phase === 'waiting' ? [] : [ana],
  });

  it('do what is asked of any of them', async () => {
    const { one, two } = await openTwo();
    await one.comesIn(ana);
    await one.desk.submit(wanted);
    await settled();
    expect(await two.desk.submit(wanted)).toMatchObject({ type: 'known', item: { node: 'one' } });
    expect(await two.desk.act(id, accept(ana))).toMatchObject({ type: 'done', item: { phase: { agent: ana } } });
    expect(await two.desk.act(id, { type: 'close' })).toMatchObject({ type: 'done' });
    expect(one.story().at(-1)).toBe('ended closed');
    expect(two.story()).toEqual([]);
  });

  it('say which of them does not answer', async () => {
    const { one, two, relays } = await openTwo();
    await one.desk.submit(wanted);
    relays[0].stop();
    expect(await two.desk.act(id, { type: 'withdraw' })).toEqual({ type: 'no-answer', node: 'one' });
  });

  it('take over what waits, is offered or worked on, and what it was told of meanwhile', async () => {
    const { one, two } = await openTwo();
    await one.comesIn(ana);
    await one.desk.submit(wanted);
    await settled();
    await one.stop();
    expect(await holdsOf(one)).toEqual(['ana work:4711 offered']);
    two.items.adopt([found('offered')]);
    expect(two.items.deliver(workOf(id), { type: 'offered', attempt: 2, agents: [ben] })).toBe(true);
    two.items.adopt([found('offered')]);
    await settled();
    expect(two.items.works()).toMatchObject([{ work: workOf(id), phase: 'offered', attempt: 2, agents: [ben] }]);
    expect(await two.desk.find(id)).toMatchObject({ node: 'two' });
  });

  it('tell of an acceptance whose controller did not live to tell', async () => {
    const { one, two } = await openTwo();
    await one.comesIn(ana);
    await one.desk.submit(wanted);
    await settled();
    await one.stop();
    await one.ledger.accept({ work: workOf(id), agent: ana, attempt: 1 });
    two.items.adopt([found('active')]);
    await settled();
    expect(two.story()).toEqual(['accepted ana']);
    expect(await two.desk.act(id, accept(ana))).toMatchObject({ type: 'done' });
  });

  it('end in the ledger what nobody knows any more', async () => {
    const { one, two, records } = await openTwo();
    await one.comesIn(ana);
    await one.desk.submit(wanted);
    await settled();
    await one.stop();
    const record = (await records.get(id))!;
    await records.put({ ...record, phase: { name: 'ended', atMs: one.clock.now(), why: 'lost' } });
    two.items.adopt([found('offered')]);
    await settled();
    expect(await holdsOf(two)).toEqual([]);
  });

  it('tell once of what was lost with one of them, and leave alone what was taken over', async () => {
    const { one, two } = await openTwo();
    await one.desk.submit(wanted);
    const other = itemId('4712');
    await one.desk.submit({ ...wanted, id: other });
    await one.stop();
    two.items.adopt([{ ...found('waiting'), work: workOf(other) }]);
    await settled();
    await Promise.all([two.items.auditLost('one'), two.items.auditLost('one')]);
    expect(two.story()).toEqual(['ended lost']);
    expect(await two.desk.find(id)).toMatchObject({ phase: { name: 'ended', why: 'lost' } });
    expect(await two.desk.find(other)).toMatchObject({ node: 'two', phase: { name: 'waiting' } });
  });

  it('leave to another what it has taken over from one that was thought dead', async () => {
    const { one, two } = await openTwo();
    await one.comesIn(ana);
    await one.desk.submit(wanted);
    await settled();
    two.items.adopt([found('offered')]);
    await settled();
    await one.items.storeIsBack();
    expect(one.items.works()).toEqual([]);
    expect(await one.desk.act(id, accept(ana))).toMatchObject({ type: 'done', item: { node: 'two' } });
  });
});

it('writes down later what the store did not take', async () => {
  const inner = createMemoryRecords(createManualClock());
  let isAway = false;
  const put = async (record: ItemRecord, holder?: string): Promise<boolean> => {
    if (isAway) throw new Error('away');
    return inner.put(record, holder);
  };
  const records: ItemRecords = { ...inner, put };
  const site = await open({ records });
  await site.desk.submit(wanted);
  isAway = true;
  await site.desk.act(id, { type: 'withdraw' });
  await settled();
  expect((await inner.get(id))?.phase.name).toBe('waiting');
  isAway = false;
  await site.items.storeIsBack();
  expect((await inner.get(id))?.phase).toMatchObject({ name: 'ended', why: 'withdrawn' });
});
