/** The other strategies, each in the queue of the example site that uses it. */
import type { AgentSnapshot } from '../../ledger/ledger.js';
import { firstOffered, sameSet, type Scene } from './scene.js';
import { habit, phoneOf, place, type Stage, whenFree } from './stage.js';

const priority: Scene = {
  title: 'Priority',
  story: 'Sales rings Dan (1) first. While he talks, the next caller gets Eva or Finn (10), never Ana or Ben (20).',
  async play(stage, expect) {
    await whenFree(stage);
    const first = place(stage, { to: '1001', talkMs: 1500 });
    await first.answered;
    const second = await place(stage, { to: '1001' }).over;
    const record = await first.over;
    expect(
      'Dan is rung, and nobody else',
      sameSet(
        record.rung.map(({ agent }) => agent),
        ['dan'],
      ),
    );
    expect('the second call rings one', firstOffered(second).length === 1);
    expect(
      'of priority 10',
      firstOffered(second).every((agent) => ['eva', 'finn'].includes(agent)),
    );
    expect('and is answered', second.ended?.outcome === 'answered');
  },
};

const random: Scene = {
  title: 'Random',
  story: 'Three callers at once for Billing: each gets one agent by chance, and no agent two callers.',
  async play(stage, expect) {
    const members = membersOf(stage, 'billing');
    await whenFree(stage, members);
    const calls = [1, 2, 3].map(() => place(stage, { to: '1002', talkMs: 800 }));
    const records = await Promise.all(calls.map(({ over }) => over));
    expect(
      'each rings one',
      records.every((record) => firstOffered(record).length === 1),
    );
    const takers = records.map((record) => record.acceptedBy?.agent ?? '');
    expect(
      'all are members of Billing',
      takers.every((agent) => members.includes(agent)),
    );
    expect('no two are the same', new Set(takers).size === 3);
  },
};

const roundRobin: Scene = {
  title: 'Round robin',
  story: 'Three callers, one after the other: Orders takes turns, though Chloé is free again each time.',
  async play(stage, expect) {
    const takers: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      await whenFree(stage, membersOf(stage, 'orders'));
      const record = await place(stage, { to: '1003', talkMs: 200 }).over;
      takers.push(record.acceptedBy?.agent ?? 'nobody');
    }
    expect('Chloé, Dan, Eva in turn', takers.join() === 'chloe,dan,eva');
  },
};

/** A scene of one call that must go to whoever has the least of something. */
function least(options: {
  readonly title: string;
  readonly story: string;
  readonly queue: string;
  readonly to: string;
  readonly talkMs: number;
  readonly of: (state: AgentSnapshot) => number;
}): Scene {
  return {
    title: options.title,
    story: options.story,
    async play(stage, expect) {
      const members = membersOf(stage, options.queue);
      await whenFree(stage, members);
      const { agents } = await stage.site.ledger.snapshot();
      const values = new Map(
        agents.filter(({ agent }) => members.includes(agent)).map((a) => [a.agent, options.of(a)]),
      );
      const record = await place(stage, { to: options.to, talkMs: options.talkMs }).over;
      const taker = record.acceptedBy?.agent;
      expect('one is rung', firstOffered(record).length === 1);
      expect('nobody has less', taker !== undefined && values.get(taker) === Math.min(...values.values()));
    },
  };
}

const linear: Scene = {
  title: 'Linear',
  story: 'The front desk asks Greta first. Her phone is busy, so Hugo has it, and she is spared for a while.',
  async play(stage, expect) {
    await whenFree(stage, membersOf(stage, 'desk'));
    habit(stage, 'greta', { kind: 'busy' });
    const record = await place(stage, { to: '1007' }).over;
    expect('Greta is rung, then Hugo', record.rung.map(({ agent }) => agent).join() === 'greta,hugo');
    expect(
      'Greta is busy',
      record.offersEnded.some(({ agent, outcome }) => agent === 'greta' && outcome === 'busy'),
    );
    expect('Hugo has the call', record.acceptedBy?.agent === 'hugo');
  },
};

const widening: Scene = {
  title: 'Widening',
  story: 'Emergency rings one, then three, then five, until somebody answers.',
  async play(stage, expect) {
    const members = membersOf(stage, 'emergency');
    await whenFree(stage, members);
    for (const agent of members) habit(stage, agent, { kind: 'answers', afterMs: 2200 });
    phoneOf(stage, 'ana', 'desk').habit = { kind: 'never answers' };
    const record = await place(stage, { to: '1008' }).over;
    const sizes = record.offers.map(({ agents }) => agents.length);
    expect('one is rung at first, and two more each time', sizes.join().startsWith('1,2,2'));
    const rung = record.offers.flatMap(({ agents }) => agents);
    expect('nobody twice', new Set(rung).size === rung.length);
    expect('it is answered', record.ended?.outcome === 'answered');
  },
};

export const strategyScenes: readonly Scene[] = [
  priority,
  random,
  roundRobin,
  least({
    title: 'Longest idle',
    story: 'Returns rings whoever has been free for the longest time.',
    queue: 'returns',
    to: '1004',
    talkMs: 400,
    of: (state) => state.idleSinceMs,
  }),
  least({
    title: 'Fewest calls',
    story: 'Service rings whoever has had the fewest calls so far.',
    queue: 'service',
    to: '1005',
    talkMs: 1000,
    of: (state) => state.callsTaken,
  }),
  least({
    title: 'Least talk time',
    story: 'The press office rings whoever has talked the least so far.',
    queue: 'press',
    to: '1006',
    talkMs: 400,
    of: (state) => state.talkMs,
  }),
  linear,
  widening,
];

function membersOf(stage: Stage, queue: string): readonly string[] {
  const found = [...stage.config.queues.values()].find(({ id }) => id === queue);
  return found?.members.map(({ agent }) => agent) ?? [];
}
