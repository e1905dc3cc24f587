import { expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createManualClock, settled } from '../../test/support/manual-clock.js';
import type { WebhookConfig } from '../config/work-config.js';
import { createEventStream } from '../kernel/event-stream.js';
import { agentId, itemId, queueId, workId } from '../kernel/ids.js';
import { startWebhooks } from './webhooks.js';

const item = itemId('4711');
const tickets = queueId('tickets');
const chats = queueId('chats');
const webhook = (url: string, queues?: readonly (typeof tickets)[]): WebhookConfig => {
  return { url, secret: 's', timeoutMs: 10_000, retryForMs: 60_000, ...(queues && { queues }) };
};

function build(endpoints: ReadonlyMap<string, WebhookConfig>) {
  const clock = createManualClock(0);
  const posted: { url: string; body: unknown }[] = [];
  const down = new Set<string>();
  const events = createEventStream({
    clock,
    configVersion: () => 'v',
    onListenerError: (error) => expect.fail(String(error)),
  });
  const webhooks = startWebhooks({
    ...{ events, clock, random: () => 1, log: silentLog, endpoints: () => endpoints },
    post({ url, body }) {
      posted.push({ url, body: JSON.parse(body) });
      return Promise.resolve(down.has(url) ? { type: 'failed', why: 'down' } : { type: 'taken' });
    },
  });
  onTestFinished(() => void webhooks.stop());
  return { clock, events, webhooks, posted, down };
}

const queued = (queue = tickets) => ({ type: 'work.queued', item, queue, position: 1 }) as const;

it('tell each address of the queues that it hears, and of nothing but work and starts', async () => {
  const { events, posted, webhooks } = build(
    new Map([
      ['all', webhook('a')],
      ['some', webhook('b', [chats])],
    ]),
  );
  events.emit({ type: 'site.started' });
  events.emit(queued());
  events.emit({ type: 'call.connected', call: workId('c') });
  events.emit(queued(chats));
  await webhooks.whenDelivered();
  const queues = posted.map(({ url, body }) => `${url} ${(body as { data: { queue?: string } }).data.queue ?? 'none'}`);
  expect(queues.toSorted()).toEqual(['a chats', 'a none', 'a tickets', 'b chats', 'b none']);
});

it('leave out the decision, which may be long', async () => {
  const { events, posted, webhooks } = build(new Map([['all', webhook('a')]]));
  const agents = [agentId('ana')];
  events.emit({
    type: 'work.offered',
    item,
    queue: tickets,
    attempt: 1,
    agents,
    untilMs: 5,
    decision: { why: 'long' },
  });
  await webhooks.whenDelivered();
  expect(posted[0]?.body).toEqual({
    type: 'work.offered',
    timestamp: '1970-01-01T00:00:00.000Z',
    data: { item, queue: tickets, attempt: 1, agents, untilMs: 5 },
  });
});

it('know what none of their addresses has taken', async () => {
  const { events, webhooks, down, clock } = build(
    new Map([
      ['one', webhook('a')],
      ['two', webhook('b')],
      ['other', webhook('c', [chats])],
    ]),
  );
  const isUntold = (): boolean => webhooks.isUntold(item, tickets);
  expect(isUntold()).toBe(false);
  down.add('a').add('b');
  events.emit(queued());
  await settled();
  expect([isUntold(), webhooks.isUntold(itemId('another'), tickets)]).toEqual([true, false]);
  down.delete('b');
  await clock.turn(1_000);
  expect(isUntold()).toBe(false);
  expect(webhooks.stop()).toBe(1);
});

it('take nobody for untold where nobody is to be told', () => {
  const { events, webhooks } = build(new Map());
  events.emit(queued());
  expect(webhooks.isUntold(item, tickets)).toBe(false);
});
