import { createEmbeddedMedia } from '../../../src/embedded/media/server.js';
import type { RunningMediaServer } from '../../support/freeswitch-server.js';
import { freeswitchBinary, startReadyFreeswitch } from './freeswitch.js';

export interface MediaServerUnderTest {
  readonly name: string;
  readonly isEmbedded: boolean;
  start(options?: MediaStartOptions): Promise<StoppableMediaServer>;
}

/** As much of a running one as the suite needs. */
export type StoppableMediaServer = Pick<RunningMediaServer, 'esl' | 'sip' | 'stop'>;

export interface MediaStartOptions {
  /** Heeded by the embedded one only; FreeSWITCH beats every 20 s. */
  readonly heartbeatMs?: number;
}

const embedded: MediaServerUnderTest = {
  name: 'embedded',
  isEmbedded: true,
  start: async (options = {}) => {
    const password = 'contract';
    const server = await createEmbeddedMedia({
      password,
      sipTimes: { t1: 100, t2: 400, t4: 500 },
      ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
    });
    return { esl: { ...server.esl, password }, sip: server.sip, stop: () => server.stop() };
  },
};

/** Every media server that can be tested on this machine, the embedded one first. Says so when there is no real one. */
export function availableMediaServers(): MediaServerUnderTest[] {
  const binary = freeswitchBinary();
  if (binary === undefined) {
    // eslint-disable-next-line no-console -- the run has to say by name what it was not held against
    console.warn('real FreeSWITCH: not found, contract suite ran on the embedded media server only');
    return [embedded];
  }
  return [embedded, { name: 'FreeSWITCH', isEmbedded: false, start: () => startReadyFreeswitch(binary) }];
}
