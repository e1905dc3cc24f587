/** Commands that ask a running switchboard by its HTTP API. */
import type { z } from 'zod';

export interface ApiAddress {
  readonly url: string;
  readonly token: string;
  /** GET unless it says otherwise. */
  readonly method?: 'POST';
}

const PATIENCE_MS = 10_000;

/** The lines to print, or what went wrong. */
export async function askApi<Schema extends z.ZodType>(
  { url, token, method }: ApiAddress,
  path: string,
  schema: Schema,
  inWords: (answer: z.output<Schema>) => readonly string[],
): Promise<readonly string[] | string> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(new URL(path, url), {
      ...(method === undefined ? {} : { method }),
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    body = await response.json();
  } catch (error) {
    return `no answer from ${url}: ${reasonOf(error)}`;
  }
  if (!response.ok) return messageOf(body) ?? `${url} answered ${response.status}`;
  const answer = schema.safeParse(body);
  return answer.success ? inWords(answer.data) : `what answers at ${url} is no switchboard, or one of another version`;
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
