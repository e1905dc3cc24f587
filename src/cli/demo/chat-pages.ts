/** Pages of a visitor and of an agent without a browser: what they are told, and what they say. */
import { once } from 'node:events';
import WebSocket from 'ws';
import { ask, type Stage } from './stage.js';

type Message = { readonly type: string; readonly atMs: number } & Readonly<Record<string, unknown>>;

export interface ChatPage {
  /** The first that fits, past or to come. */
  until(fits: (message: Message) => boolean): Promise<Message>;
  say(message: object): void;
  close(): void;
}

/** A visitor on the site's own page to try the widget on, who says hello. */
export async function openVisitorPage(stage: Stage): Promise<ChatPage> {
  const { host, port } = stage.site.http;
  const page = await openPage(stage, 'visitor', { origin: `http://${host}:${port}` });
  page.say({ type: 'hello', languages: ['en'] });
  return page;
}

/** An agent who takes every chat that they are offered. */
export async function openAgentPage(stage: Stage, agent: string): Promise<ChatPage> {
  const { token } = (await ask(stage, 'POST', `agents/${agent}/chat-token`, {})) as { token: string };
  const page = await openPage(stage, 'agent', { authorization: `Bearer ${token}` });
  page.heed(({ type, work }) => (type === 'offer' ? page.say({ type: 'accept', work }) : undefined));
  return page;
}

async function openPage({ site }: Stage, path: string, headers: Record<string, string>) {
  const socket = new WebSocket(`ws://${site.http.host}:${site.http.port}/v1/${path}`, { headers });
  const received: Message[] = [];
  const listeners = new Set<(message: Message) => void>();
  socket.on('message', (data: Buffer) => {
    const message = { ...(JSON.parse(data.toString()) as { type: string }), atMs: Date.now() };
    received.push(message);
    for (const listener of [...listeners]) listener(message);
  });
  await once(socket, 'open');
  return {
    heed: (listener: (message: Message) => void) => void listeners.add(listener),
    async until(fits: (message: Message) => boolean): Promise<Message> {
      const found = received.find(fits);
      if (found !== undefined) return found;
      return new Promise<Message>((resolve) => {
        const look = (message: Message): void => {
          if (!fits(message)) return;
          listeners.delete(look);
          resolve(message);
        };
        listeners.add(look);
      });
    },
    say: (message: object) => socket.send(JSON.stringify(message)),
    close: () => socket.close(),
  };
}
