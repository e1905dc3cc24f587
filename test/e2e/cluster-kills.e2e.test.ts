/**
 * Two controller processes on one Redis under load, and what is killed of them. All that is judged is taken from the wires of
 * phones and callers, and from what the store says at the end.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import { agentId } from '../../src/kernel/ids.js';
import { createRedisLedger, type RedisLedger } from '../../src/ledger/redis.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../ledger/redis-server.js';
import type { Callers } from '../sipp/callers.js';
import type { PhoneBank } from '../sipp/phones.js';
import type { WireMessage } from '../sipp/wire-trace.js';
import { startController, type Controller } from './controller-process.js';
import { agents, numbered, siteYaml } from './site.js';
import { mostAtOnce } from './wire.js';

const TEAM = numbered('t', 6);
const CALLS = 50;
const RATE = 5;
const LONG_MS = 14_000;

const yaml = siteYaml({
  agents: agents(...TEAM, 'gone'),
  queues: {
    team: { members: [...TEAM, 'gone'], strategy: 'longest-idle', wrap_up: '0s', max_waiting: 1000, max_wait: '10m' },
  },
  entry_points: { 'to-team': { queue: 'team', public: true } },
});

const lunch = { state: 'away', reason: 'lunch' } as const;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const toTeam = (count: number): string[] => Array<string>(count).fill('to-team');

/** What became of one caller. */
type Fate = 'served' | 'refused' | 'lost';

function fateOf(call: readonly WireMessage[]): Fate {
  const final = call.find(({ status = 0, cseq }) => status >= 200 && cseq.method === 'INVITE');
  if (final?.status === 200) return 'served';
  return final?.status === 503 && final.header('Retry-After') !== undefined ? 'refused' : 'lost';
}

const count = (calls: readonly (readonly WireMessage[])[], fate: Fate): number =>
  calls.filter((call) => fateOf(call) === fate).length;

describe.skipIf(REDIS_SERVER === undefined)(`two processes on ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let redis: TestRedis;
  let a: Controller;
  let b: Controller;
  let observer: RedisLedger;
  let banks: PhoneBank[];
  const running: { stop(): Promise<void> }[] = [];

  async function open(appendOnly: boolean): Promise<void> {
    redis = await startRedis({ appendOnly });
    const common = { yaml, socket: redis.socket, storeSite: 'kills' };
    a = await startController({ ...common, node: 'a' });
    b = await startController({ ...common, node: 'b' });
    // Whoever looks takes no part.
    const [commands, reader] = [redis.connect(), redis.connect()];
    observer = await createRedisLedger({
      ...{ redis: commands, reader, site: 'kills', node: 'observer' },
      clock: systemClock,
      random: Math.random,
    });
    const answers = { does: 'answer', afterMs: 30 } as const;
    const onA = [...TEAM.slice(0, 3), 'gone'];
    banks = [await a.phones(onA, { then: answers }), await b.phones(TEAM.slice(3), { then: answers })];
    await vi.waitFor(async () => {
      const { agents: all } = await observer.snapshot();
      expect(all.filter(({ presence }) => presence.state === 'available')).toHaveLength(7);
    }, 30_000);
    await observer.setPresence({ agent: agentId('gone'), presence: lunch });
  }

  beforeEach(() => {
    running.length = 0;
  });
  afterEach(async () => {
    await Promise.all([...running, ...banks].map((each) => each.stop()));
    await observer.close();
    await a.kill();
    await b.kill();
    await redis.stop();
  });

  async function load(site: Controller, calls: number, forMs: number, ratePerSecond = RATE): Promise<Callers> {
    const callers = await site.callers(toTeam(calls), {
      does: { what: 'talk', forMs },
      ...{ ratePerSecond },
    });
    running.push(callers);
    return callers;
  }

  /** Counters are zero, and stay so. */
  const nothingLeft = (): Promise<void> =>
    vi.waitFor(
      async () => {
        const { agents: all, queues } = await observer.snapshot();
        expect(all.flatMap(({ holds }) => holds)).toEqual([]);
        for (const { waiting, offered, active } of queues)
          expect({ waiting, offered, active }).toEqual({ waiting: [], offered: [], active: 0 });
      },
      { timeout: 60_000, interval: 100 },
    );

  /** Calls until one is served, and then a number of them, who all must be. */
  async function servesAgain(site: Controller): Promise<void> {
    const fates = async (count: number) => (await (await load(site, count, 100, 20)).done()).calls.map(fateOf);
    await vi.waitFor(async () => expect(await fates(1)).toEqual(['served']), 60_000);
    expect(await fates(10)).toEqual(toTeam(10).map(() => 'served'));
  }

  const firstAnswerAfter = (sinceMs: number): number =>
    Math.min(
      ...banks
        .flatMap((bank) => bank.messages())
        .filter(({ atMs, status, cseq }) => atMs > sinceMs && status === 200 && cseq.method === 'INVITE')
        .map(({ atMs }) => atMs),
    );

  const once = Object.fromEntries(TEAM.map((name) => [name, 1]));

  it.each([
    ['killed, with an append-only file', true, () => redis.killAndRestart(3_000)],
    ['killed, without one: everything is lost', false, () => redis.killAndRestart(3_000)],
    ['stopped for 5 s', true, () => redis.pause(5_000)],
  ])('go on where Redis is %s', async (what, appendOnly, harm) => {
    await open(appendOnly);
    const talking = await load(a, 2, LONG_MS, 100);
    const runs = [await load(a, CALLS, 300), await load(b, CALLS, 300)];
    await sleep(3_000);
    await harm();
    const backMs = Date.now();
    await Promise.all([a, b].map(servesAgain));
    const calls = (await Promise.all(runs.map((run) => run.done()))).flatMap((done) => done.calls);
    const long = await talking.done();
    await nothingLeft();
    report(`Redis ${what}`, {
      offered: calls.length + 2,
      served: count(calls, 'served') + count(long.calls, 'served'),
      refused: count(calls, 'refused'),
      lost: count(calls, 'lost'),
      'seconds to recover': ((firstAnswerAfter(backMs) - backMs) / 1_000).toFixed(1),
    });
    expect(long.code, 'who talked went on').toBe(0);
    expect(count(calls, 'lost'), 'whoever was not served got 503').toBe(0);
    expect(mostAtOnce(banks), 'by the wires of the phones').toEqual(once);
    const { agents: all } = await observer.snapshot();
    expect(all.find(({ agent }) => agent === 'gone')).toMatchObject({ presence: lunch });
  });

  it('go on where one of the two is killed, and again when it is back under its name', async () => {
    await open(true);
    const onA = await load(a, CALLS, 300);
    const onB = await load(b, CALLS, 1_000);
    await sleep(3_000);
    const deadPort = String(b.sip.port);
    await b.kill();
    const killedMs = Date.now();
    const held = new Set((await observer.snapshot()).agents.flatMap(({ holds }) => holds.map(({ work }) => work)));
    await vi.waitFor(
      async () => {
        const { agents: all } = await observer.snapshot();
        expect(all.flatMap(({ holds }) => holds.filter(({ work }) => held.has(work)))).toEqual([]);
      },
      { timeout: 60_000, interval: 50 },
    );
    const seconds = (Date.now() - killedMs) / 1_000;
    const done = await onA.done();
    const started = onB.calls().filter(([first]) => (first?.atMs ?? Infinity) < killedMs);
    const ended = started.filter((call) => call.some(({ method }) => method === 'BYE'));
    await nothingLeft();
    report('one of two controllers killed', {
      offered: done.calls.length + started.length,
      served: count(done.calls, 'served') + ended.length,
      lost: started.length - ended.length,
      'holds recovered': held.size,
      'seconds to recover': seconds.toFixed(1),
    });
    expect(done.calls.map(fateOf)).toEqual(toTeam(CALLS).map(() => 'served'));
    // What it ran has no controller any more, and counts until it died.
    const diedWithIt = (call: readonly WireMessage[]): number =>
      call[0]?.header('Via')?.includes(`:${deadPort}`) === true ? killedMs : Infinity;
    expect(mostAtOnce(banks, diedWithIt)).toEqual(once);
  });

  it('give back at once what a controller held that is started again under its name', async () => {
    await open(true);
    const callers = await b.callers(toTeam(6));
    running.push(callers);
    const holds = async () => (await observer.snapshot()).agents.flatMap((agent) => agent.holds);
    await vi.waitFor(async () => expect(await holds()).toHaveLength(6), 30_000);
    await b.kill();
    const killedMs = Date.now();
    b = await startController({ yaml, socket: redis.socket, storeSite: 'kills', node: 'b' });
    expect(await holds()).toEqual([]);
    report('one controller started again under its name', {
      'holds recovered': 6,
      'seconds, its start included': ((Date.now() - killedMs) / 1_000).toFixed(1),
    });
    const next = await b.callers(toTeam(6), { does: { what: 'talk', forMs: 100 } });
    running.push(next);
    expect((await next.done()).code).toBe(0);
    await nothingLeft();
  });
});

function report(what: string, figures: Record<string, number | string>): void {
  const words = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  // eslint-disable-next-line no-console -- the figures are what such a run is for
  console.log(`cluster, ${what}: ${words.join(', ')}`);
}
