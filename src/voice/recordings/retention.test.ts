import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { createManualClock } from '../../../test/support/manual-clock.js';
import { temporaryFolder, writeWav } from '../../../test/support/recordings.js';
import type { RetentionConfig } from '../../config/media-config.js';
import { createEventStream } from '../../kernel/event-stream.js';
import type { SwitchboardEvent } from '../../kernel/events.js';
import { voicemailId, workId } from '../../kernel/ids.js';
import type { Logger } from '../../kernel/logger.js';
import { createRecordingStore } from './recording-store.js';
import { startRetention } from './retention.js';
import { createVoicemailStore } from './voicemail-store.js';

const DAY_MS = 86_400_000;
const nights = voicemailId('nights');

/** It is the day after the last one of the month; files are of its first days. */
async function build(rules: Partial<RetentionConfig>, freeBytes = () => 1e9) {
  const folder = temporaryFolder();
  const clock = createManualClock(Date.UTC(2100, 0, 31));
  const seen: SwitchboardEvent[] = [];
  const events = createEventStream({
    clock,
    configVersion: () => 'v',
    onListenerError: (error) => expect.fail(String(error)),
  });
  events.subscribe((event) => seen.push(event));
  const silent = (): void => undefined;
  const log: Logger = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };
  const common = { folder: () => folder, events, clock, log };
  const recordings = createRecordingStore(common);
  const voicemails = createVoicemailStore(common);
  onTestFinished(async () => {
    await recordings.close();
    await voicemails.close();
  });
  const start = () => {
    const free = () => Promise.resolve(freeBytes());
    const all = { minFreeBytes: 500, ...rules };
    const retention = startRetention({ ...common, rules: () => all, recordings, voicemails, freeBytes: free });
    onTestFinished(() => retention.stop());
    return retention;
  };
  return { folder, clock, events, seen, recordings, voicemails, start };
}

const nameOf = (day: number): string => `2100-01-${String(day).padStart(2, '0')}T05-00-00-000Z-c${String(day)}`;

/** One second each: 16,044 bytes. */
function record({ folder }: { folder: string }, ...days: readonly number[]): void {
  for (const day of days) writeWav(join(folder, 'calls', `${nameOf(day)}.wav`), 1_000);
}

function leave({ folder }: { folder: string }, day: number, heard: boolean): void {
  writeWav(join(folder, 'voicemail', 'nights', `${nameOf(day)}.wav`), 1_000);
  const note = JSON.stringify({ from: '+34911', durationMs: 1_000, heard });
  writeFileSync(join(folder, 'voicemail', 'nights', `${nameOf(day)}.json`), note);
}

const left = ({ folder }: { folder: string }, of: string) =>
  readdirSync(join(folder, of)).flatMap((name) =>
    name.endsWith('.wav') ? [Number(/-c(\d+)\.wav/.exec(name)?.[1])] : [],
  );

describe('what is kept', () => {
  it('is everything as long as the site says nothing', async () => {
    const site = await build({});
    record(site, 1, 2);
    leave(site, 1, true);
    await site.start().sweep();
    expect([left(site, 'calls'), left(site, 'voicemail/nights')]).toEqual([[1, 2], [1]]);
  });

  it('is no longer what is too old, each by its own time, heard or not', async () => {
    const site = await build({ recordingsMs: 10 * DAY_MS, messagesMs: 20 * DAY_MS });
    record(site, 5, 15, 25);
    leave(site, 5, false);
    leave(site, 15, true);
    await site.start().sweep();
    expect([left(site, 'calls'), left(site, 'voicemail/nights')]).toEqual([[25], [15]]);
    expect(site.seen.map((event) => [event.type, 'why' in event ? event.why : undefined])).toEqual([
      ['recording.deleted', 'too-old'],
      ['recording.deleted', 'too-old'],
      ['voicemail.deleted', 'too-old'],
    ]);
  });

  it('is no more than fits: the oldest recordings go, then messages that were heard, and none that nobody has heard', async () => {
    const site = await build({ maxBytes: 2 * 16_044 });
    record(site, 3, 1, 2);
    leave(site, 1, true);
    leave(site, 2, false);
    leave(site, 3, true);
    await site.start().sweep();
    expect([left(site, 'calls'), left(site, 'voicemail/nights')]).toEqual([[], [2, 3]]);
    expect(new Set(site.seen.map((event) => ('why' in event ? event.why : '')))).toEqual(new Set(['too-much']));
  });

  it('is what is being recorded, however old its name', async () => {
    const site = await build({ recordingsMs: DAY_MS, maxBytes: 1 });
    site.events.emit({ type: 'call.recording_started', call: workId('c1'), file: `calls/${nameOf(1)}.wav` });
    record(site, 1);
    await site.start().sweep();
    expect(left(site, 'calls')).toEqual([1]);
  });

  it('is looked through again and again', async () => {
    const site = await build({ recordingsMs: 30 * DAY_MS });
    record(site, 2);
    site.start();
    await site.clock.turn(2 * DAY_MS);
    await expect.poll(() => left(site, 'calls')).toEqual([]);
  });
});

describe('a disk', () => {
  it('is told of once when it fills up, and once when there is room again', async () => {
    let free = 1_000;
    const site = await build({ minFreeBytes: 500 }, () => free);
    const retention = site.start();
    for (free of [499, 300, 501, 800]) await retention.sweep();
    expect(site.seen.map(({ type }) => type)).toEqual(['recordings.disk_low', 'recordings.disk_ok']);
  });

  it('that takes nothing is an event, and no crash: of what is known of a recording, and of a message', async () => {
    const site = await build({});
    // In place of the folders: whatever is to be written into them fails.
    for (const name of ['calls', 'voicemail']) writeFileSync(join(site.folder, name), '');
    const call = workId('c1');
    site.events.emit({ type: 'call.arrived', call, direction: 'inbound', from: '+34911', to: '1000' });
    site.events.emit({ type: 'call.recording_started', call, file: `calls/${nameOf(1)}.wav` });
    const message = { voicemail: nights, from: '+34911', file: `voicemail/nights/${nameOf(1)}.wav`, durationMs: 2_000 };
    site.events.emit({ type: 'call.message_left', call, ...message });
    await expect.poll(() => site.seen.filter(({ type }) => type === 'recordings.write_failed')).toHaveLength(2);
    expect(site.seen.some(({ type }) => type === 'voicemail.arrived')).toBe(false);
  });

  it('that is full in the middle of a recording leaves less of it than there should be: an event', async () => {
    const site = await build({});
    const call = workId('c1');
    const file = `calls/${nameOf(1)}.wav`;
    site.events.emit({ type: 'call.recording_started', call, file });
    record(site, 1);
    site.events.emit({ type: 'call.recorded', call, file, durationMs: 9_000 });
    await site.clock.turn(5_000);
    await expect
      .poll(() => site.seen.find(({ type }) => type === 'recording.incomplete'))
      .toMatchObject({
        file,
        durationMs: 9_000,
        writtenMs: 1_000,
      });
  });
});
