/** Each strategy by real phones: SIPp registers, rings and answers; which phone a call reached is read off its wire. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PhoneBank } from '../sipp/phones.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, numbered, siteYaml } from './site.js';
import { completedElsewhere, connected, reasonOf, rung, story } from './wire.js';

const four = ['linear', 'round-robin', 'longest-idle', 'fewest-calls', 'least-talk-time', 'random', 'ring-to-all'];
const phonesOf = (strategy: string, count = 4) => numbered(`${strategy}-`, count);
const quick = { name: 'agent', then: { does: 'answer', afterMs: 30 } } as const;

const yaml = siteYaml({
  agents: agents(
    ...four.flatMap((strategy) => phonesOf(strategy)),
    ...phonesOf('priority', 5),
    ...phonesOf('widening', 3),
  ),
  queues: {
    ...Object.fromEntries(four.map((strategy) => [strategy, { strategy, members: phonesOf(strategy), wrap_up: '0s' }])),
    priority: {
      strategy: 'priority',
      members: [30, 20, 10, 10, 1].map((priority, index) => ({ agent: `priority-${index + 1}`, priority })),
      wrap_up: '0s',
    },
    widening: {
      strategy: 'widening',
      widening: { start: 1, add: 1, every: '1s' },
      members: phonesOf('widening', 3),
      wrap_up: '0s',
    },
  },
  entry_points: Object.fromEntries(
    [...four, 'priority', 'widening'].map((strategy) => [`to-${strategy}`, { queue: strategy, public: true }]),
  ),
});

const to = (strategy: string, times: number) => Array.from({ length: times }, () => `to-${strategy}`);
const talk = (forMs: number) => ({ what: 'talk', forMs }) as const;
const oneByOne = { atOnce: 1, ratePerSecond: 50 };

describe.each(availableSipServers())('strategies on $name', (server) => {
  let site: RunningSite;
  let bank: PhoneBank;

  beforeAll(async () => {
    site = await startSite({ server, yaml });
    bank = await site.phones([...four.flatMap((strategy) => phonesOf(strategy)), ...phonesOf('priority', 5)], quick);
  });
  afterEach(() => site.nothingLeft());
  afterAll(() => site.stop());

  /** Who was connected by calls that began after `before` of the bank. */
  const since = (before: number) => connected(bank.calls().slice(before));

  it('linear: the first who is free, in the order of the config', async () => {
    const before = bank.calls().length;
    await site.call(talk(20), to('linear', 3), oneByOne);
    await site.call(talk(1_500), to('linear', 4), { ratePerSecond: 20 });
    expect(since(before)).toEqual([...Array<string>(3).fill('linear-1'), ...phonesOf('linear')]);
  });

  it('round-robin: each in turn', async () => {
    const before = bank.calls().length;
    await site.call(talk(20), to('round-robin', 8), oneByOne);
    expect(since(before)).toEqual([...phonesOf('round-robin'), ...phonesOf('round-robin')]);
  });

  it('longest-idle: who has waited longest for a call', async () => {
    const before = bank.calls().length;
    await site.call(talk(20), to('longest-idle', 8), oneByOne);
    const order = since(before);
    expect([...order.slice(0, 4)].sort()).toEqual(phonesOf('longest-idle'));
    expect(order.slice(4)).toEqual(order.slice(0, 4));
  });

  it('fewest-calls: nobody gets a third call before everybody has had two', async () => {
    const before = bank.calls().length;
    await site.call(talk(20), to('fewest-calls', 8), oneByOne);
    expect(since(before).sort()).toEqual([...phonesOf('fewest-calls'), ...phonesOf('fewest-calls')].sort());
  });

  it('least-talk-time: who has talked long gets none while others have talked less', async () => {
    const before = bank.calls().length;
    await site.call(talk(1_500), to('least-talk-time', 1), oneByOne);
    await site.call(talk(20), to('least-talk-time', 6), oneByOne);
    const [talker, ...others] = since(before);
    expect(others).toHaveLength(6);
    expect(others).not.toContain(talker);
  });

  it('random: everybody gets some', async () => {
    const before = bank.calls().length;
    await site.call(talk(10), to('random', 60), oneByOne);
    const order = since(before);
    expect(order).toHaveLength(60);
    expect(new Set(order)).toEqual(new Set(phonesOf('random')));
  });

  it('priority: never rings 20 while 10 is free, and of the same priority the longest idle', async () => {
    const before = bank.calls().length;
    await site.call(talk(1_500), to('priority', 5), { ratePerSecond: 20 });
    await site.call(talk(20), to('priority', 3), oneByOne);
    const order = since(before);
    expect([order[0], order[3], order[4]]).toEqual(['priority-5', 'priority-2', 'priority-1']);
    expect(order.slice(1, 3).sort()).toEqual(['priority-3', 'priority-4']);
    expect(order.slice(5)).toEqual(Array<string>(3).fill('priority-5'));
  });

  it('ring-to-all: all ring, one is connected, the others hear that somebody else has it', async () => {
    const before = bank.calls().length;
    await site.call(talk(50), to('ring-to-all', 1));
    await site.nothingLeft();
    const calls = bank.calls().slice(before);
    expect(rung(calls).sort()).toEqual(phonesOf('ring-to-all'));
    const winners = connected(calls);
    expect(winners).toHaveLength(1);
    expect(winners).toEqual(site.acceptedBy().slice(-1));
    const losers = calls.filter((call) => rung([call])[0] !== winners[0]);
    expect(losers.map(reasonOf)).toEqual(Array(3).fill(completedElsewhere));
  });

  it('widening: rings more agents the longer it rings, and those before ring on', async () => {
    const ringing = await site.phones(phonesOf('widening', 3), { then: { does: 'nothing' } });
    await site.call({ what: 'cancel', after: 180, ms: 4_000 }, to('widening', 1));
    await site.nothingLeft();
    const calls = ringing.calls();
    expect(rung(calls).sort()).toEqual(phonesOf('widening', 3));
    const told = calls.map((call) => call[0]!.atMs);
    const cancelled = calls.flatMap((call) => call.filter(({ method }) => method === 'CANCEL').map(({ atMs }) => atMs));
    expect(cancelled).toHaveLength(3);
    expect(Math.min(...cancelled)).toBeGreaterThan(Math.max(...told));
    expect(calls.map(story)).toEqual(Array(3).fill('<INVITE >180 INVITE <CANCEL >200 CANCEL >487 INVITE <ACK'));
  });

  it('gives every phone its own call and no phone two, with as many callers as agents and more', async () => {
    const before = bank.calls().length;
    await site.call(talk(200), to('round-robin', 12), { ratePerSecond: 100 });
    const calls = bank.calls().slice(before);
    expect(connected(calls)).toHaveLength(12);
    expect(new Set(connected(calls))).toEqual(new Set(phonesOf('round-robin')));
    for (const user of phonesOf('round-robin')) expect(mostAtOnce(bank.callsTo(user))).toBe(1);
    expect(bank.errors()).toBe('');
  });
});

/** How many calls a phone had at once at most, from each INVITE to the last message. */
function mostAtOnce(calls: ReturnType<PhoneBank['callsTo']>): number {
  const edges = calls.flatMap((call) => [
    { atMs: call[0]!.atMs, change: 1 },
    { atMs: call.find(({ method }) => method === 'BYE')?.atMs ?? call.at(-1)!.atMs, change: -1 },
  ]);
  edges.sort((a, b) => a.atMs - b.atMs || a.change - b.change);
  let now = 0;
  let most = 0;
  for (const { change } of edges) most = Math.max(most, (now += change));
  return most;
}
