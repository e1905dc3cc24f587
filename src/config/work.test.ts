import { expect, it } from 'vitest';
import { expectProblems, type MarkedCase } from '../../test/config/marked-site.js';
import { parseSite } from './parse-site.js';

const phone = (user: string) => `${user}: { devices: { desk: { sip: ${user}, password: example-phone } } }`;
const people = `agents: { ${phone('ana')}, ${phone('ben')} }\nteams: { all: { agents: [ana, ben] } }\n`;
const head = `${people}work:\n`;
const one = '  queues: { tickets: { members: [ana] } }\n';

const workOf = (text: string) => {
  const result = parseSite([{ name: 'site.yaml', text }], { SECRET: 's3cret' });
  return result.ok ? result.config.work : result.problems.map(({ message }) => message);
};

it('takes no work of other systems unless it is asked for', () => {
  expect(workOf(people)).toBeUndefined();
});

it('fills in what is left out', () => {
  expect(workOf(`${head}${one}`)).toEqual({
    queues: new Map([
      [
        'tickets',
        {
          id: 'tickets',
          name: 'tickets',
          channel: 'ticket',
          strategy: { kind: 'average-utilisation' },
          members: [{ agent: 'ana', priority: 50 }],
          priority: 0,
          ageingStepMs: 30_000,
          maxWaiting: 1000,
          maxWaitMs: 86_400_000,
          offerTimeoutMs: 30_000,
          overflow: { kind: 'end' },
          wrapUpMs: 0,
        },
      ],
    ]),
    webhooks: new Map(),
  });
});

it('reads everything that may be written', () => {
  const text = `${head}
  queues:
    a: { name: A, channel: chat, strategy: ring-to-all, members: [{ team: all, priority: 7 }], overflow: { queue: b }, wrap_up: 5s }
    b: { channel: chat, members: [ben], max_wait: 1m, offer_timeout: 10s, max_waiting: 5, priority: 2, ageing_step: 1m }
  webhooks:
    desk: { url: "https://desk.example/hook?x=1", secret: "\${SECRET}", queues: [a], timeout: 2s, retry_for: 0s }
`;
  expect(workOf(text)).toMatchObject({
    queues: new Map([
      [
        'a',
        expect.objectContaining({
          name: 'A',
          channel: 'chat',
          overflow: { kind: 'queue', queue: 'b' },
          wrapUpMs: 5_000,
        }),
      ],
      ['b', expect.objectContaining({ maxWaitMs: 60_000, offerTimeoutMs: 10_000, maxWaiting: 5, priority: 2 })],
    ]),
    webhooks: new Map([
      [
        'desk',
        { url: 'https://desk.example/hook?x=1', secret: 's3cret', queues: ['a'], timeoutMs: 2_000, retryForMs: 0 },
      ],
    ]),
  });
});

const hook = (url: string) => `${head}${one}  webhooks: { desk: { url: »"${url}", secret: example-secret } }`;

const wrong: readonly MarkedCase[] = [
  [
    'an unknown agent',
    `${head}  queues: { tickets: { members: [»anna] } }`,
    'unknown agent `anna`; did you mean `ana`?',
  ],
  ['no queue', `${head}  queues: »{}`, 'work needs at least one queue'],
  [
    'a queue of calls of the same name',
    `queues: { tickets: { members: [ana] } }\nentry_points: { "1": { queue: tickets } }\n${head}  queues:\n    »tickets: { members: [ana] }`,
    'a queue of calls is called `tickets`, too; call one of them otherwise, such as `tickets-work`',
  ],
  [
    'a department of the same name',
    `chat: { token_secret: example-secret, departments: { tickets: { members: [ana] } } }\n${head}  queues:\n    »tickets: { members: [ana] }`,
    'a department is called `tickets`, too; call one of them otherwise, such as `tickets-work`',
  ],
  [
    'an overflow to nowhere',
    `${head}  queues: { tickets: { members: [ana], overflow: { queue: »ticket } } }`,
    'unknown queue of work `ticket`; did you mean `tickets`?',
  ],
  [
    'an overflow to another channel',
    `${head}  queues:\n    a: { members: [ana], overflow: { queue: »b } }\n    b: { members: [ana], channel: chat }`,
    '`b` takes work of the channel chat, this queue ticket',
  ],
  [
    'overflows in a circle',
    `${head}  queues:\n    a: { members: [ana], overflow: »{ queue: b } }\n    b: { members: [ana], overflow: { queue: a } }`,
    'overflow goes round in a circle: `a` → `b` → `a`; let one of them end in `end`',
  ],
  [
    'a webhook of an unknown queue',
    `${head}${one}  webhooks: { desk: { url: "https://desk.example/", secret: example-secret, queues: [»sales] } }`,
    'unknown queue of work `sales`; known queues of work: `tickets`',
  ],
  [
    'an address that is none',
    hook('desk.example'),
    'expected an address such as `https://desk.example.com/switchboard`, found `desk.example`',
  ],
  [
    'an address of another kind',
    hook('file:///etc/passwd'),
    'expected an address such as `https://desk.example.com/switchboard`, found `file:///etc/passwd`',
  ],
  [
    'a password in an address',
    hook('https://us:secret@desk.example/'),
    'user name and password do not belong in the address: the signature says who sends it',
  ],
  ['events in the clear', hook('http://desk.example/'), 'events travel in the clear to another machine; use `https`'],
];
it.each(wrong)('tells of %s', (_, marked, ...messages) => {
  expectProblems(marked, messages);
});

it('lets events go to this machine in the clear', () => {
  for (const host of ['127.0.0.1:9000', 'localhost', '[::1]:80']) {
    const text = `${head}${one}  webhooks: { desk: { url: "http://${host}/", secret: "\${SECRET}" } }`;
    const result = parseSite([{ name: 'site.yaml', text }], { SECRET: 's3cret' });
    expect(result).toMatchObject({ ok: true, warnings: [] });
  }
});
