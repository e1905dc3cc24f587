/** Redis as larger sites run it, on free ports of loopback: with TLS, accounts, Sentinels, or as a cluster. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { vi } from 'vitest';
import { freePort } from '../support/free-ports.js';
import { REDIS_SERVER } from './redis-server.js';

const host = '127.0.0.1';

export interface RedisNode {
  readonly port: number;
  /** For the test's own questions, over plain TCP. */
  connect(): Redis;
  kill(): Promise<void>;
  /** Stops all its work, until {@link resume}. */
  pause(): Promise<void>;
  resume(): void;
}

export interface Topology {
  readonly folder: string;
  /** Starts a server with these settings, `name value` each. */
  server(...settings: readonly string[]): Promise<RedisNode>;
  /** A Sentinel that watches that server, and takes over within a second or two when it is gone. */
  sentinel(name: string, master: RedisNode): Promise<RedisNode>;
  stop(): Promise<void>;
}

export async function startTopology(): Promise<Topology> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-redis-'));
  const children: ChildProcess[] = [];
  const clients: Redis[] = [];

  async function run(port: number, lines: readonly string[], ...more: readonly string[]): Promise<RedisNode> {
    const file = join(folder, `${port}.conf`);
    const bus = await freePort();
    const common = [`bind ${host}`, `dir ${folder}`, 'save ""', `cluster-port ${bus}`, `dbfilename ${port}.rdb`];
    await writeFile(file, [...(more.length > 0 ? [`bind ${host}`, `dir ${folder}`] : common), ...lines, ''].join('\n'));
    const child = spawn(REDIS_SERVER!, [file, ...more], { stdio: 'ignore' });
    children.push(child);
    await vi.waitFor(() => answers(port), { timeout: 30_000, interval: 20 });
    return {
      port,
      connect() {
        const client = new Redis({ host, port, retryStrategy: (times) => Math.min(20 * times, 200) });
        client.on('error', () => undefined);
        clients.push(client);
        return client;
      },
      kill: () => end(child, 'SIGKILL'),
      pause() {
        child.kill('SIGSTOP');
        return Promise.resolve();
      },
      resume: () => void child.kill('SIGCONT'),
    };
  }

  return {
    folder,
    async server(...settings) {
      const port = await freePort();
      const isPlain = !settings.some((setting) => setting.startsWith('port '));
      return run(port, [
        ...(isPlain ? [`port ${port}`] : []),
        ...settings.map((each) => each.replace('PORT', String(port))),
      ]);
    },
    async sentinel(name, master) {
      const port = await freePort();
      const watched = [
        `sentinel monitor ${name} ${host} ${master.port} 1`,
        `sentinel down-after-milliseconds ${name} 500`,
        `sentinel failover-timeout ${name} 3000`,
      ];
      return run(port, [`port ${port}`, ...watched], '--sentinel');
    },
    async stop() {
      for (const client of clients) client.disconnect();
      await Promise.all(children.map((child) => end(child, 'SIGKILL')));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<void> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  if (child.exitCode === null && child.signalCode === null && child.kill(signal)) await ended;
}

/** Three masters that share the slots. */
export async function startCluster(topology: Topology): Promise<readonly RedisNode[]> {
  const nodes = await Promise.all(
    [0, 1, 2].map((index) => topology.server('cluster-enabled yes', `cluster-config-file nodes-${index}.conf`)),
  );
  const clients = nodes.map((node) => node.connect());
  const ranges = [
    [0, 5460],
    [5461, 10_922],
    [10_923, 16_383],
  ] as const;
  for (const [index, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', ...ranges[index]!);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
  for (const client of clients.slice(1)) {
    const first = await busOf(clients[0]!);
    await client.call('CLUSTER', 'MEET', host, nodes[0]!.port, first);
  }
  await vi.waitFor(
    async () => {
      for (const client of clients) {
        const info = String(await client.call('CLUSTER', 'INFO'));
        if (!info.includes('cluster_state:ok') || !info.includes('cluster_known_nodes:3')) throw new Error(info);
      }
    },
    { timeout: 60_000, interval: 50 },
  );
  return nodes;
}

async function busOf(client: Redis): Promise<string> {
  const [, port = ''] = (await client.call('CONFIG', 'GET', 'cluster-port')) as string[];
  return port;
}

/** A certificate that nobody has heard of, for 127.0.0.1. */
export async function throwAwayCertificate(folder: string): Promise<{ ca: string; cert: string; key: string }> {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=switchboard-test', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
  ]);
  if (made.status !== 0) throw new Error(`openssl: ${String(made.stderr)}`);
  return { ca: cert, cert, key };
}
