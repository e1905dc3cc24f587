import { expect, it } from 'vitest';
import { agentId, workId } from '../../../src/kernel/ids.js';
import { openWorld, type CreateLedger } from '../ledger-world.js';
import { seededRandom } from '../seeded-random.js';

/** Chi-square, nine degrees of freedom: exceeded by chance once in a thousand. */
const CRITICAL_9_DF_0_001 = 27.877;

export function fairnessContract(create: CreateLedger): void {
  it.each([1, 2, 3])(
    'random over 10,000 calls to 10 agents passes a chi-square test (seed %i)',
    async (seed) => {
      const agents = Array.from({ length: 10 }, (_, index) => `agent-${index}`);
      const site = { queues: { support: { strategy: 'random', members: agents } } } as const;
      const world = await openWorld(create, site, seededRandom(seed));
      await world.bring(...agents);
      const taken = new Map<string, number>(agents.map((agent) => [agent, 0]));
      for (let n = 0; n < 10_000; n += 1) {
        const agent = await world.serve(`c${n}`);
        taken.set(agent, (taken.get(agent) ?? 0) + 1);
        await world.release(`c${n}`);
      }
      const chiSquare = [...taken.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
      expect(chiSquare).toBeLessThan(CRITICAL_9_DF_0_001);
      expect(chiSquare, 'more even than chance allows').toBeGreaterThan(1.15);
    },
    300_000,
  );

  it('fewest-calls: does not flood who comes back after the others have taken many', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'fewest-calls', members: ['ana', 'ben', 'eva'] } },
    });
    await world.bring('ana', 'ben');
    for (let n = 0; n < 20; n += 1) {
      await world.serve(`c${n}`);
      await world.pass(1);
      await world.release(`c${n}`);
    }
    await world.bring('eva');
    const after: string[] = [];
    for (let n = 0; n < 9; n += 1) {
      after.push(await world.serve(`d${n}`));
      await world.pass(1);
      await world.release(`d${n}`);
    }
    expect(after.filter((agent) => agent === 'eva')).toHaveLength(3);
    expect((await world.agent('eva')).callsTaken, 'what is reported is not touched').toBe(3);
  });

  it.each(['away', 'unreachable', 'switched off'])(
    'least-talk-time: does not flood who was %s while the others talked',
    async (how) => {
      const world = await openWorld(create, {
        queues: { support: { strategy: 'least-talk-time', members: ['ana', 'ben', 'eva'] } },
      });
      await world.bring('ana', 'ben', 'eva');
      const eva = { agent: agentId('eva'), channel: 'voice' as const };
      if (how === 'away') await world.presence('eva', { state: 'away', reason: 'lunch' });
      if (how === 'unreachable') await world.ledger.setReachable({ ...eva, reachable: false });
      if (how === 'switched off') await world.ledger.switchChannel({ ...eva, on: false });
      await talk(world, 'c', 10);
      if (how === 'away') await world.presence('eva', { state: 'available' });
      if (how === 'unreachable') await world.ledger.setReachable({ ...eva, reachable: true });
      if (how === 'switched off') await world.ledger.switchChannel({ ...eva, on: true });
      const after = await talk(world, 'd', 9);
      expect(after.filter((agent) => agent === 'eva')).toHaveLength(3);
    },
  );

  it('fewest-calls: who is on a long call all the while has not been away', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'fewest-calls', members: ['ana', 'ben'] } },
    });
    await world.bring('ana', 'ben');
    expect(await world.serve('long')).toBe('ana');
    await talk(world, 'c', 5);
    await world.release('long');
    expect(await talk(world, 'd', 4)).toEqual(['ana', 'ana', 'ana', 'ana']);
  });

  it('ring-to-all: of all who accept at once exactly one wins', async () => {
    const agents = Array.from({ length: 10 }, (_, index) => `agent-${index}`);
    const world = await openWorld(create, { queues: { support: { strategy: 'ring-to-all', members: agents } } });
    await world.bring(...agents);
    await world.enqueue('c1');
    await world.offered();
    const answers = await Promise.all(agents.map((agent) => world.accept('c1', agent)));
    const winner = agents[answers.findIndex((answer) => answer.type === 'won')];
    expect(answers.filter((answer) => answer.type === 'won')).toHaveLength(1);
    expect(answers.filter((answer) => answer.type === 'lost' && answer.to === winner)).toHaveLength(9);
    const snapshot = await world.ledger.snapshot();
    expect(snapshot.agents.filter(({ holds }) => holds.length > 0).map(({ agent }) => agent)).toEqual([winner]);
    expect((await world.ledger.abandon(workId('c1'))).type).toBe('active');
  });
}

async function talk(world: Awaited<ReturnType<typeof openWorld>>, prefix: string, count: number): Promise<string[]> {
  const agents: string[] = [];
  for (let n = 0; n < count; n += 1) {
    agents.push(await world.serve(`${prefix}${n}`));
    await world.pass(1);
    await world.release(`${prefix}${n}`, { talkMs: 1_000 });
  }
  return agents;
}
