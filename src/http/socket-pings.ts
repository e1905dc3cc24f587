/** A peer that has vanished without a word is noticed by the pong that does not come. */
import type { WebSocket } from 'ws';
import type { Clock } from '../kernel/clock.js';

const PING_EVERY_MS = 30_000;

/** @returns the function that ends it, to be called when the socket has closed */
export function startPings(socket: WebSocket, clock: Clock): () => void {
  let alive = true;
  let cancel: () => void;
  const ping = (): void => {
    if (!alive) {
      socket.terminate();
      return;
    }
    alive = false;
    socket.ping();
    cancel = clock.after(PING_EVERY_MS, ping);
  };
  socket.on('pong', () => (alive = true));
  cancel = clock.after(PING_EVERY_MS, ping);
  return () => cancel();
}
