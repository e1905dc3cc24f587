/** `switchboard explain`: asks a running switchboard why a call went to whom it went, or to whom one would go now. */
import type { z } from 'zod';
import type { Terminal } from '../terminal.js';
import { callDecisions, queueExplanation } from './answers.js';
import { callText, queueText } from './explain-text.js';

export interface ExplainOptions {
  readonly about: { readonly call: string } | { readonly queue: string };
  /** Of the API, `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly token: string | undefined;
}

const PATIENCE_MS = 10_000;

/** Gives the exit code. */
export async function runExplain({ about, url, token }: ExplainOptions, terminal: Terminal): Promise<number> {
  if (token === undefined || token === '') {
    terminal.err('switchboard explain: no token; give --token, or set SWITCHBOARD_TOKEN to the token of the API');
    return 1;
  }
  const api = { url, token };
  const lines =
    'call' in about
      ? await ask(api, `/v1/calls/${encodeURIComponent(about.call)}/decisions`, callDecisions, callText)
      : await ask(api, `/v1/queues/${encodeURIComponent(about.queue)}/explain`, queueExplanation, queueText);
  if (typeof lines === 'string') {
    terminal.err(`switchboard explain: ${printable(lines)}`);
    return 1;
  }
  for (const line of lines) terminal.out(printable(line));
  return 0;
}

/** The lines to print, or what went wrong. */
async function ask<Schema extends z.ZodType>(
  api: { readonly url: string; readonly token: string },
  path: string,
  schema: Schema,
  inWords: (answer: z.output<Schema>) => readonly string[],
): Promise<readonly string[] | string> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(new URL(path, api.url), {
      headers: { authorization: `Bearer ${api.token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    body = await response.json();
  } catch (error) {
    return `no answer from ${api.url}: ${reasonOf(error)}`;
  }
  if (!response.ok) return messageOf(body) ?? `${api.url} answered ${response.status}`;
  const answer = schema.safeParse(body);
  return answer.success
    ? inWords(answer.data)
    : `what answers at ${api.url} is no switchboard, or one of another version`;
}

function messageOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error } = body;
  const isOurs = typeof error === 'object' && error !== null && 'message' in error;
  return isOurs && typeof error.message === 'string' ? error.message : undefined;
}

/** fetch says `fetch failed`, and what failed in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

/** Reasons of absence are people's own words, and must not drive the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}
