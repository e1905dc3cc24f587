/** The media servers of a site: the least loaded of those that take calls is the next one's. */
import type { MediaServer, ServerHealth } from './media-server.js';

export interface ServerPool {
  /** Whether any server would take a new place now. */
  isUp(): boolean;
  /** @param tried servers that have refused this place already */
  choose(tried: ReadonlySet<MediaServer>): MediaServer | undefined;
  health(): readonly ServerHealth[];
  close(): void;
}

export function createServerPool(servers: readonly MediaServer[]): ServerPool {
  /** One that has not answered lately is better than none. */
  function candidates(tried: ReadonlySet<MediaServer>): readonly MediaServer[] {
    const left = servers.filter((server) => !tried.has(server) && isOpen(server.health()));
    const taking = left.filter((server) => server.isTaking);
    return taking.length > 0 ? taking : left;
  }

  return {
    isUp: () => candidates(new Set()).length > 0,
    choose(tried) {
      return candidates(tried).reduce<MediaServer | undefined>(
        (best, server) => (best === undefined || server.load < best.load ? server : best),
        undefined,
      );
    },
    health: () => servers.map((server) => server.health()),
    close() {
      for (const server of servers) server.close();
    },
  };
}

function isOpen({ state, isPaused }: ServerHealth): boolean {
  return state === 'up' && !isPaused;
}
