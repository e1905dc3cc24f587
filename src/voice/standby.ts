/**
 * Calls while the ledger's store is away, where the site has `store_down: standby`.
 *
 * ```
 *              ┌── store is there ──► the ledger of the site
 *  calls ──►───┤
 *              └── away ──► a ledger in this process: each queue has its standby list for members, all ring at once,
 *                           and whoever has a call here already has no room
 * ```
 * When the store is back, what runs is told to it like everything else that runs here, and belongs to it from then on.
 */
import type { Capacity, QueueConfig, RoutingConfig, StandbyMember } from '../config/routing-config.js';
import type { Clock } from '../kernel/clock.js';
import { agentId, trunkId, workId, type AgentId, type QueueId, type TrunkId, type WorkId } from '../kernel/ids.js';
import type { Ledger, LedgerQueue, LedgerSite } from '../ledger/ledger.js';
import { createMemoryLedger } from '../ledger/memory.js';
import type { OwnWork } from '../ledger/redis.js';
import type { Logger } from '../kernel/logger.js';
import { startQueueDispatcher, type OfferTargets } from './queue-dispatcher.js';

export interface Standby {
  /** For calls: asks the site's ledger, or, while that is away, the one in this process. */
  readonly ledger: Ledger;
  /** Whether a call to the queue can begin now, store or not. */
  serves(queue: QueueId): boolean;
  /** Ends with the store's absence: {@link handOver}. May be called again at any time. */
  storeAway(): void;
  /** All calls belong to the site's ledger from now on; to be called just before it is told what runs. */
  handOver(): void;
}

export interface StandbyDeps {
  readonly ledger: Ledger;
  readonly config: () => RoutingConfig;
  readonly clock: Clock;
  readonly calls: () => OfferTargets & { works(): readonly OwnWork[] };
  readonly log: Logger;
}

/** A phone that is answered is a call, and one is enough for anybody whom nobody can ask for more. */
const ONE_CALL: Capacity = {
  total: 1,
  channels: {
    voice: { weight: 1, max: 1, interruptible: false },
    chat: { weight: 1, max: 0, interruptible: false },
    ticket: { weight: 1, max: 0, interruptible: false },
  },
};

/** How long somebody who let a call pass is not rung again. Milliseconds. */
const BACK_OFF_MS = 2_000;

interface Session {
  readonly ledger: Ledger;
  /** Calls that it serves. */
  readonly works: Set<WorkId>;
  /** What it was told of calls that the site's ledger serves, so that their agents are left alone. */
  readonly held: Map<WorkId, Map<AgentId, WorkId>>;
  close(): void;
}

export function createStandby(deps: StandbyDeps): Standby {
  const { config } = deps;
  let session: Session | undefined;

  function isMeant(): boolean {
    const { store } = config();
    return store.kind === 'redis' && store.down === 'standby';
  }

  function inHere(work: WorkId): Ledger {
    return session?.works.has(work) === true ? session.ledger : deps.ledger;
  }

  return {
    ledger: routed(deps.ledger, { inHere, session: () => session }),
    serves: (queue) => isMeant() && (config().queues.get(queue)?.standby?.length ?? 0) > 0,
    storeAway() {
      if (session === undefined && isMeant()) session = openSession(deps);
    },
    handOver() {
      session?.close();
      session = undefined;
    },
  };
}

/** Operations on a call go where the call is; all others to the site's ledger. */
function routed(
  site: Ledger,
  { inHere, session }: { inHere: (work: WorkId) => Ledger; session: () => Session | undefined },
): Ledger {
  /** Work of the site's ledger, whose room counts here too. */
  function free(work: WorkId, agent?: AgentId): void {
    const open = session();
    const held = open?.held.get(work);
    if (open === undefined || held === undefined) return;
    for (const [holder, name] of held) {
      if (agent !== undefined && holder !== agent) continue;
      held.delete(holder);
      void open.ledger.release({ work: name, wrapUpMs: 0, talkMs: 0 });
    }
  }
  return {
    ...site,
    enqueue(work) {
      const open = session();
      if (open === undefined) return site.enqueue(work);
      open.works.add(work.work);
      return open.ledger.enqueue(work);
    },
    assign(request) {
      const open = session();
      if (open === undefined) return site.assign(request);
      open.works.add(request.work);
      return open.ledger.assign(request);
    },
    placeInLine: (work) => inHere(work).placeInLine(work),
    requeue: (move) => inHere(move.work).requeue(move),
    extend: (request) => inHere(request.work).extend(request),
    accept: (answer) => inHere(answer.work).accept(answer),
    decline(answer) {
      free(answer.work, answer.agent);
      return inHere(answer.work).decline(answer);
    },
    abandon(work) {
      free(work);
      return inHere(work).abandon(work);
    },
    release(request) {
      free(request.work);
      return inHere(request.work).release(request);
    },
  };
}

/** Everything up to its first answer happens at once: the ledger in memory is done when it has been asked. */
function openSession(deps: StandbyDeps): Session {
  const { clock, log } = deps;
  const onError = (error: unknown): void => log.error({ err: error }, 'standby failed');
  const ledger = createMemoryLedger({ clock, random: Math.random, onListenerError: onError });
  const works = new Set<WorkId>();
  const held: Session['held'] = new Map();
  const calls = deps.calls();
  const stop = startQueueDispatcher({ ledger, calls, log });
  const told: Promise<unknown>[] = [ledger.configure(standbySite(deps.config()))];
  for (const agent of standbyAgents(deps.config())) {
    told.push(ledger.setReachable({ agent, channel: 'voice', reachable: true }));
    told.push(ledger.setPresence({ agent, presence: { state: 'available' } }));
  }
  const own = calls.works();
  for (const { work, phase, agents } of own) {
    if (phase === 'waiting') continue;
    const names = new Map(agents.map((agent) => [agent, workId(`${work}@${agent}`)]));
    held.set(work, names);
    for (const [agent, name] of names) {
      const common = { channel: 'voice', as: 'active', offerTtlMs: 0, ignorePresence: true } as const;
      told.push(ledger.assign({ ...common, work: name, agent }));
    }
  }
  // Whoever waits has waited for the store's word: now there is another one.
  for (const { work, channel, queue, phase, enqueuedAt, offerTtlMs } of own) {
    if (phase !== 'waiting' || queue === undefined) continue;
    works.add(work);
    told.push(ledger.enqueue({ work, channel, queue, enqueuedAt, offerTtlMs }));
  }
  Promise.all(told).catch(onError);
  return {
    ledger,
    works,
    held,
    close() {
      stop();
      ledger.close().catch(onError);
    },
  };
}

/** All agents, so that whoever calls, or is called by an overflow, is known; of queues the standby lists. */
function standbySite(config: RoutingConfig): LedgerSite {
  return {
    agents: new Map(standbyAgents(config).map((agent) => [agent, { capacity: ONE_CALL }])),
    queues: new Map(Array.from(config.queues, ([id, queue]) => [id, standbyQueue(queue)])),
    backOff: { busy: BACK_OFF_MS, declined: BACK_OFF_MS, 'no-answer': BACK_OFF_MS, unreachable: BACK_OFF_MS },
    missesUntilAway: 0,
  };
}

function standbyQueue({ priority, ageingStepMs, maxWaiting, standby = [] }: QueueConfig): LedgerQueue {
  const members = standby.map((member) => ({ agent: nameOf(member), priority: 1 }));
  return { strategy: { kind: 'ring-to-all' }, members, priority, ageingStepMs, maxWaiting };
}

function standbyAgents({ agents, queues }: RoutingConfig): AgentId[] {
  const listed = [...queues.values()].flatMap(({ standby = [] }) => standby.map(nameOf));
  return [...new Set([...agents.keys(), ...listed])];
}

/** No agent's name has a colon. */
function nameOf(member: StandbyMember): AgentId {
  return member.kind === 'agent' ? member.agent : agentId(`tel:${member.trunk}:${member.number}`);
}

/** The outside number that stands for an agent on a standby list. */
export function standbyNumber(agent: AgentId): { trunk: TrunkId; number: string } | undefined {
  const [, trunk, number] = /^tel:([^:]+):(.+)$/.exec(agent) ?? [];
  return trunk === undefined || number === undefined ? undefined : { trunk: trunkId(trunk), number };
}
