import type { WorkId } from '../../../src/kernel/ids.js';
import type { LedgerSnapshot } from '../../../src/ledger/ledger.js';

/** A snapshot in one order: that of agents, queues and holds, and of offers among equals, is nobody's promise. */
export function plain(snapshot: LedgerSnapshot): unknown {
  return {
    agents: snapshot.agents
      .map((agent) => ({ ...agent, holds: agent.holds.toSorted(byWork) }))
      .toSorted((a, b) => (a.agent < b.agent ? -1 : 1)),
    queues: snapshot.queues
      .map((queue) => ({
        ...queue,
        offered: queue.offered.map((offer) => ({ ...offer, agents: offer.agents.toSorted() })).toSorted(byWork),
      }))
      .toSorted((a, b) => (a.queue < b.queue ? -1 : 1)),
  };
}

function byWork(a: { work: WorkId }, b: { work: WorkId }): number {
  return a.work < b.work ? -1 : 1;
}
