import { createEmbeddedMedia } from '../../../src/embedded/media/server.js';

export interface MediaServerUnderTest {
  readonly name: string;
  readonly isEmbedded: boolean;
  start(options?: MediaStartOptions): Promise<RunningMediaServer>;
}

export interface MediaStartOptions {
  /** Heeded by the embedded one only; FreeSWITCH beats every 20 s. */
  readonly heartbeatMs?: number;
}

export interface RunningMediaServer {
  readonly esl: { readonly host: string; readonly port: number; readonly password: string };
  readonly sip: { readonly host: string; readonly port: number };
  stop(): Promise<void>;
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

/** Every media server that can be tested on this machine, the embedded one first. */
export function availableMediaServers(): MediaServerUnderTest[] {
  return [embedded];
}
