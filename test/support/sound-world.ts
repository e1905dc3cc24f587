/** What must hold of a site of calls with sound: at every moment, once all exchanges are over, and in the end. */
import { expect } from 'vitest';
import type { CallState } from '../../src/voice/call/call-types.js';
import type { ReferTarget } from '../../src/voice/signalling.js';
import { sipCallId, type LegId } from '../../src/kernel/ids.js';
import { settled } from './manual-clock.js';
import type { ScriptedPlace } from './scripted-media.js';
import { addressOf, sessionOf } from './scripted-sdp.js';
import type { ScriptedCaller, ScriptedLeg } from './scripted-signalling.js';
import type { SoundCall, SoundSite } from './sound-site.js';

export type Peer = ScriptedCaller | ScriptedLeg;

/** How many exchanges one change may come to, over all parties of a call. */
const MOST_ROUNDS = 60;

export class World {
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

  running(): { readonly state: CallState; hangUp(): void }[] {
    return this.calls.flatMap(({ work }) => {
      const runner = this.site.calls.find(work);
      return runner === undefined ? [] : [{ state: runner.state, hangUp: () => runner.hangUp('asked') }];
    });
  }

  /** By the name that a call has for its leg, or had for it before another one took it over. */
  peerNamed(id: LegId): Peer | undefined {
    const caller = this.calls.find(({ work }) => `${work}/0` === id)?.caller;
    return caller ?? this.site.wire.legs.find((leg) => leg.id === id);
  }

  /** As the phone of that dialog names it to join it with another (RFC 3891 §3). */
  dialogOf(peer: Peer): NonNullable<ReferTarget['replaces']> | undefined {
    const id = 'id' in peer ? peer.id : this.calls.find(({ caller }) => caller === peer)?.work.concat('/0');
    if (id === undefined || peer.phase !== 'answered') return undefined;
    return { callId: sipCallId(`sip-${id}`), toTag: `ours-${id}`, fromTag: `theirs-${id}` };
  }

  legs(): ScriptedLeg[] {
    return this.site.wire.legs.filter((leg) => leg.phase !== 'over');
  }
}

/** What is played once to who talks is a notice, which they hear to its end. */
function isTalking({ site, calls }: World, place: ScriptedPlace): boolean {
  const call = calls.find(({ work }) => place.id.startsWith(work));
  return call !== undefined && site.calls.find(call.work)?.state.phase.name === 'talking';
}

/** @returns how many exchanges had something to bring to its end */
export function finishExchanges(world: World): number {
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

export async function quieten(world: World): Promise<void> {
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

export async function checkNow(world: World): Promise<void> {
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

export function checkQuiet(world: World): void {
  const { site } = world;
  for (const peer of [...world.calls.map(({ caller }) => caller), ...site.wire.legs]) {
    expect(
      peer.requests.filter((token) => !peer.responses.has(token)),
      'requests without an answer',
    ).toEqual([]);
  }
  const known = new Set(world.calls.map(({ work }) => String(work)));
  for (const { work } of world.calls) {
    const state = site.calls.find(work)?.state;
    const places = site.sound.current().filter((place) => place.id.startsWith(work));
    if (state === undefined || state.phase.name === 'over') expect(places.length, 'places after the call').toBe(0);
    else checkCall(world, state, places);
  }
  expect(site.sound.current().filter((place) => !known.has(place.id.slice(0, 36)))).toEqual([]);
}

function checkCall(world: World, state: CallState, places: readonly ScriptedPlace[]): void {
  const { phase } = state;
  const caller = world.peerNamed(state.caller.leg);
  expect(caller, 'the leg of the caller').toBeDefined();
  if (caller === undefined) return;
  if (phase.name === 'talking') {
    const peer = world.peerNamed(phase.peer);
    expect([caller.phase, peer?.phase]).toEqual(['answered', 'answered']);
    if (phase.third !== undefined) return checkConference(world, state, places);
    if (peer !== undefined) checkTalk(world, state, caller, peer, places);
    return;
  }
  if (phase.name === 'calling-back') return checkCallback(world, phase.agentLeg, places);
  if (phase.name === 'spying') {
    expect(places.length, 'places of who listens').toBe(phase.on === undefined ? 0 : 1);
    expect(placeOf(world, caller)?.id, 'hears what is said there').toBe(places[0]?.id);
    return;
  }
  const shared = [...state.legs.values()].some((leg) => leg.rungWith.kind === 'place' && leg.confirmKey === undefined);
  const own = [...state.legs.values()].filter(
    (leg) => leg.confirmKey !== undefined && leg.state.name !== 'leaving',
  ).length;
  const isAlone = caller.phase === 'answered';
  // Or reserved for the caller of an anchored queue, whom somebody is about to answer.
  const isSeated = isAlone || (phase.name === 'offering' && isAnchored(state));
  expect(places.length, 'places while nobody talks').toBeLessThanOrEqual((isSeated ? 1 : 0) + (shared ? 1 : 0) + own);
  if (!isAlone || world.refusers.has(caller)) return;
  const place = placeOf(world, caller);
  expect(place, 'a caller who was answered is at a place').toBeDefined();
  if (state.tune !== undefined) expect(place?.playing, `a tune (${state.tune.type}) is heard`).toBeDefined();
  if (phase.name === 'voicemail' && phase.recordingSinceMs !== undefined) expect(place?.recording).toBeDefined();
}

function isAnchored({ destination }: CallState): boolean {
  return destination.kind === 'queue' && destination.rules.isAnchored === true;
}

/** Who has accepted hears ringing while the customer's phone rings. */
function checkCallback(world: World, agentLeg: LegId, places: readonly ScriptedPlace[]): void {
  const agent = world.peerNamed(agentLeg);
  expect(agent?.phase).toBe('answered');
  expect(places.length, 'places while a customer is rung').toBeLessThanOrEqual(2);
  if (agent === undefined || world.refusers.has(agent)) return;
  expect(placeOf(world, agent)?.playing?.repeat, 'ringing').toBe(true);
}

function checkTalk(world: World, state: CallState, caller: Peer, callee: Peer, places: readonly ScriptedPlace[]): void {
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

/** Who holds is out of the room; all others hear each other. */
function checkConference(world: World, { call, caller, phase }: CallState, places: readonly ScriptedPlace[]): void {
  if (phase.name !== 'talking' || phase.third === undefined) return;
  const three = [caller.leg, phase.peer, phase.third.leg].map((leg) => world.peerNamed(leg));
  for (const peer of three) {
    expect(peer?.phase, 'one of three').toBe('answered');
    if (peer === undefined || world.refusers.has(peer)) continue;
    const place = placeOf(world, peer);
    expect(place, 'one of three is at a place').toBeDefined();
    const isOut = peer.own.direction !== 'sendrecv';
    expect(place?.room, 'meets the others').toBe(isOut ? undefined : call);
    if (!isOut) expect(sessionOf(place?.party)?.direction).toBe('sendrecv');
  }
  if (three.some((peer) => peer === undefined || world.refusers.has(peer))) return;
  expect(places.length, 'places of three').toBe(3);
  const isRecorded = phase.recording?.isPaused === false && phase.recording.unaware.length === 0;
  const [first] = three;
  if (isRecorded && first !== undefined) expect(placeOf(world, first)?.recording).toMatchObject({ of: 'both' });
}

function sendsTo(peer: Peer, other: Peer): boolean {
  return peer.remote !== undefined && addressOf(peer.remote) === addressOf(other.local);
}

/** Everybody goes home; then nothing may be left. */
export async function checkEnd(world: World): Promise<void> {
  const { site } = world;
  for (const { caller } of world.calls) {
    caller.acks();
    caller.cancels();
    caller.hangsUp();
  }
  await quieten(world);
  // Who was sent on is no caller any more; who is to be called back has gone, and still waits.
  for (const peer of world.peers()) peer.hangsUp();
  for (const { state, hangUp } of world.running()) if (state.callback !== undefined) hangUp();
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
