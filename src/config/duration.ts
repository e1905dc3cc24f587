const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** What {@link parseDuration} takes, for editors. */
export const durationPattern = '^(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?$';
const durationExpression = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** `15s`, `500ms`, `1h30m`: whole numbers with units, the larger first. Gives milliseconds, or nothing for other text. */
export function parseDuration(text: string): number | undefined {
  const parts = durationExpression.exec(text.trim());
  if (parts === null) return undefined;
  const [days, hours, minutes, seconds, milliseconds] = parts
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  const total =
    (days ?? 0) * unitMs.d +
    (hours ?? 0) * unitMs.h +
    (minutes ?? 0) * unitMs.m +
    (seconds ?? 0) * unitMs.s +
    (milliseconds ?? 0);
  return Number.isSafeInteger(total) ? total : undefined;
}

/** The shortest text that {@link parseDuration} reads as `ms`. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / unitMs[unit]);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs[unit];
  }
  return text === '' ? '0s' : text;
}
