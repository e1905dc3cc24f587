import { describe, expect, it } from 'vitest';
import type { OpenInterval, WeeklyHours } from '../config/staffing.js';
import { isOpen, nextChange } from './hours.js';

const at = (iso: string): number => Date.parse(iso);
const hour = (from: number, to: number): OpenInterval => ({ fromMinute: from * 60, toMinute: to * 60 });

/** Monday to Friday 9 to 14 and 16 to 19, over the night from Saturday to Sunday 22 to 2. */
const office: WeeklyHours = {
  days: [[hour(0, 2)], ...Array.from({ length: 5 }, () => [hour(9, 14), hour(16, 19)]), [hour(22, 24)]],
};

describe('opening hours', () => {
  // 2026-01-05 is a Monday; Madrid is an hour ahead of UTC in winter, two in summer.
  it.each<[string, string, boolean]>([
    ['a minute before opening', '2026-01-05T07:59:59.999Z', false],
    ['at opening', '2026-01-05T08:00:00Z', true],
    ['the last moment of the morning', '2026-01-05T12:59:59.999Z', true],
    ['closing is closed', '2026-01-05T13:00:00Z', false],
    ['the afternoon', '2026-01-05T15:00:00Z', true],
    ['opening in summer', '2026-07-06T07:00:00Z', true],
    ['an hour later in winter than in summer', '2026-01-05T07:00:00Z', false],
    ['Saturday at noon', '2026-01-10T11:00:00Z', false],
    ['Saturday night', '2026-01-10T21:00:00Z', true],
    ['Sunday at one', '2026-01-11T00:30:00Z', true],
    ['Sunday at two', '2026-01-11T01:00:00Z', false],
  ])('%s', (_, time, open) => {
    expect(isOpen(office, 'Europe/Madrid', at(time))).toBe(open);
  });

  it('goes by the weekday of the zone, not of UTC', () => {
    const mondays: WeeklyHours = { days: [[], [hour(0, 24)], [], [], [], [], []] };
    expect(isOpen(mondays, 'Pacific/Auckland', at('2026-01-04T12:00:00Z'))).toBe(true);
    expect(isOpen(mondays, 'America/Los_Angeles', at('2026-01-05T07:00:00Z'))).toBe(false);
  });

  it('takes no zone that there is not', () => {
    expect(() => isOpen(office, 'Europe/Nowhere', 0)).toThrow(RangeError);
  });
});

describe('the next change', () => {
  it.each<[string, string, string]>([
    ['opens in the morning', '2026-01-05T03:12:34.567Z', '2026-01-05T08:00:00Z'],
    ['closes for lunch', '2026-01-05T08:00:00Z', '2026-01-05T13:00:00Z'],
    ['opens on Monday after Sunday', '2026-01-11T05:00:00Z', '2026-01-12T08:00:00Z'],
    ['does not close at midnight when it goes on', '2026-01-10T22:00:00Z', '2026-01-11T01:00:00Z'],
    ['opens an hour earlier in UTC after the clocks went forward', '2026-03-27T20:00:00Z', '2026-03-28T21:00:00Z'],
    ['opens on the Monday after the change', '2026-03-29T05:00:00Z', '2026-03-30T07:00:00Z'],
  ])('%s', (_, time, change) => {
    expect(new Date(nextChange(office, 'Europe/Madrid', at(time)) ?? NaN)).toEqual(new Date(change));
  });

  it('opens after the hour that is skipped when the clocks go forward, when it would have opened in it', () => {
    const halfPastTwo: WeeklyHours = { days: Array.from({ length: 7 }, () => [{ fromMinute: 150, toMinute: 600 }]) };
    // 2026-03-29 in Madrid: 02:00 becomes 03:00, at 01:00 UTC.
    expect(nextChange(halfPastTwo, 'Europe/Madrid', at('2026-03-28T23:30:00Z'))).toBe(at('2026-03-29T01:00:00Z'));
  });

  it('closes and opens again in the hour that comes twice when the clocks go back', () => {
    const untilHalfPastTwo: WeeklyHours = { days: Array.from({ length: 7 }, () => [{ fromMinute: 0, toMinute: 150 }]) };
    // 2026-10-25 in Madrid: 03:00 becomes 02:00, at 01:00 UTC.
    const closes = at('2026-10-25T00:30:00Z');
    expect(nextChange(untilHalfPastTwo, 'Europe/Madrid', at('2026-10-24T23:00:00Z'))).toBe(closes);
    expect(nextChange(untilHalfPastTwo, 'Europe/Madrid', closes)).toBe(at('2026-10-25T01:00:00Z'));
    expect(nextChange(untilHalfPastTwo, 'Europe/Madrid', at('2026-10-25T01:00:00Z'))).toBe(at('2026-10-25T01:30:00Z'));
  });

  it.each<[string, WeeklyHours]>([
    ['always open', { days: Array.from({ length: 7 }, () => [hour(0, 24)]) }],
    ['never open', { days: [] }],
  ])('never comes when %s', (_, hours) => {
    expect(nextChange(hours, 'Europe/Madrid', at('2026-01-05T00:00:00Z'))).toBeUndefined();
  });

  it('agrees with asking minute by minute, over both changes of the clocks and in odd zones', () => {
    for (const timeZone of ['Europe/Madrid', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns']) {
      for (const start of [
        '2026-03-27T11:17:00Z',
        '2026-04-03T00:00:00Z',
        '2026-10-23T23:59:00Z',
        '2026-10-31T05:00:00Z',
      ]) {
        let t = at(start);
        const openAtStart = isOpen(office, timeZone, t);
        while (isOpen(office, timeZone, t) === openAtStart) t += 60_000;
        expect(nextChange(office, timeZone, at(start)), `${timeZone} ${start}`).toBe(t);
      }
    }
  });
});
