/** Plays a history to a ledger and to the naive one, and compares answers, state, invariants and what was announced. */
import { expect } from 'vitest';
import type { Channel } from '../../../src/config/routing-config.js';
import type { AgentId, QueueId, WorkId } from '../../../src/kernel/ids.js';
import type { Expiry, LedgerNotice, LedgerSnapshot } from '../../../src/ledger/ledger.js';
import type { CreateLedger } from '../ledger-world.js';
import { createManualClock } from '../manual-clock.js';
import { seededRandom } from '../seeded-random.js';
import { concrete, type History } from './history.js';
import { perform, type LedgerCall } from './ledger-call.js';
import { NaiveLedger } from './naive-ledger.js';
import { phase } from './naive-state.js';
import { plain } from './plain-snapshot.js';

const CHANNELS: readonly Channel[] = ['voice', 'chat', 'ticket'];

/**
 * @param check is asked after every step
 * @returns how many operations were played
 */
export async function play(
  create: CreateLedger,
  history: History,
  check: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const manual = createManualClock();
  const clock = history.timersFire ? manual : { now: manual.now, after: () => () => undefined };
  const ledger = await create({ clock, random: seededRandom(history.seed) });
  const notices: LedgerNotice[] = [];
  ledger.subscribe((notice) => notices.push(notice));
  const model = new NaiveLedger();
  let expired: Expiry[] = [];
  let count = 0;

  async function step(call: LedgerCall): Promise<void> {
    count += 1;
    const nowMs = manual.now();
    const before = possibilities(model);
    const dueNow = model.letPass(nowMs);
    expired.push(...dueNow);
    const answer = await perform(ledger, call);
    const expected = model.perform(call, nowMs, answer, history.timersFire ? [] : dueNow);
    expect(answer, JSON.stringify(call)).toEqual(expected);
    const snapshot = await ledger.snapshot();
    expect(plain(snapshot)).toEqual(foretold(model, nowMs));
    checkInvariants(snapshot, model);
    for (const { agent, channel } of granted(call, answer, model)) checkGranted(model, agent, channel);
    checkAnnounced(before, possibilities(model), notices, call);
    expect(notices.flatMap((notice) => (notice.type === 'expired' ? [notice.expiry] : []))).toEqual(expired);
    expect(notices.filter((notice) => notice.type === 'presence')).toEqual(model.changes);
    await check();
    notices.length = 0;
    model.changes.length = 0;
    expired = [];
  }

  try {
    await step({ op: 'configure', site: history.sites[0]! });
    for (const agent of history.sites[0]!.agents.keys()) {
      for (const channel of CHANNELS) await step({ op: 'setReachable', agent, channel, reachable: true });
      await step({ op: 'setPresence', change: { agent, presence: { state: 'available' } } });
      manual.advance(1);
    }
    for (const item of history.steps) {
      const next = concrete(item, model, history.sites, manual.now());
      if (typeof next !== 'number') await step(next);
      else {
        manual.advance(next);
        if (!history.timersFire) continue;
        // What the timers have begun takes a store that is not in this process a moment.
        await ledger.expire();
        await step({ op: 'expire' });
      }
    }
    await endEverything(model, step);
    checkAllFree(await ledger.snapshot());
    if (history.timersFire) expect(manual.pending > 0, 'timers').toBe(model.nextDue() !== undefined);
  } finally {
    await ledger.close();
  }
  return count;
}

/** Invariant 5: once all work has ended, everybody is free. */
async function endEverything(model: NaiveLedger, step: (call: LedgerCall) => Promise<void>): Promise<void> {
  for (let rounds = 0; model.works.length > 0 && rounds < 1_000; rounds += 1) {
    const work = model.works[0]!;
    if (phase(work) === 'active') await step({ op: 'release', work: work.id, wrapUpMs: 0, talkMs: 0 });
    else if (phase(work) === 'wrap-up') await step({ op: 'endWrapUp', agent: work.holds[0]!.agent });
    else await step({ op: 'abandon', work: work.id });
  }
}

function checkAllFree(snapshot: LedgerSnapshot): void {
  expect(snapshot.agents.flatMap(({ holds }) => holds)).toEqual([]);
  for (const queue of snapshot.queues)
    expect(queue).toEqual({ queue: queue.queue, waiting: [], offered: [], active: 0 });
}

function foretold(model: NaiveLedger, nowMs: number): unknown {
  const queues = new Set<QueueId>([
    ...model.site.queues.keys(),
    ...model.works.flatMap((work) => (work.queue !== undefined && phase(work) !== 'wrap-up' ? [work.queue] : [])),
  ]);
  return plain({
    atMs: nowMs,
    agents: model.agents.map((agent) => ({
      agent: agent.id,
      presence: agent.presence,
      ...(agent.pending && { pending: agent.pending }),
      ...(agent.absences.length > 0 && { absences: agent.absences }),
      reachable: agent.reachable.toSorted(),
      channelsOff: agent.off.toSorted(),
      holds: model.holdsOf(agent.id).map(({ work, state, weight, sinceMs, expiresMs }) => ({
        ...{ work: work.id, channel: work.channel, weight, state, sinceMs },
        ...(expiresMs !== undefined && { expiresMs }),
      })),
      ...(agent.backOff && { backOff: agent.backOff }),
      missesInARow: agent.misses,
      callsTaken: agent.calls,
      talkMs: agent.talkMs,
      idleSinceMs: agent.idleSinceMs,
    })),
    queues: [...queues].map((queue) => ({
      queue,
      waiting: model.waiting(queue).map(({ id, enqueuedAt, score }) => ({ work: id, enqueuedAt, score })),
      offered: model.offered(queue).map(({ id, attempt, holds }) => ({
        ...{ work: id, attempt, agents: holds.map((hold) => hold.agent) },
      })),
      active: model.works.filter((work) => work.queue === queue && phase(work) === 'active').length,
    })),
  });
}

/** Invariants 1 to 3 of the ledger, from its own snapshot and nothing else but the weights at which holds were granted. */
function checkInvariants(snapshot: LedgerSnapshot, model: NaiveLedger): void {
  const activeWith = new Map<WorkId, AgentId>();
  const known = new Set(model.works.map((work) => work.id));
  const inQueues = snapshot.queues.flatMap(({ waiting, offered }) => [...waiting, ...offered].map(({ work }) => work));
  expect(new Set(inQueues).size, 'no work stands in two places').toBe(inQueues.length);
  for (const { agent, holds } of snapshot.agents) {
    for (const hold of holds) {
      expect(known, 'no hold without work').toContain(hold.work);
      if (hold.state === 'offered') continue;
      expect(activeWith.get(hold.work), 'work is active with one agent at most').toBeUndefined();
      activeWith.set(hold.work, agent);
    }
  }
  for (const work of model.works) {
    const somewhere =
      inQueues.includes(work.id) || snapshot.agents.some(({ holds }) => holds.some((hold) => hold.work === work.id));
    expect(somewhere, `${work.id} is lost`).toBe(true);
  }
}

/** To whom an operation has given how much more. */
function granted(call: LedgerCall, answer: unknown, model: NaiveLedger): { agent: AgentId; channel: Channel }[] {
  const { type, agents = [], work: id } = (answer ?? {}) as { type?: string; agents?: AgentId[]; work?: WorkId };
  if (call.op === 'assign' && type === 'assigned')
    return [{ agent: call.request.agent, channel: call.request.channel }];
  if (call.op === 'transfer' || call.op === 'pull') return model.got;
  if (type !== 'offered' && type !== 'extended') return [];
  const work = model.work(call.op === 'extend' ? call.work : id!)!;
  return agents.map((agent) => ({ agent, channel: work.channel }));
}

/** Invariant 1, at the moment when it is decided: what was just granted fits beside all the rest. */
function checkGranted(model: NaiveLedger, agent: AgentId, channel: Channel): void {
  const { total, channels } = model.site.agents.get(agent)!.capacity;
  const holds = model.holdsOf(agent);
  expect(holds.filter((hold) => hold.work.channel === channel).length).toBeLessThanOrEqual(channels[channel].max);
  const counted = holds.filter((hold) => channels[channel].interruptible || !hold.interruptible);
  expect(counted.reduce((sum, hold) => sum + hold.weight, 0)).toBeLessThanOrEqual(total);
}

interface Possibilities {
  readonly matchable: ReadonlySet<QueueId>;
  /** `work agent` for every attempt that an agent could join. */
  readonly joinable: ReadonlyMap<string, WorkId>;
}

function possibilities(model: NaiveLedger): Possibilities {
  const matchable = new Set<QueueId>();
  const joinable = new Map<string, WorkId>();
  for (const [queue, { strategy }] of model.site.queues) {
    const free = model.free(queue);
    if (free.length > 0 && model.waiting(queue).length > 0) matchable.add(queue);
    if (strategy.kind !== 'ring-to-all') continue;
    for (const work of model.offered(queue)) {
      for (const { id } of free) {
        if (work.passed.includes(id) || work.holds.some((hold) => hold.agent === id)) continue;
        joinable.set(`${work.id} ${work.attempt} ${id}`, work.id);
      }
    }
  }
  return { matchable, joinable };
}

/** Whatever has become possible must have been announced: nobody asks otherwise. */
function checkAnnounced(
  before: Possibilities,
  after: Possibilities,
  notices: readonly LedgerNotice[],
  call: LedgerCall,
): void {
  const queues = new Set(notices.flatMap((notice) => (notice.type === 'matchable' ? notice.queues : [])));
  const works = new Set(
    notices.flatMap((notice) => (notice.type === 'extendable' ? notice.works.map(({ work }) => work) : [])),
  );
  for (const queue of after.matchable) {
    if (!before.matchable.has(queue))
      expect(queues, `${queue} may match after ${JSON.stringify(call)}`).toContain(queue);
  }
  // Who calls match or extend knows for themselves who rings now.
  if (call.op === 'match' || call.op === 'extend' || call.op === 'pull') return;
  for (const [possibility, work] of after.joinable) {
    if (!before.joinable.has(possibility)) expect(works, `${possibility} may join`).toContain(work);
  }
}
