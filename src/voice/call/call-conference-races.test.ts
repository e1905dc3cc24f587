/** What crosses a conference of three: holds, re-INVITEs, servers that die, recordings, supervisors. */
import { describe, expect, it } from 'vitest';
import { settled } from '../../../test/support/manual-clock.js';
import { ana, ben, useMeetings, type Meeting } from '../../../test/support/meetings.js';
import type { ScriptedCaller, ScriptedLeg } from '../../../test/support/scripted-signalling.js';

const world = useMeetings();
const { holds, asked, confer, conferring, roomOf, expectTogether, expectDirect, holdsOf, told, allHangUp } = world;

type Peer = ScriptedCaller | ScriptedLeg;

describe('what crosses a conference', () => {
  it('the third hangs up while the three are being brought together', async () => {
    const meeting = await asked();
    confer(meeting);
    await settled();
    meeting.bens.hangsUp();
    await world.site.settle();
    expectDirect(meeting.rosa, meeting.ask);
    expect(await holdsOf()).toMatchObject({ ben: [] });
    await allHangUp(meeting);
  });

  it('the third has hung up when it is asked for', async () => {
    const meeting = await asked();
    meeting.bens.hangsUp();
    expect(confer(meeting)).toEqual({ type: 'refused', why: 'no-consultation' });
    await world.site.settle();
    await allHangUp(meeting);
  });

  it.each<[string, (meeting: Meeting) => Peer]>([
    ['the agent', ({ ask }) => ask],
    ['the third', ({ bens }) => bens],
    ['the caller', ({ rosa }) => rosa],
  ])('%s holds: out of the room, in which the others go on, and back again', async (_, who) => {
    const meeting = await conferring();
    const holder = who(meeting);
    holds(holder);
    await world.site.settle();
    const others = [meeting.rosa, meeting.ask, meeting.bens].filter((peer) => peer !== holder);
    expect([...others.map(roomOf), roomOf(holder)]).toEqual([meeting.call.work, meeting.call.work, undefined]);
    holds(holder, 'sendrecv');
    await world.site.settle();
    expectTogether(meeting, meeting.rosa, meeting.ask, meeting.bens);
    await allHangUp(meeting);
  });

  it('who holds when the third leaves has put the other one on hold', async () => {
    const meeting = await conferring();
    holds(meeting.ask);
    await world.site.settle();
    meeting.bens.hangsUp();
    await world.site.settle();
    expect(world.site.placeOf(meeting.rosa)?.playing?.repeat, 'music').toBe(true);
    expect(world.site.calls.list()).toMatchObject([{ isOnHold: true }]);
    holds(meeting.ask, 'sendrecv');
    await world.site.settle();
    expectDirect(meeting.rosa, meeting.ask);
    await allHangUp(meeting);
  });

  it('a re-INVITE of each is answered by a place, and nobody else hears of it', async () => {
    const meeting = await conferring();
    const peers = [meeting.rosa, meeting.ask, meeting.bens];
    const before = peers.map(({ offered, relayed }) => offered.length + relayed.length);
    for (const peer of peers) {
      peer.own = { ...peer.own, port: peer.own.port + 1_000 };
      const tokens = [peer.offers()];
      await world.site.settle();
      tokens.push(peer.asksForOffer());
      await world.site.settle();
      expect(tokens.map((token) => peer.responses.get(token)?.status)).toEqual([200, 200]);
    }
    expect(peers.map(({ offered, relayed }) => offered.length + relayed.length)).toEqual(before);
    expectTogether(meeting, ...peers);
    await allHangUp(meeting);
  });

  it('a re-INVITE of who is on the way to a place is answered with what that place says', async () => {
    const meeting = await asked();
    confer(meeting);
    await settled();
    const token = meeting.bens.offers();
    const other = meeting.ask.asksForOffer();
    await world.site.settle();
    expect(meeting.bens.responses.get(token)?.status).toBe(200);
    expect(meeting.ask.responses.get(other)?.status).toBe(491);
    expectTogether(meeting, meeting.rosa, meeting.ask, meeting.bens);
    await allHangUp(meeting);
  });

  it('the media server dies: the three meet on another one', async () => {
    const meeting = await conferring();
    world.site.sound.servers[0]?.dies();
    await world.site.settle();
    expectTogether(meeting, meeting.rosa, meeting.ask, meeting.bens);
    expect(world.site.placeOf(meeting.rosa)?.server.name).toBe('two');
    await allHangUp(meeting);
  });

  it('all media servers die: the first two go on, and the third is back as soon as one is', async () => {
    const meeting = await conferring();
    for (const server of world.site.sound.servers) server.dies();
    await world.site.settle();
    expectDirect(meeting.rosa, meeting.ask);
    expect(meeting.bens.responses.get(meeting.bens.offers())?.status).toBe(491);
    await world.site.settle();
    for (const server of world.site.sound.servers) server.comesBack();
    await world.site.clock.turn(2_000);
    await world.site.settle();
    expectTogether(meeting, meeting.rosa, meeting.ask, meeting.bens);
    await allHangUp(meeting);
  });

  it('a third who will not go to the media server is let go', async () => {
    const meeting = await asked();
    confer(meeting);
    await settled();
    for (const place of world.site.sound.current()) place.opens();
    await settled();
    meeting.bens.refusesOffer(488);
    await world.site.settle();
    expect(meeting.bens.sentAway?.by).toBe('bye');
    expectDirect(meeting.rosa, meeting.ask);
    expect(told('call.conference_ended')).toMatchObject([{ left: 'third' }]);
    await allHangUp(meeting);
  });

  it.each([
    ['a REFER', ({ ask }: Meeting) => ask.refers({ uri: 'sip:eva@example.com', user: 'eva' })],
    ['a REFER of the third', ({ bens }: Meeting) => bens.refers({ uri: 'sip:eva@example.com', user: 'eva' })],
  ])('%s is refused', async (_, refer) => {
    const meeting = await conferring();
    const token = refer(meeting);
    await world.site.settle();
    const responses = [...meeting.ask.responses, ...meeting.bens.responses];
    expect(responses.find(([id]) => id === token)?.[1].status).toBe(491);
    expect(world.site.calls.find(meeting.call.work)?.transfer('eva')).toBe('in-conference');
    expectTogether(meeting, meeting.rosa, meeting.ask, meeting.bens);
    await allHangUp(meeting);
  });
});

describe('a conference in a call that is recorded', () => {
  async function recorded(): Promise<Meeting> {
    const meeting = await asked({ to: 'recorded', holds: false });
    for (const place of world.site.sound.current()) place.finishesPlaying();
    await world.site.settle();
    expect(world.site.placeOf(meeting.rosa)?.recording).toBeDefined();
    confer(meeting);
    await world.site.settle();
    return meeting;
  }

  it('lets the third in who has heard of it, and the recording goes on', async () => {
    const meeting = await recorded();
    const { rosa, anas, bens, call } = meeting;
    expect([roomOf(rosa), roomOf(anas), roomOf(bens)]).toEqual([call.work, call.work, undefined]);
    expect(world.site.placeOf(bens)?.playing?.sounds).toMatchObject([{ path: 'prompts' }]);
    world.site.placeOf(bens)?.finishesPlaying();
    await world.site.settle();
    expectTogether(meeting, rosa, anas, bens);
    expect(told('call.recording_started')).toHaveLength(1);
    bens.hangsUp();
    await world.site.settle();
    expect(world.site.placeOf(rosa)?.recording).toMatchObject({ of: 'both', isPaused: false });
    expect(told('call.recording_started')).toHaveLength(1);
    await allHangUp(meeting);
  });

  it('goes on being recorded when the agent leaves', async () => {
    const meeting = await recorded();
    world.site.placeOf(meeting.bens)?.finishesPlaying();
    await world.site.settle();
    meeting.anas.hangsUp();
    await world.site.settle();
    expect(world.site.placeOf(meeting.rosa)?.recording).toMatchObject({ of: 'both' });
    expect(world.site.placeOf(meeting.rosa)?.partner).toBe(world.site.placeOf(meeting.bens));
    expect(told('call.recording_started')).toHaveLength(1);
    await allHangUp(meeting);
  });
});

describe('a supervisor', () => {
  it.each([
    ['the agent', ana, ({ ask }: Meeting) => ask],
    ['the third', ben, ({ bens }: Meeting) => bens],
  ])('hears %s where the three meet', async (_, who, phone) => {
    const meeting = await conferring();
    const spy = world.site.spy(who);
    await world.site.settle();
    const state = world.site.calls.find(spy.work)?.state;
    expect(state?.phase).toMatchObject({ name: 'spying', on: world.site.placeOf(phone(meeting))?.id });
    expectTogether(meeting, meeting.rosa, meeting.ask, meeting.bens);
    spy.caller.hangsUp();
    await world.site.settle();
    await allHangUp(meeting);
  });

  it('who hears the agent goes on hearing them in the conference, and is sent home with them', async () => {
    const meeting = await asked();
    const spy = world.site.spy(ana);
    await world.site.settle();
    confer(meeting);
    await world.site.settle();
    const state = world.site.calls.find(spy.work)?.state;
    expect(state?.phase).toMatchObject({ name: 'spying', on: world.site.placeOf(meeting.ask)?.id });
    meeting.ask.hangsUp();
    await world.site.settle();
    expect(spy.caller.phase).toBe('leaving');
    spy.caller.obeys();
    await allHangUp(meeting);
  });
});
