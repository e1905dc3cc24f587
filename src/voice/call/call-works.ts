/** What a call has in the ledger, told from its own state: for a store that was away, or has lost it. */
import type { OwnWork } from '../../ledger/redis.js';
import { queueRules } from './call-draft.js';
import type { CallState } from './call-types.js';

export function worksOf(state: CallState, offerTtlMs: number): readonly OwnWork[] {
  const { work, arrivedMs, caller, phase } = state;
  const common = { channel: 'voice', enqueuedAt: arrivedMs, offerTtlMs } as const;
  const queue = queueRules(state)?.queue;
  const own = { ...common, work, ...(queue === undefined ? {} : { queue }) };
  const works: OwnWork[] = [];
  if (caller.dialler?.work !== undefined && phase.name !== 'starting' && phase.name !== 'over') {
    works.push({ ...common, work: caller.dialler.work, phase: 'active', agents: [caller.dialler.agent] });
  }
  switch (phase.name) {
    case 'waiting':
      // Who asks for the room of one person asks again by itself.
      if (queue !== undefined) works.push({ ...own, phase: 'waiting', agents: [] });
      break;
    case 'offering':
      works.push({ ...own, phase: 'offered', attempt: phase.attempt, agents: [...phase.offers.keys()] });
      break;
    case 'talking':
      if (phase.agent !== undefined) works.push({ ...own, phase: 'active', agents: [phase.agent] });
      if (phase.third?.agent !== undefined) {
        const { agent, work: theirs } = phase.third.agent;
        works.push({ ...common, work: theirs, phase: 'active', agents: [agent] });
      }
      break;
    case 'calling-back':
      works.push({ ...own, phase: 'active', agents: [phase.agent] });
      break;
    case 'starting':
    case 'dialling':
    case 'menu':
    case 'voicemail':
    case 'parting':
    case 'spying':
    case 'resting':
    case 'over':
      break;
  }
  return works;
}
