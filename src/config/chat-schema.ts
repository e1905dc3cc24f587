/** What may be written on chats: departments, who gets which chat, what visitors read, and where it is kept. */
import { z } from 'zod';
import { language } from './media-schema.js';
import { members } from './member-schema.js';
import { duration, name, named, oneOf, secret, text, wholeNumber, yesOrNo } from './schema-values.js';

/** `fewest-open` is `average-utilisation` by the name that some know it by. */
const strategies = [
  'ring-to-all',
  'maximum-utilisation',
  'average-utilisation',
  'fewest-open',
  'random',
  'round-robin',
  'priority',
  'longest-idle',
  'linear',
] as const;

const overflowText = '`close` or `{ department: NAME }`';
const overflow = z.union(
  [z.literal('close', { error: overflowText }), z.strictObject({ department: name('a department') })],
  { error: overflowText },
);

const department = z.strictObject({
  name: text('the name of a department').optional().describe('As visitors read it. Default: the key.'),
  strategy: oneOf(strategies).prefault('average-utilisation').describe('Who of the free members gets the chat.'),
  members,
  hours: name('hours').optional().describe('Chats outside them get the text `out_of_hours`. Default: open always.'),
  priority: wholeNumber(0, 1000).prefault(0).describe('Of its chats against others; 0 the most urgent.'),
  ageing_step: duration({ max: '1h' }).prefault('30s').describe('Waiting that makes up for one step of priority.'),
  offer_timeout: duration({ min: '1s', max: '10m' }).prefault('30s').describe('How long an offer stands.'),
  max_wait: duration({ min: '1s', max: '1d' }).prefault('10m').describe('From arrival to the overflow.'),
  max_waiting: wholeNumber(1, 100_000).prefault(100).describe('A chat beyond goes to the overflow at once.'),
  overflow: overflow.prefault('close').describe('Where chats go that nobody took. close: they are closed.'),
  wrap_up: duration({ max: '1h' }).prefault('0s').describe('Pause of the agent after a chat, in its room.'),
  inactive_after: duration({ max: '1d' })
    .prefault('5m')
    .describe("Silence of a visitor after the agent's words, until the chat frees its room; 0s: never."),
  close_inactive_after: duration({ max: '7d' })
    .prefault('1d')
    .describe('How long an inactive chat stays open; 0s: for good.'),
  lost_after: duration({ min: '1s', max: '1d' })
    .prefault('2m')
    .describe('How long a visitor whose connection is gone keeps a place in line.'),
  own_agent_wait: duration({ max: '1h' })
    .prefault('2m')
    .describe('How long a visitor who comes back waits for the agent they had, who is full.'),
  reopen_within: duration({ max: '7d' }).prefault('1d').describe('How long after its end a chat may be reopened.'),
});

/** One of them, or a list. */
function someOf(expected: string, max = 200) {
  const error = `${expected}, or a list of them`;
  return z.union([text(expected, max).transform((one) => [one]), z.array(text(expected, max), { error }).min(1)], {
    error,
  });
}

const customer = z
  .strictObject({
    ids: someOf('the id of a customer').optional().describe("The site's own ids of customers."),
    emails: someOf('an e-mail address or `@example.com`')
      .optional()
      .describe('Addresses, or `@example.com` for a domain.'),
    tags: someOf('a tag').optional().describe('Tags that the site gave the customer.'),
  })
  .describe("Any of these; what the site's own server has signed, not what a visitor claims.");

const rule = z.strictObject({
  name: text('the name of the rule').optional().describe('For explanations. Default: `rule N`.'),
  when: z
    .strictObject({
      page: someOf('the address of a page, `*` for anything', 2_000).optional(),
      language: someOf('a language such as `es`', 35).optional(),
      text: someOf('words').optional().describe("In the visitor's first words: any of these."),
      hours: name('hours').optional(),
      customer: customer.optional(),
    })
    .prefault({})
    .describe('All must hold.'),
  then: z.strictObject({
    department: name('a department').optional(),
    agent: name('an agent').optional(),
    priority: wholeNumber(-1000, 1000).optional().describe("Added to the department's; smaller is more urgent."),
    tags: z.array(text('a tag'), { error: 'a list of tags' }).optional(),
  }),
});

const dedicated = z.strictObject({
  customer,
  agent: name('an agent'),
  wait: duration({ max: '1h' }).prefault('2m').describe('For this agent, when there but full.'),
});

const message = (when: string) =>
  z
    .string({ error: 'a text' })
    .max(2_000, { error: 'a text of at most 2000 characters' })
    .optional()
    .describe(`${when} Empty: nothing.`);

const messages = z
  .strictObject({
    welcome: message('When a chat begins.'),
    out_of_hours: message('Outside the hours of the department.'),
    at_capacity: message('Nobody is free; `{place}` in line.'),
    agent_joined: message('`{agent}` has taken it.'),
    agent_left: message('`{agent}` has left it.'),
    closed: message('It is over.'),
  })
  .describe('With `{agent}`, `{department}` and `{place}`.');

const replyText = z
  .string({ error: 'a text' })
  .min(1, { error: 'a text that is not empty' })
  .max(4_000, { error: 'a text of at most 4000 characters' });
const replyTexts = 'a text, or a text for each language: `{ en: …, es: … }`';
const languageTag = z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/);

const reply = z.strictObject({
  shortcut: z
    .string({ error: 'what agents type after a `/`' })
    .regex(/^[\p{L}\p{N}_-]{1,32}$/u, { error: 'letters, digits, `-` and `_`, at most 32' })
    .describe('What agents type after a `/`.'),
  text: z
    .union([replyText, z.record(languageTag, replyText)], { error: replyTexts })
    .describe('With `{agent}`, `{department}` and `{visitor}`; for all languages, or one for each.'),
  departments: z
    .array(name('a department'), { error: 'a list of departments' })
    .min(1)
    .optional()
    .describe('In whose chats it is offered. Default: in all.'),
});

const transcripts = z
  .union(
    [
      z.literal('memory', { error: '`memory`' }),
      z.strictObject({ pglite: text('the path of a folder', 1000) }),
      z.strictObject({ postgres: secret('the address of a database, `postgres://USER:PASSWORD@HOST:5432/NAME`') }),
    ],
    { error: '`memory`, `{ pglite: FOLDER }` or `{ postgres: ADDRESS }`' },
  )
  .prefault('memory')
  .describe('Where chats are kept: memory forgets them at a stop; pglite is a database of this process alone.');

export const chat = z
  .strictObject({
    token_secret: secret('the secret that chat tokens are signed with').describe(
      "Signs visitors' and agents' tokens; the site's own server signs its customers' with it.",
    ),
    origins: z
      .array(z.string().regex(/^https?:\/\/[^/\s*]+$/, { error: 'an origin such as `https://www.example.com`' }), {
        error: 'a list of origins, such as `["https://www.example.com"]`',
      })
      .prefault([])
      .describe('Pages that may open chats, as scheme and host.'),
    transcripts,
    retention: duration({ min: '1h', max: '3650d' })
      .optional()
      .describe('How long closed chats are kept. Default: for good.'),
    language: language().prefault('en').describe("Where a visitor's is not known."),
    departments: named(department).describe('Lines for chats, each with its members.'),
    default_department: name('a department').optional().describe('Where no rule says another. Default: the first.'),
    rules: z.array(rule, { error: 'a list of rules' }).prefault([]).describe('The first that fits decides.'),
    dedicated: z.array(dedicated, { error: 'a list' }).prefault([]).describe('Customers with an agent of their own.'),
    last_agent_wait: duration({ max: '1h' })
      .optional()
      .describe('Returning customers go to the agent they had, and wait so long for that one. Default: they do not.'),
    messages: z.record(languageTag, messages).prefault({}),
    replies: z
      .array(reply, { error: 'a list of replies' })
      .prefault([])
      .describe('Texts that agents need again and again.'),
    agent_page: yesOrNo().prefault(true).describe('Whether `/agent`, the page on which agents chat, is served.'),
    widget_demo: yesOrNo()
      .prefault(false)
      .describe('Whether `/widget-demo`, a page to try the widget on, is served; it may open chats from this machine.'),
  })
  .describe('Chats. Without it there are none.');
