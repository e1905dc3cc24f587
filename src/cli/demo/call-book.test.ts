import { expect, it } from 'vitest';

import { systemClock } from '../../kernel/clock.js';
import { createEventStream } from '../../kernel/event-stream.js';
import { agentId, deviceId, queueId, workId } from '../../kernel/ids.js';
import { createCallBook } from './call-book.js';

const call = workId('c1');
const [ana, ben] = [agentId('ana'), agentId('ben')];

it('puts a call together from its events, and says when it is over', async () => {
  const events = createEventStream({
    clock: systemClock,
    configVersion: () => 'v',
    onListenerError(error) {
      throw error;
    },
  });
  const book = createCallBook(events);
  const over = book.whenOver('+34655');
  events.emit({ type: 'call.arrived', call, direction: 'inbound', from: '+34655', to: '1000' });
  events.emit({ type: 'call.queued', call, queue: queueId('support'), position: 1 });
  events.emit({ type: 'call.offered', call, attempt: 1, agents: [ana, ben] });
  events.emit({ type: 'call.device_rung', call, agent: ana, device: deviceId('desk') });
  events.emit({ type: 'call.offer_ended', call, agent: ana, attempt: 1, outcome: 'busy' });
  events.emit({ type: 'call.accepted', call, agent: ben, device: deviceId('softphone'), waitedMs: 300 });
  events.emit({
    type: 'call.ended',
    call,
    agent: ben,
    by: 'caller',
    outcome: 'answered',
    waitedMs: 300,
    talkedMs: 900,
  });
  expect(await over).toMatchObject({
    from: '+34655',
    to: '1000',
    queue: 'support',
    offers: [{ agents: ['ana', 'ben'] }],
    rung: [{ agent: 'ana', device: 'desk' }],
    offersEnded: [{ agent: 'ana', outcome: 'busy' }],
    acceptedBy: { agent: 'ben', device: 'softphone' },
    ended: { outcome: 'answered', talkedMs: 900 },
  });
  expect(book.records).toHaveLength(1);
});
