import { expect, it } from 'vitest';
import { ledgerSite } from '../test/ledger/ledger-site.js';
import { createManualClock } from '../test/support/manual-clock.js';
import { agentId } from './kernel/ids.js';
import type { Ledger, Presence } from './ledger/ledger.js';
import { createMemoryLedger } from './ledger/memory.js';
import { rememberPresence } from './site-presence.js';

const SITE = ledgerSite({ queues: { q: { members: ['ana', 'ben', 'eva'] } } });
const [ana, ben, eva] = [agentId('ana'), agentId('ben'), agentId('eva')];
const lunch: Presence = { state: 'away', reason: 'lunch' };

async function emptyLedger(): Promise<Ledger> {
  const ledger = createMemoryLedger({ clock: createManualClock(), random: () => 0 });
  await ledger.configure(SITE);
  return ledger;
}

it('gives a ledger that has lost everything the presence that it had, and leaves what it has come to know since', async () => {
  let ledger = await emptyLedger();
  await ledger.setPresence({ agent: ana, presence: lunch });
  const listeners: Parameters<Ledger['subscribe']>[0][] = [];
  const presence = await rememberPresence({
    snapshot: () => ledger.snapshot(),
    subscribe(listener) {
      listeners.push(listener);
      return () => undefined;
    },
    setPresence: (change) => ledger.setPresence(change),
  });
  listeners[0]?.({ type: 'presence', agent: ben, presence: { state: 'available' } });
  listeners[0]?.({ type: 'presence', agent: eva, presence: lunch });

  ledger = await emptyLedger();
  await ledger.setPresence({ agent: eva, presence: { state: 'available' } });
  await presence.restore();
  const now = (await ledger.snapshot()).agents.map((each) => [each.agent, each.presence]);
  expect(now).toEqual([
    [ana, lunch],
    [ben, { state: 'available' }],
    [eva, { state: 'available' }],
  ]);
});
