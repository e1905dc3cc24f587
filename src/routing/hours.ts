/** Opening hours in a time zone, by the wall clock there: right also on the days when the clocks change. */
import type { OpenInterval, WeeklyHours } from '../config/staffing.js';

const MINUTE_MS = 60_000;
const QUARTER_HOUR_MS = 15 * MINUTE_MS;
const DAY_MINUTES = 1440;
/** A week, and a day for a change of the clocks. */
const HORIZON_MS = 8 * 24 * 60 * MINUTE_MS;

/** A moment as the people of a time zone read it. */
export interface WallClock {
  /** Days since 1970-01-01 there. */
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly minute: number;
  /** Of the zone at that moment, in minutes east of UTC. */
  readonly offsetMinutes: number;
}

/** @param timeZone IANA name; an unknown one throws RangeError */
export function isOpen(hours: WeeklyHours, timeZone: string, atMs: number): boolean {
  const { weekday, minute } = wallClock(timeZone, atMs);
  return intervalsOf(hours, weekday).some((interval) => interval.fromMinute <= minute && minute < interval.toMinute);
}

/** When {@link isOpen} next answers something else, in ms since the epoch; `undefined` when it never does. */
export function nextChange(hours: WeeklyHours, timeZone: string, atMs: number): number | undefined {
  const openNow = isOpen(hours, timeZone, atMs);
  for (let t = atMs; t < atMs + HORIZON_MS;) {
    const here = wallClock(timeZone, t);
    const wholeMinute = t - (t % MINUTE_MS);
    const boundary = wholeMinute + (nextBoundary(hours, here) - here.minute) * MINUTE_MS;
    // The clocks change on quarter hours: creep over them on such a day, hop from boundary to boundary on all others.
    t =
      wallClock(timeZone, boundary).offsetMinutes === here.offsetMinutes
        ? boundary
        : Math.min(boundary, t - (t % QUARTER_HOUR_MS) + QUARTER_HOUR_MS);
    if (isOpen(hours, timeZone, t) !== openNow) return t;
  }
  return undefined;
}

function intervalsOf(hours: WeeklyHours, weekday: number): readonly OpenInterval[] {
  return hours.days[weekday] ?? [];
}

/** The next minute of the same day at which an interval begins or ends, or midnight. */
function nextBoundary(hours: WeeklyHours, { weekday, minute }: WallClock): number {
  const edges = intervalsOf(hours, weekday).flatMap((interval) => [interval.fromMinute, interval.toMinute]);
  return Math.min(DAY_MINUTES, ...edges.filter((edge) => edge > minute));
}

/** Building a formatter costs a hundred times what using it does. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}

export function wallClock(timeZone: string, atMs: number): WallClock {
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatterFor(timeZone).formatToParts(atMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part;
  const asIfUtc = Date.UTC(year, month - 1, day, hour, minute);
  return {
    day: Math.floor(asIfUtc / (DAY_MINUTES * MINUTE_MS)),
    weekday: new Date(asIfUtc).getUTCDay(),
    minute: hour * 60 + minute,
    offsetMinutes: (asIfUtc - Math.floor(atMs / MINUTE_MS) * MINUTE_MS) / MINUTE_MS,
  };
}
