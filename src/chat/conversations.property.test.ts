/**
 * The invariants of chats, attacked by random histories: whatever visitors, agents, callers and the clock do, in whatever
 * order,
 * 1. no agent is above a limit, and each chat is held by its one agent, and by nobody but them;
 * 2. no chat waits in a line while somebody is free for it, and nobody has a chat who is offline;
 * 3. what stands on an agent's page is an offer that is held for them, and they hear of its end;
 * 4. all of it also when the controller dies in between, and another one goes on with what was last kept of each chat, which
 *    may be a step old;
 * 5. when everybody has gone nothing is left: no chat, timer, hold, offer or waiting work.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  agentIds,
  buildChatSite,
  comesIn,
  openChat,
  sales,
  support,
  type ChatSite,
} from '../../test/chat/chat-site.js';
import { settled } from '../../test/support/manual-clock.js';
import type { Strategy } from '../config/staffing.js';
import { workId } from '../kernel/ids.js';
import type { AdoptedWork, LedgerSnapshot } from '../ledger/ledger.js';
import { chatOf } from './chat-works.js';
import { readSnapshot, writeSnapshot } from './conversation-snapshot.js';

/** More by `CHAT_RUNS=2000 npx vitest run src/chat/conversations.property.test.ts`. */
const RUNS = Number(process.env.CHAT_RUNS ?? 120);

const at = fc.nat(5);
const NO_MARKS = { visitor: { received: 0, read: 0 }, agents: { received: 0, read: 0 } };

type Move =
  | { readonly do: 'open'; readonly person: number }
  | { readonly do: 'turn'; readonly ms: number }
  | { readonly do: 'offer'; readonly at: number; readonly act: 'accepted' | 'declined' }
  | { readonly do: 'everybody-accepts' }
  | { readonly do: 'visitor'; readonly at: number; readonly act: 'wrote' | 'came' | 'lost' | 'close' }
  | { readonly do: 'agent'; readonly at: number; readonly act: 'wrote' | 'close' | 'give-back' | 'reopen' }
  | { readonly do: 'transfer'; readonly at: number; readonly to: number }
  | { readonly do: 'take'; readonly at: number; readonly by: number }
  | { readonly do: 'presence'; readonly at: number; readonly to: 'in' | 'away' | 'out' }
  | { readonly do: 'call'; readonly at: number; readonly begins: boolean }
  | { readonly do: 'network'; readonly isSlow: boolean }
  | { readonly do: 'die'; readonly isStale: boolean };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('open' as const), person: fc.nat(6) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('turn' as const), ms: fc.integer({ min: 0, max: 40_000 }) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('offer' as const),
      at,
      act: fc.constantFrom('accepted' as const, 'accepted' as const, 'declined' as const),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Move>({ do: 'everybody-accepts' }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('visitor' as const),
      at,
      act: fc.constantFrom('wrote' as const, 'wrote' as const, 'came' as const, 'lost' as const, 'close' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('agent' as const),
      at,
      act: fc.constantFrom('wrote' as const, 'close' as const, 'give-back' as const, 'reopen' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('transfer' as const), at, to: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const), at, by: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('presence' as const),
      at: fc.nat(2),
      to: fc.constantFrom('in' as const, 'away' as const, 'out' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('call' as const), at: fc.nat(2), begins: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('network' as const), isSlow: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), isStale: fc.boolean() }) },
);

const pick = <Item>(items: readonly Item[], index: number): Item | undefined =>
  items[index % Math.max(1, items.length)];

function open(site: ChatSite, person: number): void {
  const agent = agentIds[person];
  const department = person % 2 === 0 ? site.rules.support : site.rules.sales;
  site.route = () => ({
    kind: 'open',
    department,
    priority: 0,
    tags: [],
    ...(agent === undefined ? {} : { person: { agent, why: 'dedicated', waitMs: 25_000 } }),
  });
  openChat(site);
}

async function apply(site: ChatSite, next: Move): Promise<void> {
  const chats = [...site.conversations.all()];
  switch (next.do) {
    case 'open': {
      open(site, next.person);
      return;
    }
    case 'turn':
      return site.clock.turn(next.ms);
    case 'offer': {
      const offer = pick(site.desk.offers, next.at);
      if (offer !== undefined) site.conversations.find(offer.work)?.deliver({ ...offer, type: next.act });
      return;
    }
    case 'everybody-accepts':
      for (const offer of [...site.desk.offers]) {
        site.conversations.find(offer.work)?.deliver({ ...offer, type: 'accepted' });
      }
      return;
    case 'visitor': {
      const chat = pick(chats, next.at);
      if (next.act === 'close') chat?.deliver({ type: 'close', by: { kind: 'visitor' } });
      else chat?.deliver({ type: `visitor-${next.act}` });
      return;
    }
    case 'take': {
      pick(chats, next.at)?.deliver({ type: 'take', by: { agent: agentIds[next.by]!, isSupervisor: true } });
      return;
    }
    case 'agent':
    case 'transfer': {
      agentActs(site, next);
      return;
    }
    case 'presence': {
      const agent = agentIds[next.at]!;
      if (next.to === 'in') return comesIn(site.ledger, agent);
      const presence = next.to === 'out' ? ({ state: 'offline' } as const) : ({ state: 'away', reason: 'x' } as const);
      await site.ledger.setPresence({ agent, presence });
      return;
    }
    case 'call': {
      const agent = agentIds[next.at]!;
      const work = workId(`call-of-${agent}`);
      if (!next.begins) return void site.ledger.release({ work, wrapUpMs: 0, talkMs: 0 });
      const as = 'active' as const;
      return void site.ledger.assign({ work, channel: 'voice', agent, as, offerTtlMs: 1_000, ignorePresence: true });
    }
    case 'network': {
      site.network.slow(next.isSlow);
      return;
    }
    case 'die':
      return die(site, next.isStale);
  }
}

/** @param isStale the last step of each chat was not kept, though what it did was done */
async function die(site: ChatSite, isStale: boolean): Promise<void> {
  const chats = [...site.conversations.all()].map(({ state }) => state);
  for (const { id } of chats) site.conversations.drop(id);
  // What was on its way to the ledger has come there.
  site.network.slow(false);
  await settled();
  site.desk.offers.splice(0);
  const works = worksIn(await site.ledger.snapshot());
  for (const state of chats) {
    const last = (isStale ? site.before.get(state.id) : undefined) ?? state;
    const text = writeSnapshot({ state: last, facts: { languages: [] }, marks: NO_MARKS });
    const kept = readSnapshot(text)!.state;
    site.conversations.adopt(
      kept,
      works.filter(({ work }) => chatOf(work) === state.id),
    );
  }
}

/** What the ledger has of chats, as it tells who takes them over. */
function worksIn({ agents, queues }: LedgerSnapshot): AdoptedWork[] {
  const common = { channel: 'chat', enqueuedAt: 0, attempt: 1 } as const;
  const waiting = queues.flatMap(({ queue, waiting: line }) =>
    line.map(({ work }): AdoptedWork => ({ ...common, work, queue, phase: 'waiting', agents: [] })),
  );
  const offered = queues.flatMap(({ queue, offered: ringing }) =>
    ringing.map((offer): AdoptedWork => ({ ...common, ...offer, queue, phase: 'offered' })),
  );
  const held = agents.flatMap(({ agent, holds }) =>
    holds.flatMap(({ work, channel, state }): AdoptedWork[] => {
      if (channel !== 'chat' || state === 'wrap-up' || offered.some((other) => other.work === work)) return [];
      return [{ ...common, work, phase: state, agents: [agent] }];
    }),
  );
  return [...waiting, ...offered, ...held];
}

function agentActs(site: ChatSite, next: Extract<Move, { do: 'agent' | 'transfer' }>): void {
  const chat = pick([...site.conversations.all()], next.at);
  if (chat === undefined) return;
  const { phase, lastAgent } = chat.state;
  const agent = phase.name === 'talking' || phase.name === 'inactive' ? phase.agent : (lastAgent ?? agentIds[0]!);
  const by = { agent, isSupervisor: false };
  if (next.do === 'transfer') {
    const to = agentIds[next.to];
    const target = to === undefined ? { kind: 'department', rules: site.rules.sales } : { kind: 'agent', agent: to };
    return chat.deliver({ type: 'transfer', by, to: target as never });
  }
  if (next.act === 'wrote') chat.deliver({ type: 'agent-wrote', agent });
  if (next.act === 'give-back') chat.deliver({ type: 'give-back', by });
  if (next.act === 'reopen') chat.deliver({ type: 'reopen', agent });
  if (next.act === 'close') chat.deliver({ type: 'close', by: { kind: 'agent', ...by } });
}

async function checkNow(site: ChatSite): Promise<void> {
  const { agents, queues } = await site.ledger.snapshot();
  const chats = [...site.conversations.all()].map(({ state }) => state);
  for (const { holds } of agents) {
    const interruptible = holds.filter((hold) => hold.channel === 'chat');
    expect(interruptible.length).toBeLessThanOrEqual(4);
    expect(holds.length - interruptible.length).toBeLessThanOrEqual(1);
  }
  // A decision that has not been heard of yet: pages and ledger may differ for as long.
  if (site.network.pending() > 0) return;
  const held = agents.flatMap(({ agent, holds }) => holds.map(({ work, state }) => `${work} ${state} ${agent}`));
  const due = chats.flatMap(({ phase }) => {
    if (phase.name === 'offered') return [...phase.offers.keys()].map((agent) => `${phase.work} offered ${agent}`);
    if (phase.name !== 'talking') return [];
    const { transfer } = phase;
    const handed = transfer?.name === 'offered' ? [`${transfer.work} offered ${transfer.to}`] : [];
    return [`${phase.work} active ${phase.agent}`, ...handed];
  });
  expect(held.filter((hold) => !hold.startsWith('call-')).sort()).toEqual(due.sort());
  // Who has the chat already is not asked again.
  const ownWorks = chats.flatMap(({ phase }) =>
    phase.name === 'offered' && phase.line?.kind === 'person' && phase.line.isOwn ? [phase.work] : [],
  );
  const shown = site.desk.offers.map(({ work, agent }) => `${work} offered ${agent}`);
  const isShown = (hold: string): boolean =>
    hold.includes(' offered ') && !ownWorks.some((work) => hold.startsWith(`${work} `));
  expect(shown.sort()).toEqual(due.filter(isShown).sort());
  const offline = new Set(agents.filter(({ presence }) => presence.state === 'offline').map(({ agent }) => agent));
  for (const { phase } of chats) if (phase.name === 'talking') expect(offline.has(phase.agent)).toBe(false);
  const inLine = chats.flatMap(({ phase }) => (phase.name === 'waiting' ? [phase.work] : []));
  expect(queues.flatMap(({ waiting }) => waiting.map(({ work }) => work)).sort()).toEqual(inLine.sort());
  for (const { queue, waiting } of queues) {
    if (waiting.length === 0) continue;
    const preview = await site.ledger.preview(queue);
    expect(preview.type === 'preview' && preview.decision.candidates, 'waits while somebody is free').toEqual([]);
  }
}

/** All visitors go home, and then the time that anything takes has passed. */
async function checkEnd(site: ChatSite): Promise<void> {
  site.network.slow(false);
  await settled();
  for (const agent of agentIds) await site.ledger.release({ work: workId(`call-of-${agent}`), wrapUpMs: 0, talkMs: 0 });
  for (const chat of [...site.conversations.all()]) chat.deliver({ type: 'visitor-lost' });
  await site.clock.turn(2_000_000);
  expect([...site.conversations.all()].map(({ state }) => state.phase.name)).toEqual([]);
  expect(site.desk.offers).toEqual([]);
  const { agents, queues } = await site.ledger.snapshot();
  expect(agents.flatMap(({ holds }) => holds)).toEqual([]);
  expect(queues.flatMap((queue) => [...queue.waiting, ...queue.offered])).toEqual([]);
  expect(site.clock.pending()).toBe(0);
}

const everythingThatHappens = [
  'chat.accepted',
  'chat.closed',
  'chat.inactive',
  'chat.offer_ended',
  'chat.offered',
  'chat.opened',
  'chat.overflowed',
  'chat.queued',
  'chat.reopened',
  'chat.resumed',
  'chat.transferred',
  'chat.unassigned',
];

const strategies: Strategy[] = [{ kind: 'ring-to-all' }, { kind: 'priority' }, { kind: 'round-robin' }];

it.each(strategies)(
  'keeps every invariant of $kind under random histories',
  async (strategy) => {
    const happened = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 5, maxLength: 80, size: 'max' }), async (moves) => {
        const site = await buildChatSite({ strategy });
        for (const next of moves) {
          await apply(site, next);
          await settled();
          await settled();
          await checkNow(site);
        }
        await checkEnd(site);
        for (const event of site.seen) happened.add(event.type);
        await site.stop();
      }),
      { numRuns: RUNS },
    );
    expect([...happened].sort()).toEqual(everythingThatHappens);
  },
  RUNS * 500,
);

it('keeps lines of departments apart', async () => {
  const site = await buildChatSite();
  open(site, 5);
  await settled();
  const { queues } = await site.ledger.snapshot();
  expect(queues.find(({ queue }) => queue === sales)?.offered).toHaveLength(1);
  expect(queues.find(({ queue }) => queue === support)?.offered).toHaveLength(0);
  await site.stop();
});
