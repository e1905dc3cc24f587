import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../test/sip-adapter/wire.js';
import { call, ledgerSite } from '../test/ledger/ledger-site.js';
import { REDIS_SERVER } from '../test/ledger/redis-server.js';
import {
  startCluster,
  startTopology,
  throwAwayCertificate,
  type RedisNode,
  type Topology,
} from '../test/ledger/redis-topologies.js';
import type { RedisServers, RedisStoreConfig } from './config/store-config.js';
import { systemClock } from './kernel/clock.js';
import { agentId, queueId, workId } from './kernel/ids.js';
import { Started } from './site-lifetime.js';
import { openStore, type SiteStore } from './site-store.js';

const SITE = ledgerSite({ queues: { support: { members: ['ana', 'ben'] } } });
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(REDIS_SERVER === undefined)(`a store at ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let topology: Topology;
  let started: Started;

  beforeEach(async () => {
    topology = await startTopology();
    started = new Started();
  });
  afterEach(async () => {
    await started.stopAll();
    await topology.stop();
  });

  const open = (servers: RedisServers, more: Partial<RedisStoreConfig> = {}): Promise<SiteStore> =>
    openStore({
      config: { kind: 'redis', servers, tls: false, site: 'kinds', down: 'reject', ...more },
      clock: systemClock,
      log: silentLog,
      started,
    });
  const single = (port: number): RedisServers => ({ kind: 'single', host: '127.0.0.1', port, db: 0 });

  /** A call from its line to its end, seen by two controllers. */
  async function serve(one: SiteStore, other: SiteStore): Promise<void> {
    await one.ledger.configure(SITE);
    const agent = agentId('ana');
    await one.ledger.setReachable({ agent, channel: 'voice', reachable: true });
    await one.ledger.setPresence({ agent, presence: { state: 'available' } });
    const told = new Promise<void>((resolve) => {
      one.ledger.subscribe(({ type }) => {
        if (type === 'offered') resolve();
      });
    });
    expect(await one.ledger.enqueue(call('c1'))).toMatchObject({ type: 'enqueued' });
    expect(await other.ledger.match(queueId('support'))).toMatchObject({ type: 'offered-elsewhere', agents: ['ana'] });
    await told;
    expect(await one.ledger.accept({ work: workId('c1'), agent, attempt: 1 })).toMatchObject({ type: 'won' });
    const holds = (await other.ledger.snapshot()).agents.flatMap((each) => each.holds);
    expect(holds).toMatchObject([{ work: 'c1', state: 'active' }]);
    await one.ledger.release({ work: workId('c1'), wrapUpMs: 0, talkMs: 0 });
  }

  it('asks for the account that it was given', async () => {
    const node = await topology.server();
    const admin = node.connect();
    const rights = ['~switchboard:*', '&*', '+@all', '-@admin', '-@dangerous', '+info'];
    await admin.call('ACL', 'SETUSER', 'us', 'on', '>example-secret', ...rights);
    await admin.call('ACL', 'SETUSER', 'default', 'off');
    const account = { username: 'us', password: 'example-secret' };
    await serve(await open(single(node.port), account), await open(single(node.port), account));
    await expect(open(single(node.port), { ...account, password: 'wrong' })).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
    });
  });

  it.skipIf(!hasOpenssl)('speaks TLS, and trusts nobody it was not told to trust', async () => {
    const tlsFiles = await throwAwayCertificate(topology.folder);
    const { cert, key, ca } = tlsFiles;
    const files = [`tls-cert-file ${cert}`, `tls-key-file ${key}`, `tls-ca-cert-file ${ca}`];
    const node = await topology.server('port 0', 'tls-port PORT', ...files);
    const secured = { tls: true, tlsFiles };
    await serve(await open(single(node.port), secured), await open(single(node.port), secured));
    await expect(open(single(node.port), { tls: true })).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    await expect(open(single(node.port), { tls: true, tlsFiles: { ca } }), 'shows none').rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
    });
  });

  it('works on a cluster of three, all of a site on one of them', async () => {
    const nodes = await startCluster(topology);
    const servers = {
      kind: 'cluster',
      nodes: nodes.slice(1).map(({ port }) => ({ host: '127.0.0.1', port })),
    } as const;
    await serve(await open(servers), await open(servers));
    const used = await Promise.all(nodes.map((node) => node.connect().dbsize()));
    expect(used.filter((keys) => keys > 0)).toHaveLength(1);
  });

  it.each([
    ['is dead', false, (master: RedisNode) => master.kill()],
    ['stands still, and does not know that it is no master any more', true, (master: RedisNode) => master.pause()],
  ])(
    'follows Sentinels to the server that takes over, and tells it what runs, where the old one %s',
    async (_, isThereAgain, harm) => {
      const master = await topology.server();
      const replica = await topology.server(`replicaof 127.0.0.1 ${master.port}`);
      await vi.waitFor(
        async () => expect(await replica.connect().info('replication')).toMatch(/master_link_status:up/),
        {
          timeout: 40_000,
        },
      );
      const sentinel = await topology.sentinel('one', master);
      await vi.waitFor(
        async () => expect(await sentinel.connect().call('SENTINEL', 'REPLICAS', 'one')).toHaveLength(1),
        {
          timeout: 40_000,
        },
      );
      const servers = {
        kind: 'sentinel',
        sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
        master: 'one',
        db: 0,
      } as const;
      const [one, other] = [await open(servers), await open(servers)];
      await serve(one, other);
      await one.ledger.enqueue(call('c2'));
      one.runs(
        () => [
          {
            ...{ work: workId('c2'), channel: 'voice', phase: 'active', queue: queueId('support'), enqueuedAt: 0 },
            ...{ offerTtlMs: 1_000, agents: [agentId('ben')] },
          },
        ],
        () => undefined,
      );
      const back = new Promise<void>((resolve) => one.onBack(() => resolve()));
      await harm(master);
      await vi.waitFor(async () => {
        const [, port] = (await sentinel.connect().call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'one')) as string[];
        expect(port).toBe(String(replica.port));
      }, 30_000);
      master.resume();
      await back;
      if (isThereAgain) {
        const old = master.connect();
        const clients = async (): Promise<string> => String(await old.call('CLIENT', 'LIST'));
        await vi.waitFor(async () => expect(await clients()).not.toMatch(/cmd=(fcall|xreadgroup)/), 5_000);
      }
      await vi.waitFor(async () => {
        const { agents } = await other.ledger.snapshot();
        const held = agents.find(({ agent }) => agent === 'ben')?.holds;
        expect(held).toMatchObject([{ work: 'c2', state: 'active' }]);
      }, 30_000);
      expect([one.isUp(), await replica.connect().role()]).toEqual([true, expect.arrayContaining(['master'])]);
    },
  );
});
