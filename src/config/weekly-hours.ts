/** Opening hours as admins write them: `mon-fri: 09:00-18:00`. Times are in the site's time zone. */
import type { OpenInterval, WeeklyHours } from './staffing.js';

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const minutesOfDay = 24 * 60;

export interface HoursProblem {
  readonly key: string;
  /** Which of a list of intervals; undefined when the key or its single value is meant. */
  readonly index?: number;
  readonly message: string;
}

/**
 * Reads day keys (`mon`, `mon-fri`, `sat,sun`) with intervals (`09:00-18:00`, a list of them, or `closed`).
 * An interval over midnight (`22:00-06:00`) is split; what touches is joined.
 */
export function parseWeeklyHours(
  written: Readonly<Record<string, string | readonly string[]>>,
): { ok: true; hours: WeeklyHours } | { ok: false; problems: readonly HoursProblem[] } {
  const problems: HoursProblem[] = [];
  const own: OpenInterval[][] = dayNames.map(() => []);
  const spilt: OpenInterval[][] = dayNames.map(() => []);
  const givenBy = new Map<number, string>();
  for (const [key, value] of Object.entries(written)) {
    const days = parseDays(key);
    if (days === undefined) {
      problems.push({ key, message: `\`${key}\` names no days; write \`mon\`, \`mon-fri\` or \`sat,sun\`` });
      continue;
    }
    const repeated = days.find((day) => givenBy.has(day));
    if (repeated !== undefined) {
      const first = givenBy.get(repeated) ?? '';
      problems.push({
        key,
        message: `\`${dayNames[repeated] ?? ''}\` is given by \`${first}\` already; each day may be given once`,
      });
      continue;
    }
    for (const day of days) givenBy.set(day, key);
    const { intervals, found } = parseIntervals(key, value);
    problems.push(...found);
    for (const day of days) addDay(day, intervals, own, spilt);
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, hours: { days: own.map((intervals, day) => joined([...intervals, ...(spilt[day] ?? [])])) } };
}

/** Weekday numbers for `mon`, `mon-fri`, `fri-mon`, `sat,sun`; nothing for other text. */
function parseDays(key: string): readonly number[] | undefined {
  const days: number[] = [];
  for (const part of key.toLowerCase().split(',')) {
    const [first, last, ...more] = part.trim().split('-');
    const from = dayNames.indexOf(first ?? '');
    const to = last === undefined ? from : dayNames.indexOf(last);
    if (from < 0 || to < 0 || more.length > 0) return undefined;
    for (let step = 0; step <= (to - from + 7) % 7; step++) days.push((from + step) % 7);
  }
  return days;
}

interface WrittenInterval {
  readonly from: number;
  readonly to: number;
}

function parseIntervals(
  key: string,
  value: string | readonly string[],
): { intervals: readonly WrittenInterval[]; found: readonly HoursProblem[] } {
  if (value === 'closed') return { intervals: [], found: [] };
  const texts = typeof value === 'string' ? [value] : value;
  const intervals: WrittenInterval[] = [];
  const found: HoursProblem[] = [];
  for (const [index, text] of texts.entries()) {
    const parsed = parseInterval(text);
    const problem = typeof parsed === 'string' ? parsed : overlapWith(intervals, parsed, text);
    if (problem !== undefined) found.push({ key, ...(typeof value === 'string' ? {} : { index }), message: problem });
    else if (typeof parsed !== 'string') intervals.push(parsed);
  }
  return { intervals, found };
}

/** The interval, or what is wrong with it. */
function parseInterval(text: string): WrittenInterval | string {
  const match = /^(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (match === null) return `expected hours like \`09:00-18:00\`, found \`${text}\``;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = match.slice(1).map(Number);
  const from = fromHour * 60 + fromMinute;
  const to = toHour * 60 + toMinute;
  if (fromMinute > 59 || toMinute > 59 || from >= minutesOfDay || to > minutesOfDay) {
    return `\`${text}\` is no time of day; hours go from \`00:00\` to \`24:00\``;
  }
  if (from === to) return `\`${text}\` is empty; for the whole day write \`00:00-24:00\`, for none \`closed\``;
  return { from, to };
}

function overlapWith(earlier: readonly WrittenInterval[], next: WrittenInterval, text: string): string | undefined {
  const end = (interval: WrittenInterval): number =>
    interval.to > interval.from ? interval.to : interval.to + minutesOfDay;
  const overlaps = earlier.some((other) => next.from < end(other) && other.from < end(next));
  return overlaps ? `\`${text}\` overlaps an interval before it in the same list` : undefined;
}

function addDay(
  day: number,
  intervals: readonly WrittenInterval[],
  own: OpenInterval[][],
  spilt: OpenInterval[][],
): void {
  for (const { from, to } of intervals) {
    if (from < to) {
      own[day]?.push({ fromMinute: from, toMinute: to });
      continue;
    }
    own[day]?.push({ fromMinute: from, toMinute: minutesOfDay });
    if (to > 0) spilt[(day + 1) % 7]?.push({ fromMinute: 0, toMinute: to });
  }
}

function joined(intervals: readonly OpenInterval[]): readonly OpenInterval[] {
  const result: OpenInterval[] = [];
  for (const interval of [...intervals].sort((a, b) => a.fromMinute - b.fromMinute)) {
    const last = result.at(-1);
    if (last === undefined || interval.fromMinute > last.toMinute) result.push(interval);
    else result[result.length - 1] = { ...last, toMinute: Math.max(last.toMinute, interval.toMinute) };
  }
  return result;
}
