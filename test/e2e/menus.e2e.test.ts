/** Menus by the ears and the keys of callers. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SoundCall } from '../phones/sound-call.js';
import type { SoundPhone } from '../phones/sound-phone.js';
import { makeTonePrompts, type TonePrompts } from '../phones/tone-prompts.js';
import { agents } from './site.js';
import { availableServerSets, startSoundSite, type SoundSite } from './sound-site.js';

const main = {
  greeting: 'main-menu',
  keys: { '1': { queue: 'support' }, '2': { menu: 'inner' }, '#': { message: 'please-hold' } },
  hours: { open: 'always', closed: { message: 'closed' } },
  timeout: '10s',
  tries: 2,
  otherwise: { message: 'all-busy' },
};

const partsWith = (sounds: string) => ({
  agents: agents('ana'),
  hours: { never: { 'mon-sun': 'closed' }, always: { 'mon-sun': '00:00-24:00' } },
  media: { sounds },
  queues: {
    support: {
      members: ['ana'],
      wrap_up: '0s',
      while_waiting: { announce: { position: false, expected_wait: false } },
    },
    brief: { members: ['ana'], wrap_up: '0s', max_wait: '3s', overflow: { menu: 'main' } },
  },
  menus: {
    main,
    hasty: { ...main, timeout: '1s' },
    inner: { greeting: 'welcome', language: 'es', keys: { '0': { menu: 'main' }, '1': { queue: 'support' } } },
    shut: {
      greeting: 'main-menu',
      keys: { '1': { queue: 'support' } },
      hours: { open: 'never', closed: { message: 'closed' } },
    },
  },
  entry_points: {
    main: { menu: 'main', public: true },
    hasty: { menu: 'hasty', public: true },
    shut: { menu: 'shut', public: true },
    brief: { queue: 'brief', public: true },
  },
});

describe.each(availableServerSets())('menus, on $name', (set) => {
  let prompts: TonePrompts;
  let site: SoundSite;
  let rosa: SoundPhone;
  let ana: SoundPhone;

  beforeAll(async () => {
    prompts = await makeTonePrompts('en/main-menu', 'en/closed', 'es/welcome', 'es/main-menu', 'es/please-hold');
    site = await startSoundSite(set, partsWith(prompts.folder));
    rosa = await site.phone('rosa');
    ana = await site.phone('ana', { isAgent: true });
  });
  afterEach(async () => {
    for (const phone of [rosa, ana]) phone.hangUpAll();
    await site.nothingLeft();
  });
  afterAll(async () => {
    await site.stop();
    await prompts.remove();
  });

  async function dial(dialled: string, ...heard: readonly string[]): Promise<SoundCall> {
    const call = await rosa.call(dialled);
    await call.until('answered');
    await prompts.until(call.rtp, ...heard);
    return call;
  }

  async function isJoinedWithAna(call: SoundCall): Promise<void> {
    const atAna = await ana.rung();
    atAna.ring();
    atAna.answer();
    await atAna.until('answered');
    call.rtp.tone(725);
    atAna.rtp.tone(925);
    await Promise.all([atAna.rtp.hears(725), call.rtp.hears(925)]);
    call.hangUp();
    await atAna.until('ended');
  }

  it.each([
    ['RFC 4733', (call: SoundCall) => call.rtp.press('1')],
    ['SIP INFO', (call: SoundCall) => call.info('1')],
  ])('leads to the queue by a key that comes by %s', async (_, press) => {
    const since = site.lastSeq();
    const call = await dial('main', 'en/main-menu');
    press(call);
    await isJoinedWithAna(call);
    const chosen = await site.eventually('call.menu_chosen', ({ seq }) => seq > since);
    expect(chosen).toMatchObject({ menu: 'main', key: '1' });
  });

  it('takes a key while the greeting is heard, and lets who chose wait with music', async () => {
    const busy = await dial('main', 'en/main-menu');
    busy.rtp.press('1');
    const atAna = await ana.rung();
    atAna.answer();
    await atAna.until('answered');

    const call = await rosa.call('main');
    await call.until('answered');
    call.rtp.press('1');
    await call.rtp.hears(392, 2);
    busy.hangUp();
    await atAna.until('ended');
    await isJoinedWithAna(call);
  });

  it('says that a key leads nowhere, asks again, and gives up after as many tries as it has', async () => {
    const call = await dial('main', 'en/main-menu');
    call.rtp.press('9');
    await prompts.until(call.rtp, 'en/invalid-key', 'en/main-menu');
    call.rtp.press('8');
    await prompts.until(call.rtp, 'en/all-busy');
    await call.until('ended');
    expect(prompts.heard(call.rtp)).toEqual(['en/main-menu', 'en/invalid-key', 'en/main-menu', 'en/all-busy']);
  });

  it('asks again who presses nothing, and then goes on without them', async () => {
    const call = await dial('hasty', 'en/main-menu');
    await call.until('ended');
    expect(prompts.heard(call.rtp)).toEqual(['en/main-menu', 'en/no-key', 'en/main-menu', 'en/all-busy']);
  });

  it('leads to another menu in another language, and back', async () => {
    const call = await dial('main', 'en/main-menu');
    call.rtp.press('2');
    await prompts.until(call.rtp, 'es/welcome');
    call.rtp.press('0');
    await prompts.until(call.rtp, 'es/main-menu');
    call.rtp.press('#');
    await call.until('ended');
    expect(prompts.heard(call.rtp)).toEqual(['en/main-menu', 'es/welcome', 'es/main-menu', 'es/please-hold']);
  });

  it('leads elsewhere while it is closed, without its greeting', async () => {
    const call = await dial('shut', 'en/closed');
    await call.until('ended');
    expect(prompts.heard(call.rtp)).toEqual(['en/closed']);
  });

  it('takes over callers for whom nobody was free', async () => {
    const [first, second] = [await rosa.call('brief'), await rosa.call('brief')];
    const atAna = await ana.rung();
    atAna.answer();
    await first.until('answered');
    await prompts.until(second.rtp, 'en/main-menu');
    second.rtp.press('1');
    await second.rtp.hears(392, 2);
    first.hangUp();
    await atAna.until('ended');
    await isJoinedWithAna(second);
  });

  it('leaves nothing behind of who hangs up in it', async () => {
    const call = await dial('main', 'en/main-menu');
    call.hangUp();
    await site.nothingLeft();
  });
});
