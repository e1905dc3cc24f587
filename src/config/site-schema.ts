/**
 * What may be written in a configuration, with defaults. The descriptions become the hints of editors by way of
 * config/schema.json. What spans several places (references, duplicates, cycles) is checked in check-*.ts.
 */
import { z } from 'zod';
import { agent, capacity, team } from './agent-schema.js';
import { chat } from './chat-schema.js';
import { entryNumberText, entryPoint, menu, voicemail } from './destination-schema.js';
import { media } from './media-schema.js';
import { queue } from './queue-schema.js';
import {
  address,
  dialled,
  duration,
  host,
  hostPort,
  named,
  oneOf,
  refuse,
  secret,
  text,
  wholeNumber,
} from './schema-values.js';
import { sip } from './sip-schema.js';
import { store, storeDown } from './store-schema.js';
import { parseWeeklyHours } from './weekly-hours.js';
import { work } from './work-schema.js';

const starCode = () =>
  dialled(/^[*#][0-9*#]{1,7}$/, 'a code such as `"*1"` (in quotes), beginning with `*` or `#`, at most 8 long');

const inCallKey = () => dialled(/^[0-9*#]{1,4}$/, 'keys in quotes, such as `"*1"`, at most 4');

const backOff = z
  .strictObject({
    busy: duration({ max: '1h' }).prefault('10s').describe('The phone was busy.'),
    declined: duration({ max: '1h' }).prefault('15s').describe('The agent pressed decline.'),
    no_answer: duration({ max: '1h' }).prefault('20s').describe('It rang and nobody answered.'),
    unreachable: duration({ max: '1h' }).prefault('30s').describe('No phone could be reached.'),
  })
  .prefault({})
  .describe('How long an agent is spared after an offer that came to nothing, by cause.');

const site = z
  .strictObject({
    name: text('the name of the site').prefault('Switchboard').describe('For people; shown in the live view.'),
    time_zone: z
      .string({ error: 'an IANA time zone such as `Europe/Madrid`' })
      .refine(isTimeZone, { error: 'an IANA time zone such as `Europe/Madrid`' })
      .prefault('UTC')
      .describe('IANA time zone in which all hours are meant.'),
    sign_in: oneOf(['on_register', 'manual'])
      .prefault('on_register')
      .describe('on_register: a registered phone makes its agent available. manual: star code or API only.'),
    sign_out_after: duration({ max: '1h' })
      .prefault('10s')
      .describe('With on_register: how long after their last phone has gone agents are offline.'),
    star_codes: z
      .strictObject({
        available: starCode().prefault('*1').describe('Dialled by an agent: available.'),
        away: starCode().prefault('*2').describe('Dialled by an agent: away.'),
        supervise: starCode().prefault('*3').describe("Dialled by a supervisor before an agent's extension: listen."),
      })
      .prefault({})
      .describe('What an agent dials.'),
    in_call_keys: z
      .strictObject({
        record: inCallKey().prefault('*1').describe('Start and stop the recording; where all is recorded: pause it.'),
        conference: inCallKey().prefault('*3').describe('Join the parties of two calls, and stay with them.'),
        listen: inCallKey().prefault('4').describe('A supervisor: be heard by nobody.'),
        whisper: inCallKey().prefault('5').describe('A supervisor: be heard by the agent.'),
        barge: inCallKey().prefault('6').describe('A supervisor: be heard by both.'),
      })
      .prefault({})
      .describe('What an agent presses in a call.'),
    misses_until_away: wholeNumber(0, 1000)
      .prefault(3)
      .describe('After so many missed offers in a row the agent turns away; 0: never.'),
    back_off: backOff,
    stop_grace: duration({ max: '1d' })
      .prefault('30s')
      .describe('How long a graceful stop lets running calls go on before it hangs up.'),
    capacity: capacity.prefault({}),
  })
  .prefault({})
  .describe('The site as a whole.');

const http = z
  .strictObject({
    listen: hostPort(8080, 'listen').prefault('127.0.0.1:8080').describe('Where the HTTP API listens.'),
    token: secret('the bearer token of the API')
      .optional()
      .describe('Bearer token of the API. Without one, each start makes a random one and prints it once.'),
  })
  .prefault({})
  .describe('The HTTP API.');

const hoursText = 'hours such as `09:00-18:00`, a list of them, or `closed`';

const hours = z
  .record(
    z.string(),
    z.union([z.string({ error: hoursText }), z.array(z.string({ error: hoursText }), { error: hoursText })], {
      error: hoursText,
    }),
    { error: 'a mapping from days to hours, such as `mon-fri: 09:00-18:00`' },
  )
  .transform((written, context) => {
    const parsed = parseWeeklyHours(written);
    if (parsed.ok) return parsed.hours;
    for (const { key, index, message } of parsed.problems) {
      refuse(context, message, index === undefined ? [key] : [key, index]);
    }
    return z.NEVER;
  })
  .describe(
    'Days (`mon`, `mon-fri`, `sat,sun`) with hours (`09:00-18:00`, a list, or `closed`). Days not named are closed.',
  );

const credentials = (whose: string) =>
  z.strictObject({
    username: text('the user name of the account', 128).describe(whose),
    password: secret('the password of the account'),
  });

const trunk = z.strictObject({
  host: host().describe("The carrier's SIP server."),
  port: wholeNumber(1, 65_535).prefault(5060).describe('Its port.'),
  transport: oneOf(['udp', 'tcp']).prefault('udp').describe('How it is reached.'),
  addresses: z
    .array(address(), { error: 'a list of IP addresses and networks' })
    .prefault([])
    .describe('Where its calls come from; who calls from there needs no password.'),
  inbound: credentials('User name with which the carrier signs in here.')
    .optional()
    .describe('Account with which the carrier signs in here, where it has no fixed addresses.'),
  outbound: credentials('User name given by the carrier.')
    .optional()
    .describe("Account with which we answer the carrier's challenges."),
  allowed_prefixes: z
    .array(dialled(/^\+?\d{1,20}$/, 'leading digits such as `+34`'), {
      error: 'a list of leading digits, such as `["+34"]`',
    })
    .prefault([])
    .describe('Numbers that may be dialled, by their leading digits. None: none.'),
  caller_id: dialled(/^\+?[A-Za-z0-9._-]{1,64}$/, 'a phone number')
    .optional()
    .describe('What the called party sees. Default: what the call brings.'),
});

/** All top-level keys; each may stand in any one file of the folder. */
export const siteSchema = z
  .strictObject({
    site,
    sip,
    http,
    media,
    store,
    store_down: storeDown,
    hours: named(hours).prefault({}).describe('Hours by name.'),
    agents: named(agent).prefault({}).describe('Who takes calls.'),
    teams: named(team).prefault({}).describe('Groups of agents.'),
    queues: named(queue).prefault({}).describe('Where callers wait, and who takes them how.'),
    entry_points: z
      .record(z.string().regex(/^[+*#A-Za-z0-9][A-Za-z0-9._*#-]{0,63}$/, { error: entryNumberText }), entryPoint, {
        error: 'a mapping from numbers to `{ queue: NAME }`',
      })
      .prefault({})
      .describe('Where dialled numbers lead.'),
    menus: named(menu).prefault({}).describe('Greetings with keys that lead on.'),
    voicemails: named(voicemail).prefault({}).describe('Where callers leave messages.'),
    trunks: named(trunk).prefault({}).describe('Carriers.'),
    chat: chat.optional(),
    work: work.optional(),
  })
  .describe('Configuration of a Switchboard site.');

export type SiteInput = z.output<typeof siteSchema>;
export type SecretInput = string | { file: string };

function isTimeZone(zone: string): boolean {
  // Intl also takes offsets such as `+02:00`, which know nothing of summer time.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
