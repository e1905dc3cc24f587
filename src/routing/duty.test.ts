import { describe, expect, it } from 'vitest';
import { parseSite } from '../config/parse-site.js';
import type { RoutingConfig } from '../config/routing-config.js';
import { agentId } from '../kernel/ids.js';
import { scheduledAgents, scheduleOf } from './duty.js';

/** In Madrid, clocks go to 03:00 at 02:00 on 29 March 2026, and back to 02:00 at 03:00 on 25 October. */
function siteOf(yaml: string): RoutingConfig {
  const devices = (name: string) => `devices: { phone: { sip: ${name}, password: example-x } }`;
  const text = yaml.replace(/PHONE\((\w+)\)/g, (_, name: string) => devices(name));
  const parsed = parseSite([{ name: 'site.yaml', text: `site: { time_zone: Europe/Madrid }\n${text}` }], {});
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.config;
}

const ms = (iso: string): number => Date.parse(iso);

/** Why the agent is absent, and until when, for the site as a whole or a queue. */
function absences(config: RoutingConfig, agent: string, at: string): string[] {
  return scheduleOf(agentId(agent), config, ms(at)).absences.map(({ why, queue = 'all', untilMs }) =>
    [queue, why, untilMs === undefined ? 'no end' : new Date(untilMs).toISOString().slice(0, 16)].join('; '),
  );
}

describe('breaks and hours of duty', () => {
  const config = siteOf(`
hours:
  lunch: { mon-fri: 13:00-14:00 }
  tea: { mon-fri: 14:00-14:15 }
  early: { mon-fri: 08:00-16:00 }
  late: { mon-fri: 16:00-22:00 }
  never: { mon: closed }
agents:
  ana: { PHONE(ana), breaks: [{ hours: lunch, reason: at table }, tea], duty: early }
  ben: { PHONE(ben), duty: [early, late] }
  eva: { PHONE(eva) }
  ivo: { PHONE(ivo), duty: never }
teams:
  day: { agents: [eva], breaks: [lunch], duty: late }
queues:
  support: { members: [ana, ben, eva, ivo] }
`);

  it.each([
    // A Monday in winter: an hour ahead of UTC.
    ['ana', '2026-01-05T11:59:59Z', []],
    ['ana', '2026-01-05T12:00:00Z', ['all; on a scheduled break until 14:00 (at table); 2026-01-05T13:15']],
    ['ana', '2026-01-05T13:00:00Z', ['all; on a scheduled break until 14:15 (tea); 2026-01-05T13:15']],
    ['ana', '2026-01-05T13:15:00Z', []],
    ['ana', '2026-01-05T15:00:00Z', ['all; off duty until Tue 08:00; 2026-01-06T07:00']],
    ['ana', '2026-01-05T06:00:00Z', ['all; off duty until 08:00; 2026-01-05T07:00']],
    ['ana', '2026-01-09T15:00:00Z', ['all; off duty until Mon 08:00; 2026-01-12T07:00']],
    ['ben', '2026-01-05T15:00:00Z', []],
    ['ben', '2026-01-05T21:00:00Z', ['all; off duty until Tue 08:00; 2026-01-06T07:00']],
    // Off duty before, on a break after: whoever is absent for two reasons is so until both are over.
    [
      'eva',
      '2026-01-05T12:30:00Z',
      [
        'all; on a scheduled break until 14:00 (lunch); 2026-01-05T15:00',
        'all; off duty until 16:00; 2026-01-05T15:00',
      ],
    ],
    ['eva', '2026-01-05T16:00:00Z', []],
    ['ivo', '2026-01-05T12:30:00Z', ['all; off duty; no end']],
  ])('of %s at %s: %j', (agent, at, expected) => {
    expect(absences(config, agent, at)).toEqual(expected);
  });

  it('is by the wall clock, also on the days when the clocks change', () => {
    const nights = siteOf(`
hours: { night: { sun: 02:30-05:00 } }
agents: { ana: { PHONE(ana), breaks: [night] } }
`);
    expect(absences(nights, 'ana', '2026-03-29T01:00:00Z')).toEqual([
      'all; on a scheduled break until 05:00 (night); 2026-03-29T03:00',
    ]);
    expect(absences(nights, 'ana', '2026-03-29T00:59:59Z')).toEqual([]);
  });

  it('says when to look again', () => {
    const at = ms('2026-01-05T11:00:00Z');
    expect(scheduleOf(agentId('ana'), config, at).nextChangeMs).toBe(ms('2026-01-05T12:00:00Z'));
    expect(scheduleOf(agentId('ivo'), config, at)).not.toHaveProperty('nextChangeMs');
  });

  it('knows who has a schedule at all', () => {
    expect(scheduledAgents(config)).toEqual(['ana', 'ben', 'eva', 'ivo']);
    expect(scheduledAgents(siteOf('agents: { ana: { PHONE(ana) } }'))).toEqual([]);
  });
});

describe('duty for a queue', () => {
  const config = siteOf(`
hours: { early: { mon-sun: 08:00-16:00 } }
agents: { ana: { PHONE(ana) }, ben: { PHONE(ben) }, eva: { PHONE(eva) }, ivo: { PHONE(ivo) }, kim: { PHONE(kim) } }
teams: { night: { agents: [eva] } }
queues:
  support:
    members: [ana, ben, eva, ivo, { agent: kim, hours: early }]
    duty: { groups: [[ana], [ben, ana], { team: night }], every: 7d, starting: 2026-01-05, at: 08:00 }
  sales:
    members: [ana]
`);

  it.each([
    ['ana', '2026-01-05T07:00:00Z', []],
    ['ben', '2026-01-05T07:00:00Z', ['support; not on turn until 2026-01-12 08:00; 2026-01-12T07:00']],
    ['ben', '2026-01-06T07:00:00Z', ['support; not on turn until Mon 08:00; 2026-01-12T07:00']],
    ['ben', '2026-01-12T06:59:59Z', ['support; not on turn until 08:00; 2026-01-12T07:00']],
    ['ben', '2026-01-12T07:00:00Z', []],
    ['ana', '2026-01-12T07:00:00Z', []],
    ['ana', '2026-01-19T07:00:00Z', ['support; not on turn until 2026-01-26 08:00; 2026-01-26T07:00']],
    ['eva', '2026-01-19T07:00:00Z', []],
    ['eva', '2026-01-26T06:59:59Z', []],
    ['eva', '2026-01-26T07:00:00Z', ['support; not on turn until 2026-02-09 08:00; 2026-02-09T07:00']],
    // Before the first turn, the turns go round as they do after it.
    ['eva', '2026-01-05T06:59:59Z', []],
    ['ana', '2025-12-22T07:00:00Z', []],
    ['ben', '2025-12-22T07:00:00Z', []],
    // In summer 08:00 is an hour earlier by UTC: 30 March is the first day of the thirteenth turn.
    ['ana', '2026-03-30T05:59:59Z', ['support; not on turn until 08:00; 2026-03-30T06:00']],
    ['ana', '2026-03-30T06:00:00Z', []],
    ['ivo', '2026-01-05T07:00:00Z', []],
    ['kim', '2026-01-05T06:00:00Z', ['support; off duty until 08:00; 2026-01-05T07:00']],
    ['kim', '2026-01-05T07:00:00Z', []],
  ])('of %s at %s: %j', (agent, at, expected) => {
    expect(absences(config, agent, at)).toEqual(expected);
  });

  it.each([
    ['which the clocks leave out', '02:30', '2026-03-28', '2026-03-29T01:00:00Z'],
    ['which the clocks go through twice', '02:30', '2026-10-24', '2026-10-25T00:30:00Z'],
  ])('hands over on the day of an hour %s', (_, at, starting, expected) => {
    const odd = siteOf(`
agents: { ana: { PHONE(ana) }, ben: { PHONE(ben) } }
queues: { support: { members: [ana, ben], duty: { groups: [[ana], [ben]], every: 1d, starting: ${starting}, at: "${at}" } } }
`);
    const before = ms(expected) - 60_000;
    expect(scheduleOf(agentId('ana'), odd, before)).toEqual({ absences: [], nextChangeMs: ms(expected) });
    const ben = scheduleOf(agentId('ben'), odd, before);
    expect(ben.absences[0]?.untilMs).toBe(ms(expected));
    expect(scheduleOf(agentId('ben'), odd, ms(expected)).absences).toEqual([]);
    expect(scheduleOf(agentId('ana'), odd, ms(expected)).absences).toHaveLength(1);
  });
});
