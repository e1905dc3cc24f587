/** Waits for what no event tells; bounded. */
export async function until(what: string, holds: () => boolean, limitMs = 30_000): Promise<void> {
  const untilMs = Date.now() + limitMs;
  while (!holds()) {
    if (Date.now() > untilMs) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
