/** The embedded Postgres (PGlite): the same SQL without a server, in a thread of its own. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { PgliteReply, PgliteRequest } from './pglite-worker.js';
import type { SqlClient } from './sql-transcripts.js';

interface Waiting {
  readonly resolve: (rows: readonly Record<string, unknown>[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Takes some seconds and some hundred megabytes to open; queries wait until it has.
 * @param dataDir a folder, used by no other process; `memory://` keeps nothing
 */
export function createPgliteClient(dataDir: string): SqlClient {
  const worker = new Worker(workerFile(), { workerData: dataDir });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let failure: Error | undefined;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const fail = (error: Error): void => {
    failure = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('the embedded database has ended')));
  worker.on('message', (reply: PgliteReply) => {
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('rows' in reply) asked?.resolve(reply.rows);
    else asked?.reject(Object.assign(new Error(reply.error), { code: reply.code }));
  });
  return {
    query(text, values = []) {
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        const id = (lastId += 1);
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, text, values } satisfies PgliteRequest);
      });
    },
    async close() {
      if (failure === undefined) worker.postMessage('close');
      await exited;
    },
  };
}

/** A worker needs JavaScript: run from TypeScript (by vitest), the one that `npm run build` has put into `dist/` is taken. */
function workerFile(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./pglite-worker.js', import.meta.url);
  const built = new URL('../../dist/chat/pglite-worker.js', import.meta.url);
  if (!existsSync(fileURLToPath(built))) {
    throw new Error('dist/chat/pglite-worker.js is missing: run `npm run build` first');
  }
  return built;
}
