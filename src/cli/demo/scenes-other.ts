/** Hunts, trunks, declining, overflow, waiting, calls of agents' own, and star codes. */
import { expectCompletedElsewhere } from './scenes-ringing.js';
import type { Scene } from './scene.js';
import { agentState, habit, phoneOf, place, seenBy, setPresence, type Stage, whenFree } from './stage.js';

const MOBILE_OF_EVA = '+34600111222';
const OUTSIDE_NUMBER = '+34911000333';

const declined: Scene = {
  title: 'Declined',
  story: 'A caller of the telephone network, by the carrier. Dan presses "decline", so Eva or Finn has it.',
  async play(stage, expect) {
    await whenFree(stage);
    habit(stage, 'dan', { kind: 'declines', afterMs: 300 });
    const record = await place(stage, { to: '1001', by: 'carrier' }).over;
    expect(
      'Dan declines',
      record.offersEnded.some(({ agent, outcome }) => agent === 'dan' && outcome === 'declined'),
    );
    expect('Eva or Finn has it', ['eva', 'finn'].includes(record.acceptedBy?.agent ?? ''));
  },
};

const mobile: Scene = {
  title: 'Hunt to a mobile',
  story: 'Only Eva is there for the press. She does not hear her softphone, so her mobile rings too, by the carrier.',
  async play(stage, expect) {
    const others = ['finn', 'greta', 'hugo'];
    await setPresence(stage, others, { presence: 'away', reason: 'lunch' });
    await whenFree(stage, ['eva']);
    habit(stage, 'eva', { kind: 'never answers' });
    stage.carrier.habits.set(MOBILE_OF_EVA, { kind: 'answers', afterMs: 400 });
    const before = callsOut(stage, MOBILE_OF_EVA);
    const record = await place(stage, { to: '1006', talkMs: 700 }).over;
    await setPresence(stage, others, { presence: 'available' });
    expect('softphone, then mobile', record.rung.map(({ device }) => device).join() === 'softphone,mobile');
    expect('she answers on the mobile', record.acceptedBy?.device === 'mobile');
    expect('the carrier took the call out', callsOut(stage, MOBILE_OF_EVA) === before + 1);
    expectCompletedElsewhere(stage, expect, 'eva', record.from);
    const passedOver = record.offers[0]?.decision?.passedOver ?? [];
    expect('it is known why nobody else', passedOver.filter(({ why }) => why === 'away: lunch').length === 3);
  },
};

const waiting: Scene = {
  title: 'Waiting for an agent on a call',
  story:
    'Only Ana is there for Returns, and she has called out. A call of her own counts, so the caller waits for her.',
  async play(stage, expect) {
    const others = ['chloe', 'eva', 'greta'];
    await setPresence(stage, others, { presence: 'away', reason: 'training' });
    await whenFree(stage, ['ana']);
    const outside = place(stage, { to: OUTSIDE_NUMBER, by: phoneOf(stage, 'ana'), talkMs: 1000 });
    await outside.answered;
    const caller = place(stage, { to: '1004' });
    const record = await caller.over;
    const own = await outside.over;
    await setPresence(stage, others, { presence: 'available' });
    expect('her call went out by the carrier', callsOut(stage, OUTSIDE_NUMBER) === 1);
    expect('her call is of her own', own.direction === 'outbound');
    expect('Ana has the caller', record.acceptedBy?.agent === 'ana');
    const offeredAtMs = record.offers[0]?.atMs ?? 0;
    expect('not before she hung up', offeredAtMs >= (own.ended?.atMs ?? Number.POSITIVE_INFINITY) - 50);
  },
};

const overflow: Scene = {
  title: 'Overflow',
  story: 'Everybody of Sales is away. After the longest wait the call goes to Support, where Chloé is.',
  async play(stage, expect) {
    const sales = ['ana', 'ben', 'dan', 'eva', 'finn'];
    await setPresence(stage, sales, { presence: 'away', reason: 'meeting' });
    await whenFree(stage, ['chloe']);
    const record = await place(stage, { to: '1001' }).over;
    await setPresence(stage, sales, { presence: 'available' });
    expect('it waits as long as it may', record.overflowed?.why === 'max-wait');
    expect('it is in the queue of Support', record.queue === 'support');
    expect('Chloé has it', record.acceptedBy?.agent === 'chloe');
  },
};

const colleagues: Scene = {
  title: 'Colleagues',
  story: 'Greta dials Hugo by his extension, and a number that there is not.',
  async play(stage, expect) {
    await whenFree(stage, ['greta', 'hugo']);
    const greta = phoneOf(stage, 'greta');
    const record = await place(stage, { to: '208', by: greta }).over;
    expect('Hugo has the call', record.acceptedBy?.agent === 'hugo');
    expect('his phone has seen it', seenBy(stage, 'hugo', 'greta')?.outcome === 'ended');
    expect('a wrong number is told 404', (await place(stage, { to: '7777', by: greta }).done) === 404);
  },
};

const starCodes: Scene = {
  title: 'Star codes',
  story: 'Hugo dials *2 and is away; he dials *1 and is back.',
  async play(stage, expect) {
    const hugo = phoneOf(stage, 'hugo');
    const { available, away } = stage.config.site.starCodes;
    expect('*2 is answered', (await place(stage, { to: away, by: hugo, talkMs: 2000 }).done) === 200);
    expect('he is away', (await agentState(stage, 'hugo'))?.presence.state === 'away');
    expect('*1 is answered', (await place(stage, { to: available, by: hugo, talkMs: 2000 }).done) === 200);
    expect('he is back', (await agentState(stage, 'hugo'))?.presence.state === 'available');
  },
};

export const otherScenes: readonly Scene[] = [declined, mobile, waiting, overflow, colleagues, starCodes];

/** How many calls to a number the carrier has taken so far. */
function callsOut(stage: Stage, number: string): number {
  return stage.carrier.calls.get(number)?.length ?? 0;
}
