/** What may be written on where callers are sent: entry points, menus, voicemails, overflow. */
import { z } from 'zod';
import { language, prompt } from './media-schema.js';
import { duration, name, phoneNumber, text, wholeNumber, yesOrNo } from './schema-values.js';

const toQueue = z.strictObject({ queue: name('a queue') });
const toAgent = z.strictObject({ agent: name('an agent') });
const toMenu = z.strictObject({ menu: name('a menu') });
const toVoicemail = z.strictObject({ voicemail: name('a voicemail') });
const toMessage = z.strictObject({ message: prompt() });
const toNumber = z.strictObject({ number: phoneNumber(), trunk: name('a trunk') });

const placesText =
  '`{ queue: NAME }`, `{ agent: NAME }`, `{ menu: NAME }`, `{ voicemail: NAME }`, `{ message: PROMPT }` or `{ number: NUMBER, trunk: NAME }`';
const places = [toQueue, toAgent, toMenu, toVoicemail, toMessage, toNumber] as const;

/** In a menu, where the caller has been answered. */
const onwards = z.union([z.literal('hang_up', { error: '`hang_up`' }), ...places], {
  error: `\`hang_up\`, ${placesText}`,
});

export const overflow = z.union([z.literal('reject', { error: '`reject`' }), ...places], {
  error: `\`reject\`, ${placesText}`,
});

const keysText = 'a mapping from keys in quotes to where they lead, such as `"1": { queue: support }`';

export const menu = z.strictObject({
  name: text('the name of a menu').optional().describe('For people. Default: the key.'),
  greeting: prompt().describe('Prompt that says what may be pressed.'),
  language: language().optional().describe('Of its prompts, and of all that follows. Default: as before.'),
  hours: z
    .strictObject({
      open: name('hours').describe('When it is open.'),
      closed: onwards.describe('Where callers go at other times.'),
    })
    .optional()
    .describe('Opening hours. Default: always open.'),
  keys: z
    .record(z.string().regex(/^[0-9*#]$/, { error: 'one key in quotes, such as `"1"`' }), onwards, { error: keysText })
    .describe('Where each key leads.'),
  timeout: duration({ min: '1s', max: '1m' }).prefault('5s').describe('From the end of the greeting to the key.'),
  tries: wholeNumber(1, 10).prefault(3).describe('How often the greeting is heard.'),
  otherwise: onwards.prefault('hang_up').describe('Where callers go who press no key, or wrong ones.'),
});

export const voicemail = z.strictObject({
  name: text('the name of a voicemail').optional().describe('For people. Default: the key.'),
  greeting: prompt().prefault('leave-message').describe('Prompt before the tone.'),
  language: language().optional().describe('Of its prompts. Default: that of `media`.'),
  max: duration({ min: '5s', max: '1h' }).prefault('3m').describe('Longest message.'),
  silence: duration({ min: '1s', max: '1m' }).prefault('5s').describe('So long a silence ends the message.'),
});

export const entryNumberText = 'what is dialled, without spaces, such as `1000` or `+34910000000`';

const entryCommon = {
  public: yesOrNo().prefault(false).describe('Anybody may dial it, also who is neither phone nor trunk.'),
  language: language().optional().describe('Of the prompts that its callers hear. Default: that of the queue.'),
};

export const entryPoint = z.union(
  [
    toQueue.extend(entryCommon),
    toMenu.extend(entryCommon),
    toVoicemail.extend(entryCommon),
    toAgent.extend(entryCommon),
    toMessage.extend(entryCommon),
  ],
  { error: '`{ queue: NAME }`, `{ menu: NAME }`, `{ voicemail: NAME }`, `{ agent: NAME }` or `{ message: PROMPT }`' },
);

export type DestinationInput = z.output<typeof onwards> | z.output<typeof overflow>;
export type EntryPointInput = z.output<typeof entryPoint>;
