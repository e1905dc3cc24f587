/** Supervisors: where they hear, by whom they are heard, and when it is over. */
import { describe, expect, it } from 'vitest';
import { settled } from '../../../test/support/manual-clock.js';
import { ana, ben, useMeetings, type Talk } from '../../../test/support/meetings.js';
import type { SoundCall } from '../../../test/support/sound-site.js';

const world = useMeetings();
const { expectDirect, holds, talking } = world;

const spyingOf = ({ caller }: SoundCall) => world.site.placeOf(caller)?.spying;
const placeOfAna = ({ anas }: Talk) => world.site.placeOf(anas)?.id;

async function listening(talk: Talk): Promise<SoundCall> {
  const spy = world.site.spy(ana);
  await world.site.settle();
  expect(spyingOf(spy)).toEqual({ on: placeOfAna(talk), mode: 'listen' });
  return spy;
}

async function goHome(talk: Talk, ...spies: SoundCall[]): Promise<void> {
  talk.rosa.hangsUp();
  await settled();
  for (const { caller } of spies) expect(caller.phase).not.toBe('answered');
  for (const peer of [...world.site.wire.legs, ...spies.map(({ caller }) => caller)]) peer.obeys();
  await settled();
  expect(world.site.calls.count()).toBe(0);
  expect(world.site.sound.current()).toEqual([]);
}

describe('a supervisor', () => {
  it('brings the two to a media server for as long as they listen', async () => {
    const talk = await talking();
    const spy = await listening(talk);
    expect(world.site.placeOf(talk.rosa)?.partner).toBe(world.site.placeOf(talk.anas));
    spy.caller.hangsUp();
    await world.site.settle();
    expectDirect(talk.rosa, talk.anas);
    await goHome(talk, spy);
  });

  it.each([
    ['5', 'whisper'],
    ['6', 'barge'],
    ['4', 'listen'],
    ['0', 'listen'],
    ['3', 'listen'],
    ['*', 'listen'],
  ] as const)('who presses %s is heard as said: %s', async (key, mode) => {
    const talk = await talking();
    const spy = await listening(talk);
    world.site.placeOf(spy.caller)?.presses(key);
    await world.site.settle();
    expect(spyingOf(spy)).toEqual({ on: placeOfAna(talk), mode });
    world.site.placeOf(spy.caller)?.presses('4');
    await world.site.settle();
    expect(spyingOf(spy)?.mode).toBe('listen');
    await goHome(talk, spy);
  });

  it('goes on hearing when another one leaves', async () => {
    const talk = await talking();
    const [first, second] = [await listening(talk), await listening(talk)];
    first.caller.hangsUp();
    await world.site.settle();
    expect(spyingOf(second)?.on).toBe(placeOfAna(talk));
    await goHome(talk, first, second);
  });

  it('hears the agent hold and go on', async () => {
    const talk = await talking();
    const spy = await listening(talk);
    holds(talk.anas);
    await world.site.settle();
    expect(world.site.placeOf(talk.rosa)?.playing?.repeat, 'music').toBe(true);
    expect(spyingOf(spy)?.on).toBe(placeOfAna(talk));
    holds(talk.anas, 'sendrecv');
    await world.site.settle();
    expect(world.site.placeOf(talk.rosa)?.partner).toBe(world.site.placeOf(talk.anas));
    await goHome(talk, spy);
  });

  it('hears on from another media server when theirs is lost', async () => {
    const talk = await talking();
    const spy = await listening(talk);
    world.site.sound.servers[0]?.dies();
    await world.site.settle();
    // The supervisor's call hears of it first, and asks again after a while.
    await world.site.clock.turn(2_000);
    await world.site.settle();
    expect(world.site.placeOf(talk.anas)?.server.name).toBe('two');
    expect(spyingOf(spy)).toEqual({ on: placeOfAna(talk), mode: 'listen' });
    await goHome(talk, spy);
  });

  it('is sent home when the agent sends the caller on', async () => {
    const talk = await talking();
    const spy = await listening(talk);
    talk.anas.refers({ uri: 'sip:600@example.com', user: '600' });
    await settled();
    expect(spy.caller.phase).toBe('leaving');
    await goHome(talk, spy);
  });

  it('of an agent in no call is told 480', async () => {
    const spy = world.site.spy(ben);
    await world.site.settle();
    expect(spy.caller.finalStatus).toBe(480);
  });

  it('waits for a media server while none is there, and the two talk on', async () => {
    const talk = await talking();
    for (const server of world.site.sound.servers) server.dies();
    const spy = world.site.spy(ana);
    await world.site.settle();
    expect(spy.caller.phase).toBe('ringing');
    expectDirect(talk.rosa, talk.anas);
    for (const server of world.site.sound.servers) server.comesBack();
    await world.site.clock.turn(2_000);
    await world.site.settle();
    await world.site.clock.turn(2_000);
    await world.site.settle();
    expect(spyingOf(spy)).toEqual({ on: placeOfAna(talk), mode: 'listen' });
    await goHome(talk, spy);
  });

  it('is not heard where a phone would not go to the media server, and the two talk on', async () => {
    const talk = await talking();
    const spy = world.site.spy(ana);
    await settled();
    for (const place of world.site.sound.current()) place.opens();
    await settled();
    talk.rosa.refusesOffer(603);
    await world.site.settle();
    expectDirect(talk.rosa, talk.anas);
    spy.caller.cancels();
    await settled();
    await goHome(talk, spy);
  });
});
