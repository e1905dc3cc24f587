/** What may be written on work of other systems: the queues it waits in, and the webhooks that tell what becomes of it. */
import { z } from 'zod';
import { members } from './member-schema.js';
import { duration, name, named, oneOf, refuse, secret, text, wholeNumber } from './schema-values.js';

const strategies = [
  'ring-to-all',
  'maximum-utilisation',
  'average-utilisation',
  'random',
  'round-robin',
  'priority',
  'longest-idle',
  'linear',
] as const;

const overflowText = '`end` or `{ queue: NAME }`';
const overflow = z.union([z.literal('end', { error: overflowText }), z.strictObject({ queue: name('a queue') })], {
  error: overflowText,
});

const queue = z.strictObject({
  name: text('the name of a queue').optional().describe('For people. Default: the key.'),
  channel: oneOf(['voice', 'chat', 'ticket']).prefault('ticket').describe('Whose weight and limit its work has.'),
  strategy: oneOf(strategies).prefault('average-utilisation').describe('Who of the free members gets the work.'),
  members,
  priority: wholeNumber(0, 1000).prefault(0).describe('Of its work against others; 0 the most urgent.'),
  ageing_step: duration({ max: '1h' }).prefault('30s').describe('Waiting that makes up for one step of priority.'),
  offer_timeout: duration({ min: '1s', max: '10m' }).prefault('30s').describe('How long an offer stands.'),
  max_wait: duration({ min: '1s', max: '7d' }).prefault('1d').describe('From arrival to the overflow.'),
  max_waiting: wholeNumber(1, 100_000).prefault(1000).describe('What comes beyond goes to the overflow at once.'),
  overflow: overflow.prefault('end').describe('Where work goes that nobody took. end: it ends.'),
  wrap_up: duration({ max: '1h' }).prefault('0s').describe('Pause of the agent after it, in its room.'),
});

const urlText = 'an address such as `https://desk.example.com/switchboard`';

const address = z.string({ error: urlText }).transform((written, context) => {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hash !== '') {
    return refuse(context, `expected ${urlText}, found \`${written}\``);
  }
  if (url.username !== '' || url.password !== '') {
    return refuse(context, 'user name and password do not belong in the address: the signature says who sends it');
  }
  return url.href;
});

const webhook = z.strictObject({
  url: address.describe('Where events are sent, by POST. Redirects are not followed.'),
  secret: secret('the secret that events are signed with').describe('Signs what is sent (HMAC-SHA256).'),
  queues: z
    .array(name('a queue'), { error: 'a list of queues' })
    .min(1, { error: 'a list of at least one queue' })
    .optional()
    .describe('Of whose work it hears. Default: all.'),
  timeout: duration({ min: '1s', max: '1m' }).prefault('10s').describe('How long one attempt may take.'),
  retry_for: duration({ max: '7d' }).prefault('1h').describe('How long an event is tried again.'),
});

export const work = z
  .strictObject({
    queues: named(queue).describe('Where work of other systems waits, and who takes it how.'),
    webhooks: named(webhook).prefault({}).describe('Whom to tell what becomes of it.'),
  })
  .describe('Work that other systems send by the API. Without it there is none.');
