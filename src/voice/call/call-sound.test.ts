import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settled } from '../../../test/support/manual-clock.js';
import { addressOf, sessionOf } from '../../../test/support/scripted-sdp.js';
import type { ScriptedCaller, ScriptedLeg } from '../../../test/support/scripted-signalling.js';
import { buildSoundSite, destinations, type SoundCall, type SoundSite } from '../../../test/support/sound-site.js';

type Peer = ScriptedCaller | ScriptedLeg;

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

interface Talk {
  readonly call: SoundCall;
  readonly caller: ScriptedCaller;
  readonly agent: ScriptedLeg;
}

async function talk(to: keyof typeof destinations, options: { isLateOffer?: boolean } = {}): Promise<Talk> {
  const call = site.call(destinations[to], options);
  await site.settle();
  site.wire.legs[0]?.answers();
  await site.settle();
  const agent = site.wire.legs[0]!;
  expect(agent.phase).toBe('answered');
  return { call, caller: call.caller, agent };
}

const sendsTo = (peer: Peer, other: Peer): boolean => addressOf(peer.remote) === addressOf(other.local);

function expectDirect({ caller, agent }: Talk): void {
  expect([sendsTo(caller, agent), sendsTo(agent, caller)], 'each sends to the other').toEqual([true, true]);
  expect(site.sound.current(), 'no place is left').toEqual([]);
}

function expectJoined({ caller, agent }: Talk): void {
  const place = site.placeOf(caller);
  expect(place).toBeDefined();
  expect(place?.partner).toBe(site.placeOf(agent));
  expect(addressOf(place?.party)).toBe(addressOf(caller.local));
  expect(addressOf(place?.partner?.party)).toBe(addressOf(agent.local));
}

function hears(peer: Peer): string | undefined {
  const [sound] = site.placeOf(peer)?.playing?.sounds ?? [];
  return sound?.kind === 'file' ? sound.path : undefined;
}

function puts(peer: Peer, direction: 'sendonly' | 'sendrecv', method: 'INVITE' | 'UPDATE' = 'INVITE'): number {
  peer.own = { ...peer.own, direction };
  return peer.offers({ method });
}

describe.each([{ isLateOffer: false }, { isLateOffer: true }])(
  'two who talk, the offer late: $isLateOffer',
  (options) => {
    it('are connected without a media server where nothing needs one', async () => {
      const pair = await talk('direct', options);
      expectDirect(pair);
      expect(site.sound.places).toEqual([]);
      expect([pair.caller.offered, pair.agent.offered]).toEqual([[], []]);
    });

    it('are joined on one media server in an anchored queue, each answered with a place of their own', async () => {
      const pair = await talk('anchored', options);
      expectJoined(pair);
      expect(site.sound.current()).toHaveLength(2);
      expect([pair.caller.offered, pair.agent.offered]).toEqual([[], []]);
    });
  },
);

it('rings all phones of an anchored queue with the offer of one place, which the winner keeps', async () => {
  const { caller, work } = site.call(destinations.anchored);
  await settled();
  expect(site.wire.legs).toEqual([]);
  const [agents, ofCaller] = site.sound.places;
  expect(site.sound.places).toHaveLength(2);
  await site.settle();
  // So that the answer need not wait for it.
  expect([ofCaller?.phase, ofCaller?.request.near, caller.phase]).toEqual(['open', agents?.id, 'ringing']);
  const [first, second, third] = site.wire.legs;
  const offers = new Set(site.wire.legs.map((leg) => addressOf(leg.invite.sdpOffer)));
  expect(offers).toEqual(new Set([addressOf(site.sound.places[0]?.sdp)]));
  second?.answers();
  first?.answers();
  await site.settle();
  expect([first?.sentAway?.by, third?.sentAway?.by]).toEqual(['bye', 'cancel']);
  expectJoined({ call: { caller, work }, caller, agent: second! });
  expect(site.sound.places).toHaveLength(2);
});

it('rings with the offer of the caller when no media server takes a place, and joins them when one does', async () => {
  for (const server of site.sound.servers) server.dies();
  const { caller, work } = site.call(destinations.anchored);
  await settled();
  const [leg] = site.wire.legs;
  leg?.answers();
  await site.settle();
  const pair: Talk = { call: { caller, work }, caller, agent: leg! };
  expectDirect(pair);
  for (const server of site.sound.servers) server.comesBack();
  await site.clock.turn(2_000);
  await site.settle();
  expectJoined(pair);
});

it('connects a phone that rang with a place of a media server that was lost meanwhile', async () => {
  const { caller, work } = site.call(destinations.anchored, { isLateOffer: true });
  await site.settle();
  site.sound.servers[0]?.dies();
  site.wire.legs[0]?.answers();
  await site.settle();
  expectDirect({ call: { caller, work }, caller, agent: site.wire.legs[0]! });
});

describe('a key to accept', () => {
  async function mobile(): Promise<{ call: SoundCall; leg: ScriptedLeg }> {
    for (const agent of site.agentIds.filter((id) => id !== 'ben')) {
      await site.ledger.setPresence({ agent, presence: { state: 'away', reason: 'test' } });
    }
    const call = site.call(destinations.direct);
    await settled();
    site.wire.legs[0]?.refuses(486);
    await settled();
    expect(site.wire.legs).toHaveLength(1);
    await site.settle();
    const leg = site.wire.legs[1]!;
    leg.answers();
    await site.settle();
    expect(hears(leg)).toBe('confirm');
    expect(call.caller.phase).toBe('ringing');
    return { call, leg };
  }

  it.each([
    ['by RFC 4733', (leg: ScriptedLeg) => site.placeOf(leg)?.presses('1')],
    ['by SIP INFO', (leg: ScriptedLeg) => leg.presses('1')],
  ])('pressed %s connects the phone with the caller, and the prompt is over', async (_, press) => {
    const { call, leg } = await mobile();
    press(leg);
    await site.settle();
    expectDirect({ call, caller: call.caller, agent: leg });
  });

  it.each([
    ['another key', (leg: ScriptedLeg) => site.placeOf(leg)?.presses('2'), 'declined'],
    ['the silence of a voicemail', () => site.clock.turn(15_000), 'no-answer'],
  ])('is not given by %s: the phone is hung up, and the caller is not answered', async (_, act, outcome) => {
    const { call, leg } = await mobile();
    await act(leg);
    await settled();
    expect(leg.sentAway?.by).toBe('bye');
    expect(site.seen).toContainEqual(expect.objectContaining({ type: 'call.offer_ended', agent: 'ben', outcome }));
    expect(call.caller.phase).toBe('ringing');
    expect(site.sound.current()).toEqual([]);
  });
});

describe.each(['direct', 'anchored'] as const)('hold in a call that is %s', (to) => {
  it.each([
    ['agent', 'INVITE'],
    ['agent', 'UPDATE'],
    ['caller', 'INVITE'],
    ['caller', 'UPDATE'],
  ] as const)('by the %s with %s lets the other one hear music, and resume brings both back', async (who, method) => {
    const pair = await talk(to);
    const other = who === 'agent' ? pair.caller : pair.agent;
    const held = puts(pair[who], 'sendonly', method);
    await site.settle();
    expect(pair[who].responses.get(held)?.status).toBe(200);
    expect(sessionOf(pair[who].remote)?.direction).toBe('recvonly');
    expect(hears(other)).toBe('music');
    expect(sessionOf(other.local)?.direction).toBe('sendrecv');
    const resumed = puts(pair[who], 'sendrecv', method);
    await site.settle();
    expect(pair[who].responses.get(resumed)?.status).toBe(200);
    if (to === 'direct') expectDirect(pair);
    else expectJoined(pair);
    expect(sessionOf(pair[who].remote)?.direction).toBe('sendrecv');
    expect(site.seen.map(({ type }) => type)).toEqual(expect.arrayContaining(['call.held', 'call.resumed']));
  });

  it('outlives the media server: another one plays the music', async () => {
    const pair = await talk(to);
    puts(pair.agent, 'sendonly');
    await site.settle();
    site.sound.servers[0]?.dies();
    await site.settle();
    expect(hears(pair.caller)).toBe('music');
    expect(site.placeOf(pair.caller)?.server.name).toBe('two');
  });

  it('without a media server is passed on to the other one', async () => {
    for (const server of site.sound.servers) server.dies();
    const pair = await talk(to);
    const held = puts(pair.agent, 'sendonly');
    await site.settle();
    expect(pair.agent.responses.get(held)?.status).toBe(200);
    expect(sessionOf(pair.caller.local)?.direction).toBe('recvonly');
  });

  it('ends with the call: everything is closed', async () => {
    const pair = await talk(to);
    puts(pair.agent, 'sendonly');
    await site.settle();
    pair.caller.hangsUp();
    await settled();
    pair.agent.obeys();
    for (const leg of site.wire.legs) leg.obeys();
    await settled();
    expect(site.sound.current()).toEqual([]);
    expect(site.calls.count()).toBe(0);
  });
});

describe('a re-INVITE of who talks', () => {
  it('goes to the other one where no media server is between, and nobody is told again', async () => {
    const pair = await talk('direct');
    pair.agent.own = { ...pair.agent.own, port: 9_000 };
    pair.agent.offers();
    await site.settle();
    expectDirect(pair);
    expect([pair.caller.offered, pair.agent.offered]).toEqual([[], []]);
  });

  it('without SDP is passed on too, and both know each other afterwards without being told again', async () => {
    const pair = await talk('direct');
    pair.caller.own = { ...pair.caller.own, port: 9_000, formats: ['0', '9', '101'] };
    pair.agent.asksForOffer();
    await site.settle();
    expectDirect(pair);
    expect([pair.caller.offered, pair.agent.offered]).toEqual([[], []]);
  });

  it('is answered by the media server at a place, and the other one hears nothing of it', async () => {
    const pair = await talk('anchored');
    pair.agent.own = { ...pair.agent.own, port: 9_000 };
    const token = pair.agent.offers();
    await site.settle();
    expect(pair.agent.responses.get(token)?.status).toBe(200);
    expectJoined(pair);
    expect([pair.caller.offered, pair.caller.relayed]).toEqual([[], []]);
  });

  it('without SDP gets the offer of the media server at a place', async () => {
    const pair = await talk('anchored');
    const token = pair.caller.asksForOffer();
    await site.settle();
    expect(addressOf(pair.caller.responses.get(token)?.sdp)).toBe(addressOf(site.placeOf(pair.caller)?.sdp));
    expectJoined(pair);
  });

  it.each(['direct', 'anchored'] as const)('that only refreshes the session changes nothing: %s', async (to) => {
    const pair = await talk(to);
    const places = site.sound.places.length;
    const token = pair.agent.offers();
    await site.settle();
    expect(pair.agent.responses.get(token)?.status).toBe(200);
    expect([pair.caller.offered, pair.agent.offered, site.sound.places.length]).toEqual([[], [], places]);
  });

  it('is answered though ours is out and waits, because both had offered at once', async () => {
    const pair = await talk('direct');
    puts(pair.caller, 'sendonly');
    await settled();
    for (const place of site.sound.current()) place.opens();
    await settled();
    expect(pair.agent.isOffered).toBe(true);
    pair.agent.glares();
    const token = puts(pair.agent, 'sendonly');
    await settled();
    for (const place of site.sound.current()) place.answers();
    await settled();
    expect(pair.agent.responses.get(token)?.status).toBe(200);
    pair.agent.triesAgain();
    await site.settle();
    expect(site.placeOf(pair.agent)).toBeDefined();
  });

  it('that the other one refused is forgotten, its media server lost before', async () => {
    const pair = await talk('direct');
    const token = puts(pair.caller, 'sendonly');
    await settled();
    for (const server of site.sound.servers) server.dies();
    await settled();
    pair.agent.refusesRelayed(488);
    for (const server of site.sound.servers) server.comesBack();
    await site.clock.turn(2_000);
    await site.settle();
    expect(pair.caller.responses.get(token)?.status).toBe(488);
    expect(pair.agent.offered).toEqual([]);
    expectDirect(pair);
  });

  it('of who would not go to a place is answered as any other', async () => {
    const pair = await talk('direct');
    puts(pair.agent, 'sendonly');
    await settled();
    for (const place of site.sound.current()) place.opens();
    await settled();
    pair.caller.refusesOffer(488);
    await settled();
    const resumed = puts(pair.agent, 'sendrecv');
    await site.settle();
    expect(pair.agent.responses.get(resumed)?.status).toBe(200);
    expectDirect(pair);
  });
});

it('joins two directly whose media server is lost', async () => {
  const pair = await talk('anchored');
  site.sound.servers[0]?.dies();
  await site.settle();
  expectDirect(pair);
});

describe('a recording by policy', () => {
  it('begins when both have heard of it', async () => {
    const pair = await talk('recorded');
    expect([hears(pair.caller), hears(pair.agent)]).toEqual(['prompts', 'prompts']);
    expect(site.placeOf(pair.caller)?.recording).toBeUndefined();
    for (const place of site.sound.current()) place.finishesPlaying();
    await site.settle();
    expectJoined(pair);
    expect(site.placeOf(pair.caller)?.recording).toMatchObject({ of: 'both', isPaused: false });
  });

  it('stays paused on another media server', async () => {
    const pair = await talk('recorded');
    for (const place of site.sound.current()) place.finishesPlaying();
    await site.settle();
    for (const digit of '*1') pair.agent.presses(digit);
    await site.settle();
    expect(site.placeOf(pair.caller)?.recording?.isPaused).toBe(true);
    site.sound.servers[0]?.dies();
    await site.settle();
    expect(site.placeOf(pair.caller)?.recording?.isPaused).toBe(true);
  });
});
