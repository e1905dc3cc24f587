/** Joining the parties of an agent's two calls: REFER with Replaces, and what may have happened to the dialog that it names. */
import { describe, expect, it } from 'vitest';
import { settled } from '../../../test/support/manual-clock.js';
import { ana, ben, useMeetings, type Meeting } from '../../../test/support/meetings.js';
import { agentId, legId, sipCallId, workId } from '../../kernel/ids.js';
import { nobody } from '../sound/sound.js';
import { step } from './call.js';

const world = useMeetings();
const { allHangUp, asked, expectDirect, holdsOf, told } = world;

/** As the phone of the dialog names it, its own tag first (RFC 3891 §3). */
const dialogOf = (leg: string) => ({ callId: sipCallId(`sip-${leg}`), toTag: `ours-${leg}`, fromTag: `theirs-${leg}` });
const anasSecond = ({ asking }: Meeting) => `${asking.work}/0`;

function joins({ anas }: Meeting, leg: string) {
  return anas.refers({ uri: 'sip:ben@example.com', user: 'ben', replaces: dialogOf(leg) });
}

describe('an attended transfer', () => {
  it('joins the two others, and frees the agent and nobody else', async () => {
    const meeting = await asked();
    const token = joins(meeting, anasSecond(meeting));
    await world.site.settle();
    expect(meeting.anas.responses.get(token)?.status).toBe(202);
    expect(meeting.anas.referNews).toEqual([{ status: 200, isFinal: true }]);
    expect([meeting.anas.sentAway?.by, meeting.ask.phase]).toEqual(['bye', 'leaving']);
    expectDirect(meeting.rosa, meeting.bens);
    expect(await holdsOf()).toEqual({
      ana: [`wrap-up ${meeting.call.work}`],
      ben: [`active ${meeting.asking.work}`],
      eva: [],
    });
    expect(told('call.transferred')).toMatchObject([{ agent: ana, to: 'ben' }]);
    await allHangUp(meeting);
  });

  it.each<[string, (meeting: Meeting) => void, (meeting: Meeting) => string]>([
    ['that is over, since the agent has hung up', ({ ask }) => ask.hangsUp(), anasSecond],
    ['that is over, since who was asked has hung up', ({ bens }) => bens.hangsUp(), anasSecond],
    ['of another site', () => undefined, () => 'nobody/0'],
    ['of the call itself', () => undefined, ({ call }) => `${call.work}/1`],
  ])('is refused with 481 for a dialog %s', async (_, act, leg) => {
    const meeting = await asked();
    act(meeting);
    await settled();
    const token = joins(meeting, leg(meeting));
    await world.site.settle();
    expect(meeting.anas.responses.get(token)?.status).toBe(481);
    expect(meeting.anas.referNews).toEqual([]);
    expect(world.site.placeOf(meeting.rosa)?.playing?.repeat, 'still on hold').toBe(true);
    await allHangUp(meeting);
  });

  it('is refused for a dialog in which nobody has answered yet', async () => {
    const meeting = await asked();
    meeting.bens.hangsUp();
    meeting.ask.obeys();
    await world.site.clock.turn(2_000);
    const again = world.site.ask(ana, ben);
    await world.site.settle();
    expect(meeting.anas.responses.get(joins(meeting, `${again.work}/0`))?.status).toBe(481);
    again.caller.cancels();
    await allHangUp(meeting);
  });

  it('crossed by the BYE of the caller leaves the consultation as it was', async () => {
    const meeting = await asked();
    meeting.rosa.hangsUp();
    joins(meeting, anasSecond(meeting));
    await world.site.settle();
    expectDirect(meeting.ask, meeting.bens);
    expect(await holdsOf()).toEqual({
      ana: [`active ${meeting.call.work}`],
      ben: [`active ${meeting.asking.work}`],
      eva: [],
    });
    await allHangUp(meeting);
  });

  it('crossed by the BYE of who was asked ends the call as any other', async () => {
    const meeting = await asked();
    joins(meeting, anasSecond(meeting));
    meeting.bens.hangsUp();
    await world.site.settle();
    expect(meeting.rosa.phase).toBe('leaving');
    await allHangUp(meeting);
  });

  it.each<[string, (meeting: Meeting) => void]>([
    ['of who was asked, without SDP', ({ bens }) => bens.asksForOffer()],
    ['of the agent to who was asked, without SDP', ({ ask }) => ask.asksForOffer()],
    [
      'of the agent, whose offer waits for its answer',
      ({ ask, bens }) => {
        ask.asksForOffer();
        bens.answersRelayed();
      },
    ],
  ])('crossed by a re-INVITE %s: the two hear each other', async (_, cross) => {
    const meeting = await asked();
    cross(meeting);
    joins(meeting, anasSecond(meeting));
    await world.site.settle();
    expectDirect(meeting.rosa, meeting.bens);
    await allHangUp(meeting);
  });

  it('whose call is over when the other party comes sends that party home, and gives their room back', async () => {
    const meeting = await asked();
    const running = world.site.calls.find(meeting.call.work)!;
    meeting.rosa.hangsUp();
    const { commands } = step(running.state, {
      type: 'party-taken',
      leg: legId(`${meeting.call.work}/1`),
      token: 7,
      agent: ana,
      party: {
        leg: legId('x/1'),
        session: { with: nobody },
        agent: { agent: agentId('ben'), work: workId('x') },
        name: 'ben',
      },
      atMs: 0,
    });
    expect(commands.slice(0, 3)).toMatchObject([
      { type: 'respond', token: 7, status: 481 },
      { type: 'bye', leg: 'x/1' },
      { type: 'release', agent: 'ben', work: 'x' },
    ]);
    await allHangUp(meeting);
  });
});
