/** A redis-server of the test's own, on a temporary Unix socket, that keeps nothing on disk. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

export const REDIS_SERVER = ['redis-server', 'valkey-server'].find(
  (program) => spawnSync(program, ['--version']).status === 0,
);

export interface TestRedis {
  readonly socket: string;
  connect(): Redis;
  stop(): Promise<void>;
}

export async function startRedis(): Promise<TestRedis> {
  if (REDIS_SERVER === undefined) throw new Error('no redis-server on PATH');
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-redis-'));
  const socket = join(folder, 'redis.sock');
  const server = spawn(
    REDIS_SERVER,
    ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no', '--dir', folder],
    { stdio: 'ignore' },
  );
  const clients: Redis[] = [];
  const connect = (): Redis => {
    const client = new Redis({ path: socket, retryStrategy: (times) => Math.min(20 * times, 200) });
    // Until the server listens, and after it has stopped, there is nothing to say about it.
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };
  await connect().ping();
  return {
    socket,
    connect,
    async stop() {
      for (const client of clients) client.disconnect();
      const ended = once(server, 'exit');
      if (server.exitCode === null && server.kill()) await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
