/** Messages: the greeting and the tone by the ears of callers, and what they said by the WAV file. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SoundCall } from '../phones/sound-call.js';
import type { SoundPhone } from '../phones/sound-phone.js';
import { makeTonePrompts, type TonePrompts } from '../phones/tone-prompts.js';
import { readWav } from '../phones/wav.js';
import { agents } from './site.js';
import { availableServerSets, startSoundSite, type SoundSite } from './sound-site.js';

const announce = { position: false, expected_wait: false };

const partsWith = (sounds: string) => ({
  agents: agents('ana', 'ben'),
  media: { sounds },
  queues: {
    overflowing: { members: ['ana'], wrap_up: '0s', max_wait: '1s', overflow: { voicemail: 'box' } },
    leaving: {
      members: ['ben'],
      wrap_up: '0s',
      while_waiting: { announce, voicemail: { key: '7', box: 'box' } },
    },
  },
  voicemails: {
    box: { max: '10s', silence: '2s' },
    short: { greeting: 'welcome', language: 'es', max: '5s', silence: '4s' },
  },
  entry_points: {
    box: { voicemail: 'box', public: true },
    short: { voicemail: 'short', public: true },
    overflowing: { queue: 'overflowing', public: true },
    leaving: { queue: 'leaving', public: true },
  },
});

describe.each(availableServerSets())('voicemail, on $name', (set) => {
  let prompts: TonePrompts;
  let site: SoundSite;
  let rosa: SoundPhone;

  beforeAll(async () => {
    prompts = await makeTonePrompts('es/welcome', 'es/message-saved');
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

  /** Speaks a tone after the beep, for so long that it is a message. */
  async function speaks(call: SoundCall, hz: number): Promise<void> {
    await prompts.until(call.rtp, 'beep');
    call.rtp.tone(hz);
    await passed(2_000);
  }

  const messageSince = (seq: number) => site.eventually('call.message_left', (event) => event.seq > seq);
  const messages = (seq: number) =>
    site.events.filter((event) => event.type === 'call.message_left' && event.seq > seq);

  it('greets, beeps, records what is said, and thanks who falls silent', async () => {
    const since = site.lastSeq();
    const call = await rosa.call('box');
    await speaks(call, 825);
    call.rtp.tone(undefined);
    await prompts.until(call.rtp, 'en/message-saved');
    await call.until('ended');
    expect(prompts.heard(call.rtp)).toEqual(['en/leave-message', 'beep', 'en/message-saved']);
    const left = await messageSince(since);
    expect(left).toMatchObject({ voicemail: 'box', from: 'rosa' });
    const wav = await readWav(join(site.recordings, left.file));
    expect([wav.has(825), wav.has(1_000)]).toEqual([true, false]);
    expect(Math.abs(wav.durationMs - left.durationMs)).toBeLessThan(400);
    expect(messages(since)).toHaveLength(1);
  });

  it('ends a message that is as long as it may be, while the caller still speaks', async () => {
    const since = site.lastSeq();
    const call = await rosa.call('short');
    await speaks(call, 625);
    await prompts.until(call.rtp, 'es/message-saved');
    await call.until('ended');
    const left = await messageSince(since);
    // FreeSWITCH counts in turns of its clock's second: a little less or one more, several on a busy machine.
    expect(left.durationMs).toBeGreaterThanOrEqual(4_500);
    expect(left.durationMs).toBeLessThan(9_000);
    expect((await readWav(join(site.recordings, left.file))).has(625)).toBe(true);
  });

  it('keeps the message of who hangs up after it', async () => {
    const since = site.lastSeq();
    const call = await rosa.call('box');
    await speaks(call, 725);
    call.hangUp();
    const left = await messageSince(since);
    expect(left.durationMs).toBeGreaterThanOrEqual(1_000);
    await site.nothingLeft();
    const wav = await readWav(join(site.recordings, left.file));
    expect(wav.has(725)).toBe(true);
    expect(Math.abs(wav.durationMs - left.durationMs)).toBeLessThan(500);
  });

  it('takes it for no message when the caller hangs up at the tone, or before', async () => {
    const since = site.lastSeq();
    const atTheTone = await rosa.call('box');
    await prompts.until(atTheTone.rtp, 'beep');
    atTheTone.hangUp();
    const before = await rosa.call('box');
    await prompts.until(before.rtp, 'en/leave-message');
    before.hangUp();
    await site.nothingLeft();
    expect(messages(since)).toEqual([]);
  });

  it('takes callers for whom nobody was there in time', async () => {
    const since = site.lastSeq();
    const call = await rosa.call('overflowing');
    await speaks(call, 525);
    call.hangUp();
    expect(await messageSince(since)).toMatchObject({ voicemail: 'box' });
  });

  it('takes callers who leave the line for it by its key', async () => {
    const since = site.lastSeq();
    const call = await rosa.call('leaving');
    await call.rtp.hears(392, 2);
    call.rtp.press('7');
    await speaks(call, 425);
    call.hangUp();
    const left = await messageSince(since);
    await site.nothingLeft();
    expect((await readWav(join(site.recordings, left.file))).has(425)).toBe(true);
    expect(await readdir(join(site.recordings, 'voicemail', 'box'))).toContain(left.file.split('/').at(-1));
  });
});
