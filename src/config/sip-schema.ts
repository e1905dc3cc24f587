/** What may be written on signalling. */
import { z } from 'zod';
import { isListenHost, parseHostPort } from './network-address.js';
import { duration, host, hostPort, oneOf, refuse, secret, text, wholeNumber } from './schema-values.js';

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

export const sip = z
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
      .prefault(['baresip v0', 'baresip v1', 'Twinkle'])
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
