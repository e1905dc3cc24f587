/** What callers in line are told, and in which language: by prompts that are a tone each. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SoundPhone } from '../phones/sound-phone.js';
import { makeTonePrompts, type TonePrompts } from '../phones/tone-prompts.js';
import { agents } from './site.js';
import { availableServerSets, startSoundSite, type SoundSite } from './sound-site.js';

const spanish = ['welcome', 'main-menu', 'position', 'in-line', 'numbers/1', 'numbers/2', 'recorded'];
const announce = { position: true, expected_wait: false, every: '5s' };

const partsWith = (sounds: string) => ({
  agents: agents('ana', 'ben'),
  media: { sounds },
  queues: {
    line: { members: ['ana'], wrap_up: '0s', while_waiting: { announce } },
    warm: { members: ['ben'], wrap_up: '0s', while_waiting: { welcome: 'welcome', announce } },
    linea: {
      members: ['ben'],
      wrap_up: '0s',
      language: 'es',
      while_waiting: { welcome: 'welcome', announce },
      recording: 'always',
    },
  },
  menus: { ask: { greeting: 'main-menu', keys: { '1': { queue: 'warm' } }, language: 'es' } },
  entry_points: {
    line: { queue: 'line', public: true },
    warm: { queue: 'warm', public: true },
    linea: { queue: 'linea', public: true },
    'warm-es': { queue: 'warm', public: true, language: 'es' },
    ask: { menu: 'ask', public: true },
  },
});

describe.each(availableServerSets())('prompts in line, on $name', (set) => {
  let prompts: TonePrompts;
  let site: SoundSite;
  let rosa: SoundPhone;

  beforeAll(async () => {
    prompts = await makeTonePrompts(...spanish.map((name) => `es/${name}`), 'en/welcome');
    site = await startSoundSite(set, partsWith(prompts.folder));
    rosa = await site.phone('rosa');
  });
  afterEach(async () => {
    rosa.hangUpAll();
    await site.nothingLeft();
  });
  afterAll(async () => {
    await site.stop();
    await prompts.remove();
  });

  const inLine = (language: string, place: number) =>
    ['position', `numbers/${String(place)}`, 'in-line'].map((name) => `${language}/${name}`);

  it('tells a caller that they are second, and then first, as the one before them is taken', async () => {
    const [first, second] = [await rosa.call('line'), await rosa.call('line')];
    await prompts.until(second.rtp, ...inLine('en', 2));
    await prompts.until(first.rtp, ...inLine('en', 1));
    const ana = await site.phone('ana', { isAgent: true });
    const taken = await ana.rung();
    taken.answer();
    await taken.until('answered');
    await prompts.until(second.rtp, ...inLine('en', 1));
    const said = prompts.heard(second.rtp).filter((name) => name.startsWith('en/numbers/'));
    expect([...said].sort().reverse()).toEqual(said);
    second.hangUp();
    first.hangUp();
    await taken.until('ended');
    await ana.close();
  });

  it.each([
    ['its queue', 'linea', 'es'],
    ['the entry point, before its queue', 'warm-es', 'es'],
    ['the site, where nothing else is said', 'warm', 'en'],
  ])('speaks the language of %s', async (_, dialled, language) => {
    const call = await rosa.call(dialled);
    await call.until('answered');
    await prompts.until(call.rtp, `${language}/welcome`, ...inLine(language, 1));
    expect(prompts.heard(call.rtp).filter((name) => !name.startsWith(`${language}/`))).toEqual([]);
  });

  it('goes on in the language of the menu that the caller came by', async () => {
    const call = await rosa.call('ask');
    await prompts.until(call.rtp, 'es/main-menu');
    call.rtp.press('1');
    await prompts.until(call.rtp, 'es/welcome', ...inLine('es', 1));
  });

  it('tells agent and caller of the recording in the language of the call', async () => {
    const call = await rosa.call('linea');
    await call.until('answered');
    const ben = await site.phone('ben', { isAgent: true });
    const atBen = await ben.rung();
    atBen.answer();
    await Promise.all([prompts.until(call.rtp, 'es/recorded'), prompts.until(atBen.rtp, 'es/recorded')]);
    await site.eventually('call.recording_started');
    call.hangUp();
    await atBen.until('ended');
    await ben.close();
  });
});
