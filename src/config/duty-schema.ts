/** What may be written about when people work: breaks, hours of duty, and queues whose duty goes round. */
import { z } from 'zod';
import { duration, name, refuse, text } from './schema-values.js';

const DAY_MS = 86_400_000;

const breakText = 'the name of hours, or `{ hours: NAME, reason: TEXT }`';

export const breaks = z
  .array(
    z.union(
      [
        name('hours').transform((hours) => ({ hours, reason: undefined })),
        z.strictObject({
          hours: name('hours').describe('When the break is.'),
          reason: text('the reason').optional().describe('For people. Default: the name of the hours.'),
        }),
      ],
      { error: breakText },
    ),
    { error: `a list of breaks; each ${breakText}` },
  )
  .describe('Scheduled breaks: no work is offered within these hours, whatever the presence is.');

export const dutyHours = z
  .union([name('hours').transform((hours) => [hours]), z.array(name('hours')).min(1, { error: 'at least one name' })], {
    error: 'the name of hours, or a list of such names',
  })
  .describe('On duty within these hours only. Default: always.');

const firstDay = z.string({ error: 'a day such as `2026-01-05`' }).transform((written, context) => {
  const midnightMs = /^\d{4}-\d{2}-\d{2}$/.test(written) ? Date.parse(`${written}T00:00Z`) : NaN;
  // 30 February would be taken for 2 March.
  const isDay = Number.isFinite(midnightMs) && new Date(midnightMs).toISOString().startsWith(written);
  return isDay ? written : refuse(context, `expected a day such as \`2026-01-05\`, found \`${written}\``);
});

const timeOfDay = z.string({ error: 'a time of day such as `08:00`' }).transform((written, context) => {
  const [, hour, minute] = /^(\d{1,2}):([0-5]\d)$/.exec(written) ?? [];
  if (hour !== undefined && Number(hour) < 24) return Number(hour) * 60 + Number(minute);
  return refuse(context, `expected a time of day such as \`08:00\`, found \`${written}\``);
});

const wholeDays = duration({ min: '1d', max: '365d' }).transform((ms, context) =>
  ms % DAY_MS === 0 ? ms / DAY_MS : refuse(context, 'expected whole days, such as `1d` or `7d`'),
);

const group = z.union(
  [
    z.array(name('an agent')).min(1, { error: 'at least one agent' }),
    z.strictObject({ team: name('a team') }).describe('All of a team.'),
  ],
  { error: 'a list of agents, or `{ team: NAME }`' },
);

export const rotation = z
  .strictObject({
    groups: z
      .array(group, { error: 'a list of groups, such as `[[ana, ben], [chloe]]`' })
      .min(2, { error: 'a list of at least two groups' })
      .describe('Who takes turns, in order. Members of the queue who are in no group are always on duty.'),
    every: wholeDays.prefault('7d').describe('How long a turn lasts, in whole days.'),
    starting: firstDay.describe('First day of a turn of the first group; it may be long ago.'),
    at: timeOfDay.prefault('00:00').describe('When one group hands over to the next.'),
  })
  .describe('Rotation: the groups take calls of this queue in turn.');

export type BreakInput = z.output<typeof breaks>[number];
export type RotationInput = z.output<typeof rotation>;
