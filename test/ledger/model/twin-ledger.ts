/** Two ledgers as one: every operation is done by both, and both must answer the same, decisions and all. */
import { expect } from 'vitest';
import type { Ledger, LedgerSnapshot } from '../../../src/ledger/ledger.js';
import { plain } from './plain-snapshot.js';

/** Answers what the first one answers, and passes on what the second one announces. */
export function createTwinLedger(first: Ledger, second: Ledger): Ledger {
  async function both<Answer>(act: (ledger: Ledger) => Promise<Answer>): Promise<Answer> {
    const [one, other] = await Promise.all([act(first), act(second)]);
    expect(comparable(other)).toEqual(comparable(one));
    return one;
  }

  return {
    configure: (site) => both((ledger) => ledger.configure(site)),
    setPresence: (change) => both((ledger) => ledger.setPresence(change)),
    setSchedule: (change) => both((ledger) => ledger.setSchedule(change)),
    setReachable: (change) => both((ledger) => ledger.setReachable(change)),
    switchChannel: (change) => both((ledger) => ledger.switchChannel(change)),
    enqueue: (work) => both((ledger) => ledger.enqueue(work)),
    placeInLine: (work) => both((ledger) => ledger.placeInLine(work)),
    requeue: (move) => both((ledger) => ledger.requeue(move)),
    match: (queue) => both((ledger) => ledger.match(queue)),
    preview: (queue) => both((ledger) => ledger.preview(queue)),
    extend: (request) => both((ledger) => ledger.extend(request)),
    accept: (answer) => both((ledger) => ledger.accept(answer)),
    decline: (answer) => both((ledger) => ledger.decline(answer)),
    abandon: (work) => both((ledger) => ledger.abandon(work)),
    release: (request) => both((ledger) => ledger.release(request)),
    endWrapUp: (agent) => both((ledger) => ledger.endWrapUp(agent)),
    assign: (request) => both((ledger) => ledger.assign(request)),
    transfer: (request) => both((ledger) => ledger.transfer(request)),
    pull: (request) => both((ledger) => ledger.pull(request)),
    snapshot: () => both((ledger) => ledger.snapshot()),
    // With timers, either may have got further by itself.
    async expire() {
      const [, expiries] = await Promise.all([first.expire(), second.expire()]);
      return expiries;
    },
    subscribe: (listener) => second.subscribe(listener),
    async close() {
      await Promise.all([first.close(), second.close()]);
    },
  };
}

function comparable(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  if ('agents' in answer && 'queues' in answer) return plain(answer as LedgerSnapshot);
  if ('works' in answer) return { ...answer, works: [...(answer.works as string[])].sort() };
  return answer;
}
