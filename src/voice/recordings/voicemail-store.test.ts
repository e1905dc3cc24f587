import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { createManualClock } from '../../../test/support/manual-clock.js';
import { temporaryFolder, writeWav } from '../../../test/support/recordings.js';
import { createEventStream } from '../../kernel/event-stream.js';
import type { SwitchboardEvent } from '../../kernel/events.js';
import { voicemailId, workId } from '../../kernel/ids.js';
import type { Logger } from '../../kernel/logger.js';
import { createVoicemailStore } from './voicemail-store.js';

const nights = voicemailId('nights');
const clockStartMs = Date.UTC(2026, 10, 22, 6);

/** @param folder of an earlier life of the store */
function build(folder = temporaryFolder()) {
  const clock = createManualClock(clockStartMs);
  const events = createEventStream({
    clock,
    configVersion: () => 'v1',
    onListenerError(error) {
      throw error;
    },
  });
  const seen: SwitchboardEvent[] = [];
  const errors: string[] = [];
  events.subscribe((event) => seen.push(event));
  const silent = (): void => undefined;
  const error = (_fields: object, message: string): unknown => errors.push(message);
  const log: Logger = { debug: silent, info: silent, warn: silent, error, child: () => log };
  const store = createVoicemailStore({ folder: () => folder, events, clock, log });
  return { folder, clock, events, seen, errors, store };
}

type Site = ReturnType<typeof build>;

const nameAt = (second: number, call: string): string =>
  `2026-11-22T05-00-${String(second).padStart(2, '0')}-000Z-${call}`;

function beginMessage(site: Site, second: number, call: string, ms: number): string {
  const file = `voicemail/nights/${nameAt(second, call)}.wav`;
  site.events.emit({ type: 'call.recording_started', call: workId(call), file });
  writeWav(join(site.folder, file), ms);
  return file;
}

/** As a call does that ends in the voicemail. */
async function leaveMessage(site: Site, second: number, call: string, ms = 3_000): Promise<void> {
  const file = beginMessage(site, second, call, ms);
  const work = workId(call);
  site.events.emit({ type: 'call.message_left', call: work, voicemail: nights, from: '+34911', file, durationMs: ms });
  end(site, call);
  await expect.poll(() => site.seen.some(({ type }) => type === 'voicemail.arrived')).toBe(true);
}

function end(site: Site, call: string): void {
  const rest = { by: 'caller', outcome: 'abandoned', waitedMs: 0, talkedMs: 0 } as const;
  site.events.emit({ type: 'call.ended', call: workId(call), ...rest });
}

describe('a message', () => {
  it('is listed with caller, time and length, and told to whoever reads events', async () => {
    const site = build();
    await leaveMessage(site, 7, 'c1');
    const message = {
      id: nameAt(7, 'c1'),
      box: 'nights',
      call: 'c1',
      from: '+34911',
      atMs: Date.UTC(2026, 10, 22, 5, 0, 7),
      durationMs: 3_000,
      isHeard: false,
      path: join(site.folder, 'voicemail/nights', `${nameAt(7, 'c1')}.wav`),
    };
    expect(await site.store.list(nights)).toEqual([message]);
    expect(site.seen).toContainEqual(
      expect.objectContaining({ type: 'voicemail.arrived', voicemail: nights, message: message.id, call: 'c1' }),
    );
  });

  it('is there after a restart, newest first, and so is that it was heard', async () => {
    const before = build();
    await leaveMessage(before, 1, 'c1');
    await leaveMessage(before, 2, 'c2');
    expect(await before.store.setHeard(nights, nameAt(1, 'c1'), true)).toBe(true);
    await before.store.close();
    const { store } = build(before.folder);
    const listed = (await store.list(nights)).map(({ call, isHeard }) => [call, isHeard]);
    expect(listed).toEqual([
      ['c2', false],
      ['c1', true],
    ]);
    expect(await store.setHeard(nights, nameAt(1, 'c1'), false)).toBe(true);
    expect(await store.find(nights, nameAt(1, 'c1'))).toMatchObject({ isHeard: false, from: '+34911' });
  });

  it('is listed page by page', async () => {
    const site = build();
    for (const second of [1, 2, 3, 4]) await leaveMessage(site, second, `c${String(second)}`);
    const callsOf = async (page: object) => (await site.store.list(nights, page)).map(({ call }) => call);
    expect(await callsOf({ limit: 2 })).toEqual(['c4', 'c3']);
    expect(await callsOf({ limit: 2, before: nameAt(3, 'c3') })).toEqual(['c2', 'c1']);
  });

  it('leaves nothing behind when it is deleted', async () => {
    const site = build();
    await leaveMessage(site, 1, 'c1');
    expect(await site.store.remove(nights, nameAt(1, 'c1'), 'asked')).toBe(true);
    expect(readdirSync(join(site.folder, 'voicemail/nights'))).toEqual([]);
    expect(await site.store.remove(nights, nameAt(1, 'c1'), 'asked')).toBe(false);
  });

  it('that was too short is none, and its file is deleted once the media server has done with it', async () => {
    const site = build();
    const file = beginMessage(site, 1, 'c1', 200);
    end(site, 'c1');
    expect(await site.store.list(nights)).toEqual([]);
    await site.clock.turn(2_000);
    await expect.poll(() => existsSync(join(site.folder, file))).toBe(false);
  });

  it('that was too short is deleted when the site stops before that', async () => {
    const site = build();
    const file = beginMessage(site, 1, 'c1', 200);
    end(site, 'c1');
    await site.store.close();
    expect(existsSync(join(site.folder, file))).toBe(false);
    expect(site.clock.pending()).toBe(0);
  });

  it('whose sound is written elsewhere is missed aloud', async () => {
    const site = build();
    const file = `voicemail/nights/${nameAt(1, 'c1')}.wav`;
    const call = workId('c1');
    site.events.emit({ type: 'call.message_left', call, voicemail: nights, from: '1', file, durationMs: 2_000 });
    await expect.poll(() => site.seen.length).toBe(2);
    await site.clock.turn(2_000);
    await expect.poll(() => site.errors).toEqual([expect.stringContaining('sound of a message is not there')]);
    expect(await site.store.list(nights)).toEqual([]);
  });
});

describe('the folder', () => {
  const ageMs = (path: string, ms: number): void => {
    const at = (clockStartMs - ms) / 1000;
    utimesSync(path, at, at);
  };

  it('may have files that are none of ours', async () => {
    const site = build();
    await leaveMessage(site, 1, 'c1');
    const box = join(site.folder, 'voicemail/nights');
    for (const name of ['notes.txt', 'holiday.wav', 'x.json', `.${nameAt(2, 'c2')}.tmp`])
      writeFileSync(join(box, name), 'x');
    mkdirSync(join(box, `${nameAt(4, 'c4')}.wav`));
    writeFileSync(join(box, `${nameAt(3, 'c3')}.wav`), 'this is no sound');
    ageMs(join(box, `${nameAt(3, 'c3')}.wav`), 120_000);
    expect((await site.store.list(nights)).map(({ call }) => call)).toEqual(['c1']);
  });

  it.each([
    ['is being recorded', 0, 5_000, []],
    ['was cut off with its controller', 61_000, 5_000, [['c9', undefined, 5_000]]],
    ['was cut off at once', 61_000, 300, []],
  ])('may have a message that %s', async (_name, age, ms, expected) => {
    const site = build();
    const path = join(site.folder, 'voicemail/nights', `${nameAt(9, 'c9')}.wav`);
    writeWav(path, ms, { isCut: true });
    ageMs(path, age);
    const listed = await site.store.list(nights);
    expect(listed.map(({ call, from, durationMs }) => [call, from, durationMs])).toEqual(expected);
  });

  it.each(['', '{"heard"', '{"heard": "yes"}', '[]'])('may have a note that says %j', async (text) => {
    const site = build();
    await leaveMessage(site, 1, 'c1');
    const box = join(site.folder, 'voicemail/nights');
    writeFileSync(join(box, `${nameAt(1, 'c1')}.json`), text);
    ageMs(join(box, `${nameAt(1, 'c1')}.wav`), 61_000);
    expect(await site.store.list(nights)).toMatchObject([{ call: 'c1', isHeard: false, durationMs: 3_000 }]);
  });

  it('that is not there is an empty one', async () => {
    expect(await build().store.list(nights)).toEqual([]);
  });

  it.each([
    ['..', nameAt(1, 'c1')],
    ['nights/../nights', nameAt(1, 'c1')],
    ['nights', `../nights/${nameAt(1, 'c1')}`],
    ['nights', '../../etc/passwd'],
  ])('is not left for %s, %s', async (box, id) => {
    const site = build();
    await leaveMessage(site, 1, 'c1');
    expect(await site.store.find(voicemailId(box), id)).toBeUndefined();
    expect(await site.store.remove(voicemailId(box), id, 'asked')).toBe(false);
    expect(await site.store.list(nights)).toHaveLength(1);
  });
});
