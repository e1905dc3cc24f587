/** Callers who wait hear something, and then the agent: by the ears of phones that recognise tones. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { agents } from './site.js';
import { availableServerSets, startSoundSite, type SoundSite } from './sound-site.js';

const parts = {
  agents: agents('ana', 'ben', 'eva'),
  queues: {
    direct: { members: ['ana'], wrap_up: '0s' },
    anchored: { members: ['ben'], wrap_up: '0s', media: 'anchored' },
    line: {
      members: ['eva'],
      wrap_up: '0s',
      while_waiting: { announce: { position: true, expected_wait: false, every: '5s' } },
    },
  },
  entry_points: Object.fromEntries(['direct', 'anchored', 'line'].map((queue) => [queue, { queue, public: true }])),
};

describe.each(availableServerSets())('sound while waiting, on $name', (set) => {
  let site: SoundSite;

  beforeAll(async () => {
    site = await startSoundSite(set, parts);
  });
  afterEach(() => site.nothingLeft());
  afterAll(() => site.stop());

  it('plays music until an agent answers, and joins the two without the media server', async () => {
    const ana = await site.phone('ana', { isAgent: true });
    const [first, second] = [await site.phone('first'), await site.phone('second')];
    const busy = await first.call('direct');
    const atAna = await ana.rung();
    atAna.answer();
    await busy.until('answered');

    const waiting = await second.call('direct');
    await waiting.until('answered');
    await waiting.rtp.hears(392, 2);
    busy.hangUp();
    await atAna.until('ended');

    const next = await ana.rung();
    next.ring();
    next.answer();
    await next.until('answered');
    next.rtp.tone(700);
    waiting.rtp.tone(900);
    await waiting.rtp.hears(700);
    await next.rtp.hears(900);
    expect((await site.switchboard.activity()).places).toBe(0);
    waiting.hangUp();
    await next.until('ended');
  });

  it('keeps both at the media server where the queue is anchored, by codecs that differ', async () => {
    const ben = await site.phone('ben', { isAgent: true, codec: 'PCMA' });
    const rosa = await site.phone('rosa', { codec: 'PCMU' });
    const call = await rosa.call('anchored');
    const atBen = await ben.rung();
    expect(call.has('answered')).toBe(false);
    atBen.answer();
    await call.until('answered');
    call.rtp.tone(600);
    atBen.rtp.tone(1_100);
    await atBen.rtp.hears(600);
    await call.rtp.hears(1_100);
    expect((await site.switchboard.activity()).places).toBe(2);
    atBen.hangUp();
    await call.until('ended');
  });
});
