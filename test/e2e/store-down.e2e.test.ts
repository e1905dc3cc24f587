/** New calls while Redis is stopped: the standby list of their queue rings, and all else is refused. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RoutingConfig } from '../../src/config/routing-config.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../ledger/redis-server.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, domain, siteYaml } from './site.js';
import { connected, fromUser, mostAtOnce, story } from './wire.js';

const yaml = siteYaml({
  agents: agents('ana', 'ben', 'eva'),
  queues: {
    support: { members: ['eva'], standby: ['ana', 'ben'], wrap_up: '0s' },
    sales: { members: ['eva'], wrap_up: '0s' },
  },
  entry_points: { 'to-support': { queue: 'support', public: true }, 'to-sales': { queue: 'sales', public: true } },
});

const answers = { does: 'answer', afterMs: 50 } as const;

describe.skipIf(REDIS_SERVER === undefined).each(availableSipServers())('store_down: standby, on $name', (server) => {
  let redis: TestRedis;
  let site: RunningSite;

  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true });
    const withStore = (config: RoutingConfig): RoutingConfig => ({
      ...config,
      store: {
        kind: 'redis',
        servers: { kind: 'socket', path: redis.socket, db: 0 },
        tls: false,
        site: 'down',
        down: 'standby',
      },
    });
    site = await startSite({ server, yaml, adjust: withStore });
  });
  afterAll(async () => {
    await site.stop();
    await redis.stop();
  });

  const isUp = async (): Promise<boolean> => {
    const { host, port } = site.switchboard.http;
    return (await fetch(`http://${host}:${port}/readyz`)).ok;
  };
  const until = (up: boolean) => vi.waitFor(async () => expect(await isUp()).toBe(up), 60_000);

  it('rings the list, one call for each at a time, and keeps the calls when Redis is back', async () => {
    const list = await site.phones(['ana', 'ben'], { name: 'list', then: answers });
    await site.eventually(
      'agent.presence_changed',
      ({ agent, presence }) => agent === 'ben' && presence === 'available',
    );
    // Waits for eva, who is not there, when Redis goes.
    const early = await site.startCallers({ what: 'talk', forMs: 300 }, ['to-support'], {
      habit: { from: 'early', domain },
    });
    await site.eventually('call.waiting');
    await redis.kill();
    await until(false);

    await site.call({ what: 'be-refused', status: 503 }, ['to-sales']);
    await site.call({ what: 'be-refused', status: 503 }, ['nowhere']);
    const numbers = Array<string>(6).fill('to-support');
    const served = await site.call({ what: 'talk', forMs: 300 }, numbers);
    for (const call of served.calls) expect(story(call)).toContain('<200 INVITE');
    expect((await early.done()).code, 'who waited already').toBe(0);
    expect(connected(list.calls())).toHaveLength(7);
    expect(mostAtOnce([list])).toEqual({ ana: 1, ben: 1 });

    const talking = await site.startCallers({ what: 'listen' }, ['to-support'], {
      habit: { from: 'late', domain },
    });
    await site.sawOnWire(talking, /<200 INVITE/);
    await redis.restart();
    await until(true);
    const holds = async () =>
      (await site.switchboard.ledger.snapshot()).agents.flatMap(({ agent, holds: held }) =>
        held.map(({ state }) => `${agent} ${state}`),
      );
    const [holder = ''] = connected(list.calls().filter((call) => fromUser(call) === 'late'));
    expect(await holds()).toContain(`${holder} active`);
    site.hangUp();
    expect((await talking.done()).code).toBe(0);
    await site.nothingLeft();
    expect(mostAtOnce([list])).toEqual({ ana: 1, ben: 1 });
  });
});
