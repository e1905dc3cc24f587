/** {@link Media} over SIP and FreeSWITCH's event socket. */
import type { Clock } from '../kernel/clock.js';
import type { PlaceId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { Media } from '../voice/media.js';
import type { Signalling } from '../voice/signalling.js';
import { createMediaServer, type MediaServerAddress, type ServerHealth } from './media-server.js';
import { SipPlace } from './place.js';
import { createServerPool } from './server-pool.js';

export interface EslMedia extends Media {
  health(): readonly ServerHealth[];
  /** Closes what is left, and the connections. */
  stop(): void;
}

interface EslMediaOptions {
  readonly servers: readonly MediaServerAddress[];
  readonly signalling: Signalling;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * User part of our From at the media servers. No two controllers share one, and a controller keeps its own: by it the
   * channels of an earlier life are known and hung up.
   */
  readonly owner: string;
  readonly domain: string;
  /** Something about the servers' health has changed. */
  readonly onChange?: () => void;
}

export function createEslMedia(options: EslMediaOptions): EslMedia {
  const { signalling, clock, log, owner, domain } = options;
  const onChange = options.onChange ?? (() => undefined);
  const pool = createServerPool(
    options.servers.map((address) => createMediaServer({ address, owner, clock, log, onChange })),
  );
  const places = new Map<PlaceId, SipPlace>();
  let sessionId = clock.now();
  const deps = {
    pool,
    signalling,
    clock,
    log,
    from: { user: owner, host: domain },
    find: (place: PlaceId) => places.get(place),
    onOver: (place: PlaceId) => void places.delete(place),
    nextSessionId: () => (sessionId += 1),
  };
  return {
    isUp: () => pool.isUp(),
    count: () => places.size,
    health: () => pool.health(),
    open(request, onEvent) {
      const place = new SipPlace(deps, request, onEvent);
      places.set(request.place, place);
      return place;
    },
    stop() {
      for (const place of [...places.values()]) place.close();
      pool.close();
    },
  };
}
