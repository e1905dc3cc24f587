/**
 * What a ledger means, said a second time and as plainly as possible; it shares no code with any ledger.
 *
 * It foretells every answer. Whom a match chooses it takes from the answer, after looking whether that was right.
 */
import { expect } from 'vitest';
import type { Channel } from '../../../src/config/routing-config.js';
import type { AgentId, QueueId, WorkId } from '../../../src/kernel/ids.js';
import type {
  Expiry,
  ExtendResult,
  LedgerSite,
  MatchResult,
  PreviewResult,
  PullRequest,
} from '../../../src/ledger/ledger.js';
import type { LedgerCall } from './ledger-call.js';
import { NaiveState, phase, startedBy, type NaiveAgent, type NaiveWork } from './naive-state.js';

/** Stands for what the naive ledger does not foretell: the words of a reason, the details of a decision. */
const ANYTHING: unknown = expect.anything();

export class NaiveLedger extends NaiveState {
  /** Who got work by the last operation, because they or a colleague wanted it. */
  got: { agent: AgentId; channel: Channel }[] = [];

  /**
   * Does what the operation does.
   * @param answer what the ledger under test has answered: looked at only to see whom it chose, after judging that
   * @returns what it should have answered
   */
  perform(call: LedgerCall, nowMs: number, answer: unknown, expired: readonly Expiry[]): unknown {
    this.got = [];
    switch (call.op) {
      case 'configure':
        this.configure(call.site, nowMs);
        return undefined;
      case 'setPresence': {
        const { change } = call;
        const agent = this.agent(change.agent);
        if (agent === undefined || !this.site.agents.has(agent.id)) return { type: 'unknown-agent' };
        const from = agent.presence;
        const unchanged = { type: 'unchanged', presence: from };
        if (change.onlyFrom?.includes(from.state) === false) return unchanged;
        agent.pending = undefined;
        const to = startedBy(change.presence, nowMs);
        if (JSON.stringify(from) === JSON.stringify(to)) return unchanged;
        if (change.whenFree === true && this.holdsOf(agent.id).length > 0) {
          agent.pending = to;
          return { type: 'pending', to };
        }
        this.become(agent, to, nowMs);
        return { type: 'changed', from, to };
      }
      case 'setSchedule': {
        const agent = this.agent(call.agent);
        if (agent !== undefined) this.schedule(agent, call.absences, nowMs);
        return undefined;
      }
      case 'setReachable':
      case 'switchChannel': {
        const agent = this.agent(call.agent);
        if (agent === undefined) return undefined;
        const before = structuredClone(agent);
        if (call.op === 'setReachable') agent.reachable = toggle(agent.reachable, call.channel, call.reachable);
        else agent.off = toggle(agent.off, call.channel, !call.on);
        this.afterComing(agent, before);
        return undefined;
      }
      case 'enqueue': {
        const { work: id, queue, channel } = call.work;
        if (this.work(id) !== undefined) return { type: 'duplicate' };
        if (!this.site.queues.has(queue) || this.channelOf(queue) !== channel) return { type: 'unknown-queue' };
        if (this.isFull(queue)) return { type: 'full' };
        const work: NaiveWork = {
          id,
          channel,
          priority: call.work.priority ?? 0,
          enqueuedAt: call.work.enqueuedAt ?? nowMs,
          score: 0,
          offerTtlMs: call.work.offerTtlMs,
          attempt: 0,
          holds: [],
          passed: [],
          losers: [],
        };
        this.works.push(work);
        return this.standIn(work, queue);
      }
      case 'requeue': {
        const work = this.work(call.work);
        if (work?.queue === undefined || work.holds.length > 0) return { type: 'not-waiting' };
        if (!this.site.queues.has(call.queue) || this.channelOf(call.queue) !== work.channel) {
          return { type: 'unknown-queue' };
        }
        if (work.queue !== call.queue && this.isFull(call.queue)) return { type: 'full' };
        return this.standIn(work, call.queue);
      }
      case 'match':
        return this.match(call.queue, nowMs, answer as MatchResult);
      case 'preview':
        return this.preview(call.queue, answer as PreviewResult);
      case 'extend': {
        const work = this.work(call.work);
        if (work === undefined || phase(work) !== 'offered' || work.attempt !== call.attempt) return { type: 'gone' };
        return this.extend(work, call.count, nowMs, answer as ExtendResult);
      }
      case 'accept': {
        const { agent: id, attempt } = call.offer;
        const work = this.work(call.offer.work);
        if (work === undefined || phase(work) === 'wrap-up') return { type: 'gone' };
        const taken = work.holds.find((hold) => hold.state === 'active');
        if (taken !== undefined && taken.agent !== id) return { type: 'lost', to: taken.agent };
        const held = work.holds.find((hold) => hold.agent === id);
        if (work.attempt !== attempt || held === undefined) return { type: 'expired' };
        if (taken === undefined) {
          work.losers = work.holds.map((hold) => hold.agent).filter((other) => other !== id);
          Object.assign(held, { state: 'active', sinceMs: nowMs, expiresMs: undefined });
          const agent = this.agent(id)!;
          agent.misses = 0;
          agent.calls += 1;
          agent.countedCalls += 1;
          for (const loser of work.losers) {
            this.drop(work, loser, nowMs);
            this.settle(loser, nowMs);
          }
        }
        return { type: 'won', losers: work.losers };
      }
      case 'decline': {
        const { agent: id, attempt } = call.offer;
        const work = this.work(call.offer.work);
        if (work === undefined || phase(work) === 'wrap-up') return { type: 'gone' };
        const asked = work.holds.some((hold) => hold.agent === id && hold.state === 'offered');
        if (work.attempt !== attempt || !asked) return { type: 'expired' };
        return { type: 'declined', ...this.miss(work, this.agent(id)!, call.cause, nowMs) };
      }
      case 'abandon': {
        const work = this.work(call.work);
        if (work === undefined || phase(work) === 'wrap-up') return { type: 'gone' };
        if (phase(work) === 'active') return { type: 'active', agent: work.holds[0]!.agent };
        const offeredTo = work.holds.map((hold) => hold.agent);
        this.end(work, nowMs);
        return { type: 'abandoned', offeredTo };
      }
      case 'release': {
        const work = this.work(call.work);
        if (work === undefined || phase(work) !== 'active') return { type: 'gone' };
        const [hold] = work.holds;
        const agent = this.agent(hold!.agent)!;
        agent.talkMs += call.talkMs;
        agent.countedTalkMs += call.talkMs;
        if (call.wrapUpMs === 0) this.end(work, nowMs);
        else Object.assign(hold!, { state: 'wrap-up', sinceMs: nowMs, expiresMs: nowMs + call.wrapUpMs });
        return { type: 'released', agent: agent.id };
      }
      case 'endWrapUp': {
        const works = this.holdsOf(call.agent).flatMap((hold) => (hold.state === 'wrap-up' ? [hold.work] : []));
        // In the order in which the agent got them, which is not the order of arrival.
        const named = (answer as { works?: readonly WorkId[] }).works ?? [];
        expect([...named].sort()).toEqual(works.map((work) => work.id).sort());
        for (const id of named) this.end(this.work(id)!, nowMs);
        return works.length === 0 ? { type: 'nothing-to-end' } : { type: 'ended', works: named };
      }
      case 'assign': {
        const { work: id, agent: to, channel } = call.request;
        if (this.work(id) !== undefined) return { type: 'duplicate' };
        const agent = this.agent(to);
        const known = agent !== undefined && this.site.agents.has(to);
        const present = known && this.there(agent, channel) && agent.backOff === undefined;
        if (!known || !this.fits(agent, channel) || (!call.request.ignorePresence && !present)) {
          return { type: 'refused', why: ANYTHING };
        }
        const work: NaiveWork = {
          id,
          channel,
          priority: 0,
          enqueuedAt: nowMs,
          score: 0,
          offerTtlMs: call.request.offerTtlMs,
          attempt: 1,
          holds: [],
          passed: [],
          losers: [],
        };
        this.works.push(work);
        this.hold(work, to, call.request.as, nowMs);
        return { type: 'assigned', attempt: 1 };
      }
      case 'transfer': {
        const { work: id, from, to, talkMs, ignorePresence } = call.request;
        const work = this.work(id);
        const hold = work?.holds.find(({ state }) => state === 'active');
        if (work === undefined || hold === undefined) return { type: 'gone' };
        if (hold.agent === to) return { type: 'transferred' };
        if (hold.agent !== from) return { type: 'elsewhere', agent: hold.agent };
        const agent = this.agent(to);
        const known = agent !== undefined && this.site.agents.has(to);
        const present = known && this.there(agent, work.channel) && agent.backOff === undefined;
        if (!known || !this.fits(agent, work.channel) || (!ignorePresence && !present)) {
          return { type: 'refused', why: ANYTHING };
        }
        const giver = this.agent(from)!;
        giver.talkMs += talkMs;
        giver.countedTalkMs += talkMs;
        this.drop(work, from, nowMs);
        this.settle(from, nowMs);
        work.losers = [];
        this.take(work, agent, nowMs);
        this.got = [{ agent: to, channel: work.channel }];
        return { type: 'transferred' };
      }
      case 'pull':
        return this.pull(call.request, nowMs);
      case 'expire':
        return expired;
    }
  }

  pull({ agent: id, queue, work: named, token, as, ignorePresence }: PullRequest, nowMs: number): unknown {
    const before = this.holdsOf(id).find((hold) => hold.token === token);
    if (before !== undefined) return { type: 'pulled', work: before.work.id, attempt: before.work.attempt };
    if (!this.knowsQueue(queue)) return { type: 'unknown-queue' };
    const agent = this.agent(id);
    const isMember = this.site.queues.get(queue)?.members.some((member) => member.agent === id) === true;
    const known = agent !== undefined && this.site.agents.has(id) && isMember;
    const channel = this.channelOf(queue);
    const isThere = known && (ignorePresence || this.there(agent, channel, queue));
    if (!isThere || !this.fits(agent, channel)) return { type: 'refused', why: ANYTHING };
    const line = this.waiting(queue);
    if (named === undefined && line.length === 0) return { type: 'nothing-waiting' };
    const work = named === undefined ? line[0] : line.find((other) => other.id === named);
    if (work === undefined) return { type: 'not-waiting' };
    work.attempt += 1;
    work.passed = [];
    work.losers = [];
    if (as === 'offered') this.hold(work, id, 'offered', nowMs);
    else this.take(work, agent, nowMs);
    work.holds[0]!.token = token;
    this.got = [{ agent: id, channel }];
    return { type: 'pulled', work: work.id, attempt: work.attempt };
  }

  /** Counts like an offer that was accepted. */
  take(work: NaiveWork, agent: NaiveAgent, nowMs: number): void {
    this.hold(work, agent.id, 'active', nowMs);
    agent.misses = 0;
    agent.calls += 1;
    agent.countedCalls += 1;
  }

  standIn(work: NaiveWork, queue: QueueId): unknown {
    const { priority, ageingStepMs } = this.site.queues.get(queue)!;
    work.queue = queue;
    work.score = work.enqueuedAt + (priority + work.priority) * ageingStepMs;
    return { type: 'enqueued', position: this.waiting(queue).indexOf(work) + 1, enqueuedAt: work.enqueuedAt };
  }

  match(queue: QueueId, nowMs: number, answer: MatchResult): unknown {
    if (!this.knowsQueue(queue)) return { type: 'unknown-queue' };
    const [work] = this.waiting(queue);
    if (work === undefined) return { type: 'nothing-waiting' };
    const free = this.ranked(queue, this.free(queue));
    if (free.length === 0) return { type: 'nobody-free', work: work.id, decision: ANYTHING };
    const { strategy } = this.site.queues.get(queue)!;
    const chosen = answer.type === 'offered' ? [...answer.agents] : [];
    if (strategy.kind === 'random') expect(free).toEqual(expect.arrayContaining(chosen));
    else if (strategy.kind === 'ring-to-all') expect(chosen).toEqual(free);
    else expect(chosen).toEqual(free.slice(0, strategy.kind === 'widening' ? strategy.start : 1));
    expect(chosen.length).toBeGreaterThan(0);
    work.attempt += 1;
    work.passed = [];
    this.offer(work, chosen, nowMs);
    return { type: 'offered', work: work.id, agents: chosen, attempt: work.attempt, decision: ANYTHING };
  }

  preview(queue: QueueId, answer: PreviewResult): unknown {
    if (!this.knowsQueue(queue)) return { type: 'unknown-queue' };
    const free = this.ranked(queue, this.free(queue));
    const strategy = this.site.queues.get(queue)?.strategy ?? { kind: 'random' };
    const one = strategy.kind !== 'random' && strategy.kind !== 'ring-to-all';
    const chosen = one ? free.slice(0, strategy.kind === 'widening' ? strategy.start : 1) : free;
    if (answer.type === 'preview') {
      expect(answer.decision.candidates.map(({ agent }) => agent)).toEqual(free);
      expect(answer.decision.chosen).toEqual(chosen);
    }
    return { type: 'preview', waiting: this.waiting(queue).length, decision: ANYTHING };
  }

  extend(work: NaiveWork, count: number | undefined, nowMs: number, answer: ExtendResult): unknown {
    const { queue } = work;
    if (queue === undefined || !this.site.queues.has(queue)) return { type: 'nobody-free' };
    const free = this.ranked(
      queue,
      this.free(queue).filter(({ id }) => !work.passed.includes(id) && !work.holds.some((hold) => hold.agent === id)),
    );
    if (free.length === 0) return { type: 'nobody-free' };
    const chosen = answer.type === 'extended' ? [...answer.agents] : [];
    expect(free).toEqual(expect.arrayContaining(chosen));
    expect(chosen).toHaveLength(Math.min(count ?? free.length, free.length));
    if (this.site.queues.get(queue)?.strategy.kind !== 'random') expect(chosen).toEqual(free.slice(0, chosen.length));
    this.offer(work, chosen, nowMs);
    return { type: 'extended', agents: chosen, decision: ANYTHING };
  }

  offer(work: NaiveWork, chosen: AgentId[], nowMs: number): void {
    for (const id of chosen) {
      this.hold(work, id, 'offered', nowMs);
      const queue = work.queue!;
      if (this.site.queues.get(queue)?.strategy.kind !== 'round-robin') continue;
      this.turns.set(queue, [...(this.turns.get(queue) ?? []).filter((other) => other !== id), id]);
    }
  }

  configure(site: LedgerSite, nowMs: number): void {
    this.site = site;
    for (const id of site.agents.keys()) {
      if (this.agent(id) !== undefined) continue;
      this.agents.push({
        id,
        presence: { state: 'offline' },
        absences: [],
        reachable: [],
        off: [],
        misses: 0,
        calls: 0,
        talkMs: 0,
        countedCalls: 0,
        countedTalkMs: 0,
        idleSinceMs: nowMs,
      });
    }
    for (const { id } of [...this.agents]) if (!site.agents.has(id)) this.settle(id, nowMs);
    for (const [queue, turns] of this.turns) {
      const members = site.queues.get(queue)?.members.map((member) => member.agent) ?? [];
      this.turns.set(
        queue,
        turns.filter((id) => members.includes(id)),
      );
    }
  }
}

function toggle(list: Channel[], channel: Channel, on: boolean): Channel[] {
  return [...list.filter((other) => other !== channel), ...(on ? [channel] : [])].sort();
}
