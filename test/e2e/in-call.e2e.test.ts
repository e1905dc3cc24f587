/** What happens to two who talk: hold, transfers, recordings, and supervisors, by what each of them hears. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readWav } from '../phones/wav.js';
import type { SoundCall } from '../phones/sound-call.js';
import type { SoundPhone } from '../phones/sound-phone.js';
import { agents } from './site.js';
import { availableServerSets, startSoundSite, type SoundSite } from './sound-site.js';

const parts = {
  agents: Object.fromEntries(
    Object.entries(agents('ana', 'ben', 'eva')).map(([name, agent], index) => [
      name,
      { ...agent, extension: String(201 + index) },
    ]),
  ),
  teams: { all: { agents: ['ana', 'ben'], supervisors: ['eva'] } },
  queues: {
    ana: { members: ['ana'], wrap_up: '0s' },
    ben: { members: ['ben'], wrap_up: '0s' },
    kept: { members: ['ana'], wrap_up: '0s', recording: 'always', recording_notice: 'recorded' },
  },
  entry_points: Object.fromEntries(['ana', 'ben', 'kept'].map((queue) => [`to-${queue}`, { queue, public: true }])),
};

describe.each(availableServerSets())('in a call, on $name', (set) => {
  let site: SoundSite;
  let ana: SoundPhone;
  let ben: SoundPhone;
  let eva: SoundPhone;
  let rosa: SoundPhone;

  beforeAll(async () => {
    site = await startSoundSite(set, parts);
    [ana, ben, eva] = (await Promise.all(['ana', 'ben', 'eva'].map((user) => site.phone(user, { isAgent: true })))) as [
      SoundPhone,
      SoundPhone,
      SoundPhone,
    ];
    rosa = await site.phone('rosa');
  });
  afterEach(async () => {
    for (const phone of [rosa, ana, ben, eva]) phone.hangUpAll();
    await site.nothingLeft();
  });
  afterAll(() => site.stop());

  /** Rosa calls and Ana answers: 400 Hz from one, 600 Hz from the other. */
  async function talk(dialled: string, agent = ana): Promise<[SoundCall, SoundCall]> {
    const call = await rosa.call(dialled);
    const answered = await agent.rung();
    answered.answer();
    await Promise.all([call.until('answered'), answered.until('answered')]);
    call.rtp.tone(400);
    answered.rtp.tone(600);
    return [call, answered];
  }

  async function hearEachOther(a: SoundCall, aHz: number, b: SoundCall, bHz: number): Promise<void> {
    await Promise.all([a.rtp.hears(bHz), b.rtp.hears(aHz)]);
  }

  it('plays music to who is put on hold, by either side, and joins the two again', async () => {
    const [call, atAna] = await talk('to-ana');
    await hearEachOther(call, 400, atAna, 600);
    for (const [holder, held, hz] of [
      [atAna, call, 600],
      [call, atAna, 400],
    ] as const) {
      holder.hold();
      await held.rtp.hears(392, 2);
      holder.resume();
      await held.rtp.hears(hz);
      await hearEachOther(call, 400, atAna, 600);
    }
    expect((await site.switchboard.activity()).places).toBe(0);
    call.hangUp();
    await atAna.until('ended');
  });

  it('sends a caller on to a colleague', async () => {
    const [call, atAna] = await talk('to-ana');
    expect(await atAna.refer('202')).toBe(202);
    await atAna.until('ended');
    expect(atAna.referStatus.at(-1)).toBe('SIP/2.0 200 OK');
    const atBen = await ben.rung();
    await call.rtp.hears(440, 2);
    atBen.answer();
    atBen.rtp.tone(800);
    await hearEachOther(call, 400, atBen, 800);
    atBen.hangUp();
    await call.until('ended');
  });

  it('gives a caller back to who sent them on when nobody answers there', async () => {
    const [call, atAna] = await talk('to-ana');
    await atAna.refer('202');
    (await ben.rung()).reject(486);
    const again = await ana.rung();
    again.answer();
    again.rtp.tone(700);
    await hearEachOther(call, 400, again, 700);
    call.hangUp();
    await again.until('ended');
  });

  it('refuses transfers by callers, and to where the agent may not dial', async () => {
    const [call, atAna] = await talk('to-ana');
    expect(await call.refer('202')).toBe(403);
    expect(await atAna.refer('+34600111222')).toBe(404);
    await hearEachOther(call, 400, atAna, 600);
    call.hangUp();
    await atAna.until('ended');
  });

  it('joins the two parties of an agent who has asked a colleague first', async () => {
    const [call, atAna] = await talk('to-ana');
    atAna.hold();
    await call.rtp.hears(392, 2);
    const asking = await ana.call('202');
    const atBen = await ben.rung();
    atBen.answer();
    await asking.until('answered');
    asking.rtp.tone(500);
    atBen.rtp.tone(800);
    await hearEachOther(asking, 500, atBen, 800);
    expect(await atAna.refer('202', asking)).toBe(202);
    await Promise.all([atAna.until('ended'), asking.until('ended')]);
    await hearEachOther(call, 400, atBen, 800);
    const { agents: all } = await site.switchboard.ledger.snapshot();
    expect(all.map(({ agent, holds }) => [agent, holds.length])).toEqual([
      ['ana', 0],
      ['ben', 1],
      ['eva', 0],
    ]);
    atBen.hangUp();
    await call.until('ended');
  });

  /** Ana puts Rosa on hold, asks Ben, and presses the keys of a conference: 400, 500 and 800 Hz. */
  async function meet(dialled: string): Promise<[SoundCall, SoundCall, SoundCall]> {
    const [call, atAna] = await talk(dialled);
    await hearEachOther(call, 400, atAna, 600);
    atAna.hold();
    await call.rtp.hears(392, 2);
    const asking = await ana.call('202');
    const atBen = await ben.rung();
    atBen.answer();
    await asking.until('answered');
    asking.rtp.tone(500);
    atBen.rtp.tone(800);
    await hearEachOther(asking, 500, atBen, 800);
    for (const key of '*3') asking.info(key);
    await atAna.until('ended');
    await hearTheOthers([call, 400], [asking, 500], [atBen, 800]);
    return [call, asking, atBen];
  }

  /** Each of three hears both others, and themselves not at all: a third tone would leave neither its share. */
  async function hearTheOthers(...three: readonly (readonly [SoundCall, number])[]): Promise<void> {
    const pairs = three.flatMap(([call]) =>
      three.filter(([other]) => other !== call).map(([, hz]) => [call, hz] as const),
    );
    for (const [call, hz] of pairs) await call.rtp.hears(hz, 2);
  }

  it('brings three together, whom a supervisor hears, and leaves two when the agent goes', async () => {
    const [call, asking, atBen] = await meet('to-ana');
    const held = async () =>
      (await site.switchboard.ledger.snapshot()).agents.map(({ agent, holds }) => [agent, holds.length]);
    expect(await held()).toEqual([
      ['ana', 1],
      ['ben', 1],
      ['eva', 0],
    ]);
    const spy = await eva.call('*3201');
    await spy.until('answered');
    spy.rtp.tone(1_300);
    for (const hz of [400, 500, 800]) await spy.rtp.hears(hz, 3);
    await hearTheOthers([call, 400], [asking, 500], [atBen, 800]);
    spy.rtp.press('6');
    for (const hz of [400, 500, 1_300]) await atBen.rtp.hears(hz, 3);
    asking.hangUp();
    await spy.until('ended');
    await hearEachOther(call, 400, atBen, 800);
    expect(await held()).toEqual([
      ['ana', 0],
      ['ben', 1],
      ['eva', 0],
    ]);
    call.hangUp();
    await atBen.until('ended');
  });

  it('goes on recording three, of whom one holds, and two when the third goes', async () => {
    const folder = join(site.recordings, 'calls');
    await rm(folder, { recursive: true, force: true });
    const [call, asking, atBen] = await meet('to-kept');
    atBen.hold();
    await hearEachOther(call, 400, asking, 500);
    atBen.resume();
    await hearTheOthers([call, 400], [asking, 500], [atBen, 800]);
    atBen.hangUp();
    await hearEachOther(call, 400, asking, 500);
    call.hangUp();
    await asking.until('ended');
    await site.nothingLeft();
    const files = (await readdir(folder)).filter((name) => name.endsWith('.wav'));
    expect(files).toHaveLength(1);
    const { has } = await readWav(join(folder, files[0] ?? ''));
    expect([400, 500, 800].map(has)).toEqual([true, true, true]);
    await rm(folder, { recursive: true });
  });

  it('records both sides after both were told', async () => {
    const [call, atAna] = await talk('to-kept');
    await site.eventually('call.recording_started');
    // A second and more, so that it is found in the recording.
    for (let fifths = 0; fifths < 6; fifths++) await hearEachOther(call, 400, atAna, 600);
    call.hangUp();
    await atAna.until('ended');
    await site.nothingLeft();
    const folder = join(site.recordings, 'calls');
    const file = (await readdir(folder)).find((name) => name.endsWith('.wav'));
    const { has } = await readWav(join(folder, file ?? ''));
    expect([has(400), has(600), has(1_000)]).toEqual([true, true, false]);
  });

  it('lets a supervisor listen unheard, whisper to the agent, and speak to both', async () => {
    const [call, atAna] = await talk('to-ana');
    await hearEachOther(call, 400, atAna, 600);
    const spy = await eva.call('*3201');
    await spy.until('answered');
    spy.rtp.tone(1_300);
    await spy.rtp.hears(400, 2);
    await spy.rtp.hears(600, 2);
    await call.rtp.hears(600);
    spy.rtp.press('5');
    await atAna.rtp.hears(1_300, 2);
    await call.rtp.hears(600);
    spy.rtp.press('6');
    await call.rtp.hears(1_300, 2);
    expect((await (await rosa.call('*3201')).until('failed').catch(() => 'refused')) ?? 'refused').toBe('refused');
    call.hangUp();
    await Promise.all([atAna.until('ended'), spy.until('ended')]);
  });
});
