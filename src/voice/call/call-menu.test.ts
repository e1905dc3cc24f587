import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settled } from '../../../test/support/manual-clock.js';
import type { ScriptedPlace } from '../../../test/support/scripted-media.js';
import { buildSoundSite, destinations, type SoundCall, type SoundSite } from '../../../test/support/sound-site.js';

let site: SoundSite;

beforeEach(async () => {
  site = await buildSoundSite();
});

afterEach(async () => {
  expect(site.sound.faults).toEqual([]);
  await site.stop();
});

interface Alone {
  readonly call: SoundCall;
  readonly place: ScriptedPlace;
}

async function enter(to: keyof typeof destinations, options: { isLateOffer?: boolean } = {}): Promise<Alone> {
  const call = site.call(destinations[to], options);
  await site.settle();
  const place = site.placeOf(call.caller);
  expect(place).toBeDefined();
  return { call, place: place! };
}

const phaseOf = ({ call }: Alone) => site.calls.find(call.work)?.state.phase;
const tuneOf = ({ call }: Alone) => site.calls.find(call.work)?.state.tune;

describe('a menu', () => {
  it.each([{ isLateOffer: false }, { isLateOffer: true }])(
    'answers the caller and greets them: %o',
    async (options) => {
      const alone = await enter('menu', options);
      expect(tuneOf(alone)).toMatchObject({ type: 'prompts', prompts: ['choose'] });
      expect(alone.place.playing?.repeat).toBe(false);
    },
  );

  it.each([
    ['1', 'offering'],
    ['2', 'voicemail'],
    ['3', 'menu'],
    ['4', 'offering'],
  ])('leads on at key %s, pressed while it still speaks', async (key, expected) => {
    const alone = await enter('menu');
    alone.place.presses(key);
    await site.settle();
    expect(phaseOf(alone)?.name).toBe(expected);
    expect(site.seen).toContainEqual(expect.objectContaining({ type: 'call.menu_chosen', key }));
    expect(site.placeOf(alone.call.caller)).toBe(alone.place);
  });

  it('lets who chose an agent hear ringing, and connects them without the media server', async () => {
    const alone = await enter('menu');
    alone.place.presses('4');
    await site.settle();
    expect(alone.place.playing?.repeat).toBe(true);
    site.wire.legs[0]?.answers();
    await site.settle();
    expect(phaseOf(alone)?.name).toBe('talking');
    expect(site.sound.current()).toEqual([]);
  });

  it.each([
    [
      'a wrong key',
      (place: ScriptedPlace) => {
        place.presses('9');
        return settled();
      },
    ],
    [
      'no key in time',
      async (place: ScriptedPlace) => {
        place.finishesPlaying();
        await settled();
        await site.clock.turn(5_000);
      },
    ],
  ])('is heard again after %s, then says the message of its otherwise and hangs up', async (_, act) => {
    const alone = await enter('menu');
    await act(alone.place);
    await site.settle();
    expect(phaseOf(alone)).toMatchObject({ name: 'menu', tries: 2 });
    expect(alone.place.playing).toBeDefined();
    await act(alone.place);
    await site.settle();
    expect(tuneOf(alone)).toMatchObject({ prompts: ['closed'] });
    alone.place.finishesPlaying();
    await settled();
    alone.call.caller.obeys();
    await settled();
    expect([site.calls.count(), site.sound.current().length]).toEqual([0, 0]);
  });

  it('does not time out while it speaks, nor after its caller has left', async () => {
    const alone = await enter('menu');
    await site.clock.turn(30_000);
    expect(phaseOf(alone)).toMatchObject({ name: 'menu', tries: 1 });
    alone.call.caller.hangsUp();
    await settled();
    expect([site.calls.count(), site.clock.pending()]).toEqual([0, 0]);
  });

  it.each(['menu', 'voicemail'] as const)('without a media server refuses who cannot be heard: %s', async (to) => {
    for (const server of site.sound.servers) server.dies();
    const { caller } = site.call(destinations[to]);
    await settled();
    expect(caller.finalStatus).toBe(480);
    expect(site.calls.count()).toBe(0);
    expect(site.clock.pending()).toBe(0);
  });
});

describe('a voicemail', () => {
  async function recording(): Promise<Alone> {
    const alone = await enter('voicemail');
    expect(alone.place.recording).toBeUndefined();
    alone.place.finishesPlaying();
    await settled();
    expect(alone.place.recording).toMatchObject({ of: 'party', maxMs: 60_000, silenceMs: 4_000 });
    return alone;
  }

  it.each(['silence', 'full'] as const)('keeps the message that ends by %s, says goodbye and hangs up', async (why) => {
    const alone = await recording();
    alone.place.endsRecording(why, 3_000);
    await settled();
    expect(site.seen).toContainEqual(expect.objectContaining({ type: 'call.message_left', durationMs: 3_000 }));
    expect(alone.place.recording).toBeUndefined();
    alone.place.finishesPlaying();
    await settled();
    expect(alone.call.caller.phase).toBe('leaving');
    expect(site.sound.current()).toEqual([]);
  });

  it.each([
    [4_000, 1],
    [900, 0],
  ])('keeps what a caller who hangs up after %i ms has said: %i messages', async (ms, messages) => {
    const alone = await recording();
    await site.clock.turn(ms);
    alone.call.caller.hangsUp();
    await settled();
    expect(site.seen.filter(({ type }) => type === 'call.message_left')).toHaveLength(messages);
    expect([site.calls.count(), site.sound.current().length]).toEqual([0, 0]);
  });

  it('keeps nothing of a caller who hangs up during the greeting', async () => {
    const alone = await enter('voicemail');
    await site.clock.turn(9_000);
    alone.call.caller.hangsUp();
    await settled();
    expect(site.seen.map(({ type }) => type)).not.toContain('call.message_left');
  });
});
