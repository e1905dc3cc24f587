/**
 * Calls with sound, attacked by random histories: whatever phones, callers, places on media servers, agents and the clock
 * do, in whatever order,
 * 1. what `calls.property.test.ts` says of calls holds with sound too;
 * 2. every request of a peer is answered once, by us or by whom it was passed on to;
 * 3. one offer of ours at a time is out on a leg, and none while that leg's own waits for us;
 * 4. media servers are told nothing that their contract forbids;
 * 5. once all exchanges are over, who talks hears the other, and who is on hold or waits hears what they should;
 * 6. a call that is to be recorded is; no place is open that nobody needs, and none after the call;
 * 7. a change comes to its end after a few exchanges.
 */
import fc from 'fast-check';
import { it } from 'vitest';
import { settled } from '../../../test/support/manual-clock.js';
import { actPeer, actPlace, callerActs, legActs, peerActs, placeActs } from '../../../test/support/sound-acts.js';
import { buildSoundSite, destinations } from '../../../test/support/sound-site.js';
import { World, checkEnd, checkNow, checkQuiet, finishExchanges, quieten } from '../../../test/support/sound-world.js';
import { workId, type AgentId } from '../../kernel/ids.js';

const RUNS = Number(process.env.SOUND_RUNS ?? 150);

type Move =
  | { readonly do: 'call'; readonly to: keyof typeof destinations; readonly isLateOffer: boolean }
  | { readonly do: 'turn'; readonly ms: number }
  | { readonly do: 'leg'; readonly pick: number; readonly act: (typeof legActs)[number]; readonly status: number }
  | { readonly do: 'caller'; readonly pick: number; readonly act: (typeof callerActs)[number] }
  | { readonly do: 'peer'; readonly pick: number; readonly acts: (typeof peerActs)[number][] }
  | {
      readonly do: 'place';
      readonly pick: number;
      readonly act: (typeof placeActs)[number];
      readonly digit: string;
      readonly isForAll: boolean;
    }
  | { readonly do: 'server'; readonly pick: number; readonly isUp: boolean }
  | { readonly do: 'network'; readonly isSlow: boolean }
  | { readonly do: 'presence'; readonly pick: number; readonly isFree: boolean }
  | { readonly do: 'refer'; readonly pick: number; readonly to: string }
  /** An agent who talks asks a colleague, and joins their two parties when both have answered. */
  | { readonly do: 'ask'; readonly pick: number; readonly colleague: number }
  | { readonly do: 'join'; readonly pick: number; readonly other: number }
  | { readonly do: 'send-on'; readonly pick: number; readonly to: string }
  /** The two calls of an agent become one of three. */
  | { readonly do: 'confer'; readonly pick: number }
  | { readonly do: 'spy'; readonly pick: number }
  | { readonly do: 'talk' }
  /** Everybody answers what waits for them. */
  | { readonly do: 'exchange' }
  | { readonly do: 'quiet' }
  | { readonly do: 'hang-up-all' };

const always = <T>(value: T) => fc.constant(value);
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: always('call' as const),
      to: fc.constantFrom(...(Object.keys(destinations) as (keyof typeof destinations)[])),
      isLateOffer: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: always('turn' as const), ms: fc.integer({ min: 0, max: 9_000 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: always('leg' as const),
      pick: fc.nat(20),
      act: fc.constantFrom(...legActs),
      status: fc.constantFrom(486, 603, 480, 503),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: always('caller' as const), pick: fc.nat(5), act: fc.constantFrom(...callerActs) }),
  },
  {
    weight: 14,
    arbitrary: fc.record({
      do: always('peer' as const),
      pick: fc.nat(20),
      acts: fc.array(fc.constantFrom(...peerActs), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: always('place' as const),
      pick: fc.nat(20),
      act: fc.constantFrom(...placeActs),
      digit: fc.constantFrom('1', '2', '3', '4', '7', '7', '9'),
      isForAll: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('server' as const), pick: fc.nat(1), isUp: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: always('network' as const), isSlow: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: always('presence' as const), pick: fc.nat(2), isFree: fc.boolean() }),
  },
  { weight: 3, arbitrary: always<Move>({ do: 'talk' }) },
  { weight: 2, arbitrary: always<Move>({ do: 'quiet' }) },
  { weight: 1, arbitrary: always<Move>({ do: 'hang-up-all' }) },
);

const someone = fc.nat(9);
const dialled = fc.constantFrom('ana', 'ben', 'eva', 'music', '600');

/** What agents and supervisors do with calls, among all that else may happen. */
const serviceMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 10, arbitrary: move },
  { weight: 3, arbitrary: fc.record({ do: always('refer' as const), pick: someone, to: dialled }) },
  { weight: 4, arbitrary: fc.record({ do: always('ask' as const), pick: someone, colleague: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ do: always('join' as const), pick: someone, other: someone }) },
  { weight: 2, arbitrary: fc.record({ do: always('send-on' as const), pick: someone, to: dialled }) },
  { weight: 4, arbitrary: fc.record({ do: always('confer' as const), pick: someone }) },
  { weight: 2, arbitrary: fc.record({ do: always('spy' as const), pick: fc.nat(2) }) },
  { weight: 4, arbitrary: always<Move>({ do: 'talk' }) },
  { weight: 4, arbitrary: always<Move>({ do: 'quiet' }) },
);

/** Within one call: exchanges of SDP that cross each other in all ways. */
const talkMove: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: always('peer' as const),
      pick: fc.nat(1),
      acts: fc.array(fc.constantFrom(...peerActs), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: always('place' as const),
      pick: fc.nat(1),
      act: fc.constantFrom('opens' as const, 'opens' as const, 'answers' as const, 'fails' as const),
      digit: always('1'),
      isForAll: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('server' as const), pick: fc.nat(1), isUp: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: always('turn' as const), ms: fc.constantFrom(500, 2_500) }) },
  { weight: 2, arbitrary: always<Move>({ do: 'exchange' }) },
  { weight: 2, arbitrary: always<Move>({ do: 'quiet' }) },
);

/** Of an agent who has asked a colleague: the three come together, do what phones do, and leave. */
const conferMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 12, arbitrary: talkMove },
  {
    weight: 6,
    arbitrary: fc.record({
      do: always('peer' as const),
      pick: fc.nat(3),
      acts: fc.array(fc.constantFrom(...peerActs), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: always('confer' as const), pick: fc.nat(1) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: always('leg' as const),
      pick: fc.nat(3),
      act: always('hangsUp' as const),
      status: always(486),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: always('caller' as const), pick: fc.nat(1), act: always('hangsUp' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('join' as const), pick: fc.nat(3), other: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: always('refer' as const), pick: fc.nat(3), to: dialled }) },
  { weight: 1, arbitrary: fc.record({ do: always('spy' as const), pick: fc.nat(2) }) },
);

function pick<T>(from: readonly T[], index: number): T | undefined {
  return from[index % Math.max(1, from.length)];
}

async function setPresence({ site }: World, agent: AgentId | undefined, isFree: boolean): Promise<void> {
  if (agent === undefined) return;
  const presence = isFree ? ({ state: 'available' } as const) : ({ state: 'away', reason: 'test' } as const);
  await site.ledger.setPresence({ agent, presence });
}

/** How a history begins: in the middle of things, or from nothing. */
interface Beginning {
  readonly to: keyof typeof destinations;
  readonly isLateOffer: boolean;
  readonly until: 'called' | 'waiting' | 'talking' | 'asking';
}

const beginning: fc.Arbitrary<Beginning> = fc.record({
  to: fc.constantFrom(...(Object.keys(destinations) as (keyof typeof destinations)[])),
  isLateOffer: fc.boolean(),
  until: fc.constantFrom('called' as const, 'waiting' as const, 'talking' as const, 'talking' as const),
});

const asking: fc.Arbitrary<Beginning> = fc.record({
  to: fc.constantFrom('direct' as const, 'anchored' as const, 'recorded' as const, 'number' as const),
  isLateOffer: fc.boolean(),
  until: always('asking' as const),
});

async function begin(world: World, { to, isLateOffer, until }: Beginning): Promise<void> {
  const { site } = world;
  for (const agent of site.agentIds) await setPresence(world, agent, until !== 'waiting');
  await apply(world, { do: 'call', to, isLateOffer });
  if (until === 'called') return;
  await quieten(world);
  await apply(world, { do: 'talk' });
  await quieten(world);
  checkQuiet(world);
  if (until !== 'asking') return;
  const [talking] = site.calls.list();
  const colleague = site.agentIds.find((agent) => agent !== talking?.agent);
  if (talking?.agent === undefined || colleague === undefined) return;
  // Some phones put the first call on hold to ask, some are in both.
  const phone = world.legs().find(({ phase }) => phase === 'answered');
  if (phone !== undefined && !isLateOffer) actPeer(world, phone, 'holds');
  await quieten(world);
  world.calls.push(site.ask(talking.agent, colleague));
  await quieten(world);
  await apply(world, { do: 'talk' });
  await quieten(world);
  checkQuiet(world);
}

async function apply(world: World, next: Move): Promise<void> {
  const { site } = world;
  switch (next.do) {
    case 'call':
      world.calls.push(site.call(destinations[next.to], { isLateOffer: next.isLateOffer }));
      return;
    case 'turn':
      return site.clock.turn(next.ms);
    case 'leg': {
      const leg = pick(world.legs(), next.pick);
      if (next.act === 'refuses') leg?.refuses(next.status);
      else leg?.[next.act]();
      return;
    }
    case 'caller':
      return pick(world.calls, next.pick)?.caller[next.act]();
    case 'peer': {
      const peer = pick(world.peers(), next.pick);
      for (const act of next.acts) {
        if (peer?.phase === 'answered') actPeer(world, peer, act);
        await settled();
      }
      return;
    }
    case 'place': {
      const places = site.sound.current();
      const one = pick(places, next.pick);
      for (const place of next.isForAll ? places : one === undefined ? [] : [one])
        actPlace(place, next.act, next.digit);
      return;
    }
    case 'server': {
      const server = pick(site.sound.servers, next.pick);
      if (next.isUp) server?.comesBack();
      else server?.dies();
      return;
    }
    case 'network': {
      site.network.slow(next.isSlow);
      return;
    }
    case 'presence':
      return setPresence(world, pick(site.agentIds, next.pick), next.isFree);
    case 'refer':
      pick(world.peers(), next.pick)?.refers({ uri: `sip:${next.to}@example.com`, user: next.to });
      return;
    case 'ask': {
      const talking = site.calls.list().filter(({ phase, agent }) => phase === 'talking' && agent !== undefined);
      const agent = pick(talking, next.pick)?.agent;
      const colleague = pick(site.agentIds, next.colleague);
      if (agent !== undefined && colleague !== undefined) world.calls.push(site.ask(agent, colleague));
      return;
    }
    case 'join': {
      const [peer, other] = [pick(world.peers(), next.pick), pick(world.peers(), next.other)];
      const replaces = other === undefined ? undefined : world.dialogOf(other);
      if (replaces !== undefined) peer?.refers({ uri: 'sip:x@example.com', user: 'x', replaces });
      return;
    }
    case 'send-on':
      site.calls.find(pick(world.calls, next.pick)?.work ?? workId('none'))?.transfer(next.to);
      return;
    case 'confer':
      site.calls.find(pick(world.calls, next.pick)?.work ?? workId('none'))?.confer();
      return;
    case 'spy': {
      const agent = pick(site.agentIds, next.pick);
      if (agent !== undefined) world.calls.push(site.spy(agent));
      return;
    }
    case 'talk':
      for (const leg of world.legs()) leg.answers();
      return settled();
    case 'exchange':
      return void finishExchanges(world);
    case 'quiet':
      await quieten(world);
      {
        checkQuiet(world);
        return;
      }
    case 'hang-up-all': {
      site.calls.hangUpAll();
      return;
    }
  }
}

async function check(first: Beginning, moves: readonly Move[]): Promise<void> {
  const world = new World(await buildSoundSite());
  await begin(world, first);
  for (const next of moves) {
    await apply(world, next);
    await settled();
    await checkNow(world);
  }
  await quieten(world);
  checkQuiet(world);
  await checkEnd(world);
  await world.site.stop();
}

it.each([
  ['of many calls', beginning, move, 40],
  ['of transfers, consultations, call backs and supervisors', beginning, serviceMove, 40],
  ['of what two who talk do to their sessions', beginning, talkMove, 30],
  ['of conferences', asking, conferMove, 25],
])(
  'keeps every invariant of calls with sound under random histories %s',
  async (_, start, moves, maxLength) => {
    const histories = fc.asyncProperty(start, fc.array(moves, { minLength: 1, maxLength }), check);
    await fc.assert(histories, { numRuns: RUNS });
  },
  60_000,
);
