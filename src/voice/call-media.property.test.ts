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
import { expect, it } from 'vitest';
import { settled } from '../../test/support/manual-clock.js';
import { addressOf, sessionOf } from '../../test/support/scripted-sdp.js';
import type { ScriptedPlace } from '../../test/support/scripted-media.js';
import type { ScriptedCaller, ScriptedLeg } from '../../test/support/scripted-signalling.js';
import { buildSoundSite, destinations, type SoundCall, type SoundSite } from '../../test/support/sound-site.js';
import type { AgentId } from '../kernel/ids.js';
import type { CallState } from './call-types.js';

type Peer = ScriptedCaller | ScriptedLeg;

/** How many exchanges one change may come to, over all parties of a call. */
const MOST_ROUNDS = 60;

const RUNS = Number(process.env.SOUND_RUNS ?? 150);

const legActs = ['rings', 'answers', 'answers', 'answers', 'refuses', 'hangsUp', 'obeys'] as const;
const callerActs = ['cancels', 'hangsUp', 'acks', 'acks', 'obeys'] as const;
const peerActs = [
  'holds',
  'resumes',
  'moves',
  'updates',
  'refreshes',
  'asksForOffer',
  'answersOffer',
  'answersOffer',
  'answersOffer',
  'refusesOffer',
  'glares',
  'crossesToHold',
  'crossesToMove',
  'triesAgain',
  'answersRelayed',
  'refusesRelayed',
  'acksOffer',
  'pressesRight',
  'pressesWrong',
  'pressesRecord',
] as const;
const offering: ReadonlySet<string> = new Set(['holds', 'resumes', 'moves', 'updates', 'refreshes', 'asksForOffer']);
const placeActs = [
  'opens',
  'opens',
  'opens',
  'fails',
  'answers',
  'answers',
  'press',
  'finishes',
  'endsRecording',
] as const;

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
      digit: fc.constantFrom('1', '2', '3', '4', '9'),
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

class World {
  readonly site: SoundSite;
  readonly calls: SoundCall[] = [];
  /** Who has refused a session that we offered: left as they are. */
  readonly refusers = new Set<Peer>();

  constructor(site: SoundSite) {
    this.site = site;
  }

  peers(): Peer[] {
    return [...this.calls.map(({ caller }) => caller), ...this.site.wire.legs].filter(
      (peer) => peer.phase === 'answered',
    );
  }

  legs(): ScriptedLeg[] {
    return this.site.wire.legs.filter((leg) => leg.phase !== 'over');
  }
}

function pick<T>(from: readonly T[], index: number): T | undefined {
  return from[index % Math.max(1, from.length)];
}

function actPeer(world: World, peer: Peer, act: (typeof peerActs)[number]): void {
  const { own } = peer;
  // A phone makes one offer at a time.
  if (peer.isWaiting && offering.has(act)) return;
  switch (act) {
    case 'holds':
    case 'resumes':
      peer.own = { ...own, direction: act === 'holds' ? 'sendonly' : 'sendrecv' };
      return void peer.offers();
    case 'moves':
    case 'updates':
      peer.own = { ...own, port: own.port + 10_000 };
      return void peer.offers({ method: act === 'moves' ? 'INVITE' : 'UPDATE' });
    case 'crossesToHold':
    case 'crossesToMove':
      peer.glares();
      return actPeer(world, peer, act === 'crossesToHold' ? 'holds' : 'moves');
    case 'refreshes':
      return void peer.offers();
    case 'refusesOffer':
      if (peer.isOffered) world.refusers.add(peer);
      return peer.refusesOffer(488);
    case 'refusesRelayed':
      return peer.refusesRelayed(488);
    case 'pressesRight':
    case 'pressesWrong':
      return void peer.presses(act === 'pressesRight' ? '1' : '9');
    case 'pressesRecord':
      peer.presses('*');
      return void peer.presses('1');
    case 'asksForOffer':
      return void peer.asksForOffer();
    default:
      return peer[act]();
  }
}

function actPlace(place: ScriptedPlace, act: (typeof placeActs)[number], digit: string): void {
  switch (act) {
    case 'press':
      return place.presses(digit);
    case 'finishes':
      return place.finishesPlaying();
    case 'endsRecording':
      return place.endsRecording('silence', 3_000);
    default:
      return place[act]();
  }
}

/** What is played once to who talks is a notice, which they hear to its end. */
function isTalking({ site, calls }: World, place: ScriptedPlace): boolean {
  const call = calls.find(({ work }) => place.id.startsWith(work));
  return call !== undefined && site.calls.find(call.work)?.state.phase.name === 'talking';
}

/** @returns how many exchanges had something to bring to its end */
function finishExchanges(world: World): number {
  const { site } = world;
  let count = 0;
  const once = (isDue: boolean, act: () => void): void => {
    if (!isDue) return;
    count += 1;
    act();
  };
  for (const { caller } of world.calls) caller.acks();
  for (const peer of world.peers()) {
    once(peer.isPaused, () => peer.triesAgain());
    once(peer.isOffered, () => peer.answersOffer());
    once(peer.isAsked, () => peer.answersRelayed());
    once(peer.owesAck, () => peer.acksOffer());
  }
  for (const place of site.sound.current()) {
    once(place.phase === 'opening', () => place.opens());
    once(place.isDescribing, () => place.answers());
    once(isTalking(world, place) && place.playing?.repeat === false, () => place.finishesPlaying());
  }
  for (const leg of world.legs()) leg.obeys();
  for (const { caller } of world.calls) caller.obeys();
  return count;
}

async function quieten(world: World): Promise<void> {
  const { site } = world;
  site.network.slow(false);
  for (const server of site.sound.servers) server.comesBack();
  let rounds = 0;
  // The second time after the pause in which media servers that failed are let be.
  for (const pauseMs of [0, 2_100, 0]) {
    await site.clock.turn(pauseMs);
    await settled();
    while (finishExchanges(world) > 0) {
      rounds += 1;
      expect(rounds, 'endless chatter').toBeLessThan(MOST_ROUNDS);
      await settled();
    }
    await settled();
  }
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
  readonly until: 'called' | 'waiting' | 'talking';
}

const beginning: fc.Arbitrary<Beginning> = fc.record({
  to: fc.constantFrom(...(Object.keys(destinations) as (keyof typeof destinations)[])),
  isLateOffer: fc.boolean(),
  until: fc.constantFrom('called' as const, 'waiting' as const, 'talking' as const, 'talking' as const),
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
    case 'network':
      return site.network.slow(next.isSlow);
    case 'presence':
      return setPresence(world, pick(site.agentIds, next.pick), next.isFree);
    case 'talk':
      for (const leg of world.legs()) leg.answers();
      return settled();
    case 'exchange':
      return void finishExchanges(world);
    case 'quiet':
      await quieten(world);
      return checkQuiet(world);
    case 'hang-up-all':
      return site.calls.hangUpAll();
  }
}

async function checkNow(world: World): Promise<void> {
  const { site } = world;
  const { agents } = await site.ledger.snapshot();
  for (const agent of agents) expect(agent.holds.length).toBeLessThanOrEqual(1);
  expect(site.sound.faults).toEqual([]);
  expect(site.errors).toEqual([]);
  for (const peer of [...world.calls.map(({ caller }) => caller), ...site.wire.legs]) expect(peer.faults).toEqual([]);
}

function placeOf(world: World, peer: Peer): ScriptedPlace | undefined {
  const place = world.site.sound.current().find((each) => addressOf(each.sdp) === addressOf(peer.remote));
  return place !== undefined && addressOf(place.party) === addressOf(peer.local) ? place : undefined;
}

function checkQuiet(world: World): void {
  const { site } = world;
  for (const peer of [...world.calls.map(({ caller }) => caller), ...site.wire.legs]) {
    expect(
      peer.requests.filter((token) => !peer.responses.has(token)),
      'requests without an answer',
    ).toEqual([]);
  }
  const known = new Set(world.calls.map(({ work }) => String(work)));
  for (const { work, caller } of world.calls) {
    const state = site.calls.find(work)?.state;
    const places = site.sound.current().filter((place) => place.id.startsWith(work));
    if (state === undefined || state.phase.name === 'over') expect(places.length, 'places after the call').toBe(0);
    else checkCall(world, state, caller, places);
  }
  expect(site.sound.current().filter((place) => !known.has(place.id.slice(0, 36)))).toEqual([]);
}

function checkCall(world: World, state: CallState, caller: ScriptedCaller, places: readonly ScriptedPlace[]): void {
  const { phase } = state;
  if (phase.name === 'talking') {
    const peer = world.site.wire.legs.find((leg) => leg.id === phase.peer);
    expect(peer?.phase).toBe('answered');
    if (peer !== undefined) checkTalk(world, state, caller, peer, places);
    return;
  }
  const shared = [...state.legs.values()].some((leg) => leg.rungWith.kind === 'place' && leg.confirmKey === undefined);
  const own = [...state.legs.values()].filter(
    (leg) => leg.confirmKey !== undefined && leg.state.name !== 'leaving',
  ).length;
  const isAlone = caller.phase === 'answered';
  expect(places.length, 'places while nobody talks').toBeLessThanOrEqual((isAlone ? 1 : 0) + (shared ? 1 : 0) + own);
  if (!isAlone || world.refusers.has(caller)) return;
  const place = placeOf(world, caller);
  expect(place, 'a caller who was answered is at a place').toBeDefined();
  if (state.tune !== undefined) expect(place?.playing, `a tune (${state.tune.type}) is heard`).toBeDefined();
  if (phase.name === 'voicemail' && phase.recordingSinceMs !== undefined) expect(place?.recording).toBeDefined();
}

function checkTalk(
  world: World,
  state: CallState,
  caller: ScriptedCaller,
  callee: ScriptedLeg,
  places: readonly ScriptedPlace[],
): void {
  const { phase } = state;
  if (phase.name !== 'talking' || world.refusers.has(caller) || world.refusers.has(callee)) return;
  const [here, there] = [placeOf(world, caller), placeOf(world, callee)];
  const isDirect = sendsTo(caller, callee) && sendsTo(callee, caller);
  if (phase.recording?.isPaused === false && phase.recording.unaware.length === 0)
    expect(here?.recording, 'is recorded').toMatchObject({ of: 'both' });
  expect(phase.recording?.unaware ?? [], 'have heard of the recording').toEqual([]);
  if (phase.onHoldBy !== undefined) {
    const held = phase.onHoldBy === state.caller.leg ? there : here;
    expect(held?.playing?.repeat, 'music on hold').toBe(true);
    return;
  }
  const isBridged = here !== undefined && here.partner === there;
  expect(isDirect || isBridged, 'who talks hears the other').toBe(true);
  expect(places.length, 'places of who talks').toBe(isDirect ? 0 : 2);
  if (caller.own.direction === 'sendrecv' && callee.own.direction === 'sendrecv') {
    const ways = [caller.local, caller.remote, callee.local, callee.remote].map((sdp) => sessionOf(sdp)?.direction);
    expect(ways).toEqual(['sendrecv', 'sendrecv', 'sendrecv', 'sendrecv']);
    if (isBridged) expect(sessionOf(here.party)?.direction).toBe('sendrecv');
  }
}

function sendsTo(peer: Peer, other: Peer): boolean {
  return peer.remote !== undefined && addressOf(peer.remote) === addressOf(other.local);
}

/** Everybody goes home; then nothing may be left. */
async function checkEnd(world: World): Promise<void> {
  const { site } = world;
  for (const { caller } of world.calls) {
    caller.acks();
    caller.cancels();
    caller.hangsUp();
  }
  await quieten(world);
  for (let round = 0; round < 3; round += 1) {
    await settled();
    finishExchanges(world);
  }
  await site.clock.turn(200_000);
  checkQuiet(world);
  expect(site.calls.count()).toBe(0);
  expect(world.legs()).toEqual([]);
  expect(site.sound.current()).toEqual([]);
  const { agents, queues } = await site.ledger.snapshot();
  expect(agents.flatMap((agent) => agent.holds)).toEqual([]);
  expect(queues.flatMap((queue) => [...queue.waiting, ...queue.offered])).toEqual([]);
  expect(site.clock.pending()).toBe(0);
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
  ['of many calls', move, 40],
  ['of what two who talk do to their sessions', talkMove, 30],
])(
  'keeps every invariant of calls with sound under random histories %s',
  async (_, moves, maxLength) => {
    const histories = fc.asyncProperty(beginning, fc.array(moves, { minLength: 1, maxLength }), check);
    await fc.assert(histories, { numRuns: RUNS });
  },
  60_000,
);
