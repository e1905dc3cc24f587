import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ListenAddress } from './flow.js';
import { silentLog } from './log.js';
import type { EmbeddedSipServerOptions, SipServerCounts } from './server.js';
import type { FromWorker, ToWorker } from './worker-protocol.js';

export interface EmbeddedSipServerInWorker {
  readonly sip: readonly ListenAddress[];
  readonly control: { readonly host: string; readonly port: number };
  counts(): Promise<SipServerCounts>;
  close(): Promise<void>;
}

export interface WorkerServerOptions extends Omit<EmbeddedSipServerOptions, 'clock'> {
  /** Called when the thread ends though nobody asked it to: every call is lost with it. */
  readonly crashed?: (error: Error) => void;
}

/**
 * Starts the embedded SIP server in a thread of its own, so that it and the controller share two processors as the real server would.
 * Rejects with the system's error (`code` and all) when an address cannot be bound.
 */
export async function startEmbeddedSipServer(options: WorkerServerOptions): Promise<EmbeddedSipServerInWorker> {
  const { log = silentLog, crashed, ...workerData } = options;
  const worker = new Worker(workerFile(), { workerData });
  let isClosing = false;
  let hasStarted = false;
  const pending = new Map<number, (counts: SipServerCounts) => void>();
  let lastId = 0;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const fail = (error: Error): void => {
    if (hasStarted && !isClosing) crashed?.(error);
  };
  worker.on('error', fail);
  worker.on('exit', (code) => {
    if (code !== 0) fail(new Error(`the embedded SIP server ended with code ${String(code)}`));
  });
  const started = await new Promise<FromWorker & { type: 'started' }>((resolve, reject) => {
    worker.once('error', reject);
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'started') resolve(message);
      else if (message.type === 'failed') reject(Object.assign(new Error(message.message), { code: message.code }));
      else if (message.type === 'log') log[message.level](message.fields, message.text);
      else if (message.type === 'counts') {
        pending.get(message.id)?.(message.counts);
        pending.delete(message.id);
      }
    });
  });
  hasStarted = true;
  const post = (message: ToWorker): void => {
    worker.postMessage(message);
  };
  return {
    sip: started.sip,
    control: started.control,
    counts: () =>
      new Promise((resolve) => {
        const id = ++lastId;
        pending.set(id, resolve);
        post({ type: 'counts', id });
      }),
    close: async () => {
      isClosing = true;
      post({ type: 'close' });
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
  const built = new URL('../../../dist/embedded/sip/worker.js', import.meta.url);
  if (!existsSync(fileURLToPath(built)))
    throw new Error('dist/embedded/sip/worker.js is missing: run `npm run build` first');
  return built;
}
