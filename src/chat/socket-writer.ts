/**
 * Writes to one socket without ever piling up for a peer that reads slowly: what is over the mark waits where it comes
 * from (entries in the log), is replaced by its newer self (states), or is left out (typing).
 */

/** As much of a `ws` socket as is used. */
export interface ChatSocket {
  readonly readyState: number;
  readonly OPEN: number;
  readonly bufferedAmount: number;
  send(text: string, done?: (error?: Error) => void): void;
}

export interface SocketWriter<Message extends object = object> {
  hasRoom(): boolean;
  /** Whether there was room or not: for what is small and asked for, an answer or a receipt. */
  send(message: Message): void;
  /** Now or later; a later message of the same key takes its place while it waits. */
  sendLatest(key: string, message: Message): void;
  /** Now or not at all. */
  sendIfRoom(message: Message): void;
  /** Told whenever there is room again; the returned function ends it. */
  onRoom(listener: () => void): () => void;
}

/** Bytes that may wait in the socket before we stop writing. */
export const HIGH_WATER_BYTES = 64 * 1024;

export function createSocketWriter<Message extends object>(socket: ChatSocket): SocketWriter<Message> {
  const latest = new Map<string, Message>();
  const listeners = new Set<() => void>();

  const hasRoom = (): boolean => socket.readyState === socket.OPEN && socket.bufferedAmount < HIGH_WATER_BYTES;

  function send(message: Message): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message), drained);
  }

  function drained(): void {
    for (const [key, message] of latest) {
      if (!hasRoom()) return;
      latest.delete(key);
      send(message);
    }
    for (const listener of listeners) if (hasRoom()) listener();
  }

  return {
    hasRoom,
    send,
    sendLatest(key, message) {
      // Behind one that waits already, so that what is newer never overtakes what is older.
      if (hasRoom() && !latest.has(key)) send(message);
      else latest.set(key, message);
    },
    sendIfRoom(message) {
      if (hasRoom()) send(message);
    },
    onRoom(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
