/** How times, sizes and files are shown and sent. */

/** Of what a file may have: 256 KiB. */
export const MAX_FILE_BYTES = 256 * 1024;

const MEDIA_TYPE = /^[a-z]+\/[a-z0-9.+-]+$/;

/** Hours and minutes; with the day when it is not today's. */
export function timeText(atMs: number, options: { nowMs: number; language: string; timeZone?: string }): string {
  const { nowMs, language, timeZone } = options;
  const zone = timeZone === undefined ? {} : { timeZone };
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'short', ...zone });
  const isToday = day.format(atMs) === day.format(nowMs);
  const style = isToday ? ({ timeStyle: 'short' } as const) : ({ dateStyle: 'short', timeStyle: 'short' } as const);
  return new Intl.DateTimeFormat(language, { ...style, ...zone }).format(atMs);
}

export function sizeText(bytes: number, language: string): string {
  const isSmall = bytes < 1024;
  const unit = isSmall ? 'B' : 'KB';
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(isSmall ? bytes : bytes / 1024)} ${unit}`;
}

/** Of the bytes that base64 stands for. */
export function base64Bytes(data: string): number {
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  return Math.max(0, (data.length / 4) * 3 - padding);
}

/** A browser may not know the type of a file, or say more of it than the server takes. */
export function mediaTypeOf(type: string): string {
  const plain = (type.split(';', 1)[0] ?? '').trim().toLowerCase();
  return plain.length <= 100 && MEDIA_TYPE.test(plain) ? plain : 'application/octet-stream';
}
