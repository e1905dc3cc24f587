import { expect, it } from 'vitest';

import { silentLog } from '../../../test/sip-adapter/wire.js';
import { createManualClock, settled } from '../../../test/support/manual-clock.js';
import { createEventStream } from '../../kernel/event-stream.js';
import type { SwitchboardEvent } from '../../kernel/events.js';
import { agentId, legId, queueId, workId } from '../../kernel/ids.js';
import type { Ledger } from '../../ledger/ledger.js';
import type { Decision } from '../../routing/decision.js';
import { routesTo } from '../../../test/support/routes-to.js';
import { newCall } from './call.js';
import { createCallRunner, type CallRunnerDeps } from './call-runner.js';
import type { InboundLeg } from '../signalling.js';

const support = queueId('support');

function waitingCall() {
  const clock = createManualClock();
  const seen: SwitchboardEvent[] = [];
  const events = createEventStream({
    clock,
    configVersion: () => 'v1',
    onListenerError: (error) => expect.fail(String(error)),
  });
  events.subscribe((event) => seen.push(event));
  const ledger: Pick<Ledger, 'enqueue' | 'abandon'> = {
    enqueue: async () => ({ type: 'enqueued', position: 1, enqueuedAt: 0 }),
    abandon: async () => ({ type: 'abandoned', offeredTo: [] }),
  };
  const rules = {
    queue: support,
    strategy: { kind: 'linear' as const },
    ringTimeoutMs: 1000,
    maxWaitMs: 1000,
    wrapUpMs: 0,
    overflow: { kind: 'reject' as const },
  };
  const call = newCall({
    call: workId('c1'),
    arrivedMs: clock.now(),
    caller: { leg: legId('c1/0'), from: 'rosa' },
    destination: { kind: 'queue', rules },
    routes: routesTo(),
  });
  const deps = {
    clock,
    events,
    ledger,
    log: silentLog,
    planFor: () => ({ steps: [] }),
    onForgotten: () => undefined,
    offerTtlMs: 1000,
  };
  const runner = createCallRunner(call, deps as unknown as CallRunnerDeps);
  const leg = { progress: () => undefined, reject: () => undefined };
  runner.start(leg as unknown as InboundLeg);
  return { runner, waits: () => seen.filter((event) => event.type === 'call.waiting') };
}

const because = (why: string): Decision => ({
  strategy: 'linear',
  candidates: [],
  chosen: [],
  passedOver: [{ agent: agentId('ana'), why }],
});

it('says why nobody is free once, and again when the reasons are others', async () => {
  const { runner, waits } = waitingCall();
  await settled();
  for (const why of ['offline', 'offline', 'on a call', 'on a call', 'offline'])
    runner.nobodyFree(support, because(why));
  expect(waits().map(({ decision }) => (decision as Decision).passedOver[0]?.why)).toEqual([
    'offline',
    'on a call',
    'offline',
  ]);
  expect(waits()[0]).toMatchObject({ call: 'c1', queue: 'support' });
});

it('says nothing of a call that is over', async () => {
  const { runner, waits } = waitingCall();
  await settled();
  runner.hangUp();
  await settled();
  runner.nobodyFree(support, because('offline'));
  expect(waits()).toEqual([]);
});
