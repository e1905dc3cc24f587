/** What comes of every difference between what a controller has and what the store says it has. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { call, ledgerSite } from '../../../test/ledger/ledger-site.js';
import { createManualClock } from '../../../test/ledger/manual-clock.js';
import { checkIndexes } from '../../../test/ledger/redis-indexes.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../../test/ledger/redis-server.js';
import { agentId, queueId, workId } from '../../kernel/ids.js';
import { createRedisLedger, type RedisLedger } from '../redis.js';
import { loadOperations, type OwnWork, type Reconciled } from './operations.js';
import { createScriptRunner } from './script.js';

const SITE = ledgerSite({
  queues: { support: { strategy: 'ring-to-all', members: ['ana', 'ben'] }, sales: { members: ['eva'] } },
});
const [ana, ben, eva, nobody] = [agentId('ana'), agentId('ben'), agentId('eva'), agentId('nobody')];
const [support, sales] = [queueId('support'), queueId('sales')];
const work = workId('w');

/** How far the work has come in the store before. */
type Stored = 'unknown' | 'waiting' | 'offered' | 'active' | 'wrapping up';

const nothing: Reconciled = {
  ...{ gone: [], adopted: [], offered: [], lost: [] },
  ...{ charges: [], lostCharges: [] },
};
const ref = (agent: typeof ana, attempt = 1) => ({ work, agent, attempt });

describe.skipIf(REDIS_SERVER === undefined)(`differences on ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let server: TestRedis;
  let sites = 0;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  async function setup(stored: Stored) {
    sites += 1;
    const site = `differences-${sites}`;
    const clock = createManualClock();
    const operations = loadOperations();
    const now = (): number => clock.now();
    const redis = server.connect();
    const common = { redis, reader: server.connect(), site, node: 'here', clock, random: () => 0, now };
    const ledger = await createRedisLedger(common);
    onTestFinished(() => ledger.close());
    await ledger.configure(SITE);
    for (const agent of [ana, ben]) {
      await ledger.setReachable({ agent, channel: 'voice', reachable: true });
      await ledger.setPresence({ agent, presence: { state: 'available' } });
    }
    if (stored !== 'unknown') await bringTo(stored, ledger);
    const runner = createScriptRunner({ redis, library: operations.library, site, node: 'here', now });
    return {
      ledger,
      async tell(...works: OwnWork[]): Promise<Reconciled> {
        const reply = await runner.run(operations.reconcile, { owner: 'here', works });
        await checkIndexes(server.connect(), site);
        if (reply.type === 'overdue') throw new Error('overdue');
        return reply.result;
      },
      async state(): Promise<string[]> {
        const { agents, queues } = await ledger.snapshot();
        return [
          ...agents.flatMap(({ agent, holds }) => holds.map((hold) => `${agent} ${hold.state}`)),
          ...queues.flatMap(({ queue, waiting }) => waiting.map(() => `waits in ${queue}`)),
        ];
      },
    };
  }

  async function bringTo(stored: Exclude<Stored, 'unknown'>, ledger: RedisLedger): Promise<void> {
    await ledger.enqueue(call('w'));
    if (stored === 'waiting') return;
    await ledger.match(support);
    if (stored === 'offered') return;
    await ledger.accept(ref(ana));
    if (stored === 'wrapping up') await ledger.release({ work, wrapUpMs: 10_000, talkMs: 0 });
  }

  const own = (phase: OwnWork['phase'], over: Partial<OwnWork> = {}): OwnWork => ({
    ...{ work, channel: 'voice', phase, queue: support, enqueuedAt: 0, offerTtlMs: 60_000, agents: [] },
    ...(phase === 'offered' && { attempt: 1, agents: [ana, ben] }),
    ...(phase === 'active' && { agents: [ana] }),
    ...over,
  });

  const both = ['ana offered', 'ben offered'];

  it.each<[string, Stored, OwnWork | undefined, Partial<Reconciled>, string[]]>([
    ['waits', 'waiting', own('waiting'), {}, ['waits in support']],
    ['rings', 'offered', own('offered'), {}, both],
    ['is talked to', 'active', own('active'), {}, ['ana active']],
    ['has just ended', 'wrapping up', undefined, {}, ['ana wrap-up']],
    ['has just ended there', 'wrapping up', own('active'), {}, ['ana wrap-up']],
  ])('leaves alone what %s on both sides', async (_, stored, had, told, state) => {
    const world = await setup(stored);
    expect(await world.tell(...(had === undefined ? [] : [had]))).toEqual({ ...nothing, ...told });
    expect(await world.state()).toEqual(state);
  });

  it.each<[Stored, OwnWork['phase'], string[]]>([
    ['unknown', 'waiting', ['waits in support']],
    ['unknown', 'offered', both],
    ['unknown', 'active', ['ana active']],
    ['waiting', 'active', ['ana active']],
    ['offered', 'active', ['ana active']],
  ])('brings back what is %s there and %s here', async (stored, phase, state) => {
    const world = await setup(stored);
    expect(await world.tell(own(phase))).toEqual(nothing);
    expect(await world.state()).toEqual(state);
    expect(await world.ledger.enqueue(call('w'))).toEqual({ type: 'duplicate' });
  });

  it.each<[Stored]>([['waiting'], ['offered'], ['active']])(
    'ends without blame what is %s there only',
    async (stored) => {
      const world = await setup(stored);
      expect(await world.tell()).toEqual({ ...nothing, gone: [work] });
      expect(await world.state()).toEqual([]);
      const { agents } = await world.ledger.snapshot();
      expect(agents.map(({ missesInARow, backOff }) => [missesInARow, backOff])).toEqual(
        agents.map(() => [0, undefined]),
      );
    },
  );

  it('tells of an offer whose news was lost, and of offers that stand no more', async () => {
    const late = await setup('offered');
    expect(await late.tell(own('waiting'))).toEqual({
      ...nothing,
      offered: [{ work, attempt: 1, agents: [ana, ben] }],
    });
    const over = await setup('waiting');
    expect(await over.tell(own('offered'))).toEqual({ ...nothing, lost: [ref(ana), ref(ben)] });
    expect(await over.state()).toEqual(['waits in support']);
  });

  it('rings nobody of whom only one side knows', async () => {
    const fewer = await setup('offered');
    expect(await fewer.tell(own('offered', { agents: [ana] }))).toEqual(nothing);
    expect(await fewer.state()).toEqual(['ana offered']);
    const others = await setup('offered');
    expect(await others.tell(own('offered', { agents: [eva] }))).toEqual({ ...nothing, lost: [ref(eva)] });
    expect(await others.state()).toEqual(['waits in support']);
  });

  it('rings only those who have room, and nobody who is unknown', async () => {
    const world = await setup('unknown');
    await world.ledger.assign({
      ...own('active'),
      work: workId('other'),
      agent: ana,
      as: 'active',
      ignorePresence: true,
    });
    const told = await world.tell(
      own('offered', { agents: [ana, ben, nobody] }),
      own('active', { work: workId('other') }),
    );
    expect(told.lost).toEqual([ref(ana), ref(nobody)]);
    expect(await world.state()).toEqual(['ana active', 'ben offered']);
  });

  it('takes a call that talks as it is, whatever the limits and the store say', async () => {
    const world = await setup('active');
    const told = await world.tell(
      own('active', { agents: [ben] }),
      own('active', { work: workId('two'), agents: [ben] }),
    );
    expect(told).toEqual(nothing);
    expect(await world.state()).toEqual(['ben active', 'ben active']);
  });

  it.each<[string, Stored, string[]]>([
    ['to another queue', 'waiting', ['waits in sales']],
    ['back to a line, from an agent', 'active', ['waits in sales']],
  ])('follows what went %s while the store was away', async (_, stored, state) => {
    const world = await setup(stored);
    expect(await world.tell(own('waiting', { queue: sales }))).toEqual(nothing);
    expect(await world.state()).toEqual(state);
  });
});
