import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentId, type WorkId, agentId, queueId, workId } from '../kernel/ids.js';
import { systemClock } from '../kernel/clock.js';
import { anotherVersion } from '../../test/ledger/changed-scripts.js';
import { BLENDED, call, ledgerSite } from '../../test/ledger/ledger-site.js';
import { checkIndexes } from '../../test/ledger/redis-indexes.js';
import { progress } from '../../test/ledger/progress.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../test/ledger/redis-server.js';
import { seededRandom } from '../../test/ledger/seeded-random.js';
import type { Ledger, LedgerNotice, OfferRef } from './ledger.js';
import { createRedisLedger } from './redis.js';
import { loadOperations } from './redis/operations.js';

/** Of 320 operations each; together more than 100,000. More by LEDGER_ROUNDS, for a long try. */
const ROUNDS = Number(process.env.LEDGER_ROUNDS ?? 105);

const AGENTS = ['ana', 'ben', 'eva', 'joe', 'kim', 'lea'];
const MEMBERS = AGENTS.map((agent, index) => [agent, 1 + (index % 2)] as const);

/** Times are short, so that offers, wrap-ups and back-offs fall due all the while. */
const SITE = ledgerSite({
  queues: {
    support: { strategy: 'ring-to-all', members: AGENTS },
    sales: { strategy: 'priority', members: MEMBERS },
    chats: { strategy: 'fewest-calls', members: AGENTS, channel: 'chat' },
    tickets: { strategy: 'round-robin', members: AGENTS, channel: 'ticket' },
  },
  backOff: { busy: 2, declined: 5, 'no-answer': 1, unreachable: 0 },
});

describe.skipIf(REDIS_SERVER === undefined)(`several clients with ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let server: TestRedis;
  let sites = 0;
  const open: Ledger[] = [];

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    for (const ledger of open) await ledger.close();
    await server.stop();
  });

  async function connect(
    site: string,
    node: string,
    random: () => number,
    operations = loadOperations(),
  ): Promise<Ledger> {
    const ledger = await createRedisLedger({
      redis: server.connect(),
      reader: server.connect(),
      site,
      node,
      clock: systemClock,
      random,
      operations,
    });
    open.push(ledger);
    return ledger;
  }

  it.each([1, 2, 3])(
    'keep every limit, lose no work and leave nothing behind (seed %i)',
    async (seed) => {
      sites += 1;
      const site = `clients-${sites}`;
      const random = seededRandom(seed);
      // Two versions side by side, as while controllers are upgraded one after the other.
      const [own, other] = [loadOperations(), await anotherVersion()];
      const ledgers = await Promise.all(
        ['a', 'b', 'c', 'd'].map((node, index) => connect(site, node, random, index < 2 ? own : other)),
      );
      const redis = server.connect();
      const tell = progress(`rounds of several clients (seed ${seed})`, ROUNDS);
      await ledgers[0]!.configure(SITE);
      for (const agent of AGENTS) await bring(ledgers[0]!, agent);
      const winners = new Map<string, AgentId>();
      let names = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const offers: OfferRef[] = [];
        await Promise.all(
          ledgers.flatMap((ledger) =>
            Array.from({ length: 4 }, async () => {
              for (let n = 0; n < 20; n += 1) await act(ledger, offers);
            }),
          ),
        );
        await checkIndexes(redis, site);
        await checkLimits(ledgers[1]!);
        tell((round + 1) * 320);
      }
      await endAll(ledgers[2]!);
      await checkIndexes(redis, site);

      /** One thing that a controller or an agent may do at any time. */
      async function act(ledger: Ledger, offers: OfferRef[]): Promise<void> {
        const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)];
        const agent = agentId(pick(AGENTS)!);
        const dice = random();
        if (dice < 0.25) {
          names += 1;
          const queue = pick(['support', 'sales', 'chats', 'tickets'])!;
          const channel = SITE.queues.get(queueId(queue))?.channel ?? 'voice';
          await ledger.enqueue(call(`w${names}`, queue, { channel, offerTtlMs: pick([1, 5, 1_000])! }));
        } else if (dice < 0.5) {
          const result = await ledger.match(queueId(pick(['support', 'sales', 'chats', 'tickets'])!));
          if (result.type !== 'offered' && result.type !== 'offered-elsewhere') return;
          for (const chosen of result.agents)
            offers.push({ work: result.work, agent: chosen, attempt: result.attempt });
        } else if (dice < 0.75) {
          const offer = pick(offers);
          if (offer === undefined) return act(ledger, offers);
          const result = await ledger.accept(offer);
          if (result.type === 'won') {
            const before = winners.get(offer.work);
            expect(before === undefined || before === offer.agent, 'one winner').toBe(true);
            winners.set(offer.work, offer.agent);
          }
          if (result.type === 'lost') expect(winners.get(offer.work) ?? result.to).toBe(result.to);
        } else if (dice < 0.83) {
          const offer = pick(offers);
          if (offer === undefined) return act(ledger, offers);
          await ledger.decline({ ...offer, cause: pick(['busy', 'declined', 'unreachable'])! });
        } else if (dice < 0.93) {
          const work = pick(offers)?.work;
          if (work === undefined) return act(ledger, offers);
          await ledger.release({ work, wrapUpMs: pick([0, 3])!, talkMs: 7 });
        } else if (dice < 0.95) await ledger.abandon(workId(`w${Math.ceil(random() * names)}`));
        else if (dice < 0.98) {
          names += 1;
          const common = { agent, channel: 'voice', as: 'active', offerTtlMs: 5, ignorePresence: true } as const;
          const result = await ledger.assign({ ...common, work: workId(`w${names}`) });
          if (result.type === 'assigned') offers.push({ work: workId(`w${names}`), agent, attempt: 1 });
        } else {
          const state = pick(['available', 'available', 'offline'] as const)!;
          await ledger.setPresence({ agent, presence: { state }, whenFree: random() < 0.5 });
        }
      }
    },
    60_000 + 1_000 * ROUNDS,
  );

  it('tell each other what has been set in motion', async () => {
    const a = await connect('told', 'a', Math.random);
    const b = await connect('told', 'b', Math.random);
    const seen: LedgerNotice[] = [];
    let wake: () => void = () => undefined;
    b.subscribe((notice) => {
      seen.push(notice);
      wake();
    });
    const until = async (type: LedgerNotice['type']) => {
      while (!seen.some((notice) => notice.type === type)) await new Promise<void>((resolve) => (wake = resolve));
      return seen.find((notice) => notice.type === type);
    };
    await a.configure(SITE);
    await a.enqueue(call('c1', 'sales'));
    expect(await until('matchable')).toEqual({ type: 'matchable', queues: ['sales'] });
    await bring(a, 'ana');
    expect(await until('presence')).toEqual({ type: 'presence', agent: 'ana', presence: { state: 'available' } });
    expect(await b.match(queueId('sales')), 'taken by whoever is told first').toMatchObject({
      type: 'offered-elsewhere',
      agents: ['ana'],
    });
    expect(
      seen.filter((notice) => notice.type === 'presence'),
      'each once',
    ).toHaveLength(1);
  });

  it('do what falls due for one another, each once', async () => {
    const a = await connect('due', 'a', Math.random);
    const b = await connect('due', 'b', Math.random);
    await a.configure(SITE);
    await bring(a, 'ana');
    await a.enqueue(call('c1', 'sales', { offerTtlMs: 20 }));
    await a.match(queueId('sales'));
    const expired: LedgerNotice[] = [];
    const seen = new Promise<void>((resolve) => {
      b.subscribe((notice) => {
        if (notice.type === 'expired') expired.push(notice);
        if (notice.type === 'expired') resolve();
      });
    });
    // The one who made the offer is gone before it expires.
    await a.close();
    const result = b.decline({ work: workId('c1'), agent: agentId('nobody'), attempt: 1, cause: 'busy' });
    await result;
    await seen;
    expect(expired).toEqual([{ type: 'expired', expiry: { type: 'offer', work: 'c1', agent: 'ana', attempt: 1 } }]);
  });

  async function bring(ledger: Ledger, name: string): Promise<void> {
    const agent = agentId(name);
    for (const channel of ['voice', 'chat', 'ticket'] as const) {
      await ledger.setReachable({ agent, channel, reachable: true });
    }
    await ledger.setPresence({ agent, presence: { state: 'available' } });
  }

  async function checkLimits(ledger: Ledger): Promise<void> {
    const { agents } = await ledger.snapshot();
    const taken = new Map<WorkId, AgentId>();
    for (const { agent, holds } of agents) {
      for (const channel of ['voice', 'chat', 'ticket'] as const) {
        const count = holds.filter((hold) => hold.channel === channel).length;
        expect(count).toBeLessThanOrEqual(BLENDED.channels[channel].max);
      }
      const firm = holds.filter((hold) => !BLENDED.channels[hold.channel].interruptible);
      expect(firm.reduce((sum, { weight }) => sum + weight, 0)).toBeLessThanOrEqual(BLENDED.total);
      for (const { work, state } of holds) {
        if (state === 'offered') continue;
        expect(taken.get(work)).toBeUndefined();
        taken.set(work, agent);
      }
    }
  }

  /** Ends all work, as its owners would; then everybody is free. */
  async function endAll(ledger: Ledger): Promise<void> {
    const { agents, queues } = await ledger.snapshot();
    for (const { holds } of agents)
      for (const { work } of holds) await ledger.release({ work, wrapUpMs: 0, talkMs: 0 });
    for (const { agent } of agents) await ledger.endWrapUp(agent);
    for (const { waiting, offered } of queues)
      for (const { work } of [...waiting, ...offered]) await ledger.abandon(work);
    const after = await ledger.snapshot();
    expect(after.agents.flatMap(({ holds }) => holds)).toEqual([]);
    for (const { waiting, offered, active } of after.queues)
      expect({ waiting, offered, active }).toEqual({ waiting: [], offered: [], active: 0 });
  }
});
