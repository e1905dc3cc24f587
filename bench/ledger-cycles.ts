/** Calls through the ledger, and the same number of plain scripts: what one Redis does in a second, and how long it takes. */
import type { Redis } from 'ioredis';
import { agentId, queueId, workId, type QueueId } from '../src/kernel/ids.js';
import type { Ledger } from '../src/ledger/ledger.js';
import type { Send } from '../src/ledger/redis/sender.js';
import { percentile } from './load.js';

export interface Rate {
  /** Cycles in a second, with `depth` of them at once from one process. */
  readonly perSecond: number;
  /** Processor time of a cycle: unlike the rate it hardly depends on what else the machine does. Microseconds. */
  readonly storeCpuUs: number;
  readonly ownCpuUs: number;
  /** Of one script, when nothing else is under way. Milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Ends one cycle: `number` tells it from all others. `time` is told how long each script took. */
export type Cycle = (number: number, time?: (ms: number) => void) => Promise<void>;

export async function rateOf(
  cycle: Cycle,
  options: { cycles: number; depth: number; redis: Redis },
): Promise<Pick<Rate, 'perSecond' | 'storeCpuUs' | 'ownCpuUs'>> {
  let begun = 0;
  const worker = async () => {
    while (begun < options.cycles) await cycle((begun += 1));
  };
  const storeBefore = await storeCpuUs(options.redis);
  const ownBefore = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: options.depth }, worker));
  const perSecond = (begun * 1000) / (performance.now() - startedAt);
  const own = process.cpuUsage(ownBefore);
  return {
    perSecond,
    storeCpuUs: ((await storeCpuUs(options.redis)) - storeBefore) / begun,
    ownCpuUs: (own.user + own.system) / begun,
  };
}

async function storeCpuUs(redis: Redis): Promise<number> {
  const info = await redis.info('cpu');
  const seconds = (name: string) => Number(new RegExp(`used_cpu_${name}:([\\d.]+)`).exec(info)?.[1]);
  return (seconds('user') + seconds('sys')) * 1e6;
}

export async function latencyOf(cycle: Cycle, cycles: number): Promise<{ p50Ms: number; p99Ms: number }> {
  const times: number[] = [];
  for (let number = 1; number <= cycles; number += 1) await cycle(number, (ms) => times.push(ms));
  return { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
}

async function timed<Result>(act: Promise<Result>, time?: (ms: number) => void): Promise<Result> {
  const startedAt = performance.now();
  const result = await act;
  time?.(performance.now() - startedAt);
  return result;
}

let works = 0;

/** Puts work in line for so many cycles: enqueueing is not part of what is measured. */
export async function enqueueFor(ledger: Ledger, queues: readonly QueueId[], cycles: number): Promise<void> {
  const count = (Math.ceil(cycles / queues.length) + 1) * queues.length;
  for (let from = 0; from < count; from += 500) {
    const batch = Array.from({ length: Math.min(500, count - from) }, (_, index) =>
      ledger.enqueue({
        work: workId(`call-${(works += 1)}`),
        channel: 'voice',
        queue: queues[(from + index) % queues.length]!,
        offerTtlMs: 600_000,
      }),
    );
    for (const result of await Promise.all(batch))
      if (result.type !== 'enqueued') throw new Error(`not in line: ${result.type}`);
  }
}

/** A match, an accept and a release: what every call costs. */
export function ledgerCycle(ledger: Ledger, queues: readonly QueueId[]): Cycle {
  return async (number, time) => {
    const queue = queues[number % queues.length]!;
    const match = await timed(ledger.match(queue), time);
    if (match.type !== 'offered') throw new Error(`no offer in ${queue}: ${match.type}`);
    const { work, attempt, agents } = match;
    const accept = await timed(ledger.accept({ work, attempt, agent: agents[0]! }), time);
    if (accept.type !== 'won') throw new Error(`${work} not won: ${accept.type}`);
    const release = await timed(ledger.release({ work, wrapUpMs: 0, talkMs: 1_000 }), time);
    if (release.type !== 'released') throw new Error(`${work} not released: ${release.type}`);
  };
}

const EIGHT_COMMANDS = `
local id = ARGV[1]
redis.call('HGET', KEYS[1], id)
redis.call('HSET', KEYS[1], id, ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], id)
redis.call('ZRANGE', KEYS[2], 0, 0)
redis.call('ZREM', KEYS[2], id)
redis.call('ZCARD', KEYS[2])
redis.call('HINCRBY', KEYS[3], 'count', 1)
redis.call('EXISTS', KEYS[1])
return id`;

/** Three scripts of eight plain commands each, on a hash and a sorted set as large as the ledger's. */
export interface PlainCycles {
  /** By the client as it is. */
  readonly byClient: Cycle;
  /** By the sender that the ledger uses. */
  readonly bySender: Cycle;
}

export async function plainCycles(redis: Redis, send: Send, agents: number): Promise<PlainCycles> {
  const keys = ['plain:{bench}:hash', 'plain:{bench}:set', 'plain:{bench}:count'];
  const record = 'x'.repeat(300);
  for (let from = 0; from < agents; from += 1_000) {
    const ids = Array.from({ length: Math.min(1_000, agents - from) }, (_, index) => `agent-${from + index}`);
    await redis.hset(keys[0]!, ...ids.flatMap((id) => [id, record]));
    await redis.zadd(keys[1]!, ...ids.flatMap((id, index) => [from + index, id]));
  }
  const sha = String(await redis.script('LOAD', EIGHT_COMMANDS));
  const cycle = (script: (id: string, number: string) => Promise<unknown>): Cycle => {
    return async (number, time) => {
      const id = agentId(`agent-${number % agents}`);
      for (let scripts = 0; scripts < 3; scripts += 1) await timed(script(id, String(number)), time);
    };
  };
  return {
    byClient: cycle((id, number) => redis.evalsha(sha, 3, ...keys, id, record, number)),
    bySender: cycle((id, number) => send(['evalsha', sha, '3', ...keys, id, record, number])),
  };
}

export function queueNames(count: number): QueueId[] {
  return Array.from({ length: count }, (_, index) => queueId(`queue-${index}`));
}
