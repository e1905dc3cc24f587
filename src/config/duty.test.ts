import { expect, it } from 'vitest';
import { agentId, queueId } from '../kernel/ids.js';
import { parseSite } from './parse-site.js';

function built(parts: string) {
  const text = `
hours: { lunch: { mon: 13:00-14:00 }, tea: { mon: 16:00-16:15 }, early: {}, late: {} }
agents:
  ana: { devices: { a: { sip: ana, password: example-x } }, duty: early, breaks: [lunch] }
  ben: { devices: { b: { sip: ben, password: example-x } } }
  eva: { devices: { e: { sip: eva, password: example-x } } }
${parts}`;
  const parsed = parseSite([{ name: 'site.yaml', text }], {});
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.config;
}

it('adds up the breaks of an agent and of their teams, and takes their own hours of duty before those', () => {
  const { agents } = built(`
teams:
  day: { agents: [ana, ben], duty: late, breaks: [{ hours: tea, reason: a cup of tea }] }
  all: { agents: [ben], duty: [early, late] }
`);
  expect(agents.get(agentId('ana'))).toMatchObject({
    duty: ['early'],
    breaks: [
      { hours: 'lunch', reason: 'lunch' },
      { hours: 'tea', reason: 'a cup of tea' },
    ],
  });
  expect(agents.get(agentId('ben'))).toMatchObject({ duty: ['late', 'early'], breaks: [{ hours: 'tea' }] });
  expect(agents.get(agentId('eva'))).not.toHaveProperty('breaks');
  expect(agents.get(agentId('eva'))).not.toHaveProperty('duty');
});

it('reads a rotation and the hours of members, those of a team for each of its agents', () => {
  const { queues } = built(`
teams: { day: { agents: [ana, ben] } }
queues:
  support:
    members: [{ team: day, hours: early }, { agent: eva, priority: 3, hours: late }]
    duty: { groups: [{ team: day }, [eva]], every: 14d, starting: 2026-01-05, at: 8:30 }
  plain:
    members: [ana]
    duty: { groups: [[ana], [ana]], starting: 2026-01-05 }
`);
  expect(queues.get(queueId('support'))).toMatchObject({
    members: [
      { agent: 'ana', priority: 50, hours: 'early' },
      { agent: 'ben', priority: 50, hours: 'early' },
      { agent: 'eva', priority: 3, hours: 'late' },
    ],
    duty: { groups: [['ana', 'ben'], ['eva']], everyDays: 14, startDay: '2026-01-05', handoverMinute: 510 },
  });
  expect(queues.get(queueId('plain'))?.members).toEqual([{ agent: 'ana', priority: 50 }]);
  expect(queues.get(queueId('plain'))?.duty).toMatchObject({ everyDays: 7, handoverMinute: 0 });
});
