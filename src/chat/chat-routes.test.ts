import { expect, it } from 'vitest';
import { chatConfig, chatRouting, department } from '../../test/chat/chat-config.js';
import { agentIds, sales, support } from '../../test/chat/chat-site.js';
import { hoursId, queueId } from '../kernel/ids.js';
import { chatLinesOf, departmentRulesOf, routeOf } from './chat-routes.js';

it('gives a route the rules of its department, overflow and all', () => {
  const route = routeOf({ languages: ['en'] }, chatRouting(), 0);
  expect(route).toMatchObject({
    kind: 'open',
    department: { queue: support, name: 'Support', overflow: { kind: 'department', rules: { queue: sales } } },
    priority: 0,
    tags: [],
  });
});

it('is closed outside the hours of the department', () => {
  const hours = hoursId('never');
  const closed = new Map([[support, department(support, 'Support', { hours })]]);
  const routing = { ...chatRouting({ departments: closed }), hours: new Map([[hours, { days: [] }]]) };
  expect(routeOf({ languages: ['en'] }, routing, 0)).toMatchObject({ kind: 'out-of-hours' });
});

it('ends a circle of overflows instead of walking it', () => {
  const circle = new Map([
    [support, department(support, 'Support', { overflow: { kind: 'department', department: sales } })],
    [sales, department(sales, 'Sales', { overflow: { kind: 'department', department: support } })],
  ]);
  expect(departmentRulesOf(support, chatConfig({ departments: circle }))).toMatchObject({
    overflow: { rules: { overflow: { kind: 'close' } } },
  });
});

it('keeps a line for each department and each agent', () => {
  const lines = chatLinesOf(chatConfig(), agentIds);
  expect([...lines.keys()]).toEqual(['support', 'sales', '@ana', '@ben', '@eva']);
  expect(lines.get(queueId('@ben'))?.members).toEqual([{ agent: 'ben', priority: 1 }]);
  expect([...lines.values()].every(({ channel }) => channel === 'chat')).toBe(true);
});
