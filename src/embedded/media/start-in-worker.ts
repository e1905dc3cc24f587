import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { EmbeddedMediaOptions } from './server.js';
import type { FromWorker, ToWorker } from './worker-protocol.js';

export interface EmbeddedMediaInWorker {
  readonly esl: { readonly host: string; readonly port: number };
  readonly sip: { readonly host: string; readonly port: number };
  readonly password: string;
  /** Hangs up all calls and ends the thread. */
  stop(): Promise<void>;
}

export interface WorkerMediaOptions extends EmbeddedMediaOptions {
  /** Called when the thread ends though nobody asked it to: all sound is lost with it. */
  readonly crashed?: (error: Error) => void;
}

/**
 * Starts the embedded media server in a thread of its own, so that nothing else makes its packets late.
 * Rejects with the system's error (`code` and all) when an address cannot be bound.
 */
export async function startEmbeddedMedia(options: WorkerMediaOptions): Promise<EmbeddedMediaInWorker> {
  const { crashed, ...workerData } = options;
  const worker = new Worker(workerFile(), { workerData });
  let isStopping = false;
  let hasStarted = false;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const fail = (error: Error): void => {
    if (hasStarted && !isStopping) crashed?.(error);
  };
  worker.on('error', fail);
  worker.on('exit', (code) => {
    if (code !== 0) fail(new Error(`the embedded media server ended with code ${String(code)}`));
  });
  const started = await new Promise<FromWorker & { type: 'started' }>((resolve, reject) => {
    worker.once('error', reject);
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'started') resolve(message);
      else reject(Object.assign(new Error(message.message), { code: message.code }));
    });
  });
  hasStarted = true;
  return {
    esl: started.esl,
    sip: started.sip,
    password: options.password,
    stop: async () => {
      isStopping = true;
      worker.postMessage({ type: 'stop' } satisfies ToWorker);
      await exited;
    },
  };
}

/**
 * A worker needs JavaScript. Run from TypeScript (by vitest), this file stands in `src/` and has no compiled worker beside it, so the
 * one that `npm run build` has put into `dist/` is taken.
 */
function workerFile(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./worker.js', import.meta.url);
  const built = new URL('../../../dist/embedded/media/worker.js', import.meta.url);
  if (!existsSync(fileURLToPath(built)))
    throw new Error('dist/embedded/media/worker.js is missing: run `npm run build` first');
  return built;
}
