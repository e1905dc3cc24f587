import { expect, it, vi } from 'vitest';

import { agentId, queueId, workId } from '../kernel/ids.js';
import type { Ledger, LedgerNotice } from '../ledger/ledger.js';
import { createMemoryLedger } from '../ledger/memory.js';
import { BLENDED } from '../../test/ledger/ledger-site.js';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createManualClock } from '../../test/support/manual-clock.js';
import { startQueueDispatcher, type OfferTarget } from './queue-dispatcher.js';

const support = queueId('support');
const ana = agentId('ana');

it('tells the first in line why nobody is free, and offers it when somebody is', async () => {
  const clock = createManualClock();
  const ledger = createMemoryLedger({ clock, random: () => 0 });
  await ledger.configure({
    agents: new Map([[ana, { capacity: BLENDED }]]),
    queues: new Map([
      [
        support,
        {
          strategy: { kind: 'linear' },
          members: [{ agent: ana, priority: 1 }],
          priority: 0,
          ageingStepMs: 0,
          maxWaiting: 9,
        },
      ],
    ]),
    backOff: { busy: 0, declined: 0, 'no-answer': 0, unreachable: 0 },
    missesUntilAway: 0,
  });
  const target = {
    offered: vi.fn<OfferTarget['offered']>(),
    nobodyFree: vi.fn<OfferTarget['nobodyFree']>(),
    offerExpired: vi.fn<OfferTarget['offerExpired']>(),
    moreAgentsFree: vi.fn<OfferTarget['moreAgentsFree']>(),
  };
  const stop = startQueueDispatcher({ ledger, calls: { find: () => target }, log: silentLog });
  await ledger.enqueue({ work: workId('c1'), channel: 'voice', queue: support, offerTtlMs: 1000 });
  await vi.waitFor(() => expect(target.nobodyFree).toHaveBeenCalledOnce(), 30_000);
  expect(target.nobodyFree.mock.lastCall).toMatchObject([support, { passedOver: [{ agent: 'ana', why: 'offline' }] }]);
  await ledger.setReachable({ agent: ana, channel: 'voice', reachable: true });
  await ledger.setPresence({ agent: ana, presence: { state: 'available' } });
  await vi.waitFor(() => expect(target.offered).toHaveBeenCalledOnce(), 30_000);
  expect(target.offered.mock.lastCall?.slice(0, 2)).toEqual([1, [ana]]);
  stop();
  await ledger.close();
});

it('leaves the lines and the work of others alone', async () => {
  const listeners: ((notice: LedgerNotice) => void)[] = [];
  const ledger = {
    match: vi.fn(() => Promise.resolve({ type: 'nothing-waiting' as const })),
    abandon: vi.fn(() => Promise.resolve({ type: 'gone' as const })),
    subscribe(listener: (notice: LedgerNotice) => void) {
      listeners.push(listener);
      return () => undefined;
    },
  };
  const stop = startQueueDispatcher({
    ledger: ledger as unknown as Ledger,
    calls: { find: () => undefined },
    log: silentLog,
    others: { queue: (queue) => queue === 'chats', work: (work) => work.endsWith('/1') },
  });
  const [tell] = listeners;
  tell?.({ type: 'matchable', queues: [queueId('chats'), support] });
  tell?.({ type: 'offered', work: workId('a-chat/1'), attempt: 1, agents: [ana] });
  tell?.({ type: 'offered', work: workId('a-lost-call'), attempt: 1, agents: [ana] });
  expect(ledger.match.mock.calls).toEqual([[support]]);
  expect(ledger.abandon.mock.calls).toEqual([['a-lost-call']]);
  stop();
});
