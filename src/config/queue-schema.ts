/** What may be written on queues and the numbers that lead to them. */
import { z } from 'zod';
import { overflow } from './destination-schema.js';
import { rotation } from './duty-schema.js';
import { language, prompt, whileWaiting } from './media-schema.js';
import { memberPriority, membersOf, memberText } from './member-schema.js';
import { duration, name, oneOf, phoneNumber, text, wholeNumber } from './schema-values.js';

const strategyKinds = [
  'ring-to-all',
  'random',
  'priority',
  'round-robin',
  'longest-idle',
  'fewest-calls',
  'least-talk-time',
  'maximum-utilisation',
  'average-utilisation',
  'linear',
  'widening',
] as const;

const memberHours = name('hours').optional().describe('On duty for this queue within these hours only.');

const member = z.union(
  [
    name('an agent'),
    z.strictObject({ agent: name('an agent'), priority: memberPriority, hours: memberHours }),
    z.strictObject({ team: name('a team'), priority: memberPriority, hours: memberHours }),
  ],
  { error: memberText },
);

const standby = z
  .array(
    z.union(
      [
        name('an agent'),
        z.strictObject({ team: name('a team') }),
        z.strictObject({ number: phoneNumber(), trunk: name('a trunk') }),
      ],
      { error: 'an agent, `{ team: NAME }` or `{ number: NUMBER, trunk: NAME }`' },
    ),
    { error: 'a list of agents, teams and numbers' },
  )
  .min(1, { error: 'a list of agents, teams and numbers' });

export const widening = z.strictObject({
  start: wholeNumber(1, 1000).prefault(1).describe('Rings so many agents at first.'),
  add: wholeNumber(1, 1000).prefault(1).describe('Adds so many each time.'),
  every: duration({ min: '1s', max: '10m' }).prefault('5s').describe('How often.'),
});

export const queue = z.strictObject({
  name: text('the name of a queue').optional().describe('For people. Default: the key.'),
  strategy: oneOf(strategyKinds).prefault('ring-to-all').describe('Who of the free members gets the call.'),
  widening: widening.optional().describe('For the strategy `widening` only.'),
  members: membersOf(member),
  duty: rotation.optional(),
  ring_timeout: duration({ min: '1s', max: '10m' }).prefault('20s').describe('How long an offer rings.'),
  max_wait: duration({ min: '1s', max: '1d' }).prefault('5m').describe('From arrival to the overflow.'),
  max_waiting: wholeNumber(1, 100_000).prefault(100).describe('A caller beyond goes to the overflow at once.'),
  overflow: overflow.prefault('reject').describe('Where callers go whom nobody took. reject: 480.'),
  standby: standby.optional().describe('Who is rung while Redis is away and `store_down` is `standby`.'),
  wrap_up: duration({ max: '1h' }).prefault('10s').describe('Pause of the agent after a call.'),
  media: oneOf(['auto', 'anchored'])
    .optional()
    .describe('auto: a media server only while there is something to hear (default). anchored: all the time.'),
  language: language().optional().describe('Of its prompts. Default: that of `media`.'),
  while_waiting: whileWaiting.prefault({}).describe('What callers hear while they wait.'),
  recording: oneOf(['never', 'on-demand', 'always']).prefault('never').describe('Which of its calls are recorded.'),
  recording_notice: z
    .union([z.literal(false, { error: '`false`' }), prompt()], { error: 'the name of a prompt, or `false`' })
    .prefault('recorded')
    .describe('Prompt that both parties hear before a recording; false: none.'),
  priority: wholeNumber(0, 1000).prefault(0).describe('Of its calls against other queues; 0 the most urgent.'),
  ageing_step: duration({ max: '1h' }).prefault('30s').describe('Waiting that makes up for one step of priority.'),
});
