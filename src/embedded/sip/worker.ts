/** Entry point of the thread that runs the embedded SIP server. */
import { parentPort, workerData } from 'node:worker_threads';
import type { SipLog } from './log.js';
import { createEmbeddedSipServer } from './server.js';
import type { FromWorker, ToWorker, WorkerOptions } from './worker-protocol.js';

async function run(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('this file runs in a worker thread only');
  const post = (message: FromWorker): void => {
    port.postMessage(message);
  };
  const log: SipLog = {
    debug: () => undefined,
    info: (fields, text) => post({ type: 'log', level: 'info', fields, text }),
    warn: (fields, text) => post({ type: 'log', level: 'warn', fields, text }),
  };
  try {
    const server = await createEmbeddedSipServer({ ...(workerData as WorkerOptions), log });
    port.on('message', (message: ToWorker) => {
      if (message.type === 'counts') post({ type: 'counts', id: message.id, counts: server.counts() });
      else {
        void server.close().then(() => {
          post({ type: 'closed' });
          port.close();
        });
      }
    });
    post({ type: 'started', sip: server.sip, control: server.control });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    post({ type: 'failed', message, code });
    port.close();
  }
}

await run();
