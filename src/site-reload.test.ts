import { expect, it } from 'vitest';

import { silentLog } from '../test/sip-adapter/wire.js';
import { createLiveConfig } from './config/live-config.js';
import { parseSite } from './config/parse-site.js';
import { SwitchboardError } from './kernel/errors.js';
import { createEventStream } from './kernel/event-stream.js';
import type { SwitchboardEvent } from './kernel/events.js';
import type { Ledger, LedgerSite } from './ledger/ledger.js';
import { createReloader } from './site-reload.js';
import type { Registrar } from './voice/access/registrar.js';

const sip = (name: string, password = `example-${name}`) => `{ sip: ${name}, password: ${password} }`;

function load(text: string) {
  const parsed = parseSite([{ name: 'site.yaml', text }], {});
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed;
}

const trunks = 'trunks: { t: { host: a.example, addresses: [192.0.2.1], allowed_prefixes: ["+34"] } }';
const plain = load(`agents: { ana: { devices: { a: ${sip('ana')} } }, ben: { devices: { b: ${sip('ben')} } } }`);

function running(options: { ledgerFails?: boolean; isOpen?: boolean } = {}) {
  const live = createLiveConfig(plain);
  const done: string[] = [];
  const seen: SwitchboardEvent[] = [];
  const events = createEventStream({
    clock: { now: () => 0, after: () => () => undefined },
    configVersion: () => live.current().version,
    onListenerError: (error) => expect.fail(String(error)),
  });
  events.subscribe((event) => seen.push(event));
  const ledger: Pick<Ledger, 'configure' | 'setReachable'> = {
    async configure(site: LedgerSite) {
      if (options.ledgerFails === true) throw new Error('the store is away');
      done.push(`configure ${[...site.agents.keys()].join(' ')}`);
    },
    async setReachable({ agent, reachable }) {
      done.push(`${agent} ${reachable ? 'reachable' : 'not reachable'}`);
    },
  };
  const registrar: Pick<Registrar, 'drop' | 'contactsOf'> = {
    drop: (username) =>
      done.push(`drop ${username} as ${live.current().version === plain.config.version ? 'before' : 'after'}`),
    contactsOf: (username) => (username === 'ben' ? [{ uri: 'sip:ben@127.0.0.1' }] : []),
  };
  const open = new SwitchboardError('CONFIG_INVALID', 'example secrets for all');
  const reload = createReloader({
    live,
    ledger: ledger as Ledger,
    registrar: registrar as Registrar,
    schedules: {
      refresh: async () => void done.push('schedules'),
      tellAll: async () => undefined,
      stop: () => undefined,
    },
    events,
    exposure: (secrets) => (options.isOpen === true && secrets.length > 0 ? open : undefined),
    log: silentLog,
  });
  return { live, done, seen, reload };
}

it('puts another configuration in force, in an order in which nobody sees half of it', async () => {
  const site = running();
  const next = load(`
agents:
  ana: { devices: { a: ${sip('ana')}, m: { phone: +34600, trunk: t } } }
  ben: { devices: { b: ${sip('ben', 'example-other')} } }
  eva: { devices: { e: ${sip('eva')} } }
${trunks}`);
  expect(await site.reload(next)).toEqual({
    type: 'reloaded',
    from: plain.config.version,
    to: next.config.version,
    needRestart: [],
  });
  expect(site.done).toEqual(['configure ana ben eva', 'drop ben as before', 'ana reachable', 'schedules']);
  expect(site.seen).toMatchObject([{ type: 'config.reloaded', configVersion: next.config.version }]);
  expect(site.live.current().agents.size).toBe(3);
});

it('takes back that an agent can be reached whose outside number is gone, unless a phone is registered', async () => {
  const site = running();
  const mobile = 'm: { phone: +34600, trunk: t }';
  const both = (more: string) =>
    load(
      `agents: { ana: { devices: { a: ${sip('ana')}${more} } }, ben: { devices: { b: ${sip('ben')}${more} } } }\n${trunks}`,
    );
  await site.reload(both(`, ${mobile}`));
  site.done.length = 0;
  await site.reload(both(''));
  expect(site.done).toEqual(['configure ana ben', 'ana not reachable', 'ben reachable', 'schedules']);
});

it.each([
  ['who is gone', `agents: { ana: { devices: { a: ${sip('ana')} } } }`, 'drop ben as before'],
  [
    'who has become another agent',
    `agents: { ana: { devices: { a: ${sip('ana')} } }, eva: { devices: { b: ${sip('ben')} } } }`,
    'drop ben as before',
  ],
])('drops the registrations of an account %s', async (_, text, dropped) => {
  const site = running();
  await site.reload(load(text));
  expect(site.done).toContain(dropped);
  expect(site.done.filter((each) => each.startsWith('drop'))).toHaveLength(1);
});

it('goes on as it was with what needs a restart, and says what that is', async () => {
  const site = running();
  const outcome = await site.reload(
    load(`
sip: { domain: other.example, listen: [udp:127.0.0.1:5099], session_timers: { expires: 1h }, digest: [SHA-256] }
http: { listen: 127.0.0.1:8099, token: example-token }
`),
  );
  expect(outcome).toMatchObject({
    needRestart: ['sip.domain', 'sip.listen', 'sip.session_timers', 'http.listen', 'http.token'],
  });
  const { sip: now, http } = site.live.current();
  expect(now).toEqual({ ...plain.config.sip, digestAlgorithms: ['SHA-256'] });
  expect(http).toEqual(plain.config.http);
});

it.each([
  ['example secrets would be open to all', { isOpen: true }, 'example secrets for all'],
  ['the ledger cannot take it', { ledgerFails: true }, 'the ledger could not take it'],
])('changes nothing when %s', async (_, options, why) => {
  const site = running(options);
  expect(await site.reload(load(`agents: { eva: { devices: { e: ${sip('eva')} } } }`))).toEqual({
    type: 'refused',
    why,
  });
  expect([site.done, site.seen]).toEqual([[], []]);
  expect(site.live.current()).toBe(plain.config);
});

it('takes reloads one after the other, the last of them to stay', async () => {
  const site = running();
  const names = ['one', 'two', 'three'];
  const loads = names.map((name) => load(`site: { name: ${name} }`));
  await Promise.all(loads.map((next) => site.reload(next)));
  expect(site.live.current().site.name).toBe('three');
  expect(site.seen.map((event) => event.configVersion)).toEqual(loads.map(({ config }) => config.version));
});
