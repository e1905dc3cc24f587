import { describe, expect, it } from 'vitest';
import { sampleSite } from '../../test/support/sample-site.js';
import type { Destination, MenuConfig, QueueConfig, RoutingConfig } from '../config/routing-config.js';
import type { WeeklyHours } from '../config/staffing.js';
import { hoursId, menuId, queueId, voicemailId } from '../kernel/ids.js';
import { routesOf } from './routes.js';

/** Wednesday 2026-01-07, 10:00 and 22:00 UTC. */
const morning = Date.UTC(2026, 0, 7, 10);
const night = Date.UTC(2026, 0, 7, 22);

const support = queueId('support');
const box = voicemailId('box');
const office = hoursId('office');

const queue = {
  id: support,
  name: 'Support',
  strategy: { kind: 'ring-to-all' },
  members: [],
  ringTimeoutMs: 20_000,
  maxWaitMs: 60_000,
  maxWaiting: 9,
  overflow: { kind: 'reject' },
  wrapUpMs: 0,
  media: 'anchored',
  waiting: {
    kind: 'music',
    music: 'jazz',
    welcome: 'hello',
    announce: { position: false, expectedWait: false, everyMs: 1 },
  },
  recording: 'never',
  language: 'es',
  priority: 0,
  ageingStepMs: 60_000,
} as unknown as QueueConfig;

function menu(id: string, closed?: Destination, language?: string): MenuConfig {
  return {
    id: menuId(id),
    name: id,
    greeting: 'choose',
    keys: new Map(),
    timeoutMs: 1_000,
    tries: 1,
    otherwise: { kind: 'reject' },
    ...(language === undefined ? {} : { language }),
    ...(closed === undefined ? {} : { hours: { open: office, closed } }),
  };
}

const day = { fromMinute: 9 * 60, toMinute: 18 * 60 };
const weekly: WeeklyHours = { days: Array.from({ length: 7 }, () => [day]) };

function site(menus: readonly MenuConfig[] = [], servers: 'embedded' | 'none' = 'embedded'): RoutingConfig {
  const base = sampleSite();
  return {
    ...base,
    site: { ...base.site, timeZone: 'UTC' },
    media: { ...base.media, servers: { kind: servers } as unknown as RoutingConfig['media']['servers'] },
    hours: new Map([[office, weekly]]),
    queues: new Map([[support, queue]]),
    menus: new Map(menus.map((each) => [each.id, each])),
    voicemails: new Map([[box, { id: box, name: 'Box', greeting: 'leave', language: 'es', maxMs: 1, silenceMs: 1 }]]),
  };
}

const to = (id: string): Destination => ({ kind: 'menu', menu: menuId(id) });

describe('a menu with hours', () => {
  const day = routesOf(site([menu('main', to('night')), menu('night')]));

  it.each([
    ['is heard while it is open', morning, 'main'],
    ['leads on while it is closed', night, 'night'],
  ])('%s', (_, atMs, id) => {
    expect(day(to('main'), { atMs })).toMatchObject({ kind: 'menu', menu: { id } });
  });

  it('leads nowhere when all it leads to are closed and lead back', () => {
    const circle = routesOf(site([menu('one', to('two')), menu('two', to('one'))]));
    expect(circle(to('one'), { atMs: night })).toEqual({ kind: 'reject' });
  });

  it('hands its language on to where it leads while it is closed', () => {
    const routes = routesOf(site([menu('main', { kind: 'voicemail', voicemail: box }, 'fr')]));
    expect(routes(to('main'), { atMs: night })).toMatchObject({ kind: 'voicemail', language: 'fr' });
  });
});

it.each<[string, Destination]>([
  ['queue', { kind: 'queue', queue: queueId('gone') }],
  ['menu', to('gone')],
  ['voicemail', { kind: 'voicemail', voicemail: voicemailId('gone') }],
])('a %s that a reload has taken away leads nowhere', (_, gone) => {
  expect(routesOf(site())(gone, { atMs: morning })).toEqual({ kind: 'reject' });
});

it.each<[string, string | undefined, Destination, string]>([
  ['its own language', undefined, { kind: 'voicemail', voicemail: box }, 'es'],
  ["the caller's", 'fr', { kind: 'voicemail', voicemail: box }, 'fr'],
  ["the site's", undefined, { kind: 'message', prompt: 'closed' }, 'en'],
])('speaks %s', (_, language, destination, expected) => {
  const options = { atMs: morning, ...(language === undefined ? {} : { language }) };
  expect(routesOf(site())(destination, options)).toMatchObject({ language: expected });
});

describe("a queue's rules", () => {
  it('say what is heard in line, in its language, and announce nothing where nothing is to be announced', () => {
    const found = routesOf(site())({ kind: 'queue', queue: support }, { atMs: morning });
    expect(found).toMatchObject({
      kind: 'queue',
      rules: { isAnchored: true, waiting: { music: 'jazz', welcome: 'hello', language: 'es', keys: {} } },
    });
    expect(found.kind === 'queue' && found.rules.waiting).not.toHaveProperty('announce');
  });

  it('say nothing of it on a site without media servers', () => {
    const found = routesOf(site([], 'none'))({ kind: 'queue', queue: support }, { atMs: morning });
    expect(found.kind === 'queue' && found.rules).not.toHaveProperty('waiting');
  });
});
