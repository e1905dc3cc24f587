/** A ledger with a clock to turn, people to bring on, and everything it has said so far. */
import type { Channel } from '../../src/config/routing-config.js';
import type { Clock } from '../../src/kernel/clock.js';
import { agentId, queueId, workId } from '../../src/kernel/ids.js';
import type {
  AgentSnapshot,
  AssignRequest,
  DeclineCause,
  Ledger,
  LedgerNotice,
  MatchResult,
  Presence,
  QueueSnapshot,
} from '../../src/ledger/ledger.js';
import { expect, onTestFinished } from 'vitest';
import { call, ledgerSite, offer, OFFER_TTL_MS, type SiteSketch } from './ledger-site.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

export type CreateLedger = (deps: { clock: Clock; random: () => number }) => Promise<Ledger>;

export interface World {
  readonly ledger: Ledger;
  readonly clock: ManualClock;
  readonly notices: readonly LedgerNotice[];
  /** Moves time on, and waits until the ledger has done what fell due. */
  pass(ms: number): Promise<void>;
  /** What the ledger has said since this was last asked. */
  news(): Promise<LedgerNotice[]>;
  /** Makes agents available, one millisecond after the other, and reachable for all channels. */
  bring(...agents: string[]): Promise<void>;
  presence(agent: string, presence: Presence, whenFree?: boolean): ReturnType<Ledger['setPresence']>;
  enqueue(...works: string[]): Promise<void>;
  match(queue?: string): Promise<MatchResult>;
  /** Matches, and answers who got the offer. */
  offered(queue?: string): Promise<string[]>;
  accept(work: string, agent: string, attempt?: number): ReturnType<Ledger['accept']>;
  decline(work: string, agent: string, cause?: DeclineCause, attempt?: number): ReturnType<Ledger['decline']>;
  release(work: string, over?: { wrapUpMs?: number; talkMs?: number }): ReturnType<Ledger['release']>;
  assign(work: string, agent: string, over?: Partial<AssignRequest>): ReturnType<Ledger['assign']>;
  /** Enqueues, matches and accepts by whom was chosen; answers who that was. */
  serve(work: string, queue?: string): Promise<string>;
  agent(name: string): Promise<AgentSnapshot>;
  queue(name?: string): Promise<QueueSnapshot>;
}

const CHANNELS: readonly Channel[] = ['voice', 'chat', 'ticket'];

export async function openWorld(create: CreateLedger, site: SiteSketch, random = () => 0): Promise<World> {
  const clock = createManualClock();
  const ledger = await create({ clock, random });
  onTestFinished(() => ledger.close());
  const notices: LedgerNotice[] = [];
  let read = 0;
  ledger.subscribe((notice) => notices.push(notice));
  await ledger.configure(ledgerSite(site));

  const world: World = {
    ledger,
    clock,
    notices,
    async pass(ms) {
      clock.advance(ms);
      await ledger.expire();
    },
    async news() {
      await ledger.expire();
      const fresh = notices.slice(read);
      read = notices.length;
      return fresh;
    },
    async bring(...agents) {
      for (const name of agents) {
        for (const channel of CHANNELS) await ledger.setReachable({ agent: agentId(name), channel, reachable: true });
        await world.presence(name, { state: 'available' });
        clock.advance(1);
      }
      await world.news();
    },
    presence: (agent, presence, whenFree = false) => ledger.setPresence({ agent: agentId(agent), presence, whenFree }),
    async enqueue(...works) {
      for (const work of works) expect((await ledger.enqueue(call(work))).type).toBe('enqueued');
    },
    match: (queue = 'support') => ledger.match(queueId(queue)),
    async offered(queue) {
      const result = await world.match(queue);
      return result.type === 'offered' ? [...result.agents] : [];
    },
    accept: (work, agent, attempt) => ledger.accept(offer(work, agent, attempt)),
    decline: (work, agent, cause = 'declined', attempt = 1) =>
      ledger.decline({ ...offer(work, agent, attempt), cause }),
    release: (work, over) => ledger.release({ work: workId(work), wrapUpMs: 0, talkMs: 0, ...over }),
    assign: (work, agent, over) =>
      ledger.assign({
        work: workId(work),
        agent: agentId(agent),
        channel: 'voice',
        as: 'active',
        offerTtlMs: OFFER_TTL_MS,
        ignorePresence: false,
        ...over,
      }),
    async serve(work, queue) {
      await ledger.enqueue(call(work, queue));
      const result = await world.match(queue);
      if (result.type !== 'offered') throw new Error(`nobody for ${work}: ${result.type}`);
      const [agent = ''] = result.agents;
      expect((await world.accept(result.work, agent, result.attempt)).type).toBe('won');
      return agent;
    },
    async agent(name) {
      const found = (await ledger.snapshot()).agents.find((agent) => agent.agent === name);
      if (found === undefined) throw new Error(`no agent ${name}`);
      return found;
    },
    async queue(name = 'support') {
      const found = (await ledger.snapshot()).queues.find((queue) => queue.queue === name);
      if (found === undefined) throw new Error(`no queue ${name}`);
      return found;
    },
  };
  return world;
}
