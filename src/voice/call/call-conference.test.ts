/** Three who talk: how they come together, and what becomes of the others when one leaves. */
import { describe, expect, it } from 'vitest';
import { settled } from '../../../test/support/manual-clock.js';
import { ana, ben, eva, useMeetings, type Meeting } from '../../../test/support/meetings.js';
import { destinations } from '../../../test/support/sound-site.js';

const world = useMeetings();
const { answered, holds, asked, confer, conferring, expectTogether, expectDirect, holdsOf, told, allHangUp } = world;

describe('a conference of three', () => {
  it('keeps the leg by which the agent talks, and lets the one go that is on hold', async () => {
    const meeting = await conferring();
    const { rosa, anas, ask, bens, call } = meeting;
    expectTogether(meeting, rosa, ask, bens);
    expect(anas.sentAway?.by).toBe('bye');
    expect(world.site.calls.list().map(({ id, agent, conferenceWith }) => [id, agent, conferenceWith])).toEqual([
      [call.work, ana, ben],
    ]);
    expect(told('call.conference_began')).toMatchObject([{ call: call.work, agent: ana, with: ben }]);
    await allHangUp(meeting);
  });

  it('keeps the first leg of an agent whose phone is in both calls', async () => {
    const meeting = await conferring({ holds: false });
    expectTogether(meeting, meeting.rosa, meeting.anas, meeting.bens);
    expect(meeting.ask.phase).toBe('leaving');
    await allHangUp(meeting);
  });

  it('holds the room of each agent once', async () => {
    const meeting = await conferring();
    const { call, asking } = meeting;
    expect(await holdsOf()).toEqual({ ana: [`active ${call.work}`], ben: [`active ${asking.work}`], eva: [] });
    const works = world.site.calls.works().map(({ work, agents }) => [work, agents]);
    expect(works).toEqual([
      [call.work, [ana]],
      [asking.work, [ben]],
    ]);
    await allHangUp(meeting);
  });

  it.each([
    ['in the consultation', ({ ask }: Meeting) => ask],
    ['in the first call', ({ anas }: Meeting) => anas],
  ])('is made by the keys of the agent, pressed %s', async (_, phone) => {
    const meeting = await asked();
    for (const key of '*3') phone(meeting).presses(key);
    await world.site.settle();
    expectTogether(meeting, meeting.rosa, meeting.ask, meeting.bens);
    await allHangUp(meeting);
  });

  it('may be asked for by the consultation, and goes on under the name of the first call', async () => {
    const meeting = await asked();
    const outcome = world.site.calls.find(meeting.asking.work)?.confer();
    expect(outcome).toEqual({ type: 'conferring', call: meeting.call.work });
    await world.site.settle();
    expectTogether(meeting, meeting.rosa, meeting.ask, meeting.bens);
    await allHangUp(meeting);
  });

  it('brings in an outside number that the agent has dialled', async () => {
    const call = world.site.call(destinations.direct);
    for (const agent of [ben, eva]) {
      await world.site.ledger.setPresence({ agent, presence: { state: 'away', reason: 'test' } });
    }
    const anas = await answered(ana);
    holds(anas);
    await world.site.settle();
    const asking = world.site.dial(ana, '600');
    await world.site.settle();
    const outside = world.site.wire.legs.at(-1)!;
    outside.answers();
    await world.site.settle();
    expect(world.site.calls.find(call.work)?.confer()).toMatchObject({ type: 'conferring' });
    await world.site.settle();
    const meeting = { call, asking, rosa: call.caller, anas, ask: asking.caller, bens: outside };
    expectTogether(meeting, call.caller, asking.caller, outside);
    expect(told('call.conference_began')).toMatchObject([{ with: '600' }]);
    asking.caller.hangsUp();
    await world.site.settle();
    expectDirect(call.caller, outside);
    await allHangUp(meeting);
  });

  it.each<[string, (meeting: Meeting) => void, string]>([
    ['the agent has no other call', ({ ask }) => ask.hangsUp(), 'no-consultation'],
    [
      'no media server is there',
      () => {
        for (const server of world.site.sound.servers) server.dies();
      },
      'no-media-server',
    ],
  ])('is refused when %s', async (_, act, why) => {
    const meeting = await asked();
    act(meeting);
    await settled();
    expect(confer(meeting)).toEqual({ type: 'refused', why });
    await allHangUp(meeting);
  });

  it('is refused while nobody talks, and to a fourth', async () => {
    const meeting = await conferring();
    await world.site.ledger.setPresence({ agent: eva, presence: { state: 'available' } });
    const second = world.site.ask(ana, eva);
    expect(world.site.calls.find(second.work)?.confer()).toEqual({ type: 'refused', why: 'not-talking' });
    const evas = await answered(eva);
    expect(world.site.calls.find(second.work)?.confer()).toEqual({ type: 'refused', why: 'conference-full' });
    expectTogether(meeting, meeting.rosa, meeting.ask, meeting.bens);
    evas.hangsUp();
    second.caller.obeys();
    await allHangUp(meeting);
  });
});

describe('of three, one leaves', () => {
  it('the third: the two others go on without a media server', async () => {
    const meeting = await conferring();
    meeting.bens.hangsUp();
    await world.site.settle();
    expectDirect(meeting.rosa, meeting.ask);
    expect(await holdsOf()).toEqual({ ana: [`active ${meeting.call.work}`], ben: [], eva: [] });
    expect(told('call.conference_ended')).toMatchObject([{ left: 'third' }]);
    await allHangUp(meeting);
  });

  it('the agent: the two others go on as after a transfer, and the agent is free', async () => {
    const meeting = await conferring();
    meeting.ask.hangsUp();
    await world.site.settle();
    expectDirect(meeting.rosa, meeting.bens);
    expect(await holdsOf()).toEqual({
      ana: [`wrap-up ${meeting.call.work}`],
      ben: [`active ${meeting.asking.work}`],
      eva: [],
    });
    expect(told('call.conference_ended')).toMatchObject([{ left: 'agent' }]);
    expect(told('call.transferred')).toMatchObject([{ agent: ana, to: ben }]);
    await allHangUp(meeting);
  });

  it('the caller: all go home', async () => {
    const meeting = await conferring();
    meeting.rosa.hangsUp();
    await world.site.settle();
    expect([meeting.ask.phase, meeting.bens.sentAway?.by]).toEqual(['leaving', 'bye']);
    await allHangUp(meeting);
  });

  it('an agent who has dialled the first call: who was called goes on with the third', async () => {
    for (const agent of [ana, ben]) await world.site.ledger.setPresence({ agent, presence: { state: 'available' } });
    const call = world.site.dial(ana, '600');
    await world.site.settle();
    const outside = world.site.wire.legs.at(-1)!;
    outside.answers();
    await world.site.settle();
    holds(call.caller);
    await world.site.settle();
    const asking = world.site.ask(ana, ben);
    const bens = await answered(ben);
    expect(world.site.calls.find(call.work)?.confer()).toMatchObject({ type: 'conferring' });
    await world.site.settle();
    const meeting = { call, asking, rosa: call.caller, anas: outside, ask: asking.caller, bens };
    expectTogether(meeting, outside, asking.caller, bens);
    asking.caller.hangsUp();
    await world.site.settle();
    expectDirect(outside, bens);
    expect(await holdsOf()).toEqual({ ana: [], ben: [`active ${asking.work}`], eva: [] });
    await allHangUp(meeting);
  });

  it.each<[string, (meeting: Meeting) => void]>([
    ['rosa, and the third at once', ({ rosa, bens }) => [rosa, bens].forEach((peer) => peer.hangsUp())],
    ['the agent, and the third at once', ({ ask, bens }) => [ask, bens].forEach((peer) => peer.hangsUp())],
    ['the third, and the agent at once', ({ ask, bens }) => [bens, ask].forEach((peer) => peer.hangsUp())],
    ['all by the API', ({ call }) => world.site.calls.find(call.work)?.hangUp('asked')],
  ])('%s: nothing stays held', async (_, act) => {
    const meeting = await conferring();
    act(meeting);
    await world.site.settle();
    await allHangUp(meeting);
  });
});
