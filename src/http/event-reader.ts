/**
 * One reader of the event stream. It has a place in the history and moves on as its socket drains; whoever falls so far
 * behind that the history has forgotten its place is dropped with 1013 (try again later), and may resume with `?since=`.
 */
import type { WebSocket } from 'ws';

import type { Clock } from '../kernel/clock.js';
import type { EventHistory } from './event-history.js';
import { startPings } from './socket-pings.js';

/** Bytes that may wait in the socket before we stop writing. */
const HIGH_WATER_BYTES = 64 * 1024;
/** How long a peer that is dropped has to read what still waits for it, the close frame last. */
const CLOSE_GRACE_MS = 3_000;

/** Says that events are missing: the reader has seen all up to `after`, and `next` is the first that follows here. */
interface GapMarker {
  readonly type: 'gap';
  readonly after: number;
  readonly next: number;
}

export interface EventReaderOptions {
  readonly socket: WebSocket;
  readonly history: EventHistory;
  readonly clock: Clock;
  /** The last event that the reader has seen; none: from now on. */
  readonly since?: number;
}

/** Lives until its socket closes. */
export function startEventReader({ socket, history, clock, since }: EventReaderOptions): void {
  let seen = since ?? history.newestSeq();
  let mayHaveGap = since !== undefined;

  const pump = (): void => {
    while (socket.readyState === socket.OPEN) {
      const entry = history.next(seen);
      if (entry === undefined) return;
      const missing = entry.seq !== seen + 1;
      if (missing && !mayHaveGap) {
        dropReader(socket, clock, 1013, 'reads too slowly');
        return;
      }
      if (socket.bufferedAmount >= HIGH_WATER_BYTES) return;
      if (missing) socket.send(gapMarker(seen, entry.seq));
      mayHaveGap = false;
      seen = entry.seq;
      socket.send(entry.json, pump);
    }
  };

  const stopPings = startPings(socket, clock);
  const unsubscribe = history.onEvent(pump);
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    unsubscribe();
    stopPings();
  });
  pump();
}

function gapMarker(after: number, next: number): string {
  const marker: GapMarker = { type: 'gap', after, next };
  return JSON.stringify(marker);
}

/** Closes without waiting long for a peer that does not read. */
export function dropReader(socket: WebSocket, clock: Clock, code: 1001 | 1013, reason: string): void {
  socket.close(code, reason);
  const cancel = clock.after(CLOSE_GRACE_MS, () => socket.terminate());
  socket.once('close', cancel);
}
