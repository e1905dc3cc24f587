/** Recordings of who talks: asked for, told of, paused, and given up where nobody could be told. */
import { describe, expect, it } from 'vitest';
import { settled } from '../../../test/support/manual-clock.js';
import { useMeetings, type Talk } from '../../../test/support/meetings.js';

const world = useMeetings();
const { expectDirect, holds, talking, told } = world;

const handleOf = ({ call }: Talk) => world.site.calls.find(call.work);
const recordingOf = ({ rosa }: Talk) => world.site.placeOf(rosa)?.recording;
const shown = () => world.site.calls.list().map(({ recording }) => recording);

function pressesRecord({ anas }: Talk): void {
  for (const key of '*1') anas.presses(key);
}

function finishNotices(): void {
  for (const place of world.site.sound.current()) place.finishesPlaying();
}

async function goHome(talk: Talk): Promise<void> {
  talk.rosa.hangsUp();
  await settled();
  for (const leg of world.site.wire.legs) leg.obeys();
  await settled();
  expect(world.site.calls.count()).toBe(0);
  expect(world.site.sound.current()).toEqual([]);
}

/** In a queue that tells both before it records: no media server was there when they began to talk, and now one is. */
async function talkingBeforeNotice(): Promise<Talk> {
  for (const server of world.site.sound.servers) server.dies();
  const talk = await talking('recorded');
  expectDirect(talk.rosa, talk.anas);
  for (const server of world.site.sound.servers) server.comesBack();
  await world.site.clock.turn(2_000);
  for (const place of world.site.sound.current()) place.opens();
  await settled();
  return talk;
}

describe('a recording on demand', () => {
  it.each([
    ['by the API', (talk: Talk) => handleOf(talk)?.record('start'), (talk: Talk) => handleOf(talk)?.record('stop')],
    ['by the keys of the agent', pressesRecord, pressesRecord],
  ])('is started and stopped %s; then the media server leaves', async (_, start, stop) => {
    const talk = await talking();
    start(talk);
    await world.site.settle();
    expect(recordingOf(talk)).toMatchObject({ of: 'both', isPaused: false });
    expect(shown()).toEqual(['running']);
    stop(talk);
    await world.site.settle();
    expectDirect(talk.rosa, talk.anas);
    expect(shown()).toEqual([undefined]);
    await goHome(talk);
  });

  it('is no matter of the caller, whatever they press', async () => {
    const talk = await talking();
    for (const key of '*1') talk.rosa.presses(key);
    await world.site.settle();
    expectDirect(talk.rosa, talk.anas);
    await goHome(talk);
  });

  it('pauses and goes on, through a hold, in one file', async () => {
    const talk = await talking();
    const handle = handleOf(talk);
    handle?.record('start');
    await world.site.settle();
    handle?.record('pause');
    holds(talk.anas);
    await world.site.settle();
    expect([recordingOf(talk)?.isPaused, shown()]).toEqual([true, ['paused']]);
    handle?.record('resume');
    holds(talk.anas, 'sendrecv');
    await world.site.settle();
    expect(recordingOf(talk)?.isPaused).toBe(false);
    expect(told('call.recording_started')).toHaveLength(1);
    await goHome(talk);
  });

  it.each([
    ['pause', 'not-recording'],
    ['resume', 'not-recording'],
  ] as const)('is not there to %s', async (act, why) => {
    const talk = await talking();
    expect(handleOf(talk)?.record(act)).toBe(why);
    await goHome(talk);
  });

  it('is refused where a queue records nothing, and without a media server', async () => {
    const talk = await talking('anchored');
    expect(handleOf(talk)?.record('start')).toBe('not-allowed');
    await goHome(talk);
    await world.site.clock.turn(2_000);
    const other = await talking();
    for (const server of world.site.sound.servers) server.dies();
    holds(other.anas);
    await world.site.settle();
    expect(handleOf(other)?.record('start')).toBe('no-media-server');
    await goHome(other);
  });
});

describe('a recording by policy', () => {
  it('begins when the last of the two has heard of it', async () => {
    const talk = await talking('recorded');
    world.site.placeOf(talk.rosa)?.finishesPlaying();
    await world.site.settle();
    expect([recordingOf(talk), shown()]).toEqual([undefined, ['starting']]);
    world.site.placeOf(talk.anas)?.finishesPlaying();
    await world.site.settle();
    expect(recordingOf(talk)).toMatchObject({ of: 'both' });
    expect(handleOf(talk)?.record('stop')).toBe('not-allowed');
    await goHome(talk);
  });

  it('does not begin with who hangs up while they are told', async () => {
    const talk = await talking('recorded');
    talk.rosa.hangsUp();
    await settled();
    expect(told('call.recording_started')).toEqual([]);
    await goHome(talk);
  });
});

describe('a party who would not go to where they are told and recorded', () => {
  it.each([
    ['the caller', 488, 'caller', ({ rosa }: Talk) => rosa],
    ['the caller', 603, 'caller', ({ rosa }: Talk) => rosa],
    ['the agent', 488, 'agent', ({ anas }: Talk) => anas],
    ['the agent', 603, 'agent', ({ anas }: Talk) => anas],
  ] as const)('%s, with %i: nothing is recorded, and the two talk on', async (_, status, by, who) => {
    const talk = await talkingBeforeNotice();
    who(talk).refusesOffer(status);
    await world.site.settle();
    finishNotices();
    await world.site.settle();
    expectDirect(talk.rosa, talk.anas);
    expect(told('call.recording_refused')).toMatchObject([{ by }]);
    expect([told('call.recording_started'), shown()]).toEqual([[], [undefined]]);
    await goHome(talk);
  });

  it('is asked anew when a recording is, and may come then', async () => {
    const talk = await talking();
    handleOf(talk)?.record('start');
    await settled();
    for (const place of world.site.sound.current()) place.opens();
    await settled();
    talk.rosa.refusesOffer(488);
    await world.site.settle();
    expectDirect(talk.rosa, talk.anas);
    expect(shown()).toEqual([undefined]);
    handleOf(talk)?.record('start');
    await world.site.settle();
    expect(recordingOf(talk)).toMatchObject({ of: 'both' });
    await goHome(talk);
  });
});
