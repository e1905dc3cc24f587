import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { authorized, buildHttp } from '../../test/support/http-bench.js';
import { writeWav } from '../../test/support/recordings.js';
import { voicemailId, workId } from '../kernel/ids.js';

const messages = '/v1/voicemails/nights/messages';
const idOf = (call: string): string => `2026-11-22T05-00-0${call.slice(1)}-000Z-${call}`;

/** Two messages are in the voicemail. */
async function buildFilled() {
  const bench = await buildHttp();
  for (const call of ['c1', 'c2']) {
    const file = `voicemail/nights/${idOf(call)}.wav`;
    writeWav(join(bench.folder, file), 2_000);
    const nights = voicemailId('nights');
    const rest = { voicemail: nights, from: '+34911', file, durationMs: 2_000 };
    bench.events.emit({ type: 'call.message_left', call: workId(call), ...rest });
    await expect.poll(() => existsSync(join(bench.folder, file.replace('.wav', '.json')))).toBe(true);
  }
  const get = (url: string) => bench.server.inject({ url, headers: authorized });
  const put = (url: string, payload: unknown) =>
    bench.server.inject({ method: 'PUT', url, headers: authorized, payload: payload as object });
  const remove = (url: string) => bench.server.inject({ method: 'DELETE', url, headers: authorized });
  return { ...bench, get, put, remove };
}

describe('voicemails', () => {
  it('tell how many messages they have, and how many nobody has heard', async () => {
    const { get, put } = await buildFilled();
    await put(`${messages}/${idOf('c1')}/heard`, { heard: true });
    expect((await get('/v1/voicemails')).json()).toEqual({ voicemails: [{ id: 'nights', messages: 2, unheard: 1 }] });
  });

  it('list their messages, newest first', async () => {
    const { get } = await buildFilled();
    const message = { from: '+34911', durationMs: 2_000, heard: false };
    expect((await get(messages)).json()).toEqual({
      messages: [
        { id: idOf('c2'), call: 'c2', at: '2026-11-22T05:00:02.000Z', ...message },
        { id: idOf('c1'), call: 'c1', at: '2026-11-22T05:00:01.000Z', ...message },
      ],
    });
  });

  it('list them page by page', async () => {
    const { get } = await buildFilled();
    expect((await get(`${messages}?limit=1`)).json()).toMatchObject({ messages: [{ call: 'c2' }] });
    expect((await get(`${messages}?before=${idOf('c2')}`)).json()).toMatchObject({ messages: [{ call: 'c1' }] });
  });

  it.each(['limit=0', 'limit=1001', 'limit=many', 'page=2'])('list none for ?%s', async (query) => {
    const { get } = await buildFilled();
    const response = await get(`${messages}?${query}`);
    expect([response.statusCode, response.json()]).toMatchObject([400, { error: { code: 'bad-request' } }]);
  });

  it('are not found when they are not there', async () => {
    const { get } = await buildFilled();
    const response = await get('/v1/voicemails/days/messages');
    expect([response.statusCode, response.json()]).toMatchObject([404, { error: { code: 'unknown-voicemail' } }]);
  });
});

describe('a message', () => {
  it('can be heard', async () => {
    const { get } = await buildFilled();
    const response = await get(`${messages}/${idOf('c1')}/audio`);
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'audio/wav']);
    expect(response.rawPayload.subarray(0, 4).toString()).toBe('RIFF');
    expect(response.rawPayload).toHaveLength(32_044);
  });

  it('is marked as heard, and as not heard', async () => {
    const { get, put } = await buildFilled();
    for (const heard of [true, false]) {
      expect((await put(`${messages}/${idOf('c2')}/heard`, { heard })).json()).toEqual({ heard });
      expect((await get(`${messages}?limit=1`)).json()).toMatchObject({ messages: [{ call: 'c2', heard }] });
    }
  });

  it.each([{}, { heard: 'yes' }, { heard: true, by: 'me' }])('is not marked by %j', async (body) => {
    const { put } = await buildFilled();
    expect((await put(`${messages}/${idOf('c2')}/heard`, body)).statusCode).toBe(400);
  });

  it('is deleted, once', async () => {
    const { get, remove } = await buildFilled();
    expect((await remove(`${messages}/${idOf('c1')}`)).statusCode).toBe(204);
    expect((await get(messages)).json()).toMatchObject({ messages: [{ call: 'c2' }] });
    const again = await remove(`${messages}/${idOf('c1')}`);
    expect([again.statusCode, again.json()]).toMatchObject([404, { error: { code: 'unknown-message' } }]);
  });

  it.each([
    `nights/messages/${idOf('c9')}`,
    `nights/messages/..%2f..%2fcalls%2fx`,
    `..%2fcalls/messages/${idOf('c1')}`,
  ])('is not found in %s', async (path) => {
    const { get, put, remove } = await buildFilled();
    const url = `/v1/voicemails/${path}`;
    const responses = [await get(`${url}/audio`), await put(`${url}/heard`, { heard: true }), await remove(url)];
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404]);
  });
});
