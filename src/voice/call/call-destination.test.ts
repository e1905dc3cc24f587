import { expect, it } from 'vitest';
import { legId, queueId, workId } from '../../kernel/ids.js';
import { routesTo } from '../../../test/support/routes-to.js';
import { newCall, step } from './call.js';
import type { QueueRules } from './call-types.js';

const rules = (queue: string, overflow: QueueRules['overflow']): QueueRules => ({
  queue: queueId(queue),
  strategy: { kind: 'linear' },
  ringTimeoutMs: 1_000,
  maxWaitMs: 60_000,
  wrapUpMs: 0,
  overflow,
});

it.each<[string, QueueRules['overflow'], object]>([
  ['to the next queue', { kind: 'queue', queue: queueId('next') }, { type: 'enqueue', queue: 'next' }],
  ['away', { kind: 'reject' }, { type: 'reject', status: 480 }],
])('sends a caller whose queue a reload has dropped %s, as that queue would have', (_, overflow, expected) => {
  const waiting = newCall({
    call: workId('c'),
    arrivedMs: 1_000,
    caller: { leg: legId('c/0'), from: '+34911', sdpOffer: 'offer' },
    destination: { kind: 'queue', rules: rules('gone', overflow) },
    routes: routesTo(rules('next', { kind: 'reject' })),
  });
  const { state } = step(waiting, { type: 'started', atMs: 1_000 });
  const { commands } = step(state, { type: 'enqueued', result: { type: 'unknown-queue' }, atMs: 1_000 });
  expect(commands).toContainEqual(expect.objectContaining(expected));
  expect(commands).toContainEqual({
    type: 'emit',
    event: expect.objectContaining({ type: 'call.overflowed', queue: 'gone', why: 'gone' }) as unknown,
  });
});
