import { describe, expect, it } from 'vitest';
import { parseWeeklyHours } from './weekly-hours.js';

type Written = Readonly<Record<string, string | readonly string[]>>;

/** The days as text, Sunday first: `540-1080`, several joined by a space. */
function daysOf(written: Written): readonly string[] {
  const parsed = parseWeeklyHours(written);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.hours.days.map((day) => day.map(({ fromMinute, toMinute }) => `${fromMinute}-${toMinute}`).join(' '));
}

describe('hours', () => {
  it.each<[about: string, written: Written, days: readonly string[]]>([
    [
      'a range of days',
      { 'mon-fri': '09:00-18:00' },
      ['', '540-1080', '540-1080', '540-1080', '540-1080', '540-1080', ''],
    ],
    ['a list of days in any case', { 'Sat, Sun': '9:00-10:00' }, ['540-600', '', '', '', '', '', '540-600']],
    ['a range over the end of the week', { 'sat-mon': '01:00-02:00' }, ['60-120', '60-120', '', '', '', '', '60-120']],
    ['one day', { wed: '00:00-24:00' }, ['', '', '', '0-1440', '', '', '']],
    [
      'several intervals, in any order',
      { tue: ['16:00-19:00', '10:00-13:00'] },
      ['', '', '600-780 960-1140', '', '', '', ''],
    ],
    ['intervals that touch, joined', { tue: ['10:00-12:00', '12:00-13:00'] }, ['', '', '600-780', '', '', '', '']],
    ['an interval over midnight, split', { fri: '22:00-06:00' }, ['', '', '', '', '', '1320-1440', '0-360']],
    [
      'an interval over midnight into the next week',
      { sat: '22:00-06:00' },
      ['0-360', '', '', '', '', '', '1320-1440'],
    ],
    ['an interval until midnight', { sat: '22:00-00:00' }, ['', '', '', '', '', '', '1320-1440']],
    [
      'a night before a day that begins early',
      { fri: '22:00-06:00', sat: '05:00-12:00' },
      ['', '', '', '', '', '1320-1440', '0-720'],
    ],
    ['closed', { 'mon-sun': 'closed' }, ['', '', '', '', '', '', '']],
    ['an empty list', { mon: [] }, ['', '', '', '', '', '', '']],
    ['nothing', {}, ['', '', '', '', '', '', '']],
  ])('read %s', (_about, written, days) => {
    expect(daysOf(written)).toEqual(days);
  });

  it.each<[written: Written, key: string, index: number | undefined, message: string]>([
    [{ funday: '09:00-10:00' }, 'funday', undefined, '`funday` names no days; write `mon`, `mon-fri` or `sat,sun`'],
    [{ 'mon-': 'closed' }, 'mon-', undefined, '`mon-` names no days; write `mon`, `mon-fri` or `sat,sun`'],
    [
      { 'mon-tue-wed': 'closed' },
      'mon-tue-wed',
      undefined,
      '`mon-tue-wed` names no days; write `mon`, `mon-fri` or `sat,sun`',
    ],
    [
      { 'mon-fri': 'closed', wed: 'closed' },
      'wed',
      undefined,
      '`wed` is given by `mon-fri` already; each day may be given once',
    ],
    [{ mon: '9-18' }, 'mon', undefined, 'expected hours like `09:00-18:00`, found `9-18`'],
    [{ mon: ['09:00-10:00', 'lunch'] }, 'mon', 1, 'expected hours like `09:00-18:00`, found `lunch`'],
    [{ mon: '09:00-25:00' }, 'mon', undefined, '`09:00-25:00` is no time of day; hours go from `00:00` to `24:00`'],
    [{ mon: '24:00-25:00' }, 'mon', undefined, '`24:00-25:00` is no time of day; hours go from `00:00` to `24:00`'],
    [{ mon: '09:60-10:00' }, 'mon', undefined, '`09:60-10:00` is no time of day; hours go from `00:00` to `24:00`'],
    [
      { mon: '09:00-09:00' },
      'mon',
      undefined,
      '`09:00-09:00` is empty; for the whole day write `00:00-24:00`, for none `closed`',
    ],
    [
      { mon: ['09:00-13:00', '12:00-14:00'] },
      'mon',
      1,
      '`12:00-14:00` overlaps an interval before it in the same list',
    ],
    [
      { mon: ['22:00-06:00', '23:00-23:30'] },
      'mon',
      1,
      '`23:00-23:30` overlaps an interval before it in the same list',
    ],
  ])('refuse %j', (written, key, index, message) => {
    const problem = index === undefined ? { key, message } : { key, index, message };
    expect(parseWeeklyHours(written)).toEqual({ ok: false, problems: [problem] });
  });
});
