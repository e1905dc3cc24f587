/**
 * `npm run bench:ledger`: calls through the ledger in Redis (match, accept, release) by the number of agents, of queues
 * that each is a member of, and by strategy; beside it, on the same server, as many scripts of eight plain commands.
 * Starts a redis-server of its own on a temporary socket, and talks to it from this one process.
 *
 * Both send what is asked for in one turn of the event loop together, and with --one-by-one every script by itself. Each
 * row is printed, and saved, as soon as it is there.
 *
 *   npm run bench:ledger -- --agents 100,100000 --queues 1,10 --strategies longest-idle --cycles 5000
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import type { StrategyKind } from '../src/config/staffing.js';
import { systemClock } from '../src/kernel/clock.js';
import { createRedisLedger } from '../src/ledger/redis.js';
import { createSender } from '../src/ledger/redis/sender.js';
import { startRedis } from '../test/ledger/redis-server.js';
import { seededRandom } from '../test/ledger/seeded-random.js';
import {
  enqueueFor,
  latencyOf,
  ledgerCycle,
  plainCycles,
  rateOf,
  type PlainCycles,
  type Rate,
} from './ledger-cycles.js';
import { benchSite, bringAll, type BenchSite } from './ledger-site.js';
import { machine, table } from './report.js';

const ALL_STRATEGIES: readonly StrategyKind[] = [
  ...(['longest-idle', 'round-robin', 'fewest-calls', 'least-talk-time', 'priority'] as const),
  ...(['linear', 'random', 'widening', 'ring-to-all'] as const),
];

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '100,1000,10000,100000' },
    queues: { type: 'string', default: '1,3,10' },
    strategies: { type: 'string', default: ALL_STRATEGIES.join(',') },
    cycles: { type: 'string', default: '6000' },
    depth: { type: 'string', default: '32' },
    'one-by-one': { type: 'boolean', default: false },
  },
});
const cycles = Number(values.cycles);
const depth = Number(values.depth);

/** Of each kind, turn about; the best one counts. */
const ROUNDS = 12;
const strategies = values.strategies.split(',') as StrategyKind[];

const HEADS = [
  ...['agents', 'queues each', 'strategy', 'cycles/s', 'plain/s', 'ratio', 'sent alike/s', 'ratio'],
  ...['Redis CPU us', 'own CPU us', 'p50 ms', 'p99 ms', 'plain p99 ms', 'bytes/agent'],
] as const;

interface Row {
  readonly agents: number;
  readonly queuesEach: number;
  readonly strategy: StrategyKind;
  readonly ledger: Rate;
  readonly plain: Rate;
  /** Plain scripts a second, sent as the ledger sends. */
  readonly plainSentAlike: number;
  readonly bytesPerAgent: number;
}

const server = await startRedis();
const startedAt = new Date().toISOString();
const file = path.join('bench/results', `ledger-${startedAt.replace(/[:.]/g, '-')}.json`);
const rows: Row[] = [];
console.error(HEADS.join('  '));
try {
  for (const queuesEach of values.queues.split(',').map(Number))
    for (const agents of values.agents.split(',').map(Number)) await tryStrategies(agents, queuesEach);
} finally {
  await server.stop();
}
report();
process.exit(0);

/** One ledger for all strategies: a new configuration costs less than bringing everybody to work anew. */
async function tryStrategies(agents: number, queuesEach: number): Promise<void> {
  const redis = new Redis({ path: server.socket, enableAutoPipelining: !values['one-by-one'] });
  await redis.flushall();
  const before = await usedMemory(redis);
  const ledger = await createRedisLedger({
    redis,
    reader: server.connect(),
    site: 'bench',
    node: 'a',
    clock: systemClock,
    random: seededRandom(1),
  });
  let bytesPerAgent: number | undefined;
  let plain: PlainCycles | undefined;
  for (const [index, strategy] of strategies.entries()) {
    const bench = benchSite({ agents, queuesEach, strategy });
    await ledger.configure(bench.site);
    if (index === 0) await bringAll(ledger, bench.agents);
    bytesPerAgent ??= ((await usedMemory(redis)) - before) / agents;
    plain ??= await plainCycles(redis, createSender(redis), agents);
    const row = { agents, queuesEach, strategy, ...(await tryOne(bench, plain, strategy)), bytesPerAgent };
    rows.push(row);
    console.error(lineOf(row).join('  '));
    save();
  }
  await ledger.close();
  redis.disconnect();

  /** Turn about, so that what else the machine does meets both. */
  async function tryOne(
    { queues }: BenchSite,
    { byClient, bySender }: PlainCycles,
    strategy: StrategyKind,
  ): Promise<Pick<Row, 'ledger' | 'plain' | 'plainSentAlike'>> {
    const own = ledgerCycle(ledger, queues);
    // A call that rings for all leaves nobody for the next one.
    const atOnce = strategy === 'ring-to-all' ? 1 : depth;
    const rates = { own: [] as RateOnly[], plain: [] as RateOnly[], alike: [] as RateOnly[] };
    await enqueueFor(ledger, queues, 200);
    await rateOf(own, { cycles: 200, depth: Math.min(atOnce, 8), redis });
    for (let round = 0; round < ROUNDS; round += 1) {
      await enqueueFor(ledger, queues, cycles / ROUNDS);
      rates.own.push(await rateOf(own, { cycles: Math.ceil(cycles / ROUNDS), depth: atOnce, redis }));
      rates.plain.push(await rateOf(byClient, { cycles: Math.ceil(cycles / ROUNDS), depth: atOnce, redis }));
      rates.alike.push(await rateOf(bySender, { cycles: Math.ceil(cycles / ROUNDS), depth: atOnce, redis }));
    }
    await enqueueFor(ledger, queues, cycles / 3);
    return {
      ledger: { ...best(rates.own), ...(await latencyOf(own, Math.ceil(cycles / 3))) },
      plain: { ...best(rates.plain), ...(await latencyOf(byClient, Math.ceil(cycles / 3))) },
      plainSentAlike: best(rates.alike).perSecond,
    };
  }
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}

type RateOnly = Awaited<ReturnType<typeof rateOf>>;

/** Of rounds so short that some of them are undisturbed by what else runs on the machine. */
function best(rates: readonly RateOnly[]): RateOnly {
  return rates.toSorted((a, b) => b.perSecond - a.perSecond)[0]!;
}

function lineOf({ agents, queuesEach, strategy, ledger, plain, plainSentAlike, bytesPerAgent }: Row): string[] {
  return [
    String(agents),
    String(queuesEach),
    strategy,
    ledger.perSecond.toFixed(0),
    plain.perSecond.toFixed(0),
    (ledger.perSecond / plain.perSecond).toFixed(2),
    plainSentAlike.toFixed(0),
    (ledger.perSecond / plainSentAlike).toFixed(2),
    `${ledger.storeCpuUs.toFixed(0)}/${plain.storeCpuUs.toFixed(0)}`,
    `${ledger.ownCpuUs.toFixed(0)}/${plain.ownCpuUs.toFixed(0)}`,
    ledger.p50Ms.toFixed(3),
    ledger.p99Ms.toFixed(3),
    plain.p99Ms.toFixed(3),
    bytesPerAgent.toFixed(0),
  ];
}

function save(): void {
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(file, `${JSON.stringify({ startedAt, machine: machine(), depth, rows }, null, 2)}\n`);
}

function report(): void {
  console.log(
    `\n${machine()}; ${depth} cycles at once for the rate (one with ring-to-all), one for the times of a script${values['one-by-one'] ? '; sent one by one' : ''}\n`,
  );
  console.log(table([...HEADS], rows.map(lineOf)));
  console.log(`\nsaved as ${file}`);
}
