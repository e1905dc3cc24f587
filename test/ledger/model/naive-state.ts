/** Two flat lists: every question is answered by looking at all of them, and nothing is kept that could be counted. */
import type { Channel } from '../../../src/config/routing-config.js';
import type { AgentId, QueueId, WorkId } from '../../../src/kernel/ids.js';
import type {
  DeclineCause,
  Expiry,
  LedgerNotice,
  LedgerSite,
  Presence,
  ScheduledAbsence,
} from '../../../src/ledger/ledger.js';

export interface NaiveAgent {
  id: AgentId;
  presence: Presence;
  pending?: Presence | undefined;
  absences: ScheduledAbsence[];
  reachable: Channel[];
  off: Channel[];
  backOff?: { cause: DeclineCause; untilMs: number } | undefined;
  misses: number;
  calls: number;
  talkMs: number;
  countedCalls: number;
  countedTalkMs: number;
  idleSinceMs: number;
}

export interface NaiveHold {
  agent: AgentId;
  state: 'offered' | 'active' | 'wrap-up';
  weight: number;
  interruptible: boolean;
  sinceMs: number;
  expiresMs?: number | undefined;
  /** Of the pull that brought it. */
  token?: string;
}

export interface NaiveWork {
  id: WorkId;
  channel: Channel;
  queue?: QueueId | undefined;
  priority: number;
  enqueuedAt: number;
  score: number;
  offerTtlMs: number;
  attempt: number;
  holds: NaiveHold[];
  /** Who let the present attempt pass. */
  passed: AgentId[];
  losers: AgentId[];
}

export class NaiveState {
  site: LedgerSite = {
    agents: new Map(),
    queues: new Map(),
    backOff: { busy: 0, declined: 0, 'no-answer': 0, unreachable: 0 },
    missesUntilAway: 0,
  };
  agents: NaiveAgent[] = [];
  /** In the order of arrival. */
  works: NaiveWork[] = [];
  /** By queue, who was offered to, the latest last. */
  turns = new Map<QueueId, AgentId[]>();

  /** Changes of presence that nobody has looked at yet. */
  readonly changes: LedgerNotice[] = [];

  // ---- looking

  agent(id: AgentId): NaiveAgent | undefined {
    return this.agents.find((agent) => agent.id === id);
  }

  work(id: WorkId): NaiveWork | undefined {
    return this.works.find((work) => work.id === id);
  }

  holdsOf(id: AgentId): (NaiveHold & { work: NaiveWork })[] {
    return this.works.flatMap((work) =>
      work.holds.filter((hold) => hold.agent === id).map((hold) => ({ ...hold, work })),
    );
  }

  waiting(queue: QueueId): NaiveWork[] {
    return this.works
      .filter((work) => work.queue === queue && work.holds.length === 0)
      .toSorted((a, b) => a.score - b.score);
  }

  offered(queue: QueueId): NaiveWork[] {
    return this.works.filter((work) => work.queue === queue && phase(work) === 'offered');
  }

  /** @param queue that asks, if any */
  there(agent: NaiveAgent, channel: Channel, queue?: QueueId): boolean {
    const meant = agent.absences.filter((absence) => absence.queue === undefined || absence.queue === queue);
    if (agent.presence.state !== 'available' || meant.length > 0) return false;
    return agent.reachable.includes(channel) && !agent.off.includes(channel);
  }

  fits(agent: NaiveAgent, channel: Channel): boolean {
    const capacity = this.site.agents.get(agent.id)?.capacity;
    if (capacity === undefined) return false;
    const holds = this.holdsOf(agent.id);
    const { max, weight, interruptible } = capacity.channels[channel];
    if (holds.filter((hold) => hold.work.channel === channel).length >= max) return false;
    const counted = holds.filter((hold) => interruptible || !hold.interruptible);
    return counted.reduce((sum, hold) => sum + hold.weight, 0) + weight <= capacity.total;
  }

  free(queue: QueueId): NaiveAgent[] {
    const channel = this.channelOf(queue);
    return (this.site.queues.get(queue)?.members ?? []).flatMap((member) => {
      const agent = this.agent(member.agent);
      if (agent === undefined || !this.site.agents.has(agent.id)) return [];
      return this.there(agent, channel, queue) && agent.backOff === undefined && this.fits(agent, channel)
        ? [agent]
        : [];
    });
  }

  channelOf(queue: QueueId): Channel {
    return this.site.queues.get(queue)?.channel ?? 'voice';
  }

  knowsQueue(queue: QueueId): boolean {
    const inHand = this.works.filter((work) => work.queue === queue && phase(work) !== 'wrap-up');
    return this.site.queues.has(queue) || inHand.length > 0;
  }

  isFull(queue: QueueId): boolean {
    const settings = this.site.queues.get(queue)!;
    const free = this.free(queue).length;
    const servedAtOnce = settings.strategy.kind === 'ring-to-all' ? Math.min(free, 1) : free;
    return this.waiting(queue).length >= settings.maxWaiting + servedAtOnce;
  }

  running(queue: QueueId, agent: NaiveAgent): number {
    return this.holdsOf(agent.id).filter(({ work }) => work.channel === this.channelOf(queue)).length;
  }

  /** The smaller the sooner; lists are compared item by item. */
  rank(queue: QueueId, agent: NaiveAgent): number[] {
    const { strategy, members } = this.site.queues.get(queue)!;
    const order = members.findIndex((member) => member.agent === agent.id);
    switch (strategy.kind) {
      case 'ring-to-all':
      case 'longest-idle':
      case 'widening':
        return [agent.idleSinceMs, order];
      case 'priority':
        return [members[order]!.priority, agent.idleSinceMs, order];
      case 'fewest-calls':
        return [agent.countedCalls, agent.idleSinceMs, order];
      case 'least-talk-time':
        return [agent.countedTalkMs, agent.idleSinceMs, order];
      case 'average-utilisation':
        return [this.running(queue, agent), agent.idleSinceMs, order];
      case 'maximum-utilisation':
        return [0 - this.running(queue, agent), agent.idleSinceMs, order];
      case 'round-robin':
        return [(this.turns.get(queue) ?? []).lastIndexOf(agent.id), order];
      case 'linear':
      case 'random':
        return [order];
    }
  }

  ranked(queue: QueueId, agents: NaiveAgent[]): AgentId[] {
    return agents.toSorted((a, b) => compare(this.rank(queue, a), this.rank(queue, b))).map((agent) => agent.id);
  }

  // ---- time

  /** Lets time pass up to now, one due thing after the other. */
  letPass(nowMs: number): Expiry[] {
    const expiries: Expiry[] = [];
    for (let due = this.nextDue(); due !== undefined && due.atMs <= nowMs; due = this.nextDue()) {
      const expiry = due.act(due.atMs);
      if (expiry !== undefined) expiries.push(expiry);
    }
    return expiries;
  }

  nextDue(): { atMs: number; key: string; act: (atMs: number) => Expiry | undefined } | undefined {
    const due: { atMs: number; key: string; act: (atMs: number) => Expiry | undefined }[] = [];
    for (const agent of this.agents) {
      const { presence, backOff } = agent;
      if (presence.state === 'break') {
        due.push({
          atMs: presence.untilMs,
          key: `break ${agent.id}`,
          act: (atMs) => {
            this.become(agent, { state: 'available' }, atMs);
            return undefined;
          },
        });
      }
      const ends = agent.absences.flatMap(({ untilMs }) => (untilMs === undefined ? [] : [untilMs]));
      if (ends.length > 0) {
        due.push({
          atMs: Math.min(...ends),
          key: `schedule ${agent.id}`,
          act: (atMs) => {
            this.schedule(agent, agent.absences, atMs);
            return undefined;
          },
        });
      }
      if (backOff !== undefined) {
        due.push({
          atMs: backOff.untilMs,
          key: `back-off ${agent.id}`,
          act: () => {
            agent.backOff = undefined;
            return undefined;
          },
        });
      }
    }
    for (const work of this.works) {
      for (const hold of work.holds) {
        if (hold.expiresMs === undefined) continue;
        const { agent } = hold;
        if (hold.state === 'offered') {
          due.push({
            atMs: hold.expiresMs,
            key: `offer ${work.id} ${agent}`,
            act: (atMs) => {
              const expiry: Expiry = { type: 'offer', work: work.id, agent, attempt: work.attempt };
              this.miss(work, this.agent(agent)!, 'no-answer', atMs);
              return expiry;
            },
          });
        } else {
          due.push({
            atMs: hold.expiresMs,
            key: `wrap-up ${work.id} ${agent}`,
            act: (atMs) => {
              this.end(work, atMs);
              return { type: 'wrap-up', work: work.id, agent };
            },
          });
        }
      }
    }
    return due.toSorted((a, b) => a.atMs - b.atMs || (a.key < b.key ? -1 : 1))[0];
  }

  // ---- changing

  become(agent: NaiveAgent, presence: Presence, atMs: number): void {
    const to = startedBy(presence, atMs);
    const before = structuredClone(agent);
    if (JSON.stringify(agent.presence) === JSON.stringify(to)) return;
    if (agent.presence.state === 'offline') agent.idleSinceMs = atMs;
    agent.presence = to;
    this.changes.push({ type: 'presence', agent: agent.id, presence: to });
    if (to.state === 'available') {
      agent.misses = 0;
      agent.backOff = undefined;
    }
    this.afterComing(agent, before);
  }

  schedule(agent: NaiveAgent, absences: readonly ScheduledAbsence[], atMs: number): void {
    const before = structuredClone(agent);
    agent.absences = absences.filter(({ untilMs }) => untilMs === undefined || untilMs > atMs);
    this.afterComing(agent, before);
  }

  afterComing(agent: NaiveAgent, before: NaiveAgent): void {
    for (const [queue, { members, strategy }] of this.site.queues) {
      if (!members.some((member) => member.agent === agent.id)) continue;
      const channel = this.channelOf(queue);
      if (this.there(before, channel, queue) || !this.there(agent, channel, queue)) continue;
      const others = members.flatMap((member) => {
        const other = this.agent(member.agent);
        return other !== undefined && other !== agent && this.there(other, channel, queue) ? [other] : [];
      });
      if (others.length === 0) continue;
      if (strategy.kind === 'fewest-calls') {
        agent.countedCalls = Math.max(agent.countedCalls, Math.min(...others.map((other) => other.countedCalls)));
      }
      if (strategy.kind === 'least-talk-time') {
        agent.countedTalkMs = Math.max(agent.countedTalkMs, Math.min(...others.map((other) => other.countedTalkMs)));
      }
    }
  }

  hold(work: NaiveWork, id: AgentId, state: 'offered' | 'active', nowMs: number): void {
    const { weight, interruptible } = this.site.agents.get(id)!.capacity.channels[work.channel];
    const expiresMs = state === 'offered' ? nowMs + work.offerTtlMs : undefined;
    work.holds.push({ agent: id, state, weight, interruptible, sinceMs: nowMs, expiresMs });
  }

  drop(work: NaiveWork, id: AgentId, atMs: number): void {
    const agent = this.agent(id)!;
    const dropped = work.holds.find((hold) => hold.agent === id)!;
    work.holds = work.holds.filter((hold) => hold !== dropped);
    const works = this.holdsOf(id).some((hold) => hold.state !== 'offered');
    if (dropped.state !== 'offered' && !works) agent.idleSinceMs = atMs;
  }

  settle(id: AgentId, atMs: number): void {
    const agent = this.agent(id);
    if (agent === undefined || this.holdsOf(id).length > 0) return;
    const { pending } = agent;
    agent.pending = undefined;
    if (pending !== undefined) this.become(agent, pending, atMs);
    if (!this.site.agents.has(id)) this.agents = this.agents.filter((other) => other !== agent);
  }

  /** The work is over, for everybody. */
  end(work: NaiveWork, atMs: number): void {
    const agents = work.holds.map((hold) => hold.agent);
    this.works = this.works.filter((other) => other !== work);
    for (const id of agents) {
      // The list no longer has the work: what the others hold is looked up without it.
      this.drop(work, id, atMs);
      this.settle(id, atMs);
    }
  }

  miss(work: NaiveWork, agent: NaiveAgent, cause: DeclineCause, atMs: number): { remaining: number; putAway: boolean } {
    this.drop(work, agent.id, atMs);
    work.passed.push(agent.id);
    agent.misses += 1;
    const untilMs = atMs + this.site.backOff[cause];
    if (untilMs > atMs && untilMs > (agent.backOff?.untilMs ?? 0)) agent.backOff = { cause, untilMs };
    const limit = this.site.missesUntilAway;
    const putAway = limit > 0 && agent.misses >= limit && agent.presence.state === 'available';
    if (putAway) this.become(agent, { state: 'away', reason: 'missed calls' }, atMs);
    const remaining = work.holds.length;
    if (remaining === 0 && work.queue === undefined) this.works = this.works.filter((other) => other !== work);
    this.settle(agent.id, atMs);
    return { remaining, putAway };
  }
}

export function phase(work: NaiveWork): 'waiting' | 'offered' | 'active' | 'wrap-up' {
  return work.holds[0]?.state ?? 'waiting';
}

/** A break whose end has passed already is none. */
export function startedBy(presence: Presence, atMs: number): Presence {
  return presence.state === 'break' && presence.untilMs <= atMs ? { state: 'available' } : presence;
}

function compare(a: number[], b: number[]): number {
  const at = a.findIndex((item, index) => item !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
