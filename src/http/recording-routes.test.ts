import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { authorized, buildHttp } from '../../test/support/http-bench.js';
import { writeWav } from '../../test/support/recordings.js';
import type { SwitchboardEvent } from '../kernel/events.js';
import { voicemailId, workId } from '../kernel/ids.js';

const idOf = (call: string): string => `2026-11-22T05-00-0${call.slice(1)}-000Z-${call}`;
const old = { agoMs: 60_000 };

/** Of three calls: two are over, and the third is being recorded; one message has been left. */
async function buildRecorded() {
  const bench = await buildHttp();
  const { events, folder, server } = bench;
  const seen: SwitchboardEvent[] = [];
  events.subscribe((event) => seen.push(event));
  for (const [call, from] of [
    ['c1', '+34911'],
    ['c2', '+34922'],
    ['c3', '+34911'],
  ] as const) {
    const work = workId(call);
    const file = `calls/${idOf(call)}.wav`;
    events.emit({ type: 'call.arrived', call: work, direction: 'inbound', from, to: '1000' });
    events.emit({ type: 'call.recording_started', call: work, file });
    writeWav(join(folder, file), 2_000, old);
    await expect.poll(() => existsSync(join(folder, file.replace('.wav', '.json')))).toBe(true);
    const ending = { by: 'caller', outcome: 'answered', waitedMs: 0, talkedMs: 2_000 } as const;
    if (call !== 'c3') events.emit({ type: 'call.ended', call: work, ...ending });
  }
  const message = `voicemail/nights/${idOf('c4')}.wav`;
  writeWav(join(folder, message), 2_000, old);
  const left = { voicemail: voicemailId('nights'), from: '0034911', file: message, durationMs: 2_000 };
  events.emit({ type: 'call.message_left', call: workId('c4'), ...left });
  await expect.poll(() => seen.some(({ type }) => type === 'voicemail.arrived')).toBe(true);
  const ask = (url: string, method: 'GET' | 'DELETE' = 'GET', headers = {}) =>
    server.inject({ url: `/v1/${url}`, method, headers: { ...authorized, ...headers } });
  return { ...bench, seen, ask };
}

describe('recordings of all calls', () => {
  it('are listed, newest first, with between whom they are, and whether they are complete', async () => {
    const { ask } = await buildRecorded();
    const common = { durationMs: 2_000, to: '1000' };
    expect((await ask('recordings')).json()).toEqual({
      recordings: [
        { call: 'c3', id: idOf('c3'), since: '2026-11-22T05:00:03.000Z', ...common, from: '+34911', complete: false },
        { call: 'c2', id: idOf('c2'), since: '2026-11-22T05:00:02.000Z', ...common, from: '+34922', complete: true },
        { call: 'c1', id: idOf('c1'), since: '2026-11-22T05:00:01.000Z', ...common, from: '+34911', complete: true },
      ],
    });
    expect((await ask(`recordings?limit=1&before=${idOf('c2')}`)).json()).toMatchObject({
      recordings: [{ call: 'c1' }],
    });
    expect((await ask('recordings?limit=0')).statusCode).toBe(400);
  });

  it('are not there to be heard, or deleted, while something is written to them', async () => {
    const { ask, folder } = await buildRecorded();
    const responses = [await ask(`recordings/${idOf('c3')}/audio`), await ask(`recordings/${idOf('c3')}`, 'DELETE')];
    for (const response of responses) {
      expect([response.statusCode, response.json()]).toMatchObject([409, { error: { code: 'still-recording' } }]);
    }
    expect(existsSync(join(folder, 'calls', `${idOf('c3')}.wav`))).toBe(true);
  });

  it('tell as an event who begins to listen, once for all parts that a player asks for', async () => {
    const { ask, seen } = await buildRecorded();
    expect((await ask(`recordings/${idOf('c1')}/audio`)).statusCode).toBe(200);
    for (const range of ['bytes=0-99', 'bytes=100-199', 'bytes=200-'])
      await ask(`recordings/${idOf('c2')}/audio`, 'GET', { range });
    await ask(`voicemails/nights/messages/${idOf('c4')}/audio`);
    const heard = seen.filter(({ type }) => type.endsWith('.heard'));
    expect(heard).toMatchObject([
      { type: 'recording.heard', recording: idOf('c1'), by: '127.0.0.1' },
      { type: 'recording.heard', recording: idOf('c2') },
      { type: 'voicemail.heard', voicemail: 'nights', message: idOf('c4') },
    ]);
  });

  it('are deleted with what is known of them, once', async () => {
    const { ask, seen, folder } = await buildRecorded();
    expect((await ask(`recordings/${idOf('c1')}`, 'DELETE')).statusCode).toBe(204);
    expect((await ask(`recordings/${idOf('c1')}`, 'DELETE')).statusCode).toBe(404);
    expect(readdirSync(join(folder, 'calls')).filter((name) => name.startsWith(idOf('c1')))).toEqual([]);
    expect(seen.filter(({ type }) => type === 'recording.deleted')).toMatchObject([{ why: 'asked' }]);
  });

  it.each(['recordings', `recordings/${idOf('c1')}/audio`, `recordings/${idOf('c1')}`, 'callers/+34911'])(
    'ask for the token: %s',
    async (url) => {
      const { server, seen } = await buildRecorded();
      const method = url.endsWith('audio') || url === 'recordings' ? 'GET' : 'DELETE';
      expect((await server.inject({ url: `/v1/${url}`, method })).statusCode).toBe(401);
      expect(seen.some(({ type }) => type.startsWith('recording.'))).toBe(false);
    },
  );

  it.each(['..%2f..%2fetc%2fpasswd', '%2e%2e', idOf('c9'), 'link'])(
    'are none outside of their folder: %s',
    async (id) => {
      const { ask, folder } = await buildRecorded();
      symlinkSync('/etc/hostname', join(folder, 'calls', `${idOf('c9')}.wav`));
      const responses = [await ask(`recordings/${id}/audio`), await ask(`recordings/${id}`, 'DELETE')];
      expect(responses.map(({ statusCode }) => statusCode)).toEqual([404, 404]);
      expect(existsSync('/etc/hostname')).toBe(true);
    },
  );
});

describe('a number that is to be forgotten', () => {
  it('is in no recording and no message any more, however it was written', async () => {
    const { ask, seen } = await buildRecorded();
    // The third call goes on: its recording is erased when it is asked for again.
    expect((await ask('callers/+34911', 'DELETE')).json()).toEqual({
      erased: { recordings: 1, messages: 1, callbacks: 0 },
    });
    const left = (await ask('recordings')).json<{ recordings: { call: string }[] }>().recordings;
    expect(left.map(({ call }) => call)).toEqual(['c3', 'c2']);
    expect((await ask('voicemails')).json()).toMatchObject({ voicemails: [{ messages: 0 }] });
    const deleted = seen.filter(({ type }) => type.endsWith('.deleted'));
    expect(deleted).toMatchObject([
      { type: 'recording.deleted', why: 'erased' },
      { type: 'voicemail.deleted', why: 'erased' },
    ]);
  });

  it('is called back no more', async () => {
    const { ask, acts } = await buildRecorded();
    expect((await ask('callers/34600111222', 'DELETE')).json()).toMatchObject({ erased: { callbacks: 1 } });
    expect(acts).toEqual(['cancel call back']);
  });

  it.each(['a b', '..%2f..', '1'.repeat(65)])('is one: %s', async (number) => {
    const { ask } = await buildRecorded();
    expect((await ask(`callers/${encodeURI(number)}`, 'DELETE')).statusCode).toBe(400);
  });
});
