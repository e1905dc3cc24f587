/** The media servers of a site: its own, or FreeSWITCH servers that run already; and what calls need to use them. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { RoutingConfig } from './config/routing-config.js';
import { startEmbeddedMedia } from './embedded/media/start-in-worker.js';
import type { Clock } from './kernel/clock.js';
import { SwitchboardError } from './kernel/errors.js';
import { createEslMedia } from './media/esl-media.js';
import type { MediaServerAddress, ServerHealth } from './media/media-server.js';
import type { Started } from './site-lifetime.js';
import type { CallMedia } from './voice/call/call-places-runner.js';
import type { Logger } from './kernel/logger.js';
import type { Signalling } from './voice/signalling.js';
import { createSoundBook } from './voice/sound/sound-book.js';

/** Where the media servers are; starts the embedded one when the config asks for it. Empty on a site without sound. */
export async function startMediaServers(
  config: RoutingConfig,
  log: Logger,
  started: Started,
): Promise<readonly MediaServerAddress[]> {
  const { servers } = config.media;
  switch (servers.kind) {
    case 'none':
      return [];
    case 'freeswitch':
      return servers.servers.map(({ name, host, port, password, sip }) => ({
        name,
        esl: { host, port, password },
        sip,
      }));
    case 'embedded': {
      const { host, rtpPorts } = servers;
      const password = randomBytes(16).toString('hex');
      try {
        const embedded = await startEmbeddedMedia({
          host,
          password,
          rtpPorts: { first: rtpPorts.from, last: rtpPorts.to },
          crashed: (error) => log.error({ err: error }, 'the embedded media server crashed'),
        });
        started.add(() => embedded.stop());
        return [{ name: 'embedded', esl: { ...embedded.esl, password }, sip: embedded.sip }];
      } catch (error) {
        throw new SwitchboardError('LISTEN_FAILED', `the media server cannot listen on ${host}`, { cause: error });
      }
    }
  }
}

/** @returns `undefined` on a site without media servers */
export function connectMedia(deps: {
  readonly servers: readonly MediaServerAddress[];
  readonly config: () => RoutingConfig;
  readonly signalling: Signalling;
  readonly clock: Clock;
  readonly log: Logger;
  readonly started: Started;
}): (CallMedia & { health(): readonly ServerHealth[] }) | undefined {
  const { servers, config, signalling, clock, log, started } = deps;
  if (servers.length === 0) return undefined;
  const { domain } = config().sip;
  const media = createEslMedia({ servers, signalling, clock, log, owner: ownerOf(config()), domain });
  started.add(() => media.stop());
  return {
    media,
    health: () => media.health(),
    book: createSoundBook({ config: () => config().media, random: Math.random }),
    recordingFile: (file) => join(config().media.recordings.onServer, file),
  };
}

/** The same after a restart, so that what an earlier life has left on the media servers is known, and hung up. */
function ownerOf({ store, http }: RoutingConfig): string {
  if (store.kind === 'redis' && store.node !== undefined) return `switchboard-${store.node}`;
  return `switchboard-${hostname()}-${http.port === 0 ? `pid-${String(process.pid)}` : String(http.port)}`;
}
