/** The embedded media server in a thread that can die at once, as by kill -9: nobody is told, its sockets are gone. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FromWorker, WorkerOptions } from '../../src/embedded/media/worker-protocol.js';
import type { MediaServerPorts, RunningMediaServer } from './freeswitch-server.js';

const password = 'media-test';
/** What `npm run build` has made. */
const worker = new URL('../../dist/embedded/media/worker.js', import.meta.url);

/** @param ports as those of an earlier one that is to be taken for it; free ones by default */
export async function startEmbeddedMediaThread(ports?: MediaServerPorts): Promise<RunningMediaServer> {
  const workerData: WorkerOptions = {
    password,
    ...(ports === undefined ? {} : { sipPort: ports.sip, esl: { port: ports.esl } }),
  };
  const thread = new Worker(worker, { workerData });
  const [started] = (await once(thread, 'message')) as [FromWorker];
  if (started.type === 'failed') throw new Error(started.message);
  return {
    esl: { ...started.esl, password },
    sip: started.sip,
    kill: () => void thread.terminate(),
    async stop() {
      await thread.terminate();
    },
  };
}
