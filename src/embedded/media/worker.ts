/** Entry point of the thread that runs the embedded media server. */
import { parentPort, workerData } from 'node:worker_threads';
import { raisePriority } from './priority.js';
import { createEmbeddedMedia } from './server.js';
import type { FromWorker, WorkerOptions } from './worker-protocol.js';

async function run(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('this file runs in a worker thread only');
  const post = (message: FromWorker): void => {
    port.postMessage(message);
  };
  raisePriority();
  try {
    const server = await createEmbeddedMedia(workerData as WorkerOptions);
    port.on('message', () => {
      void server.stop().then(() => port.close());
    });
    post({ type: 'started', esl: server.esl, sip: server.sip });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    post({ type: 'failed', message, code });
    port.close();
  }
}

await run();
