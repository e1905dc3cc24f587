import { expect, it } from 'vitest';
import { createManualClock } from '../../test/support/manual-clock.js';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { parseSite } from '../config/parse-site.js';
import type { RoutingConfig } from '../config/routing-config.js';
import { agentId, queueId, workId, type AgentId, type WorkId } from '../kernel/ids.js';
import type { Ledger } from '../ledger/ledger.js';
import { createMemoryLedger } from '../ledger/memory.js';
import type { OwnWork } from '../ledger/redis.js';
import { createStandby, standbyNumber } from './standby.js';

const device = (name: string) => `${name}: { devices: { d: { sip: ${name}, password: example-${name} } } }`;
const site = (down = 'standby') => `
agents: { ${device('ana')}, ${device('ben')}, ${device('eva')} }
queues:
  support: { members: [eva], standby: [ana, ben, { number: "+34600", trunk: t }], overflow: { agent: eva } }
  sales: { members: [eva] }
entry_points: { 1: { queue: support }, 2: { queue: sales } }
trunks: { t: { host: a.example, addresses: [192.0.2.1], allowed_prefixes: ["+34"] } }
store: { redis: /run/redis.sock }
store_down: ${down}`;

function configOf(text: string): RoutingConfig {
  const parsed = parseSite([{ name: 'site.yaml', text }], {});
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.config;
}

const support = queueId('support');
const number = agentId('tel:t:+34600');
const [ana, ben, eva] = [agentId('ana'), agentId('ben'), agentId('eva')];
const w = workId;

/** Notes what the site's ledger is asked, and never answers: it is away. */
function absentLedger(asked: string[]): Ledger {
  const none = createMemoryLedger({ clock: createManualClock(), random: () => 0 });
  return new Proxy(
    { ...none },
    {
      ownKeys: (target) => Reflect.ownKeys(target),
      get:
        (_, name: string) =>
        (request: { work?: WorkId } | WorkId): Promise<never> => {
          asked.push(`${name} ${typeof request === 'object' ? request.work : request}`);
          return new Promise<never>(() => undefined);
        },
    },
  );
}

function setup(options: { down?: string; own?: readonly OwnWork[] } = {}) {
  const config = configOf(site(options.down));
  const asked: string[] = [];
  const offers: { work: WorkId; attempt: number; agents: readonly AgentId[] }[] = [];
  const target = (work: WorkId) => ({
    offered: (attempt: number, agents: readonly AgentId[]) => void offers.push({ work, attempt, agents }),
    nobodyFree: () => undefined,
    offerExpired: () => undefined,
    moreAgentsFree: () => undefined,
  });
  const standby = createStandby({
    ledger: absentLedger(asked),
    config: () => config,
    clock: createManualClock(),
    calls: () => ({ find: target, works: () => options.own ?? [] }),
    log: silentLog,
  });
  const begin = (name: string) => {
    void standby.ledger.enqueue({ work: w(name), channel: 'voice', queue: support, offerTtlMs: 60_000 });
    return settled();
  };
  return { standby, asked, offers, begin };
}

/** Until all that could happen at once has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const own = (work: string, over: Partial<OwnWork>): OwnWork => ({
  work: w(work),
  channel: 'voice',
  phase: 'waiting',
  enqueuedAt: 0,
  offerTtlMs: 60_000,
  agents: [],
  ...over,
});

it('leaves everything to the ledger of the site while that is there', async () => {
  const { standby, asked, offers, begin } = setup();
  await begin('c1');
  void standby.ledger.release({ work: w('c1'), wrapUpMs: 0, talkMs: 0 });
  expect(asked).toEqual(['enqueue c1', 'release c1']);
  expect(offers).toEqual([]);
});

it('rings all of the list, gives each one call at a time, and the next when that is over', async () => {
  const { standby, asked, offers, begin } = setup();
  standby.storeAway();
  await begin('c1');
  expect(offers).toEqual([{ work: 'c1', attempt: 1, agents: [ana, ben, number] }]);
  await begin('c2');
  expect(offers, 'all ring already').toHaveLength(1);
  expect(await standby.ledger.accept({ work: w('c1'), agent: ana, attempt: 1 })).toEqual({
    type: 'won',
    losers: [ben, number],
  });
  await settled();
  expect(offers[1]).toEqual({ work: 'c2', attempt: 1, agents: [ben, number] });
  await standby.ledger.release({ work: w('c1'), wrapUpMs: 5_000, talkMs: 1 });
  expect(await standby.ledger.abandon(w('c2'))).toEqual({ type: 'abandoned', offeredTo: [ben, number] });
  expect(asked, 'nothing for the store').toEqual([]);
});

it('leaves alone who has a call of before, until that is over', async () => {
  const { standby, asked, offers, begin } = setup({
    own: [own('c0', { phase: 'active', agents: [ana] }), own('r0', { phase: 'offered', attempt: 3, agents: [ben] })],
  });
  standby.storeAway();
  await begin('c1');
  expect(offers[0]?.agents).toEqual([number]);
  void standby.ledger.decline({ work: w('r0'), agent: ben, attempt: 3, cause: 'busy' });
  void standby.ledger.release({ work: w('c0'), wrapUpMs: 0, talkMs: 0 });
  expect(asked, 'it is told when it is back').toEqual(['decline r0', 'release c0']);
  expect(await standby.ledger.accept({ work: w('c1'), agent: number, attempt: 1 })).toMatchObject({ type: 'won' });
  await begin('c2');
  expect(offers.at(-1)).toMatchObject({ work: 'c2', agents: [ana, ben] });
});

it('takes over who waits already, with their age, and gives all back at the end', async () => {
  const { standby, asked, offers } = setup({
    own: [own('late', { queue: support, enqueuedAt: 2 }), own('early', { queue: support, enqueuedAt: 1 })],
  });
  standby.storeAway();
  standby.storeAway();
  await settled();
  expect(offers.map(({ work }) => work)).toEqual(['early']);
  standby.handOver();
  void standby.ledger.abandon(w('late'));
  expect(asked).toEqual(['abandon late']);
});

it('rings one person by name too, where an overflow leads there', async () => {
  const { standby } = setup();
  standby.storeAway();
  const common = { channel: 'voice', as: 'offered', offerTtlMs: 60_000, ignorePresence: false } as const;
  expect(await standby.ledger.assign({ ...common, work: w('c1'), agent: eva })).toEqual({
    type: 'assigned',
    attempt: 1,
  });
  expect(await standby.ledger.assign({ ...common, work: w('c2'), agent: eva })).toMatchObject({ type: 'refused' });
});

it('is for queues with a list, on sites that want it', () => {
  expect(setup().standby.serves(support)).toBe(true);
  expect(setup().standby.serves(queueId('sales'))).toBe(false);
  const refusing = setup({ down: 'reject' });
  expect(refusing.standby.serves(support)).toBe(false);
  refusing.standby.storeAway();
  void refusing.begin('c1');
  expect(refusing.asked).toEqual(['enqueue c1']);
});

it('knows a number of a list by its name', () => {
  expect(standbyNumber(number)).toEqual({ trunk: 't', number: '+34600' });
  expect(standbyNumber(ana)).toBeUndefined();
});
