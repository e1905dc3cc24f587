/** Work of another system and calls, for the same agent under the same limit; told by webhooks, acted on by the API. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RoutingConfig } from '../../src/config/routing-config.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../ledger/redis-server.js';
import { availableSipServers } from '../support/sip-servers.js';
import { askApi, SECRET, startOtherSystem, type OtherSystem } from '../work/other-system.js';
import { startController } from './controller-process.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, siteYaml } from './site.js';

const [server] = availableSipServers();

/** A ticket takes half of Solo, and a call all: never both. */
const capacity = {
  total: 100,
  channels: { voice: { weight: 100, max: 1 }, ticket: { weight: 50, max: 2, interruptible: false } },
};

function yamlFor(url: string): string {
  const base = siteYaml({
    agents: agents('solo'),
    queues: { calls: { members: ['solo'], wrap_up: '0s', max_wait: '1m' } },
    entry_points: { 'to-solo': { queue: 'calls', public: true } },
    site: { capacity },
  });
  const work = {
    queues: {
      tickets: { members: ['solo'], offer_timeout: '20s' },
      'other-calls': { members: ['solo'], channel: 'voice' },
    },
    webhooks: { desk: { url, secret: SECRET } },
  };
  return `${base}work: ${JSON.stringify(work)}\n`;
}

let other: OtherSystem;
const running: RunningSite[] = [];
beforeEach(async () => {
  other = await startOtherSystem();
});
afterEach(async () => {
  for (const site of running.splice(0)) await site.stop();
  await other.stop();
});

async function open(adjust?: (config: RoutingConfig) => RoutingConfig): Promise<RunningSite> {
  const site = await startSite({ server: server!, yaml: yamlFor(other.url), ...(adjust && { adjust }) });
  running.push(site);
  return site;
}

const phone = { name: 'solo', then: { does: 'answer', afterMs: 20 } } as const;
const reachable = (site: RunningSite) =>
  askApi(site.switchboard.http, 'PUT', '/agents/solo/channels/ticket', { reachable: true });

async function holdsOf(site: RunningSite): Promise<string[]> {
  const { agents: all } = await site.switchboard.ledger.snapshot();
  return all.flatMap(({ holds }) => holds.map(({ channel, state }) => `${channel} ${state}`));
}

describe('a controller alone', () => {
  it('gives an agent work of another system or a call, never both, and tells of each once', async () => {
    const site = await open();
    const { http } = site.switchboard;
    await site.phones(['solo'], phone);
    await reachable(site);
    await other.eventually('site.started');

    other.fail(1);
    expect(await askApi(http, 'POST', '/work', { id: '4711', queue: 'tickets' })).toMatchObject({ status: 201 });
    expect(await askApi(http, 'POST', '/work', { id: '4711', queue: 'tickets' })).toMatchObject({ status: 200 });
    expect((await other.eventually('work.offered', '4711')).data).toMatchObject({ agents: ['solo'], queue: 'tickets' });
    expect(await askApi(http, 'POST', '/work/4711/accept', { agent: 'solo' })).toMatchObject({ status: 200 });

    const caller = await site.startCallers({ what: 'talk', forMs: 200 }, ['to-solo']);
    await site.eventually('call.waiting');
    expect(await holdsOf(site)).toEqual(['ticket active']);
    expect(await askApi(http, 'POST', '/work/4711/close', { agent: 'solo' })).toMatchObject({ status: 200 });
    await site.eventually('call.accepted');
    await askApi(http, 'POST', '/work', { id: '4712', queue: 'tickets' });
    expect(await holdsOf(site)).toEqual(['voice active']);
    expect((await askApi(http, 'GET', '/work/4712')).body).toMatchObject({ phase: 'waiting', position: 1 });
    expect((await caller.done()).code).toBe(0);
    await other.eventually('work.offered', '4712');
    expect(await askApi(http, 'DELETE', '/work/4712')).toMatchObject({ status: 204 });
    await other.eventually('work.ended', '4712');

    const about = (item: string) => other.told.flatMap(({ type, data }) => (data.item === item ? [type] : []));
    expect(about('4711')).toEqual(['work.queued', 'work.offered', 'work.accepted', 'work.ended']);
    expect(about('4712')).toEqual(['work.queued', 'work.offered', 'work.offer_ended', 'work.ended']);
    const verdicts = other.requests.map(({ verdict }) => verdict);
    expect(verdicts.filter((verdict) => verdict === 'refused')).toHaveLength(1);
    expect(verdicts).not.toContain('forged');
    await site.nothingLeft();
  });

  it('tells the other system what ends with it', async () => {
    const site = await open();
    await askApi(site.switchboard.http, 'POST', '/work', { id: '4711', queue: 'tickets' });
    await running.pop()?.stop();
    expect(await other.eventually('work.ended', '4711')).toMatchObject({ data: { why: 'stopping' } });
  });
});

describe.skipIf(REDIS_SERVER === undefined)(`two controllers on ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  const withStore = (config: RoutingConfig): RoutingConfig => ({
    ...config,
    store: {
      ...{ kind: 'redis', servers: { kind: 'socket', path: redis.socket, db: 0 } },
      ...{ tls: false, site: 'other-systems', down: 'reject' },
    },
  });

  it('share the limit, do what either is asked, and go on with what one that stops leaves behind', async () => {
    const [a, b] = [await open(withStore), await open(withStore)];
    await b.phones(['solo'], phone);
    await reachable(a);

    await askApi(a.switchboard.http, 'POST', '/work', { id: '4711', queue: 'tickets' });
    expect(await askApi(b.switchboard.http, 'POST', '/work', { id: '4711', queue: 'tickets' })).toMatchObject({
      status: 200,
    });
    await other.eventually('work.offered', '4711');
    const accepted = await askApi(b.switchboard.http, 'POST', '/work/4711/accept', { agent: 'solo' });
    expect(accepted).toMatchObject({ status: 200, body: { phase: 'active', agent: 'solo' } });
    const caller = await b.startCallers({ what: 'talk', forMs: 200 }, ['to-solo']);
    await b.eventually('call.waiting');
    expect(await holdsOf(a)).toEqual(['ticket active']);

    running.splice(running.indexOf(a), 1);
    await a.stop();
    await expect
      .poll(async () => (await askApi(b.switchboard.http, 'GET', '/work/4711')).body.node, { timeout: 15_000 })
      .not.toBe(accepted.body.node);
    expect(await holdsOf(b)).toEqual(['ticket active']);
    expect(await askApi(b.switchboard.http, 'POST', '/work/4711/close')).toMatchObject({ status: 200 });
    expect((await caller.done()).code).toBe(0);
    await other.eventually('work.ended', '4711');
    expect(other.told.flatMap(({ type, data }) => (data.item === '4711' ? [type] : []))).toEqual([
      'work.queued',
      'work.offered',
      'work.accepted',
      'work.ended',
    ]);
    await b.nothingLeft(10_000);
  });

  it('lose nothing of one that is killed but what nobody can take over, and say so', async () => {
    const common = { yaml: yamlFor(other.url), socket: redis.socket, storeSite: 'killed' };
    const [a, b] = await Promise.all(['a', 'b'].map((node) => startController({ ...common, node })));
    try {
      const [one, two] = [a!, b!].map(({ http }) => ({ ...http, token: 'a-token-for-tests' }));
      await askApi(two!, 'PUT', '/agents/solo/presence', { presence: 'available' });
      await askApi(two!, 'PUT', '/agents/solo/channels/ticket', { reachable: true });
      await askApi(one!, 'POST', '/work', { id: 'active', queue: 'tickets' });
      await other.eventually('work.offered', 'active');
      await askApi(two!, 'POST', '/work/active/accept', { agent: 'solo' });
      await askApi(one!, 'POST', '/work', { id: 'offered', queue: 'tickets' });
      await askApi(one!, 'POST', '/work', { id: 'waiting', queue: 'tickets' });
      await askApi(one!, 'POST', '/work', { id: 'call', queue: 'other-calls' });
      await other.eventually('work.offered', 'offered');
      await a!.kill();
      expect(await askApi(two!, 'POST', '/work/active/close')).toMatchObject({ status: 503 });

      const phases = async () => {
        const { work } = (await askApi(two!, 'GET', '/work')).body as {
          work: { id: string; node: string; phase: string }[];
        };
        return work.map(({ id, node, phase }) => `${id} ${phase} ${node}`).toSorted();
      };
      await expect
        .poll(phases, { timeout: 15_000 })
        .toEqual(['active active b', 'offered offered b', 'waiting waiting b']);
      expect(await other.eventually('work.ended', 'call')).toMatchObject({ data: { why: 'lost' } });
      expect(await askApi(two!, 'POST', '/work/offered/accept', { agent: 'solo' })).toMatchObject({ status: 200 });
      expect(await askApi(two!, 'POST', '/work/active/close')).toMatchObject({ status: 200 });
      expect(await other.eventually('work.offered', 'waiting')).toMatchObject({ data: { agents: ['solo'] } });
      const ends = other.told.flatMap(({ type, data }) => (type === 'work.ended' ? [data.item] : []));
      expect(ends.toSorted()).toEqual(['active', 'call']);
    } finally {
      await Promise.all([a!.kill(), b!.kill()]);
    }
  });
});
