/** A redis-server of the test's own, on a temporary Unix socket. It keeps nothing on disk unless it is to survive. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

const named = process.env.REDIS_BIN;

/** `REDIS_BIN=/path/to/valkey-server` takes the place of what is on the `PATH`. */
export const REDIS_SERVER = (named === undefined ? ['redis-server', 'valkey-server'] : [named]).find(
  (program) => spawnSync(program, ['--version']).status === 0,
);

export interface TestRedis {
  readonly socket: string;
  connect(): Redis;
  /** Stops all its work for a while, and goes on as if nothing had been. */
  pause(ms: number): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** A new one after a {@link kill}, with what the append-only file has. */
  restart(): Promise<void>;
  /** Both, with a while in between. */
  killAndRestart(awayMs: number): Promise<void>;
  stop(): Promise<void>;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface RedisOptions {
  readonly appendOnly?: boolean;
  /** Commands that this server is not to know. */
  readonly without?: readonly string[];
}

export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  if (REDIS_SERVER === undefined) throw new Error('no redis-server on PATH');
  const program = REDIS_SERVER;
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-redis-'));
  const socket = join(folder, 'redis.sock');
  const start = (): ChildProcess => {
    const append = options.appendOnly === true ? ['yes', '--appendfsync', 'everysec'] : ['no'];
    const settings = ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder, '--appendonly', ...append];
    for (const command of options.without ?? []) settings.push('--rename-command', command, '');
    return spawn(program, settings, { stdio: 'ignore' });
  };
  let server = start();
  const clients: Redis[] = [];
  const connect = (): Redis => {
    const client = new Redis({ path: socket, retryStrategy: (times) => Math.min(20 * times, 200) });
    // Until the server listens, and after it has stopped, there is nothing to say about it.
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = once(server, 'exit');
    if (server.exitCode === null && server.signalCode === null && server.kill(signal)) await ended;
  };
  /** Until it answers. */
  const restart = async (): Promise<void> => {
    server = start();
    await connect().ping();
  };
  await connect().ping();
  return {
    socket,
    connect,
    async pause(ms) {
      server.kill('SIGSTOP');
      await sleep(ms);
      server.kill('SIGCONT');
    },
    kill: () => end('SIGKILL'),
    restart,
    async killAndRestart(awayMs) {
      await end('SIGKILL');
      await sleep(awayMs);
      await restart();
    },
    async stop() {
      for (const client of clients) client.disconnect();
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
