/** A WebSocket that comes back: after each loss it tries again, later each time, until the server has welcomed us. */

/** As much of a browser's WebSocket as is used. */
export interface Socket {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface Timers {
  /** @returns the function that takes it back */
  after(ms: number, act: () => void): () => void;
}

export interface Connection {
  /** Does nothing when it is there or under way. */
  start(): void;
  stop(): void;
  /** Without a connection nothing is sent. */
  send(message: object): void;
  /** It is good: the next loss is tried again soon. */
  settled(): void;
  /** What there is, is lost or of no use: drops it and comes back after a while. */
  drop(): void;
  /** Whoever waits to try again tries now. */
  retryNow(): void;
}

export interface ConnectionOptions {
  /** May throw where the page is not allowed to connect. */
  readonly openSocket: () => Socket;
  readonly timers: Timers;
  /** From 0 up to 1, so that a thousand pages do not come back at the same moment. */
  readonly random: () => number;
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  readonly onLost: () => void;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

/** @param losses in a row, from 1 */
export function retryDelayMs(losses: number, random: number): number {
  const full = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (losses - 1));
  return full / 2 + (full / 2) * random;
}

type Phase =
  | { readonly name: 'stopped' }
  | { readonly name: 'connecting' | 'open'; readonly socket: Socket }
  | { readonly name: 'waiting'; readonly takeBack: () => void };

export function createConnection(options: ConnectionOptions): Connection {
  const { openSocket, timers, random, onOpen, onText, onLost } = options;
  let phase: Phase = { name: 'stopped' };
  let losses = 0;

  function connect(): void {
    const socket = attempt(openSocket);
    if (socket === undefined) return wait();
    phase = { name: 'connecting', socket };
    socket.onopen = () => {
      phase = { name: 'open', socket };
      onOpen();
    };
    socket.onmessage = ({ data }) => onText(String(data));
    socket.onclose = lost;
  }

  function wait(): void {
    losses += 1;
    phase = { name: 'waiting', takeBack: timers.after(retryDelayMs(losses, random()), connect) };
    onLost();
  }

  /** A lost network may take minutes to close a socket: nothing more is heard of this one at once. */
  function letGo(): void {
    if (phase.name === 'waiting') phase.takeBack();
    if (phase.name !== 'connecting' && phase.name !== 'open') return;
    closeUnheard(phase.socket);
  }

  function lost(): void {
    if (phase.name === 'stopped') return;
    letGo();
    wait();
  }

  return {
    start() {
      if (phase.name === 'stopped') connect();
    },
    stop() {
      letGo();
      phase = { name: 'stopped' };
      losses = 0;
    },
    send(message) {
      if (phase.name === 'open') phase.socket.send(JSON.stringify(message));
    },
    settled() {
      losses = 0;
    },
    drop: lost,
    retryNow() {
      if (phase.name !== 'waiting') return;
      phase.takeBack();
      connect();
    },
  };
}

function attempt(openSocket: () => Socket): Socket | undefined {
  try {
    return openSocket();
  } catch {
    return undefined;
  }
}

function closeUnheard(socket: Socket): void {
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.close();
}
