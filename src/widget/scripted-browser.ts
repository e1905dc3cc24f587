/** For tests: sockets and a clock that do what they are told. */
import type { Socket, Timers } from './connection.js';

export interface ScriptedSocket extends Socket {
  readonly sent: Record<string, unknown>[];
  isClosed: boolean;
  opens(): void;
  says(message: object): void;
  breaks(): void;
}

export function createScriptedSockets() {
  const sockets: ScriptedSocket[] = [];
  const openSocket = (): ScriptedSocket => {
    const socket: ScriptedSocket = {
      onopen: null,
      onmessage: null,
      onclose: null,
      sent: [],
      isClosed: false,
      send: (text) => void socket.sent.push(JSON.parse(text) as Record<string, unknown>),
      close: () => void (socket.isClosed = true),
      opens: () => socket.onopen?.({} as Event),
      says: (message) => socket.onmessage?.({ data: JSON.stringify(message) } as MessageEvent),
      breaks: () => socket.onclose?.({} as CloseEvent),
    };
    sockets.push(socket);
    return socket;
  };
  return { sockets, openSocket };
}

export function createScriptedTimers(): Timers & { pass(ms: number): void; next(): number | undefined } {
  let nowMs = 0;
  const due = new Set<{ readonly atMs: number; readonly act: () => void }>();
  const first = () => [...due].sort((one, other) => one.atMs - other.atMs)[0];
  return {
    after(ms, act) {
      const timer = { atMs: nowMs + ms, act };
      due.add(timer);
      return () => due.delete(timer);
    },
    /** Milliseconds until the next one. */
    next() {
      const timer = first();
      return timer === undefined ? undefined : timer.atMs - nowMs;
    },
    pass(ms) {
      const untilMs = nowMs + ms;
      for (let timer = first(); timer !== undefined && timer.atMs <= untilMs; timer = first()) {
        nowMs = timer.atMs;
        due.delete(timer);
        timer.act();
      }
      nowMs = untilMs;
    },
  };
}
