/** One attempt to bring a webhook to its address, over HTTP. */

export type WebhookPost = (request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Then it has failed. */
  readonly timeoutMs: number;
}) => Promise<PostOutcome>;

export type PostOutcome =
  | { readonly type: 'taken' }
  /** `retryAfterMs`: as the other side wishes (RFC 9110 §10.2.3). */
  | { readonly type: 'failed'; readonly why: string; readonly retryAfterMs?: number };

/** Follows no redirect: where webhooks go says the configuration alone. What is answered beside the status is not read. */
export const postWebhook: WebhookPost = async ({ url, headers, body, timeoutMs }) => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'Switchboard' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    if (response.ok) return { type: 'taken' };
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
    const wish = Number.isFinite(retryAfter) && retryAfter > 0 ? { retryAfterMs: retryAfter * 1000 } : {};
    return { type: 'failed', why: `status ${response.status}`, ...wish };
  } catch (error) {
    return { type: 'failed', why: reasonOf(error) };
  }
};

/** `fetch` says only that it failed; why stands in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error && 'code' in error.cause ? ` (${String(error.cause.code)})` : '';
  return `${error.message}${cause}`;
}
