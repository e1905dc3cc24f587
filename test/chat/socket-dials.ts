/** Connections of pages to running controllers, by WebSocket. */
import { once } from 'node:events';
import WebSocket from 'ws';
import { ORIGIN } from './socket-pages.js';
import type { Dial } from './steady-pages.js';

interface Place {
  readonly host: string;
  readonly port: number;
}

/** @param address as a web server in front would tell it */
export function visitorDial({ host, port }: Place, address: string): Dial {
  return (heed) => dial(`ws://${host}:${port}/v1/visitor`, { origin: ORIGIN, 'x-forwarded-for': address }, heed);
}

/** @param apiToken by which a token for the agent's page is asked for */
export function agentDial({ host, port }: Place, agent: string, apiToken: string): Dial {
  return async (heed) => {
    const response = await fetch(`http://${host}:${port}/v1/agents/${agent}/chat-token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(2_000),
    });
    const { token } = (await response.json()) as { token: string };
    return dial(`ws://${host}:${port}/v1/agent`, { authorization: `Bearer ${token}` }, heed);
  };
}

async function dial(url: string, headers: Record<string, string>, heed: Parameters<Dial>[0]): ReturnType<Dial> {
  const socket = new WebSocket(url, { headers, handshakeTimeout: 2_000 });
  socket.on('message', (data: Buffer) => heed.text(data.toString()));
  socket.on('error', () => socket.terminate());
  const opened = once(socket, 'open');
  socket.on('close', () => heed.closed());
  await opened;
  return { send: (text) => socket.send(text), close: () => socket.terminate() };
}
