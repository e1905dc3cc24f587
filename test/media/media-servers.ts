/** The media servers that the suite runs against: the embedded one always, and a real FreeSWITCH where one is found. */
import { freeswitchBinary } from '../contract/media/freeswitch.js';
import { createEmbeddedMedia } from '../../src/embedded/media/server.js';
import { startFreeswitch, type RunningMediaServer } from '../support/freeswitch-server.js';

export interface MediaServerUnderTest {
  readonly name: string;
  readonly isEmbedded: boolean;
  start(): Promise<RunningMediaServer>;
}

const password = 'media-test';

const embedded: MediaServerUnderTest = {
  name: 'the embedded media server',
  isEmbedded: true,
  async start() {
    const server = await createEmbeddedMedia({ password });
    return {
      esl: { ...server.esl, password },
      sip: server.sip,
      kill: () => void server.stop(),
      stop: () => server.stop(),
    };
  },
};

export function availableMediaServers(): MediaServerUnderTest[] {
  const freeswitch = freeswitchUnderTest();
  // eslint-disable-next-line no-console -- the run has to say by name what it was not held against
  if (freeswitch === undefined) console.warn('FreeSWITCH: not found, the media suite ran on the embedded server only');
  return freeswitch === undefined ? [embedded] : [embedded, freeswitch];
}

/** `FREESWITCH_BIN` names it, or it is on the PATH. */
export function freeswitchUnderTest(): MediaServerUnderTest | undefined {
  const binary = freeswitchBinary();
  if (binary === undefined) return undefined;
  return { name: 'FreeSWITCH', isEmbedded: false, start: () => startFreeswitch(binary) };
}
