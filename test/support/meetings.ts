/** Rosa talks with Ana, who asks Ben in a second call: where transfers and conferences begin. */
import { afterEach, beforeEach, expect } from 'vitest';
import { agentId, type AgentId } from '../../src/kernel/ids.js';
import { addressOf } from './scripted-sdp.js';
import type { ScriptedCaller, ScriptedLeg } from './scripted-signalling.js';
import { buildSoundSite, destinations, type SoundCall, type SoundSite } from './sound-site.js';

type Peer = ScriptedCaller | ScriptedLeg;

export const [ana, ben, eva] = ['ana', 'ben', 'eva'].map(agentId) as [AgentId, AgentId, AgentId];

export interface Talk {
  readonly call: SoundCall;
  readonly rosa: ScriptedCaller;
  readonly anas: ScriptedLeg;
}

export interface Meeting extends Talk {
  readonly asking: SoundCall;
  /** Ana's phone in her second call, and Ben's. */
  readonly ask: ScriptedCaller;
  readonly bens: ScriptedLeg;
}

interface Asked {
  /** Ana has put Rosa on hold to ask; without it her phone is in both calls at once. */
  readonly holds?: boolean;
  readonly to?: keyof typeof destinations;
}

const sendsTo = (peer: Peer, other: Peer): boolean => addressOf(peer.remote) === addressOf(other.local);

/** A site for each test; nobody may break a contract in any of them. */
export function useMeetings() {
  let site: SoundSite;

  beforeEach(async () => {
    site = await buildSoundSite();
  });

  afterEach(async () => {
    for (const peer of site.wire.legs) expect(peer.faults).toEqual([]);
    expect(site.sound.faults).toEqual([]);
    expect(site.errors).toEqual([]);
    await site.stop();
  });

  async function answered(by: AgentId): Promise<ScriptedLeg> {
    await site.settle();
    const leg = site.wire.legs.findLast(({ invite, phase }) => invite.uri.includes(by) && phase === 'inviting');
    if (leg === undefined) throw new Error(`${by} is not rung`);
    leg.answers();
    await site.settle();
    return leg;
  }

  function holds(peer: Peer, direction: 'sendonly' | 'sendrecv' = 'sendonly'): void {
    peer.own = { ...peer.own, direction };
    peer.offers();
  }

  async function away(...agents: readonly AgentId[]): Promise<void> {
    for (const agent of agents) await site.ledger.setPresence({ agent, presence: { state: 'away', reason: 'test' } });
  }

  async function back(...agents: readonly AgentId[]): Promise<void> {
    for (const agent of agents) await site.ledger.setPresence({ agent, presence: { state: 'available' } });
  }

  /** Ana talks with Rosa, and nobody else is there. */
  async function talking(to: keyof typeof destinations = 'direct'): Promise<Talk> {
    await away(ben, eva);
    const call = site.call(destinations[to]);
    const anas = await answered(ana);
    return { call, rosa: call.caller, anas };
  }

  /** Ana talks with Rosa, and has asked Ben. */
  async function asked({ holds: isHeld = true, to = 'direct' }: Asked = {}): Promise<Meeting> {
    const { call, anas } = await talking(to);
    await site.ledger.setPresence({ agent: ben, presence: { state: 'available' } });
    if (isHeld) {
      holds(anas);
      await site.settle();
    }
    const asking = site.ask(ana, ben);
    const bens = await answered(ben);
    return { call, asking, rosa: call.caller, anas, ask: asking.caller, bens };
  }

  function confer({ call }: Meeting) {
    return site.calls.find(call.work)?.confer();
  }

  async function conferring(options?: Asked): Promise<Meeting> {
    const meeting = await asked(options);
    expect(confer(meeting)).toEqual({ type: 'conferring', call: meeting.call.work });
    await site.settle();
    return meeting;
  }

  function roomOf(peer: Peer): string | undefined {
    const place = site.placeOf(peer);
    return place !== undefined && addressOf(place.party) === addressOf(peer.local) ? place.room : undefined;
  }

  function expectTogether({ call }: Meeting, ...peers: Peer[]): void {
    expect(peers.map(roomOf)).toEqual(peers.map(() => call.work));
    expect(new Set(peers.map((peer) => site.placeOf(peer)?.server.name)).size).toBe(1);
  }

  function expectDirect(one: Peer, other: Peer): void {
    expect([sendsTo(one, other), sendsTo(other, one)], 'each sends to the other').toEqual([true, true]);
    expect(site.sound.current(), 'no place is left').toEqual([]);
  }

  async function holdsOf(): Promise<Record<string, string[]>> {
    const { agents } = await site.ledger.snapshot();
    return Object.fromEntries(
      agents.map(({ agent, holds: held }) => [agent, held.map(({ work, state }) => `${state} ${work}`)]),
    );
  }

  const told = (type: string) => site.seen.filter((event) => event.type === type);

  async function allHangUp(meeting: Meeting): Promise<void> {
    for (const peer of [meeting.rosa, meeting.anas, meeting.ask, meeting.bens]) peer.hangsUp();
    for (const peer of [...site.wire.legs, meeting.rosa, meeting.ask]) peer.obeys();
    await site.settle();
    await site.clock.turn(2_000);
    expect(site.calls.count()).toBe(0);
    expect(site.sound.current()).toEqual([]);
    expect(await holdsOf()).toEqual({ ana: [], ben: [], eva: [] });
  }

  return {
    get site() {
      return site;
    },
    answered,
    holds,
    away,
    back,
    talking,
    asked,
    confer,
    conferring,
    roomOf,
    expectTogether,
    expectDirect,
    holdsOf,
    told,
    allHangUp,
  };
}
