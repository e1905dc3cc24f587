/**
 * What may be written in a configuration, with defaults. The descriptions become the hints of editors by way of
 * config/schema.json. What spans several places (references, duplicates, cycles) is checked in check-*.ts.
 */
import { z } from 'zod';
import { isListenHost, parseHostPort } from './network-address.js';
import {
  account,
  address,
  dialled,
  duration,
  host,
  hostPort,
  name,
  named,
  oneOf,
  phoneNumber,
  refuse,
  secret,
  text,
  wholeNumber,
  yesOrNo,
} from './schema-values.js';
import { parseWeeklyHours } from './weekly-hours.js';

export const strategyKinds = [
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

export const channelNames = ['voice', 'chat', 'ticket'] as const;

const channelCapacity = z
  .strictObject({
    weight: wholeNumber(0, 10_000).optional().describe('How much of `total` one piece of this work takes.'),
    max: wholeNumber(0, 1000).optional().describe('How many at a time; 0: none of this channel.'),
    interruptible: yesOrNo().optional().describe('A call may be offered in spite of this work.'),
  })
  .describe('What one channel takes.');

const capacity = z
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

const starCode = () =>
  dialled(/^[*#][0-9*#]{1,7}$/, 'a code such as `"*1"` (in quotes), beginning with `*` or `#`, at most 8 long');

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
    star_codes: z
      .strictObject({
        available: starCode().prefault('*1').describe('Dialled by an agent: available.'),
        away: starCode().prefault('*2').describe('Dialled by an agent: away.'),
      })
      .prefault({})
      .describe('What an agent dials to change presence.'),
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

const digestText = 'a list of digest algorithms, `[SHA-256, MD5]` or `[MD5]`';

const listenText = 'a transport and an address of this machine, such as `udp:127.0.0.1:5060` or `tcp:[::1]:5060`';

const listen = z
  .string({ error: listenText })
  .meta({ pattern: '^(udp|tcp):' })
  .transform((written, context) => {
    const [, transport, rest = ''] = /^(udp|tcp):(.+)$/.exec(written) ?? [];
    const parsed = parseHostPort(rest, 5060);
    if (transport === undefined || parsed === undefined || !isListenHost(parsed.host)) {
      return refuse(context, `expected ${listenText}, found \`${written}\``);
    }
    return { transport: transport === 'udp' ? ('udp' as const) : ('tcp' as const), ...parsed };
  });

const sipServer = z
  .union(
    [
      z.literal('embedded', { error: '`embedded`' }),
      z.strictObject({
        drachtio: hostPort(9022, 'connect').describe('Control address of a drachtio-server, host:port.'),
        secret: secret("the drachtio-server's secret").describe('Its secret, from drachtio.conf.xml.'),
      }),
    ],
    { error: '`embedded`, or `{ drachtio: 127.0.0.1:9022, secret: … }`' },
  )
  .prefault('embedded')
  .describe('Who speaks SIP: the embedded server, or a drachtio-server.');

const registrar = z
  .strictObject({
    min_expires: duration({ min: '1s', max: '1d' }).prefault('60s').describe('Shorter registrations get 423.'),
    max_expires: duration({ min: '1s', max: '7d' }).prefault('1h').describe('Longer registrations are cut to this.'),
    default_expires: duration({ min: '1s', max: '7d' }).prefault('10m').describe('For a phone that names no time.'),
    max_contacts: wholeNumber(1, 100).prefault(10).describe('Phones that may share one account.'),
    keep_alive: duration({ max: '1h' }).prefault('30s').describe('OPTIONS to phones behind NAT; 0s: never.'),
  })
  .prefault({})
  .describe('Phones that register.');

const sip = z
  .strictObject({
    domain: host()
      .prefault('switchboard.example')
      .describe('Domain of the SIP accounts, realm of their passwords, host part of our own addresses.'),
    listen: z
      .array(listen, { error: 'a list of addresses' })
      .min(1, { error: 'a list of at least one address' })
      .prefault(['udp:127.0.0.1:5060', 'tcp:127.0.0.1:5060'])
      .describe('Where the embedded SIP server listens: transport:address:port.'),
    server: sipServer,
    registrar,
    session_timers: z
      .strictObject({
        expires: duration({ max: '1d' }).prefault('30m').describe('RFC 4028 Session-Expires; 0s: none of our own.'),
        min: duration({ min: '90s', max: '1d' }).prefault('90s').describe('RFC 4028 Min-SE.'),
      })
      .prefault({})
      .describe('Refreshes that notice a dead call (RFC 4028).'),
    digest: z
      .array(oneOf(['SHA-256', 'MD5']), { error: digestText })
      .min(1, { error: digestText })
      .prefault(['MD5', 'SHA-256'])
      .describe('Password algorithms that phones are offered, in this order. Many phones look at the first only.'),
    md5_only_user_agents: z
      .array(text('how the User-Agent of a phone begins'), { error: 'a list of text' })
      .prefault(['baresip v0', 'baresip v1'])
      .describe('Phones that are offered MD5 only, by how their User-Agent begins: they give up at any other.'),
    protection: z
      .strictObject({
        auth_delay: duration({ max: '1m' })
          .prefault('500ms')
          .describe('First delay after wrong credentials; doubled by each further failure of the same source.'),
        auth_max_delay: duration({ max: '10m' }).prefault('30s').describe('Where the doubling ends.'),
        max_requests_per_second: wholeNumber(1, 100_000)
          .prefault(300)
          .describe('Requests outside calls that one source may send; trunks known by address are exempt.'),
      })
      .prefault({})
      .describe('Against guessing and flooding.'),
  })
  .prefault({})
  .describe('Signalling.');

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

const agent = z.strictObject({
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
  dial_out: name('a trunk').optional().describe('Trunk by which this agent may call outside. Default: none.'),
});

const team = z.strictObject({
  name: text('the name of a team').optional().describe('For people. Default: the key.'),
  agents: z.array(name('an agent'), { error: 'a list of agents' }).describe('Who is in it, in order.'),
  capacity: capacity.optional(),
});

const memberPriority = wholeNumber(1, 100).optional().describe('1 the highest, 100 the lowest. Default 50.');
const memberText = 'an agent, `{ agent: NAME, priority: 1 }` or `{ team: NAME, priority: 10 }`';

const member = z.union(
  [
    name('an agent'),
    z.strictObject({ agent: name('an agent'), priority: memberPriority }),
    z.strictObject({ team: name('a team'), priority: memberPriority }),
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

export const widening = z.strictObject({
  start: wholeNumber(1, 1000).prefault(1).describe('Rings so many agents at first.'),
  add: wholeNumber(1, 1000).prefault(1).describe('Adds so many each time.'),
  every: duration({ min: '1s', max: '10m' }).prefault('5s').describe('How often.'),
});

const queue = z.strictObject({
  name: text('the name of a queue').optional().describe('For people. Default: the key.'),
  strategy: oneOf(strategyKinds).prefault('ring-to-all').describe('Who of the free members gets the call.'),
  widening: widening.optional().describe('For the strategy `widening` only.'),
  members: z
    .array(member, { error: `a list of members; each ${memberText}` })
    .describe('Agents and teams, in order. The entry of an agent beats that of a team.'),
  ring_timeout: duration({ min: '1s', max: '10m' }).prefault('20s').describe('How long an offer rings.'),
  max_wait: duration({ min: '1s', max: '1d' }).prefault('5m').describe('From arrival to the overflow.'),
  max_waiting: wholeNumber(1, 100_000).prefault(100).describe('A caller beyond goes to the overflow at once.'),
  overflow: overflow.prefault('reject').describe('Where callers go whom nobody took. reject: 480.'),
  wrap_up: duration({ max: '1h' }).prefault('10s').describe('Pause of the agent after a call.'),
  priority: wholeNumber(0, 1000).prefault(0).describe('Of its calls against other queues; 0 the most urgent.'),
  ageing_step: duration({ max: '1h' }).prefault('30s').describe('Waiting that makes up for one step of priority.'),
});

const entryNumberText = 'what is dialled, without spaces, such as `1000` or `+34910000000`';

const entryPoint = z.strictObject({
  queue: name('a queue').describe('The queue in which callers wait.'),
  public: yesOrNo().prefault(false).describe('Anybody may dial it, also who is neither phone nor trunk.'),
});

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
    hours: named(hours).prefault({}).describe('Hours by name.'),
    agents: named(agent).prefault({}).describe('Who takes calls.'),
    teams: named(team).prefault({}).describe('Groups of agents.'),
    queues: named(queue).prefault({}).describe('Where callers wait, and who takes them how.'),
    entry_points: z
      .record(z.string().regex(/^[+*#A-Za-z0-9][A-Za-z0-9._*#-]{0,63}$/, { error: entryNumberText }), entryPoint, {
        error: 'a mapping from numbers to `{ queue: NAME }`',
      })
      .prefault({})
      .describe('Dialled number to queue.'),
    trunks: named(trunk).prefault({}).describe('Carriers.'),
  })
  .describe('Configuration of a Switchboard site.');

export type SiteInput = z.output<typeof siteSchema>;
export type CapacityInput = z.output<typeof capacity>;
export type DeviceInput = z.output<typeof device>;
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
