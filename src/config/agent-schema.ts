/** What may be written on agents and teams, their devices, hunts and capacity. */
import { z } from 'zod';
import { breaks, dutyHours } from './duty-schema.js';
import {
  account,
  dialled,
  duration,
  name,
  named,
  phoneNumber,
  secret,
  text,
  wholeNumber,
  yesOrNo,
} from './schema-values.js';

export const channelNames = ['voice', 'chat', 'ticket'] as const;

const channelCapacity = z
  .strictObject({
    weight: wholeNumber(0, 10_000).optional().describe('How much of `total` one piece of this work takes.'),
    max: wholeNumber(0, 1000).optional().describe('How many at a time; 0: none of this channel.'),
    interruptible: yesOrNo().optional().describe('A call may be offered in spite of this work.'),
  })
  .describe('What one channel takes.');

export const capacity = z
  .strictObject({
    total: wholeNumber(1, 10_000).optional().describe('What one person can do at a time. Default 100.'),
    channels: z
      .strictObject({
        voice: channelCapacity.optional().describe('Calls. Default weight 100, max 1.'),
        chat: channelCapacity.optional().describe('Chats. Default weight 25, max 4, interruptible.'),
        ticket: channelCapacity.optional().describe('Tickets. Default weight 10, max 5, interruptible.'),
      })
      .optional(),
  })
  .describe('How much work fits. The most specific wins, key by key: agent, then team, then site.');

const deviceCommon = {
  hours: name('hours').optional().describe('Rings within these hours only. Default: always.'),
  confirm: dialled(/^[0-9*#]$/, 'one key in quotes, such as `"1"`')
    .optional()
    .describe('Key to press after answering, for phones with a voicemail.'),
};

const device = z.union(
  [
    z.strictObject({
      sip: account().describe('User name with which the phone registers.'),
      password: secret('the password of the SIP account').describe('Password with which the phone registers.'),
      ...deviceCommon,
    }),
    z.strictObject({
      phone: phoneNumber().describe('Any phone, reached through a trunk.'),
      trunk: name('a trunk').describe('The trunk that reaches it.'),
      ...deviceCommon,
    }),
  ],
  { error: 'a device: `{ sip: USER, password: … }` or `{ phone: NUMBER, trunk: NAME }`' },
);

const huntStep = z.strictObject({
  ring: z
    .array(name('a device of this agent'), { error: 'a list of devices of this agent, such as `[softphone]`' })
    .min(1, { error: 'a list of at least one device' })
    .describe('Devices of this agent, rung at once.'),
  for: duration({ min: '1s', max: '10m' }).prefault('20s').describe('How long this step rings.'),
  keep: yesOrNo().prefault(false).describe('Let the devices of earlier steps ring on.'),
});

const extensionText = 'an extension of 1 to 20 digits';

export const agent = z.strictObject({
  name: text('the name of a person').optional().describe('For people. Default: the key.'),
  extension: dialled(/^\d{1,20}$/, extensionText)
    .optional()
    .describe('What colleagues dial.'),
  devices: named(device).prefault({}).describe('Phones of this agent.'),
  hunt: z
    .array(huntStep, { error: 'a list of steps, such as `- { ring: [softphone], for: 15s }`' })
    .min(1, { error: 'at least one step' })
    .optional()
    .describe('In what order the devices ring. Default: all at once, for 1 minute.'),
  capacity: capacity.optional(),
  breaks: breaks.optional(),
  duty: dutyHours.optional(),
  dial_out: name('a trunk').optional().describe('Trunk by which this agent may call outside. Default: none.'),
});

export const team = z.strictObject({
  name: text('the name of a team').optional().describe('For people. Default: the key.'),
  agents: z.array(name('an agent'), { error: 'a list of agents' }).describe('Who is in it, in order.'),
  supervisors: z
    .array(name('an agent'), { error: 'a list of agents' })
    .prefault([])
    .describe('Who may listen to the calls of its agents.'),
  capacity: capacity.optional(),
  breaks: breaks.optional(),
  duty: dutyHours.optional(),
});

export type CapacityInput = z.output<typeof capacity>;
export type DeviceInput = z.output<typeof device>;
