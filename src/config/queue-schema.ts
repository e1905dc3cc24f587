/** What may be written on queues and the numbers that lead to them. */
import { z } from 'zod';
import { rotation } from './duty-schema.js';
import { duration, name, oneOf, phoneNumber, text, wholeNumber, yesOrNo } from './schema-values.js';

const strategyKinds = [
  'ring-to-all',
  'random',
  'priority',
  'round-robin',
  'longest-idle',
  'fewest-calls',
  'least-talk-time',
  'linear',
  'widening',
] as const;

const memberPriority = wholeNumber(1, 100).optional().describe('1 the highest, 100 the lowest. Default 50.');
const memberHours = name('hours').optional().describe('On duty for this queue within these hours only.');
const memberText = 'an agent, `{ agent: NAME, priority: 1 }` or `{ team: NAME, priority: 10 }`';

const member = z.union(
  [
    name('an agent'),
    z.strictObject({ agent: name('an agent'), priority: memberPriority, hours: memberHours }),
    z.strictObject({ team: name('a team'), priority: memberPriority, hours: memberHours }),
  ],
  { error: memberText },
);

const overflow = z.union(
  [
    z.literal('reject', { error: '`reject`' }),
    z.strictObject({ queue: name('a queue') }),
    z.strictObject({ agent: name('an agent') }),
    z.strictObject({ number: phoneNumber(), trunk: name('a trunk') }),
  ],
  { error: '`reject`, `{ queue: NAME }`, `{ agent: NAME }` or `{ number: NUMBER, trunk: NAME }`' },
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
  members: z
    .array(member, { error: `a list of members; each ${memberText}` })
    .describe('Agents and teams, in order. The entry of an agent beats that of a team.'),
  duty: rotation.optional(),
  ring_timeout: duration({ min: '1s', max: '10m' }).prefault('20s').describe('How long an offer rings.'),
  max_wait: duration({ min: '1s', max: '1d' }).prefault('5m').describe('From arrival to the overflow.'),
  max_waiting: wholeNumber(1, 100_000).prefault(100).describe('A caller beyond goes to the overflow at once.'),
  overflow: overflow.prefault('reject').describe('Where callers go whom nobody took. reject: 480.'),
  standby: standby.optional().describe('Who is rung while Redis is away and `store_down` is `standby`.'),
  wrap_up: duration({ max: '1h' }).prefault('10s').describe('Pause of the agent after a call.'),
  priority: wholeNumber(0, 1000).prefault(0).describe('Of its calls against other queues; 0 the most urgent.'),
  ageing_step: duration({ max: '1h' }).prefault('30s').describe('Waiting that makes up for one step of priority.'),
});

export const entryNumberText = 'what is dialled, without spaces, such as `1000` or `+34910000000`';

export const entryPoint = z.strictObject({
  queue: name('a queue').describe('The queue in which callers wait.'),
  public: yesOrNo().prefault(false).describe('Anybody may dial it, also who is neither phone nor trunk.'),
});
