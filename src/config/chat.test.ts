import { expect, it } from 'vitest';
import { expectProblems, type MarkedCase } from '../../test/config/marked-site.js';
import { parseSite } from './parse-site.js';

const phone = (user: string) => `${user}: { devices: { desk: { sip: ${user}, password: example-phone } } }`;
const people = `agents: { ${phone('ana')}, ${phone('ben')} }\nteams: { all: { agents: [ana, ben] } }\nhours: { office: { mon: 09:00-18:00 } }\n`;
const head = `${people}chat:\n  token_secret: example-secret\n`;
const one = '  departments: { help: { members: [ana] } }\n';

const chatOf = (text: string) => {
  const result = parseSite([{ name: 'site.yaml', text }], { SECRET: 's3cret', DB: 'postgres://u:p@db/chats' });
  return result.ok ? result.config.chat : result.problems.map(({ message }) => message);
};

it('has no chats unless they are asked for', () => {
  expect(chatOf(people)).toBeUndefined();
});

it('fills in what is left out', () => {
  expect(chatOf(`${head}${one}`)).toMatchObject({
    tokenSecret: 'example-secret',
    origins: [],
    transcripts: { kind: 'memory' },
    pages: { agent: true, widgetDemo: false },
    routing: {
      defaultDepartment: 'help',
      language: 'en',
      rules: [],
      dedicated: [],
      departments: new Map([
        [
          'help',
          expect.objectContaining({
            name: 'help',
            strategy: { kind: 'average-utilisation' },
            members: [{ agent: 'ana', priority: 50 }],
            overflow: { kind: 'close' },
            offerTimeoutMs: 30_000,
          }),
        ],
      ]),
    },
  });
});

it('reads everything that may be written', () => {
  const text = `${people}
chat:
  token_secret: \${SECRET}
  origins: [https://www.example.com]
  transcripts: { postgres: "\${DB}" }
  retention: 90d
  language: es
  default_department: sales
  last_agent_wait: 45s
  departments:
    help: { name: Help, strategy: fewest-open, members: [{ team: all, priority: 7 }], hours: office, overflow: { department: sales } }
    sales: { strategy: ring-to-all, members: [ben], max_wait: 1m, inactive_after: 0s }
  rules:
    - when: { page: https://www.example.com/shop/*, language: [es, pt], text: [buy], hours: office, customer: { tags: gold } }
      then: { department: sales, agent: ben, priority: -5, tags: [shop] }
  dedicated:
    - { customer: { emails: "@big.example" }, agent: ana, wait: 30s }
  messages:
    es: { welcome: "Hola", closed: "" }
  replies:
    - { shortcut: hi, text: "Hello" }
    - { shortcut: bye, text: { en: Bye, es: Adiós }, departments: [help] }
  agent_page: false
  widget_demo: true
`;
  expect(chatOf(text)).toMatchObject({
    tokenSecret: 's3cret',
    origins: ['https://www.example.com'],
    transcripts: { kind: 'postgres', url: 'postgres://u:p@db/chats' },
    retentionMs: 90 * 86_400_000,
    pages: { agent: false, widgetDemo: true },
    routing: {
      language: 'es',
      defaultDepartment: 'sales',
      lastAgentWaitMs: 45_000,
      departments: new Map([
        [
          'help',
          expect.objectContaining({
            name: 'Help',
            strategy: { kind: 'average-utilisation' },
            members: [
              { agent: 'ana', priority: 7 },
              { agent: 'ben', priority: 7 },
            ],
            hours: 'office',
            overflow: { kind: 'department', department: 'sales' },
          }),
        ],
        ['sales', expect.objectContaining({ maxWaitMs: 60_000, inactiveAfterMs: 0 })],
      ]),
      rules: [
        {
          name: 'rule 1',
          when: {
            page: ['https://www.example.com/shop/*'],
            language: ['es', 'pt'],
            text: ['buy'],
            hours: 'office',
            customer: { tags: ['gold'] },
          },
          then: { department: 'sales', agent: 'ben', priority: -5, tags: ['shop'] },
        },
      ],
      dedicated: [{ customer: { emails: ['@big.example'] }, agent: 'ana', waitMs: 30_000 }],
      texts: { es: { welcome: 'Hola', closed: '' } },
      replies: [
        { shortcut: 'hi', texts: { '*': 'Hello' } },
        { shortcut: 'bye', texts: { en: 'Bye', es: 'Adiós' }, departments: ['help'] },
      ],
    },
  });
});

const wrong: readonly MarkedCase[] = [
  [
    'an unknown agent',
    `${head}  departments: { help: { members: [»anna] } }`,
    'unknown agent `anna`; did you mean `ana`?',
  ],
  [
    'an unknown department',
    `${head}${one}  default_department: »hlp`,
    'unknown department `hlp`; did you mean `help`?',
  ],
  [
    'a rule to nowhere',
    `${head}${one}  rules: [{ then: { department: »sales, agent: »eva } }]`,
    'unknown department `sales`; known departments: `help`',
    'unknown agent `eva`; known agents: `ana`, `ben`',
  ],
  [
    'overflows in a circle',
    `${head}  departments:
    a: { members: [ana], overflow: »{ department: b } }
    b: { members: [ana], overflow: { department: a } }`,
    'overflow goes round in a circle: `a` → `b` → `a`; let one of them end in `close`',
  ],
  [
    'a queue of the same name',
    `queues: { help: { members: [ana] } }\nentry_points: { "1": { queue: help } }\n${head}  departments:\n    »help: { members: [ana] }`,
    'a queue is called `help`, too; call one of them otherwise, such as `help-chat`',
  ],
  [
    'a name that is kept for lines of persons',
    `${head}  departments:\n    »"@ana": { members: [ana] }`,
    'expected a name of letters, digits, `-` and `_`, at most 63, found `@ana`',
  ],
  ['no department', `${head}  departments: »{}`, 'chats need at least one department'],
  [
    'a page where an origin is meant',
    `${head}${one}  origins: [»"https://www.example.com/shop"]`,
    'expected an origin such as `https://www.example.com`, found `https://www.example.com/shop`',
  ],
  [
    'a dedicated agent of nobody',
    `${head}${one}  dedicated: [{ customer: »{}, agent: ana }]`,
    'this fits nobody; name `ids`, `emails` or `tags`',
  ],
  [
    'replies of nowhere, and two under one shortcut',
    `${head}${one}  replies: [{ shortcut: hi, text: A }, { shortcut: »HI, text: B, departments: [»hlp] }, { shortcut: »/x, text: C }]`,
    'another reply has the shortcut `HI` in the same department',
    'unknown department `hlp`; did you mean `help`?',
    'expected letters, digits, `-` and `_`, at most 32, found `/x`',
  ],
  [
    'retention of what is forgotten',
    `${head}${one}  retention: »30d`,
    '`transcripts: memory` forgets all chats at a stop, whatever the `retention`',
  ],
];
it.each(wrong)('tells of %s', (_, marked, ...messages) => {
  expectProblems(marked, messages);
});
