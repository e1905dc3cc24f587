/** Phones that a voicemail might answer: who presses the key has the call, and nobody else. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { agentId } from '../../src/kernel/ids.js';
import type { SoundCall } from '../phones/sound-call.js';
import { SoundPhone } from '../phones/sound-phone.js';
import { makeTonePrompts, type TonePrompts } from '../phones/tone-prompts.js';
import { sipDevice } from './site.js';
import { availableServerSets, startSoundSite, type SoundSite } from './sound-site.js';

const queue = { wrap_up: '0s', ring_timeout: '8s' };

const partsWith = (sounds: string, port: number) => ({
  agents: {
    ana: { devices: { mobile: { phone: '+34600000001', trunk: 'carrier', confirm: '1' } } },
    ben: { devices: { mobile: { phone: '+34600000002', trunk: 'carrier', confirm: '5' } } },
    eva: { devices: { desk: { ...sipDevice('eva'), confirm: '1' } } },
    ida: { devices: { desk: sipDevice('ida'), mobile: { phone: '+34600000003', trunk: 'carrier', confirm: '1' } } },
  },
  media: { sounds },
  queues: {
    mobile: { ...queue, members: ['ana'] },
    anchored: { ...queue, members: ['ana'], media: 'anchored' },
    mobiles: { ...queue, members: ['ana', 'ben'] },
    desk: { ...queue, members: ['eva'] },
    both: { ...queue, members: ['ida'], ring_timeout: '25s' },
  },
  trunks: { carrier: { host: '127.0.0.1', port, allowed_prefixes: ['+346'] } },
  entry_points: Object.fromEntries(
    ['mobile', 'anchored', 'mobiles', 'desk', 'both'].map((name) => [name, { queue: name, public: true }]),
  ),
});

describe.each(availableServerSets())('a key to accept, on $name', (set) => {
  let prompts: TonePrompts;
  let site: SoundSite;
  let carrier: SoundPhone;
  let rosa: SoundPhone;
  const desks: Record<'eva' | 'ida', SoundPhone> = {} as never;

  beforeAll(async () => {
    prompts = await makeTonePrompts();
    carrier = await SoundPhone.carrier();
    site = await startSoundSite(set, partsWith(prompts.folder, carrier.port));
    // Digits are what the prompt says of the caller.
    rosa = await site.phone('600');
    for (const name of ['eva', 'ida'] as const) desks[name] = await site.phone(name, { isAgent: true });
    // Who has no phone here signs in by other means.
    for (const agent of ['ana', 'ben'].map(agentId)) {
      await site.switchboard.ledger.setPresence({ agent, presence: { state: 'available' } });
    }
  });
  afterEach(async () => {
    for (const phone of [rosa, carrier, ...Object.values(desks)]) phone.hangUpAll();
    await site.nothingLeft();
  });
  afterAll(async () => {
    await site.stop();
    await carrier.close();
    await prompts.remove();
  });

  async function answers(leg: SoundCall): Promise<SoundCall> {
    leg.ring();
    leg.answer();
    await leg.until('answered');
    await prompts.until(leg.rtp, 'en/accept-press');
    return leg;
  }

  async function hearEachOther(caller: SoundCall, callee: SoundCall): Promise<void> {
    await Promise.all([caller.until('answered'), callee.until('answered')]);
    caller.rtp.tone(725);
    callee.rtp.tone(925);
    await Promise.all([callee.rtp.hears(725), caller.rtp.hears(925)]);
  }

  const outcomeSince = async (seq: number) => (await site.eventually('call.offer_ended', (e) => e.seq > seq)).outcome;

  it.each([
    ['mobile', 0],
    ['anchored', 2],
  ])('says who calls on a mobile, and joins the two after the key: %s', async (dialled, places) => {
    const call = await rosa.call(dialled);
    const mobile = await answers(await carrier.rung());
    await prompts.until(
      mobile.rtp,
      'en/call',
      'en/call-from',
      'en/numbers/6',
      'en/numbers/0',
      'en/numbers/0',
      'en/accept-press',
      'en/numbers/1',
      'en/decline-any-key',
    );
    expect(call.has('answered')).toBe(false);
    mobile.rtp.press('1');
    await hearEachOther(call, mobile);
    expect((await site.switchboard.activity()).places).toBe(places);
    mobile.hangUp();
    await call.until('ended');
  });

  it('takes the key of a SIP phone, by INFO too', async () => {
    const call = await rosa.call('desk');
    const desk = await answers(await desks.eva.rung());
    desk.info('1');
    await hearEachOther(call, desk);
    call.hangUp();
    await desk.until('ended');
  });

  it('takes any other key for a refusal', async () => {
    const since = site.lastSeq();
    const call = await rosa.call('mobile');
    const mobile = await answers(await carrier.rung());
    mobile.rtp.press('2');
    await mobile.until('ended');
    expect(await outcomeSince(since)).toBe('declined');
    expect(site.acceptedBy(since)).toEqual([]);
    call.hangUp();
  });

  it('takes the silence of a voicemail for no answer, and never connects it', async () => {
    const since = site.lastSeq();
    const call = await rosa.call('mobile');
    const mobile = await answers(await carrier.rung());
    // It says its greeting.
    mobile.rtp.tone(1_325);
    await mobile.until('ended');
    expect(await outcomeSince(since)).toBe('no-answer');
    await prompts.until(mobile.rtp, 'en/decline-any-key', 'en/call');
    expect(site.acceptedBy(since)).toEqual([]);
    call.hangUp();
  });

  it('lets the other phones of the agent ring until the key is pressed, and then no more', async () => {
    const call = await rosa.call('both');
    const [desk, mobile] = [await desks.ida.rung(), await carrier.rung()];
    desk.ring();
    await answers(mobile);
    expect(desk.has('cancelled')).toBe(false);
    mobile.rtp.press('1');
    await desk.until('cancelled');
    await hearEachOther(call, mobile);
    call.hangUp();
    await mobile.until('ended');
  });

  it('gives the call to the desk phone that answers while the mobile still hears the prompt', async () => {
    const call = await rosa.call('both');
    const [desk, mobile] = [await desks.ida.rung(), await carrier.rung()];
    desk.ring();
    await answers(mobile);
    desk.answer();
    await mobile.until('ended');
    await hearEachOther(call, desk);
    call.hangUp();
    await desk.until('ended');
  });

  it('has one winner where the mobiles of two agents answer and press their keys at once', async () => {
    const since = site.lastSeq();
    const call = await rosa.call('mobiles');
    const legs = [await carrier.rung(), await carrier.rung()];
    await Promise.all(legs.map(answers));
    const keys = new Map([
      ['+34600000001', '1'],
      ['+34600000002', '5'],
    ]);
    for (const leg of legs) leg.rtp.press(keys.get(leg.dialled) ?? '');
    await call.until('answered');
    await Promise.race(legs.map((leg) => leg.until('ended')));
    const winner = legs.find((leg) => !leg.has('ended'))!;
    await hearEachOther(call, winner);
    expect(site.acceptedBy(since)).toEqual([winner.dialled === '+34600000001' ? 'ana' : 'ben']);
    call.hangUp();
    await winner.until('ended');
  });
});
