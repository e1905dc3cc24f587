import { expect, it } from 'vitest';
import { createManualClock } from '../../test/support/manual-clock.js';
import { createEventStream } from '../kernel/event-stream.js';
import { agentId, queueId, workId } from '../kernel/ids.js';
import { createWaitEstimate } from './wait-estimate.js';

const support = queueId('support');

function history() {
  const clock = createManualClock();
  const onListenerError = (error: unknown): never => expect.fail(String(error));
  const events = createEventStream({ clock, configVersion: () => 'v', onListenerError });
  const estimate = createWaitEstimate({ events, clock });
  const accept = (queue = support): void =>
    events.emit({ type: 'call.accepted', call: workId('c'), queue, agent: agentId('ana'), waitedMs: 0 });
  return { clock, estimate, accept };
}

it('says nothing of a queue that has taken fewer than two calls lately', async () => {
  const { clock, estimate, accept } = history();
  expect(estimate.of(support, 1)).toBeUndefined();
  accept();
  await clock.turn(60_000);
  expect(estimate.of(support, 1)).toBeUndefined();
  accept();
  expect(estimate.of(support, 1)).toBe(30_000);
  expect(estimate.of(queueId('sales'), 1)).toBeUndefined();
  await clock.turn(60 * 60_000);
  expect(estimate.of(support, 1)).toBeUndefined();
});

it('grows with the place in line, and with the time in which nobody is taken', async () => {
  const { clock, estimate, accept } = history();
  for (let call = 0; call < 4; call++) {
    accept();
    await clock.turn(40_000);
  }
  expect(estimate.of(support, 1)).toBe(40_000);
  expect(estimate.of(support, 3)).toBe(120_000);
  await clock.turn(160_000);
  expect(estimate.of(support, 1)).toBe(80_000);
});
