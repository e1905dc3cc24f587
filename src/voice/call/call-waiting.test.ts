import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settled } from '../../../test/support/manual-clock.js';
import { addressOf, sdpOf } from '../../../test/support/scripted-sdp.js';
import { buildSoundSite, destinations, type SoundCall, type SoundSite } from '../../../test/support/sound-site.js';

let site: SoundSite;

beforeEach(async () => {
  site = await buildSoundSite();
  for (const agent of site.agentIds)
    await site.ledger.setPresence({ agent, presence: { state: 'away', reason: 'test' } });
});

afterEach(() => site.stop());

const away = { state: 'available' } as const;
const playing = (): string | undefined => {
  const [sound] = site.sound.current()[0]?.playing?.sounds ?? [];
  return sound?.kind === 'file' ? sound.path : undefined;
};

async function waiting(options: { isLateOffer?: boolean } = {}): Promise<SoundCall> {
  const call = site.call(destinations.music, options);
  await site.settle();
  return call;
}

describe('who waits while nobody is free', () => {
  it('is answered by the media server with what it offers, and hears the welcome, their place in line, and music', async () => {
    const call = site.call(destinations.music);
    await settled();
    const [place] = site.sound.places;
    expect(call.caller.phase).toBe('ringing');
    expect(addressOf(place?.request.sdpOffer)).toBe(addressOf(sdpOf(call.caller.own)));
    place?.opens();
    await settled();
    expect(call.caller.phase).toBe('answered');
    expect(site.placeOf(call.caller)).toBe(place);
    expect(playing()).toBe('prompts');
    place?.finishesPlaying();
    await settled();
    expect(playing()).toBe('place-in-line');
    place?.finishesPlaying();
    await settled();
    expect(playing()).toBe('music');
    await site.clock.turn(20_000);
    expect(playing()).toBe('place-in-line');
  });

  it('gets the offer of the media server when their INVITE brought none, and is described by their ACK', async () => {
    const call = site.call(destinations.music, { isLateOffer: true });
    await settled();
    const [place] = site.sound.places;
    expect(place?.request.sdpOffer).toBeUndefined();
    place?.opens();
    await settled();
    call.caller.acks();
    await settled();
    expect(place?.isDescribing).toBe(true);
    place?.answers();
    expect(place?.party).toBe(call.caller.local);
    expect(playing()).toBe('prompts');
  });

  it('has another place, and the music again, when the media server is lost', async () => {
    const call = await waiting();
    site.sound.servers[0]?.dies();
    await site.settle();
    expect(site.sound.current()).toHaveLength(1);
    expect(site.placeOf(call.caller)).toMatchObject({ server: { name: 'two' } });
    expect(playing()).toBe('prompts');
  });

  it('hears ringing of their own network while no media server is there, and music when one is back', async () => {
    for (const server of site.sound.servers) server.dies();
    const call = await waiting();
    expect(call.caller.phase).toBe('ringing');
    expect(site.sound.current()).toEqual([]);
    for (const server of site.sound.servers) server.comesBack();
    await site.clock.turn(2_000);
    await site.settle();
    expect(call.caller.phase).toBe('answered');
    expect(playing()).toBe('prompts');
  });

  it('is gone without a trace when they hang up', async () => {
    const call = await waiting();
    call.caller.hangsUp();
    await settled();
    expect(site.sound.current()).toEqual([]);
    expect(site.calls.count()).toBe(0);
    await site.clock.turn(0);
    expect(site.clock.pending()).toBe(0);
  });

  it('is gone too when they hang up before the media server has a place', async () => {
    const call = site.call(destinations.music);
    await settled();
    call.caller.cancels();
    await settled();
    expect(site.sound.places).toMatchObject([{ end: 'closed' }]);
  });
});

describe('an agent who becomes free', () => {
  it('is rung with the offer of the caller, who goes over to the phone before the place is closed', async () => {
    const call = await waiting();
    await site.ledger.setPresence({ agent: site.agentIds[0]!, presence: away });
    await settled();
    const [leg] = site.wire.legs;
    expect(addressOf(leg?.invite.sdpOffer)).toBe(addressOf(call.caller.local));
    leg?.answers();
    await settled();
    expect(call.caller.offered.map(addressOf)).toEqual([addressOf(leg?.local)]);
    expect(site.sound.current()).toHaveLength(1);
    call.caller.answersOffer();
    await settled();
    expect(site.sound.current()).toEqual([]);
    expect(leg?.offered).toEqual([]);
  });

  it('is told once where the caller is when that has changed on the way', async () => {
    const call = await waiting();
    await site.ledger.setPresence({ agent: site.agentIds[0]!, presence: away });
    await settled();
    const [leg] = site.wire.legs;
    leg?.answers();
    await settled();
    call.caller.own = { ...call.caller.own, port: 9_000 };
    await site.settle();
    expect(leg?.offered.map(addressOf)).toEqual([addressOf(call.caller.local)]);
    expect(addressOf(leg?.remote)).toBe(addressOf(call.caller.local));
  });

  it('is joined with the caller on the media server when the caller will not go over', async () => {
    const call = await waiting();
    await site.ledger.setPresence({ agent: site.agentIds[0]!, presence: away });
    await settled();
    const [leg] = site.wire.legs;
    leg?.answers();
    await settled();
    call.caller.refusesOffer(488);
    await site.settle();
    const [mine, theirs] = [site.placeOf(call.caller), site.placeOf(leg!)];
    expect(mine?.partner).toBe(theirs);
    expect(mine).toBeDefined();
  });

  it('gets the answer of a caller without an offer of their own in the ACK when the caller has not been heard yet', async () => {
    const call = site.call(destinations.music, { isLateOffer: true });
    await settled();
    site.sound.places[0]?.opens();
    await settled();
    await site.ledger.setPresence({ agent: site.agentIds[0]!, presence: away });
    await settled();
    const [leg] = site.wire.legs;
    expect(leg?.invite.sdpOffer).toBeUndefined();
    leg?.answers();
    await site.settle();
    expect(leg?.faults).toEqual([]);
    expect(addressOf(leg?.remote)).toBe(addressOf(call.caller.local));
    expect(addressOf(call.caller.remote)).toBe(addressOf(leg?.local));
  });
});

it('leads on to the menu of the overflow without another answer, by the same place', async () => {
  const call = await waiting();
  const place = site.placeOf(call.caller);
  await site.clock.turn(60_000);
  await site.settle();
  expect(site.calls.find(call.work)?.state.phase.name).toBe('menu');
  expect(site.placeOf(call.caller)).toBe(place);
  expect(call.caller.offered).toEqual([]);
});
