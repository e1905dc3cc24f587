/** Invariant 4 of the ledger: the indexes equal what a scan would give. The scan is done here, by the routing code. */
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { Capacity, Channel } from '../../src/config/routing-config.js';
import type { StrategyKind } from '../../src/config/staffing.js';
import { agentId, queueId } from '../../src/kernel/ids.js';
import { ledgerKeys } from '../../src/ledger/redis/script.js';
import {
  absenceOf,
  unavailability,
  type AgentState,
  type DeclineCause,
  type Presence,
  type ScheduledAbsence,
} from '../../src/routing/availability.js';
import { inOrder, orderingKey, type Candidate } from '../../src/routing/strategies.js';

const READ_ALL = `
${readFileSync(new URL('../../src/ledger/scripts/lib/records.lua', import.meta.url), 'utf8')}
local function all(key, unpackOne)
  local records = {}
  for _, id in ipairs(redis.call('HKEYS', key)) do records[id] = unpackOne(redis.call('HGET', key, id), id) end
  return records
end
local function agentOf(packed, id) return unpackAgent(packed, redis.call('HGET', KEYS[4], id)) end
local sorted = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  if redis.call('TYPE', key).ok == 'zset' then sorted[key] = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end
end
return cjson.encode({
  sorted = sorted,
  agents = all(KEYS[1], agentOf),
  works = all(KEYS[2], unpackWork),
  queues = all(KEYS[3], unpackQueue),
})`;

interface StoredAgent {
  readonly on?: 1;
  readonly presence: Presence;
  readonly reach: Readonly<Record<string, 1>>;
  readonly off: Readonly<Record<string, 1>>;
  readonly absences?: readonly ScheduledAbsence[];
  readonly backOff?: { readonly cause: DeclineCause; readonly untilMs: number };
  readonly capacity: { readonly total: number } & Readonly<Record<Channel, readonly [number, number, number]>>;
  readonly holds: Readonly<
    Record<string, { channel: Channel; weight: number; firm?: 1; state: string; expires?: number }>
  >;
  readonly queues: readonly {
    readonly queue: string;
    readonly order: number;
    readonly priority: number;
    readonly kind: StrategyKind;
    readonly channel: Channel;
    readonly turn: number;
  }[];
  readonly idle: number;
  readonly fairCalls: number;
  readonly fairTalk: number;
}

interface StoredWork {
  readonly queue?: string;
  readonly phase: 'waiting' | 'offered' | 'active' | 'wrap-up';
  readonly score: number;
  readonly agents?: readonly string[];
  readonly winner?: string;
}

interface Stored {
  readonly sorted: Readonly<Record<string, readonly string[]>>;
  readonly agents: Readonly<Record<string, StoredAgent>>;
  readonly works: Readonly<Record<string, StoredWork>>;
  readonly queues: Readonly<Record<string, { readonly kind: StrategyKind; readonly explained?: boolean }>>;
}

const CHANNELS = ['voice', 'chat', 'ticket'] as const;

export async function checkIndexes(redis: Redis, site: string): Promise<void> {
  const { prefix } = ledgerKeys(site);
  const named = ['agents', 'works', 'queues', 'settings'].map((name) => prefix + name);
  // One script: other clients may be at work.
  const pattern = `${prefix.replace(/[[\]{}*?]/g, '\\$&')}*`;
  const stored = JSON.parse(String(await redis.eval(READ_ALL, named.length, ...named, pattern))) as Stored;
  const found: Record<string, [member: string, score: number][]> = {};
  for (const [key, flat] of Object.entries(stored.sorted)) {
    if (!/:(due|line|ringing|free|there|members)(:|$)/.test(key.slice(prefix.length - 1))) continue;
    const name = key.slice(prefix.length);
    const pairs = inPairs(flat);
    if (pairs.length > 0) found[name] = pairs.map(readable(name));
  }
  expect(inOneOrder(found)).toEqual(inOneOrder(scan(stored)));
  checkHolds(stored);
}

/** Lines and the indexes of who is free put what breaks ties in front of the name; the latter, and what falls due, the
 * number itself. */
function readable(index: string): (pair: [string, number]) => [string, number] {
  const inFront = ([member]: [string, number]) => Number.parseInt(member.slice(0, 11), 16);
  const last = (member: string) => /\S+$/.exec(member)?.[0] ?? member;
  if (index.startsWith('line:')) return ([member, score]) => [last(member), score];
  // Keys from the most down are counted from here.
  if (index.startsWith('free:'))
    return (pair) => [last(pair[0]), inFront(pair) - (inFront(pair) > 0x700_0000_0000 ? 0x800_0000_0000 : 0)];
  if (index === 'due') return (pair) => [pair[0].slice(12), inFront(pair)];
  return (pair) => pair;
}

/** Only of who is free does the order among equals matter. */
function inOneOrder(indexes: Record<string, [string, number][]>): Record<string, [string, number][]> {
  return Object.fromEntries(
    Object.entries(indexes).map(([name, pairs]) => [
      name,
      name.startsWith('free:') ? pairs : pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ]),
  );
}

function inPairs(flat: readonly string[]): [string, number][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, Number(flat[2 * index + 1])]);
}

function scan(stored: Stored): Record<string, [string, number][]> {
  const indexes: Record<string, [string, number][]> = {};
  const put = (index: string, member: string, score: number) => (indexes[index] ??= []).push([member, score]);
  const free = new Map<string, { kind: StrategyKind; candidates: Candidate[] }>();
  for (const [id, agent] of Object.entries(stored.agents)) {
    for (const due of dueOf(id, agent)) put('due', ...due);
    for (const member of Array.from(agent.queues)) {
      if (stored.queues[member.queue]?.explained) put(`members:${member.queue}`, id, member.order);
      const state = agentState(agent);
      if (absenceOf(state, member.channel, -Infinity, queueId(member.queue)) === undefined) {
        if (member.kind === 'fewest-calls') put(`there:${member.queue}`, id, agent.fairCalls);
        if (member.kind === 'least-talk-time') put(`there:${member.queue}`, id, agent.fairTalk);
      }
      if (
        agent.on === undefined ||
        unavailability(state, member.channel, -Infinity, queueId(member.queue)) !== undefined
      )
        continue;
      const queue = free.get(member.queue) ?? { kind: member.kind, candidates: [] };
      free.set(member.queue, queue);
      queue.candidates.push({
        agent: agentId(id),
        order: member.order,
        priority: member.priority,
        idleSinceMs: agent.idle,
        calls: agent.fairCalls,
        talkMs: agent.fairTalk,
        running: state.load.counts[member.channel],
        lastTurn: member.turn,
      });
    }
  }
  for (const [queue, { kind, candidates }] of free) {
    for (const candidate of inOrder(kind, candidates))
      put(`free:${queue}`, candidate.agent, orderingKey(kind, candidate));
  }
  for (const [id, work] of Object.entries(stored.works)) {
    if (work.queue !== undefined && work.phase === 'waiting') put(`line:${work.queue}`, id, work.score);
    if (work.phase === 'offered' && stored.queues[work.queue ?? '']?.kind === 'ring-to-all')
      put(`ringing:${work.queue}`, id, work.score);
  }
  return indexes;
}

function dueOf(id: string, agent: StoredAgent): [string, number][] {
  const due: [string, number][] = [];
  if (agent.presence.state === 'break') due.push([`break ${id}`, agent.presence.untilMs]);
  const ends = (agent.absences ?? []).flatMap(({ untilMs }) => (untilMs === undefined ? [] : [untilMs]));
  if (ends.length > 0) due.push([`schedule ${id}`, Math.min(...ends)]);
  if (agent.backOff) due.push([`back-off ${id}`, agent.backOff.untilMs]);
  for (const [work, { state, expires }] of Object.entries(agent.holds)) {
    if (expires !== undefined) due.push([`${state === 'offered' ? 'offer' : 'wrap-up'} ${work} ${id}`, expires]);
  }
  return due;
}

function agentState(agent: StoredAgent): AgentState {
  const holds = Object.values(agent.holds);
  const sum = (items: readonly { weight: number }[]) => items.reduce((total, { weight }) => total + weight, 0);
  const capacityOf = (channel: Channel) => {
    const [weight, max, interruptible] = agent.capacity[channel];
    return { weight, max, interruptible: interruptible === 1 };
  };
  const capacity: Capacity = {
    total: agent.capacity.total,
    channels: { voice: capacityOf('voice'), chat: capacityOf('chat'), ticket: capacityOf('ticket') },
  };
  const count = (channel: Channel) => holds.filter((hold) => hold.channel === channel).length;
  return {
    presence: agent.presence,
    absences: agent.absences ?? [],
    channelsOff: new Set(CHANNELS.filter((channel) => agent.off[channel] === 1)),
    reachable: new Set(CHANNELS.filter((channel) => agent.reach[channel] === 1)),
    // What is in the record has not ended yet, whatever the time is here.
    backOff: agent.backOff && { ...agent.backOff, untilMs: Infinity },
    capacity,
    load: {
      counts: { voice: count('voice'), chat: count('chat'), ticket: count('ticket') },
      all: sum(holds),
      firm: sum(holds.filter((hold) => hold.firm === 1)),
    },
  };
}

/** No hold without work, and no work without the holds that it says it has. */
function checkHolds(stored: Stored): void {
  const fromAgents = Object.entries(stored.agents).flatMap(([agent, { holds }]) =>
    Object.entries(holds).map(([work, { state }]) => `${work} ${state} ${agent}`),
  );
  const fromWorks = Object.entries(stored.works).flatMap(([id, work]) => {
    if (work.phase === 'offered') return Array.from(work.agents ?? [], (agent) => `${id} offered ${agent}`);
    return work.winner === undefined ? [] : [`${id} ${work.phase} ${work.winner}`];
  });
  expect(fromAgents.sort()).toEqual(fromWorks.sort());
}
