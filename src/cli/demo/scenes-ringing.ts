/** Ring to all, and its races. */
import { type Expect, firstOffered, sameSet, type Scene } from './scene.js';
import { agentState, habit, place, seenBy, type Stage, whenFree } from './stage.js';

const SUPPORT = '1000';
const SUPPORT_TEAM = ['ana', 'ben', 'chloe', 'dan', 'eva'];

const quickest: Scene = {
  title: 'Ring to all',
  story: 'All five of Support ring at once. Ben is the quickest; the other phones fall silent and list no missed call.',
  async play(stage, expect) {
    await allSlowBut(stage, { ben: 600 });
    const record = await place(stage, { to: SUPPORT, talkMs: 900 }).over;
    expect('all five are rung', sameSet(firstOffered(record), SUPPORT_TEAM));
    expect('Ben has the call', record.acceptedBy?.agent === 'ben');
    const others = SUPPORT_TEAM.filter((agent) => agent !== 'ben');
    for (const agent of others) expectCompletedElsewhere(stage, expect, agent, record.from);
  },
};

const photoFinish: Scene = {
  title: 'Photo finish',
  story: 'All five answer in the same moment. One has the call, four are told that it was taken elsewhere.',
  async play(stage, expect) {
    await allSlowBut(stage, { ana: 500, ben: 500, chloe: 500, dan: 500, eva: 500 });
    const record = await place(stage, { to: SUPPORT, talkMs: 700 }).over;
    const winner = record.acceptedBy?.agent;
    expect(
      'one of the five has the call',
      SUPPORT_TEAM.some((agent) => agent === winner),
    );
    const losers = SUPPORT_TEAM.filter((agent) => agent !== winner);
    expect('four lose', losers.length === 4);
    for (const agent of losers) expectCompletedElsewhere(stage, expect, agent, record.from);
  },
};

const callerLeaves: Scene = {
  title: 'The caller gives up',
  story: 'All five ring, and the caller hangs up. No phone rings on, and nobody is blamed.',
  async play(stage, expect) {
    await allSlowBut(stage, {});
    const call = place(stage, { to: SUPPORT, patienceMs: 700 });
    const record = await call.over;
    expect('the caller is told 487', (await call.done) === 487);
    expect('the call counts as abandoned', record.ended?.outcome === 'abandoned');
    for (const agent of SUPPORT_TEAM) {
      const seen = seenBy(stage, agent, record.from);
      expect(`the phone of ${agent} is silent`, seen?.outcome === 'cancelled');
      expect(`the phone of ${agent} is not told that somebody else has it`, !isCompletedElsewhere(seen?.reason));
      expect(`${agent} has missed nothing`, (await agentState(stage, agent))?.missesInARow === 0);
    }
  },
};

export const ringingScenes: readonly Scene[] = [quickest, photoFinish, callerLeaves];

/** These answer after so many milliseconds, the others never. */
async function allSlowBut(stage: Stage, answerAfterMs: Readonly<Record<string, number>>): Promise<void> {
  for (const agent of SUPPORT_TEAM) {
    const afterMs = answerAfterMs[agent];
    habit(stage, agent, afterMs === undefined ? { kind: 'never answers' } : { kind: 'answers', afterMs });
  }
  habit(stage, 'ana', { kind: 'never answers' }, 'desk');
  await whenFree(stage, SUPPORT_TEAM);
}

/** RFC 3326: a phone that is told so lists no missed call. */
export function expectCompletedElsewhere(stage: Stage, expect: Expect, agent: string, from: string): void {
  const seen = seenBy(stage, agent, from);
  const isOver = seen?.outcome === 'cancelled' || seen?.outcome === 'ended';
  expect(`the phone of ${agent} is told "Call completed elsewhere"`, isOver && isCompletedElsewhere(seen.reason));
}

function isCompletedElsewhere(reason: string | undefined): boolean {
  return reason !== undefined && /^SIP\b/i.test(reason) && /cause\s*=\s*200\b/.test(reason);
}
