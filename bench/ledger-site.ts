/** Sites of any size for `npm run bench:ledger`, and everybody in them brought to work. */
import type { Strategy, StrategyKind } from '../src/config/staffing.js';
import { agentId, type AgentId, type QueueId } from '../src/kernel/ids.js';
import type { Ledger, LedgerQueue, LedgerSite } from '../src/ledger/ledger.js';
import { BACK_OFF, BLENDED } from '../test/ledger/ledger-site.js';
import { queueNames } from './ledger-cycles.js';

/** Who is asked at once costs by nature: as many as ring at once in a large group. */
const RING_TO_ALL_MEMBERS = 10;

export interface BenchSite {
  readonly site: LedgerSite;
  readonly queues: readonly QueueId[];
  readonly agents: readonly AgentId[];
}

/** Every agent is a member of every queue; with ring-to-all the first few only. */
export function benchSite(options: { agents: number; queuesEach: number; strategy: StrategyKind }): BenchSite {
  const agents = Array.from({ length: options.agents }, (_, index) => agentId(`agent-${index}`));
  const queues = queueNames(options.queuesEach);
  const members = agents.map((agent, index) => ({ agent, priority: 1 + (index % 3) }));
  const asked = options.strategy === 'ring-to-all' ? members.slice(0, RING_TO_ALL_MEMBERS) : members;
  const queue: LedgerQueue = {
    strategy: strategyOf(options.strategy),
    members: asked,
    priority: 0,
    ageingStepMs: 60_000,
    maxWaiting: 10_000_000,
  };
  const site: LedgerSite = {
    agents: new Map(agents.map((agent) => [agent, { capacity: BLENDED }])),
    queues: new Map(queues.map((id) => [id, queue])),
    backOff: BACK_OFF,
    missesUntilAway: 3,
  };
  return { site, queues, agents };
}

function strategyOf(kind: StrategyKind): Strategy {
  return kind === 'widening' ? { kind, start: 2, add: 1, everyMs: 5_000 } : { kind };
}

export async function bringAll(ledger: Ledger, agents: readonly AgentId[]): Promise<void> {
  for (let from = 0; from < agents.length; from += 200) {
    await Promise.all(
      agents
        .slice(from, from + 200)
        .flatMap((agent) => [
          ledger.setReachable({ agent, channel: 'voice', reachable: true }),
          ledger.setPresence({ agent, presence: { state: 'available' } }),
        ]),
    );
  }
}
