/** Calls and chats at once against the same ten agents: what each really had at every instant, by phones and pages alone. */
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest';
import type { RoutingConfig } from '../../src/config/routing-config.js';
import { ORIGIN, openTakingPage, visit, type HadChat } from '../chat/socket-pages.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../ledger/redis-server.js';
import { seededRandom } from '../ledger/seeded-random.js';
import type { PhoneBank } from '../sipp/phones.js';
import { byCall, calledUser, type WireMessage } from '../sipp/wire-trace.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, numbered, siteYaml } from './site.js';

const TEAM = numbered('t', 10);
const OFFER_TIMEOUT_MS = 20_000;
const [server] = availableSipServers();

interface Limits {
  readonly voice: { readonly weight: number; readonly max: number };
  readonly chat: { readonly weight: number; readonly max: number; readonly interruptible: boolean };
  readonly strategy: string;
  readonly chatsAtOnce: number;
}

const cases: readonly (readonly [string, Limits])[] = [
  [
    'a call weighs 100, a chat 25 and gives way to calls',
    {
      voice: { weight: 100, max: 1 },
      chat: { weight: 25, max: 4, interruptible: true },
      strategy: 'average-utilisation',
      chatsAtOnce: 14,
    },
  ],
  [
    'a call weighs 100, a chat 25 and stands in the way of calls',
    {
      voice: { weight: 100, max: 1 },
      chat: { weight: 25, max: 4, interruptible: false },
      strategy: 'maximum-utilisation',
      chatsAtOnce: 14,
    },
  ],
  [
    'a call weighs 55, a chat 20, all are asked at once',
    {
      voice: { weight: 55, max: 1 },
      chat: { weight: 20, max: 5, interruptible: false },
      strategy: 'ring-to-all',
      chatsAtOnce: 8,
    },
  ],
];

function siteFor({ voice, chat, strategy }: Limits): string {
  const base = siteYaml({
    agents: agents(...TEAM),
    queues: {
      team: { members: TEAM, strategy: 'longest-idle', wrap_up: '0s', max_waiting: 1000, max_wait: '10m' },
    },
    entry_points: { 'to-team': { queue: 'team', public: true } },
    site: { capacity: { total: 100, channels: { voice, chat } } },
  });
  const offer = `${OFFER_TIMEOUT_MS}ms`;
  const department = { members: TEAM, strategy, offer_timeout: offer, max_wait: '10m', max_waiting: 1000 };
  const section = { token_secret: 'example-secret', origins: [ORIGIN], departments: { help: department } };
  return `${base}chat: ${JSON.stringify(section)}\n`;
}

interface Had {
  readonly agent: string;
  readonly kind: 'call' | 'chat';
  readonly fromMs: number;
  readonly untilMs: number;
}

/** How long the phones talk. They hang up: nobody else knows earlier that the agent has let go. */
const TALK_MS = 250;

/**
 * From a phone's 200 to its BYE. SIPp writes a message down after it has gone out, when others may have acted on it already; that
 * the BYE had not gone is sure as long as what stands before it was not written, and until the talk was over.
 */
function callsOf(bank: PhoneBank): Had[] {
  const wire = bank.messages();
  const notBeforeMs = (bye: WireMessage, ack: WireMessage | undefined): number =>
    Math.max(wire[wire.indexOf(bye) - 1]?.atMs ?? 0, (ack?.atMs ?? 0) + TALK_MS - 1);
  const calls = [...byCall(wire).values()].filter(([first]) => first?.method === 'INVITE');
  return calls.flatMap((call): Had[] => {
    const answered = call.find(
      ({ direction, status, cseq }) => direction === 'sent' && status === 200 && cseq.method === 'INVITE',
    );
    if (answered === undefined) return [];
    const bye = call.find(({ method, atMs }) => method === 'BYE' && atMs >= answered.atMs);
    const ack = call.find(({ method, atMs }) => method === 'ACK' && atMs >= answered.atMs);
    const untilMs = bye === undefined ? Infinity : Math.min(bye.atMs, notBeforeMs(bye, ack));
    return [{ agent: calledUser(call[0]!), kind: 'call', fromMs: answered.atMs, untilMs }];
  });
}

/** Clocks of two processes, and whole milliseconds. */
const BLUR_MS = 2;

/** What was against the limits, in words; and the most that anybody had. */
function judge(had: readonly Had[], { voice, chat }: Limits): { faults: string[]; mostWeight: number; mixed: number } {
  const faults: string[] = [];
  let mostWeight = 0;
  let mixed = 0;
  for (const one of had) {
    const beside = had.filter(
      (other) => other.agent === one.agent && other.fromMs <= one.fromMs && other.untilMs > one.fromMs + BLUR_MS,
    );
    const calls = beside.filter(({ kind }) => kind === 'call').length;
    const chats = beside.length - calls;
    const weight = calls * voice.weight + chats * chat.weight;
    const mayExceed = chat.interruptible && one.kind === 'call';
    mostWeight = Math.max(mostWeight, weight);
    if (calls > 0 && chats > 0) mixed += 1;
    const what = `${one.agent} had ${calls} calls and ${chats} chats when a ${one.kind} came`;
    if (calls > voice.max || chats > chat.max || (weight > 100 && !mayExceed)) faults.push(what);
  }
  return { faults, mostWeight, mixed };
}

interface Load {
  readonly sites: readonly RunningSite[];
  readonly limits: Limits;
  readonly calls: number;
  readonly chats: number;
}

async function runLoad({ sites, limits, calls, chats }: Load) {
  const random = seededRandom(20_261_122);
  const banks = await Promise.all(
    sites.map((site, index) =>
      site.phones(
        TEAM.filter((_, place) => place % sites.length === index),
        {
          name: `at-${index}`,
          then: { does: 'answer', afterMs: 20 },
          afterAnswer: { does: 'hang-up', afterMs: TALK_MS },
        },
      ),
    ),
  );
  const pages = await Promise.all(
    sites.flatMap((site) =>
      TEAM.map((agent) =>
        openTakingPage(site.switchboard.http, agent, {
          offerTimeoutMs: OFFER_TIMEOUT_MS,
          acceptsAfterMs: () => random() * 40,
          closesAfterMs: () => 50 + random() * 400,
        }),
      ),
    ),
  );
  const ends: string[] = [];
  let opened = 0;
  const visitors = Array.from({ length: limits.chatsAtOnce }, async () => {
    while (opened < chats) {
      opened += 1;
      const site = sites[opened % sites.length]!;
      ends.push(await visit(site.switchboard.http, `198.51.${opened >> 8}.${opened & 255}`));
    }
  });
  const numbers = Array<string>(Math.floor(calls / sites.length)).fill('to-team');
  const callers = await Promise.all(
    sites.map((site) => site.startCallers({ what: 'listen' }, numbers, { ratePerSecond: 10 / sites.length })),
  );
  await Promise.all([...visitors, ...callers.map((each) => each.done())]);
  // Controllers share their chats: an agent's pages on both show the same one, which is over when the first of them ends it.
  const byChat = new Map<string, HadChat>();
  for (const one of pages.flatMap(({ had }) => had)) {
    const other = byChat.get(one.chat);
    if (other !== undefined) expect(one.agent).toBe(other.agent);
    byChat.set(one.chat, other === undefined || one.untilMs < other.untilMs ? one : other);
  }
  const hadChats = Array.from(byChat.values(), (one): Had => ({ ...one, kind: 'chat' }));
  const hadCalls = banks.flatMap(callsOf);
  await Promise.all(pages.map((page) => page.close()));
  return { hadCalls, hadChats, ends };
}

async function expectWithinLimits(what: string, load: Load): Promise<void> {
  const { hadCalls, hadChats, ends } = await runLoad(load);
  const { faults, mostWeight, mixed } = judge([...hadCalls, ...hadChats], load.limits);
  // eslint-disable-next-line no-console -- the figures are what such a run is for
  console.log(`${what}: ${hadCalls.length} calls, ${hadChats.length} chats, most ${mostWeight}, ${mixed} times both`);
  expect(faults).toEqual([]);
  expect(ends.filter((end) => end === 'taken and closed')).toHaveLength(load.chats);
  expect([hadCalls.length, hadChats.length]).toEqual([load.calls, load.chats]);
  for (const site of load.sites) await site.nothingLeft();
}

const running: RunningSite[] = [];
afterEach(async () => {
  for (const site of running.splice(0)) await site.stop();
});

async function openSite(limits: Limits, adjust?: (config: RoutingConfig) => RoutingConfig): Promise<RunningSite> {
  const site = await startSite({ server: server!, yaml: siteFor(limits), ...(adjust && { adjust }) });
  running.push(site);
  return site;
}

describe('ten agents with calls and chats at once, on a ledger in memory', () => {
  it.each(cases)('never have more than their limit: %s', async (name, limits) => {
    const site = await openSite(limits);
    await expectWithinLimits(`memory, ${name}`, { sites: [site], limits, calls: 60, chats: 200 });
  });
});

describe.skipIf(REDIS_SERVER === undefined)(
  `ten agents with calls and chats at once by two controllers on ${REDIS_SERVER ?? 'no redis-server on PATH'}`,
  () => {
    let redis: TestRedis;
    beforeAll(async () => {
      redis = await startRedis({ appendOnly: false });
    });
    afterAll(() => redis.stop());

    it.each(cases)('never have more than their limit: %s', async (name, limits) => {
      const storeSite = `limits-${cases.findIndex(([each]) => each === name)}`;
      const servers = { kind: 'socket', path: redis.socket, db: 0 } as const;
      const withStore = (config: RoutingConfig): RoutingConfig => ({
        ...config,
        store: { kind: 'redis', servers, tls: false, site: storeSite, down: 'reject' },
      });
      const sites = [await openSite(limits, withStore), await openSite(limits, withStore)];
      await expectWithinLimits(`two controllers, ${name}`, { sites, limits, calls: 60, chats: 200 });
    });
  },
);
