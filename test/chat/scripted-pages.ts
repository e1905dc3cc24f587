/** Pages of visitors and agents on sockets that read at once: each remembers what it was sent. */
import { agentNews } from '../../src/chat/agent-news.js';
import type { ChatCenter } from '../../src/chat/chat-center.js';
import { visitorNews } from '../../src/chat/visitor-news.js';
import { agentId } from '../../src/kernel/ids.js';
import { settled } from '../support/manual-clock.js';

export type Received = { readonly type: string } & Record<string, unknown>;

/** @param news whatever is no such message fails the test */
function createSocket(news: { parse(message: unknown): object }) {
  const received: Received[] = [];
  const socket = {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    send(text: string, done?: () => void) {
      received.push(news.parse(JSON.parse(text)) as Received);
      if (done !== undefined) queueMicrotask(done);
    },
  };
  const of = (type: string): Received[] => received.filter((message) => message.type === type);
  return { socket, received, of };
}

/** `3 visitor hello`, one a message. */
function said(entries: readonly Received[]): string[] {
  return entries.map(({ seq, from, body }) => {
    const { kind, agent } = from as { kind: string; agent?: string };
    const { text, name } = body as { text?: string; name?: string };
    return `${String(seq)} ${agent ?? kind} ${text ?? name ?? ''}`;
  });
}

export async function openVisitorPage(center: ChatCenter, hello: object = {}, address = '192.0.2.1') {
  const { socket, received, of } = createSocket(visitorNews);
  const session = center.visitorCame(socket, address);
  const send = async (message: object | string): Promise<void> => {
    await session.received(typeof message === 'string' ? message : JSON.stringify(message));
    for (let round = 0; round < 4; round += 1) await settled();
  };
  await send({ type: 'hello', ...hello });
  const welcome = of('welcome')[0] as unknown as { chat: string; token: string } | undefined;
  return {
    received,
    of,
    send,
    chat: welcome?.chat ?? '',
    token: welcome?.token ?? '',
    said: () => said(of('entry')),
    session,
  };
}

export async function openAgentPage(center: ChatCenter, name: string, isSupervisor = false) {
  const { socket, received, of } = createSocket(agentNews);
  const session = center.agentCame(socket, { agent: agentId(name), isSupervisor });
  await settled();
  const send = async (message: object | string): Promise<void> => {
    session.received(typeof message === 'string' ? message : JSON.stringify(message));
    for (let round = 0; round < 4; round += 1) await settled();
  };
  const accept = async (): Promise<string> => {
    const { work, chat } = of('offer').at(-1) as unknown as { work: string; chat: string };
    await send({ type: 'accept', work });
    await send({ type: 'watch', chat });
    return chat;
  };
  return { received, of, send, accept, said: () => said(of('entry')), session };
}
