import { expect, it, onTestFinished } from 'vitest';
import { createManualClock } from '../../test/support/manual-clock.js';
import { parseSite } from '../config/parse-site.js';
import { createEventStream } from '../kernel/event-stream.js';
import type { SwitchboardEvent } from '../kernel/events.js';
import { queueId, workId } from '../kernel/ids.js';
import { createMemoryLedger } from './memory.js';
import { startSchedules } from './schedules.js';
import type { Ledger } from './ledger.js';

const phone = (name: string) => `devices: { phone: { sip: ${name}, password: example-x } }`;
const HOUR_MS = 3_600_000;
/** Midnight of a Monday in UTC, the zone of the site. */
const MONDAY_MS = Date.UTC(2026, 0, 5);

function siteOf(ana: string) {
  const text = `
hours: { lunch: { mon-fri: 13:00-14:00 } }
agents: { ana: { ${phone('ana')}${ana} } }
queues: { support: { strategy: linear, members: [ana] } }
`;
  const parsed = parseSite([{ name: 'site.yaml', text }], {});
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.config;
}

async function start(ana: string, failing: { times: number } = { times: 0 }) {
  const clock = createManualClock(MONDAY_MS + 12 * HOUR_MS);
  const inner = createMemoryLedger({ clock, random: () => 0 });
  const says: Parameters<Ledger['setSchedule']>[0][] = [];
  const ledger: Pick<Ledger, 'setSchedule'> = {
    setSchedule(change) {
      says.push(change);
      if (failing.times === 0) return inner.setSchedule(change);
      failing.times -= 1;
      return Promise.reject(new Error('the store is away'));
    },
  };
  let config = siteOf(ana);
  const seen: SwitchboardEvent[] = [];
  const errors: unknown[] = [];
  const onListenerError = (error: unknown): void => expect.fail(String(error));
  const events = createEventStream({ clock, configVersion: () => 'v1', onListenerError });
  events.subscribe((event) => seen.push(event));
  const backOff = { busy: 0, declined: 0, 'no-answer': 0, unreachable: 0 };
  await inner.configure({ ...config, backOff, missesUntilAway: 0 });
  for (const agent of config.agents.keys()) {
    await inner.setReachable({ agent, channel: 'voice', reachable: true });
    await inner.setPresence({ agent, presence: { state: 'available' } });
  }
  await inner.enqueue({ work: workId('c1'), channel: 'voice', queue: queueId('support'), offerTtlMs: 1000 });
  const schedules = await startSchedules({
    config: () => config,
    ledger,
    clock,
    events,
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => inner.close());
  return {
    schedules,
    inner,
    says,
    errors,
    clock,
    events: () => seen.map(({ type }) => type),
    pass: (ms: number) => clock.turn(ms),
    async reload(next: string) {
      config = siteOf(next);
      await schedules.refresh();
    },
    whyNot: async () => {
      const result = await inner.preview(queueId('support'));
      return result.type === 'preview' ? (result.decision.passedOver[0]?.why ?? 'free') : result.type;
    },
  };
}

it('begins and ends a break by the clock, and wakes the queue when it ends', async () => {
  const site = await start(', breaks: [lunch]');
  const matchable: number[] = [];
  site.inner.subscribe((notice) => notice.type === 'matchable' && matchable.push(site.clock.now() - MONDAY_MS));
  expect(await site.whyNot()).toBe('free');
  await site.pass(HOUR_MS);
  expect(await site.whyNot()).toBe('on a scheduled break until 14:00 (lunch)');
  await site.pass(HOUR_MS - 1);
  expect(matchable.filter((at) => at > 12 * HOUR_MS + 1 && at < 14 * HOUR_MS)).toEqual([]);
  await site.pass(1);
  expect(await site.whyNot()).toBe('free');
  expect(matchable).toContain(14 * HOUR_MS);
  expect(site.events()).toEqual(['agent.schedule_changed', 'agent.schedule_changed']);
  site.schedules.stop();
});

it('says nothing twice, and everything again to a store that may have forgotten it', async () => {
  const site = await start(', breaks: [lunch]');
  await site.pass(HOUR_MS);
  expect(site.says).toHaveLength(2);
  await site.schedules.refresh();
  expect(site.says).toHaveLength(2);
  await site.schedules.tellAll();
  expect(site.says).toHaveLength(3);
  site.schedules.stop();
});

it('takes over another schedule at a reload, and takes back what there is no longer', async () => {
  const site = await start('');
  await site.pass(HOUR_MS);
  expect(await site.whyNot()).toBe('free');
  await site.reload(', breaks: [lunch]');
  expect(await site.whyNot()).toContain('on a scheduled break');
  await site.reload('');
  expect(await site.whyNot()).toBe('free');
  site.schedules.stop();
});

it('tries again when the ledger could not be told', async () => {
  const site = await start(', duty: lunch', { times: 1 });
  expect(site.errors).toHaveLength(1);
  expect(await site.whyNot()).toBe('free');
  await site.pass(5_000);
  expect(await site.whyNot()).toBe('off duty until 13:00');
  site.schedules.stop();
});

it('leaves no timer behind', async () => {
  const site = await start(', breaks: [lunch]');
  site.schedules.stop();
  await site.inner.close();
  expect(site.clock.pending()).toBe(0);
});
