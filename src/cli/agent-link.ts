/** `switchboard agent-link`: a link by which an agent signs in on the page for chats. */
import { z } from 'zod';
import { askApi } from './ask-api.js';
import type { Terminal } from './terminal.js';

export interface AgentLinkOptions {
  readonly agent: string;
  /** Of the API, `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly token: string | undefined;
}

const answer = z.object({ token: z.string() });

/** Gives the exit code. */
export async function runAgentLink({ agent, url, token }: AgentLinkOptions, terminal: Terminal): Promise<number> {
  if (token === undefined || token === '') {
    terminal.err('switchboard agent-link: no token; give --token, or set SWITCHBOARD_TOKEN to the token of the API');
    return 1;
  }
  const path = `/v1/agents/${encodeURIComponent(agent)}/chat-token`;
  // Behind the `#`, which no server ever sees.
  const page = new URL('/agent', url);
  const lines = await askApi({ url, token, method: 'POST' }, path, answer, (signed) => [
    `${page.href}#token=${signed.token}`,
  ]);
  if (typeof lines === 'string') {
    terminal.err(`switchboard agent-link: ${lines}`);
    return 1;
  }
  for (const line of lines) terminal.out(line);
  return 0;
}
