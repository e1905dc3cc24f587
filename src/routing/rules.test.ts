import { expect, it } from 'vitest';
import type { ChatConfig, ChatRouting, ChatRule, DepartmentConfig } from '../config/chat-config.js';
import { agentId, hoursId, queueId } from '../kernel/ids.js';
import { decideChat, type ChatFacts } from './rules.js';

const [ana, ben, eva] = [agentId('ana'), agentId('ben'), agentId('eva')];
const [support, sales, vip] = [queueId('support'), queueId('sales'), queueId('vip')];
const office = hoursId('office');
/** 2026-01-05 is a Monday. */
const mondayAt = (hour: number): number => Date.UTC(2026, 0, 5, hour);

const rules: ChatRule[] = [
  { name: 'vip', when: { customer: { tags: ['gold'] } }, then: { department: vip, priority: -5, tags: ['gold'] } },
  {
    name: 'shop',
    when: { page: ['https://shop.example/*/buy', 'https://shop.example/'] },
    then: { department: sales },
  },
  { name: 'spanish', when: { language: ['es'], hours: office }, then: { agent: eva, tags: ['es'] } },
  { name: 'refund', when: { text: ['refund', 'reembolso'] }, then: { priority: -1, tags: ['refund'] } },
];
const department = (id: typeof support, hours?: typeof office) =>
  [id, { id, name: id, ...(hours === undefined ? {} : { hours }) } as unknown as DepartmentConfig] as const;
const chat: ChatConfig = {
  departments: new Map([department(support), department(sales, office), department(vip)]),
  defaultDepartment: support,
  rules,
  dedicated: [
    { customer: { ids: ['c1'], emails: ['Boss@Big.example', '@small.example'] }, agent: ana, waitMs: 60_000 },
  ],
  lastAgentWaitMs: 15_000,
  texts: {},
  language: 'en',
  replies: [],
};
const day = [{ fromMinute: 9 * 60, toMinute: 18 * 60 }];
const routing: ChatRouting = {
  chat,
  hours: new Map([[office, { days: [[], day, day, day, day, day, []] }]]),
  timeZone: 'UTC',
};
const decide = (facts: Partial<ChatFacts>, atMs = mondayAt(12)) =>
  decideChat({ languages: ['en'], ...facts }, routing, atMs);

it.each<[string, Partial<ChatFacts>, string | undefined, string]>([
  ['nothing fits', {}, undefined, 'support'],
  ['a tag of the customer', { customer: { tags: ['gold'] } }, 'vip', 'vip'],
  ['the first that fits wins', { customer: { tags: ['gold'] }, page: 'https://shop.example/' }, 'vip', 'vip'],
  ['a page as it stands', { page: 'https://shop.example/' }, 'shop', 'sales'],
  ['a page by its pattern', { page: 'https://shop.example/shoes/buy' }, 'shop', 'sales'],
  ['the star needs both ends', { page: 'https://shop.example/buy' }, undefined, 'support'],
  ['a page beyond the pattern', { page: 'https://shop.example/shoes/buy?x=1' }, undefined, 'support'],
  ['a language by its region', { languages: ['es-MX'] }, 'spanish', 'support'],
  ['only the best language', { languages: ['en', 'es'] }, undefined, 'support'],
  ['no language that merely begins so', { languages: ['est'] }, undefined, 'support'],
  ['words in any case', { text: 'I want a REFUND' }, 'refund', 'support'],
])('%s', (_, facts, rule, to) => {
  const decision = decide(facts);
  expect([decision.rule, decision.department]).toEqual([rule, to]);
});

it('says of each rule before the one that fits what did not hold', () => {
  expect(decide({ text: 'Quiero un reembolso', languages: ['es'] }, mondayAt(20)).passedOver).toEqual([
    { rule: 'vip', why: 'customer' },
    { rule: 'shop', why: 'page' },
    { rule: 'spanish', why: 'hours' },
  ]);
});

it.each<[string, Partial<ChatFacts>, unknown]>([
  ['dedicated by id', { customer: { id: 'c1' } }, { agent: ana, why: 'dedicated', waitMs: 60_000 }],
  [
    'by e-mail in any case',
    { customer: { email: 'boss@big.EXAMPLE' } },
    { agent: ana, why: 'dedicated', waitMs: 60_000 },
  ],
  ['by domain', { customer: { email: 'x@small.example' } }, { agent: ana, why: 'dedicated', waitMs: 60_000 }],
  ['not by a domain that ends alike', { customer: { email: 'x@verysmall.example' } }, undefined],
  [
    'before whom they had last',
    { customer: { id: 'c1' }, lastAgent: ben },
    { agent: ana, why: 'dedicated', waitMs: 60_000 },
  ],
  ['whom they had last', { lastAgent: ben }, { agent: ben, why: 'last', waitMs: 15_000 }],
  ['whom the rule names', { languages: ['es'], lastAgent: ben }, { agent: eva, why: 'dedicated', waitMs: 15_000 }],
  ['nobody', { customer: { id: 'c2' } }, undefined],
])('knows whose chat it is: %s', (_, facts, person) => {
  expect(decide(facts).person).toEqual(person);
});

it('knows when the department is open', () => {
  const page = 'https://shop.example/';
  expect([decide({ page }).isOpen, decide({ page }, mondayAt(20)).isOpen, decide({}, mondayAt(20)).isOpen]).toEqual([
    true,
    false,
    true,
  ]);
});
