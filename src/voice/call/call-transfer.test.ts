/** Sending a caller on, by REFER and by the API, and all that may cross it. */
import { describe, expect, it } from 'vitest';
import { settled } from '../../../test/support/manual-clock.js';
import { ana, ben, eva, useMeetings, type Talk } from '../../../test/support/meetings.js';
import { legId } from '../../kernel/ids.js';
import { step } from './call.js';

const world = useMeetings();
const { answered, away, back, expectDirect, holdsOf, talking, told } = world;

const refers = ({ anas }: Talk, user: string) => anas.refers({ uri: `sip:${user}@example.com`, user });

async function goHome({ call, rosa }: Talk): Promise<void> {
  rosa.hangsUp();
  for (const peer of [...world.site.wire.legs, rosa]) peer.obeys();
  await world.site.settle();
  for (const leg of world.site.wire.legs) leg.obeys();
  await world.site.clock.turn(2_000);
  expect(world.site.calls.find(call.work)).toBeUndefined();
  expect(world.site.sound.current()).toEqual([]);
  expect(await holdsOf()).toEqual({ ana: [], ben: [], eva: [] });
}

describe('a caller is sent on by REFER', () => {
  it('is accepted, told of to its end, and the agent is free', async () => {
    const talk = await talking();
    await back(eva);
    const token = refers(talk, 'eva');
    expect(talk.anas.responses.get(token)?.status).toBe(202);
    expect(talk.anas.referNews).toEqual([{ status: 200, isFinal: true }]);
    expect(talk.anas.sentAway?.by).toBe('bye');
    const evas = await answered(eva);
    expectDirect(talk.rosa, evas);
    expect(await holdsOf()).toEqual({
      ana: [`wrap-up ${talk.call.work}`],
      ben: [],
      eva: [`active ${talk.call.work}~2`],
    });
    expect(told('call.transferred')).toMatchObject([{ agent: ana, to: 'eva' }]);
    await goHome(talk);
  });

  it.each([
    ['a number', '600', 'dialling'],
    ['a queue in which nobody is free', 'music', 'waiting'],
    ['a queue that is closed', 'closed', 'parting'],
  ])('to %s', async (_, user, phase) => {
    const talk = await talking();
    refers(talk, user);
    await world.site.settle();
    expect(world.site.calls.list().map((call) => call.phase)).toEqual([phase]);
    expect(world.site.placeOf(talk.rosa)?.playing, 'the caller hears something').toBeDefined();
    expect(talk.anas.phase).toBe('leaving');
    await goHome(talk);
  });

  it('to who sends them on, comes back to that agent at once', async () => {
    const talk = await talking();
    refers(talk, 'ana');
    const again = await answered(ana);
    expectDirect(talk.rosa, again);
    expect(await holdsOf()).toMatchObject({ ana: [expect.stringMatching(/^active /)] });
    await goHome(talk);
  });

  it('to who declines, comes back to who sent them on', async () => {
    const talk = await talking();
    await back(eva);
    refers(talk, 'eva');
    await world.site.settle();
    world.site.wire.legs.at(-1)?.refuses(603);
    const again = await answered(ana);
    expectDirect(talk.rosa, again);
    expect(told('call.transfer_failed')).toMatchObject([{ agent: ana }]);
    await goHome(talk);
  });

  it.each<[string, (talk: Talk) => number | undefined, number]>([
    ['of the caller', ({ rosa }) => sendsTo(rosa, 'eva'), 403],
    ['to what the agent may not dial', (talk) => sendsTo(talk.anas, 'nowhere'), 404],
  ])('is refused: %s', async (_, refer, status) => {
    const talk = await talking();
    expect(refer(talk)).toBe(status);
    expect(talk.anas.referNews).toEqual([]);
    expectDirect(talk.rosa, talk.anas);
    await goHome(talk);
  });
});

const stateOf = ({ call }: Talk) => world.site.calls.find(call.work)!.state;

function sendsTo(peer: Talk['rosa'] | Talk['anas'], user: string): number | undefined {
  return peer.responses.get(peer.refers({ uri: `sip:${user}@example.com`, user }))?.status;
}

describe('what crosses a REFER', () => {
  it('the BYE of the caller before it: refused, and nobody is rung', async () => {
    const talk = await talking();
    talk.rosa.hangsUp();
    const over = stateOf(talk);
    const request = { type: 'request', token: 7, method: 'REFER', referTo: { uri: 'sip:eva', user: 'eva' } } as const;
    const { commands, state } = step(over, { type: 'leg', leg: legId(`${talk.call.work}/1`), event: request, atMs: 0 });
    expect(commands).toEqual([expect.objectContaining({ type: 'respond', token: 7, status: 491 })]);
    expect(state.phase.name).toBe('over');
    await goHome(talk);
  });

  it('the BYE of the caller behind it: who was to be rung stops ringing', async () => {
    const talk = await talking();
    await back(eva);
    refers(talk, 'eva');
    await settled();
    const evas = world.site.wire.legs.at(-1)!;
    talk.rosa.hangsUp();
    await settled();
    expect(evas.sentAway?.by).toBe('cancel');
    await goHome(talk);
  });

  it('the BYE of the agent behind it: the caller goes on', async () => {
    const talk = await talking();
    await back(eva);
    refers(talk, 'eva');
    talk.anas.obeys();
    const evas = await answered(eva);
    expectDirect(talk.rosa, evas);
    await goHome(talk);
  });

  it('a second REFER of the agent who has left is not heard', async () => {
    const talk = await talking();
    await back(ben, eva);
    refers(talk, 'eva');
    refers(talk, 'ben');
    await world.site.settle();
    expect(world.site.calls.list()).toMatchObject([{ phase: 'offering', offeredTo: [eva] }]);
    expect(told('call.transferred')).toHaveLength(1);
    await goHome(talk);
  });

  it.each<[string, (talk: Talk) => void]>([
    ['a re-INVITE of the caller without SDP, which nobody has answered', ({ rosa }) => rosa.asksForOffer()],
    [
      'one with SDP',
      ({ rosa }) => {
        rosa.own = { ...rosa.own, port: 9_000 };
        rosa.offers();
      },
    ],
    [
      'one without SDP, whose offer waits for its answer',
      ({ rosa, anas }) => {
        rosa.asksForOffer();
        anas.answersRelayed();
      },
    ],
    ['one of the agent without SDP', ({ anas }) => anas.asksForOffer()],
    [
      'one of the agent without SDP, whose offer waits for its answer',
      ({ rosa, anas }) => {
        anas.asksForOffer();
        rosa.answersRelayed();
      },
    ],
  ])('%s: the caller and who comes next hear each other', async (_, cross) => {
    const talk = await talking();
    await back(eva);
    cross(talk);
    refers(talk, 'eva');
    const parties = [...stateOf(talk).sound.parties.values()];
    expect(parties.filter(({ relayed }) => relayed !== undefined)).toEqual([]);
    const evas = await answered(eva);
    expectDirect(talk.rosa, evas);
    expect(talk.rosa.requests.filter((token) => !talk.rosa.responses.has(token))).toEqual([]);
    await goHome(talk);
  });
});

it('is asked of the API as well, and refused while nobody talks', async () => {
  const talk = await talking();
  const handle = world.site.calls.find(talk.call.work);
  expect(handle?.transfer('nowhere')).toBe('not-allowed');
  await back(eva);
  expect(handle?.transfer('eva')).toBeUndefined();
  expect(handle?.transfer('eva')).toBe('not-talking');
  const evas = await answered(eva);
  expectDirect(talk.rosa, evas);
  await away(eva);
  await goHome(talk);
});
