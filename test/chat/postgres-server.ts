/** A Postgres server of the test's own, on a Unix socket in a temporary folder. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const hasServer = ['initdb', 'postgres'].every((program) => spawnSync(program, ['--version']).status === 0);

/** It refuses to run as root: then it runs as `nobody`. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export const POSTGRES_SERVER = hasServer;

export interface TestPostgres {
  readonly url: string;
  /** As a crash does it: every connection breaks, and what was not committed is gone. */
  kill(): Promise<void>;
  /** A new one on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-pg-'));
  if (nobody.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid);
  const data = join(folder, 'data');
  const options = { cwd: folder, ...nobody };
  const made = spawnSync('initdb', ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--no-sync'], options);
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr.toString()}`);
  const settings = ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off'];
  const start = () => spawn('postgres', settings, { ...options, stdio: 'ignore' });
  let server = start();
  const url = `postgres://test@/postgres?host=${encodeURIComponent(folder)}`;
  await untilItAnswers(url);
  return {
    url,
    async kill() {
      const ended = once(server, 'exit');
      // SIGQUIT: at once, without a word to anybody, and without leaving its own processes behind.
      server.kill('SIGQUIT');
      await ended;
    },
    async restart() {
      server = start();
      await untilItAnswers(url);
    },
    async stop() {
      const ended = once(server, 'exit');
      // SIGINT ends connections too (a fast shutdown).
      server.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilItAnswers(url: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (tries >= 600) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
