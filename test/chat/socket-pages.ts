/** Pages of visitors and agents on real sockets of a running controller, and what an agent had of chats, as their pages saw it. */
import { once } from 'node:events';
import WebSocket from 'ws';

export type Message = { readonly type: string } & Readonly<Record<string, unknown>>;

/** One chat that an agent had, as their page saw it. Milliseconds since the epoch. */
export interface HadChat {
  readonly agent: string;
  readonly chat: string;
  /** When the controller offered it: from then on its room is taken. */
  readonly fromMs: number;
  /** When the agent let it go. */
  untilMs: number;
}

export interface HttpPlace {
  readonly host: string;
  readonly port: number;
  readonly token: string;
}

export const ORIGIN = 'https://shop.example';

function open(place: HttpPlace, path: string, headers: Record<string, string>): WebSocket {
  return new WebSocket(`ws://${place.host}:${place.port}/v1${path}`, { headers });
}

function onMessage(socket: WebSocket, heed: (message: Message) => void): void {
  socket.on('message', (data: Buffer) => heed(JSON.parse(data.toString()) as Message));
}

async function agentToken(place: HttpPlace, agent: string): Promise<string> {
  const response = await fetch(`http://${place.host}:${place.port}/v1/agents/${agent}/chat-token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${place.token}`, 'content-type': 'application/json' },
    body: '{}',
  });
  return ((await response.json()) as { token: string }).token;
}

/** A page that takes what it is offered, and closes each chat after a while. */
export async function openTakingPage(
  place: HttpPlace,
  agent: string,
  options: { offerTimeoutMs: number; acceptsAfterMs: () => number; closesAfterMs: () => number },
): Promise<{ readonly had: HadChat[]; close(): Promise<void> }> {
  const socket = open(place, '/agent', { authorization: `Bearer ${await agentToken(place, agent)}` });
  const had: HadChat[] = [];
  const offeredAt = new Map<string, number>();
  const timers = new Set<NodeJS.Timeout>();
  const send = (message: object, afterMs: number, then: () => void = () => undefined): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      then();
      socket.send(JSON.stringify(message));
    }, afterMs);
    timers.add(timer);
  };
  onMessage(socket, (message) => {
    const chat = String(message.chat);
    if (message.type === 'offer') {
      offeredAt.set(chat, Number(message.untilMs) - options.offerTimeoutMs);
      send({ type: 'accept', work: message.work }, options.acceptsAfterMs());
      return;
    }
    const isMine = message.type === 'chat' && message.phase === 'talking' && message.agent === agent;
    if (!isMine || had.some((one) => one.chat === chat)) return;
    const mine: HadChat = { agent, chat, fromMs: offeredAt.get(chat) ?? 0, untilMs: Infinity };
    had.push(mine);
    send({ type: 'close', chat }, options.closesAfterMs(), () => (mine.untilMs = Date.now()));
  });
  await once(socket, 'open');
  return {
    had,
    async close() {
      for (const timer of timers) clearTimeout(timer);
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

/** Opens a chat and waits for its end. @param address as a web server in front would tell it */
export async function visit(place: HttpPlace, address: string): Promise<'taken and closed' | 'closed'> {
  const socket = open(place, '/visitor', { origin: ORIGIN, 'x-forwarded-for': address });
  const over = new Promise<boolean>((resolve, reject) => {
    let wasTaken = false;
    onMessage(socket, (message) => {
      if (message.type === 'error') reject(new Error(`the visitor was refused: ${String(message.code)}`));
      if (message.type !== 'state') return;
      wasTaken ||= message.phase === 'talking';
      if (message.phase === 'closed') resolve(wasTaken);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the socket of a visitor was closed')));
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'hello' }));
  const wasTaken = await over;
  socket.removeAllListeners('close');
  socket.close();
  return wasTaken ? 'taken and closed' : 'closed';
}
