/** What may be written on the store: where the ledger keeps who is there, what each holds, and who waits. */
import { z } from 'zod';
import { parseHostPort, isHost } from './network-address.js';
import { hostPort, name, oneOf, refuse, secret, text, wholeNumber, yesOrNo } from './schema-values.js';

const redisText = 'the address of a Redis, such as `redis://127.0.0.1:6379/0`, `rediss://HOST` or `/run/redis.sock`';

const redisAddress = z
  .string({ error: redisText })
  .meta({ pattern: '^(rediss?://|/)' })
  .transform((written, context) => {
    if (/^\/\S+$/.test(written)) return { kind: 'socket' as const, path: written, db: 0, tls: false };
    const [, scheme, authority = '', db = '0'] = /^(rediss?):\/\/([^/\s]+)(?:\/(\d{1,5})?)?$/.exec(written) ?? [];
    if (authority.includes('@')) {
      return refuse(context, 'user name and password do not belong in the address: write `username` and `password`');
    }
    const at = parseHostPort(authority, 6379);
    if (scheme === undefined || at === undefined || !isHost(at.host)) {
      return refuse(context, `expected ${redisText}, found \`${written}\``);
    }
    return { kind: 'single' as const, ...at, db: Number(db), tls: scheme === 'rediss' };
  });

const servers = (what: string) =>
  z.array(hostPort(what === 'Sentinel' ? 26_379 : 6379, 'connect'), { error: 'a list of addresses, host:port' }).min(1);

const file = (what: string) => text(`the path of a PEM file: ${what}`, 1000).optional();

const tls = z
  .union(
    [
      yesOrNo(),
      z.strictObject({
        ca: file('certificates of the authority').describe("Of the authority that signed the server's certificate."),
        cert: file('a certificate').describe('Certificate to show, where Redis asks for one.'),
        key: file('the key of the certificate').describe('Its key.'),
      }),
    ],
    { error: '`true`, `false` or `{ ca: FILE, cert: FILE, key: FILE }`' },
  )
  .optional()
  .describe('TLS to servers and Sentinels, by files of your own where need be. Default: as the address says.');

const redis = z
  .strictObject({
    redis: redisAddress.optional().describe('One server: redis://host:port/db, rediss:// for TLS, or its socket.'),
    sentinels: servers('Sentinel').optional().describe('Addresses of Sentinels, which know the server of the moment.'),
    master: text('the name that Sentinels know the server by').optional().describe('Its name there.'),
    cluster: servers('Cluster').optional().describe('Some nodes of a Redis Cluster; the rest is learnt from them.'),
    db: wholeNumber(0, 65_535).optional().describe('Number of the database, behind Sentinels. Default 0.'),
    tls,
    username: text('the user name at Redis').optional().describe('Redis user (ACL).'),
    password: secret('the password at Redis').optional(),
    site: name('the site').prefault('switchboard').describe('Controllers with the same share one ledger.'),
    node: name('the controller').optional().describe('Name of this controller; each has its own. Default: at random.'),
  })
  .superRefine(({ redis: single, sentinels, cluster, master, tls: secured }, context) => {
    const given = [single, sentinels, cluster].filter((each) => each !== undefined).length;
    if (given !== 1) refuse(context, 'name one of `redis`, `sentinels` and `cluster`');
    if ((sentinels === undefined) !== (master === undefined)) {
      refuse(context, '`sentinels` and `master` belong together');
    }
    if (typeof secured === 'object' && (secured.cert === undefined) !== (secured.key === undefined)) {
      refuse(context, '`cert` and `key` belong together');
    }
  });

export const store = z
  .union([z.literal('memory', { error: '`memory`' }), redis], {
    error: '`memory`, or `{ redis: "redis://127.0.0.1:6379/0" }`',
  })
  .prefault('memory')
  .describe('Where agents, holds and lines are kept: memory for one controller, Redis for any number.');

export const storeDown = oneOf(['reject', 'standby'])
  .prefault('reject')
  .describe('New calls while Redis is away. reject: 503 with Retry-After; standby: ring the `standby` of their queue.');
