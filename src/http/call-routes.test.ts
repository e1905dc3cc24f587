import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { authorized, buildHttp, type HttpBenchOptions } from '../../test/support/http-bench.js';
import { writeWav } from '../../test/support/recordings.js';

const asked = (method: 'POST' | 'DELETE', path: string, payload?: object) => ({
  method,
  url: `/v1/calls/${path}`,
  headers: authorized,
  ...(payload === undefined ? {} : { payload }),
});

describe('acts on a call', () => {
  it.each([
    [asked('POST', 'c1/transfer', { to: '202' }), 200, 'transfer to 202'],
    [asked('POST', 'c1/transfer', { to: '+34600111222' }), 200, 'transfer to +34600111222'],
    [asked('POST', 'c1/recording', { action: 'start' }), 200, 'start recording'],
    [asked('POST', 'c1/recording', { action: 'resume' }), 200, 'resume recording'],
    [asked('POST', 'c1/conference'), 200, 'confer'],
    [asked('DELETE', 'c1'), 204, 'hang up'],
  ])('are done: %j', async (request, status, act) => {
    const { server, acts } = await buildHttp();
    expect((await server.inject(request)).statusCode).toBe(status);
    expect(acts).toEqual([act]);
  });

  it.each<[ReturnType<typeof asked>, HttpBenchOptions, string]>([
    [asked('POST', 'c1/transfer', { to: '202' }), { transferRefusal: 'not-talking' }, 'not-talking'],
    [asked('POST', 'c1/transfer', { to: '900' }), { transferRefusal: 'not-allowed' }, 'not-allowed'],
    [asked('POST', 'c1/recording', { action: 'stop' }), { recordingRefusal: 'not-allowed' }, 'not-allowed'],
    [asked('POST', 'c1/recording', { action: 'pause' }), { recordingRefusal: 'not-recording' }, 'not-recording'],
    [asked('POST', 'c1/recording', { action: 'start' }), { recordingRefusal: 'no-media-server' }, 'no-media-server'],
    [asked('POST', 'c1/transfer', { to: '202' }), { transferRefusal: 'in-conference' }, 'in-conference'],
    [asked('POST', 'c1/conference'), { conferenceRefusal: 'no-consultation' }, 'no-consultation'],
    [asked('POST', 'c1/conference'), { conferenceRefusal: 'conference-full' }, 'conference-full'],
  ])('are refused with the reason: %j', async (request, options, code) => {
    const { server, acts } = await buildHttp(options);
    const response = await server.inject(request);
    expect([response.statusCode, response.json()]).toMatchObject([409, { error: { code } }]);
    expect(acts).toEqual([]);
  });

  it.each([
    asked('POST', 'c9/transfer', { to: '202' }),
    asked('POST', 'c9/recording', { action: 'start' }),
    asked('POST', 'c9/conference'),
    asked('DELETE', 'c9'),
  ])('find no call that is not there: %j', async (request) => {
    const { server } = await buildHttp();
    const response = await server.inject(request);
    expect([response.statusCode, response.json()]).toMatchObject([404, { error: { code: 'unknown-call' } }]);
  });

  it.each([
    asked('POST', 'c1/transfer'),
    asked('POST', 'c1/transfer', {}),
    asked('POST', 'c1/transfer', { to: '' }),
    asked('POST', 'c1/transfer', { to: 'sip:a@b' }),
    asked('POST', 'c1/transfer', { to: '2'.repeat(65) }),
    asked('POST', 'c1/transfer', { to: 202 }),
    asked('POST', 'c1/recording', { action: 'burn' }),
    asked('POST', 'c1/recording', { action: 'start', file: '/etc/passwd' }),
  ])('are refused when they make no sense: %j', async (request) => {
    const { server, acts } = await buildHttp();
    const response = await server.inject(request);
    expect([response.statusCode, response.json()]).toMatchObject([400, { error: { code: 'bad-request' } }]);
    expect(acts).toEqual([]);
  });

  it('ask for the token', async () => {
    const { server, acts } = await buildHttp();
    expect((await server.inject({ method: 'DELETE', url: '/v1/calls/c1' })).statusCode).toBe(401);
    expect(acts).toEqual([]);
  });
});

describe('recordings', () => {
  const old = { agoMs: 60_000 };
  const first = '2026-11-22T05-00-00-000Z-c1';
  const second = '2026-11-22T05-01-00-000Z-c1';

  async function buildRecorded() {
    const bench = await buildHttp();
    writeWav(join(bench.folder, 'calls', `${second}.wav`), 500, old);
    writeWav(join(bench.folder, 'calls', `${first}.wav`), 2_000, old);
    writeWav(join(bench.folder, 'calls', '2026-11-22T05-00-00-000Z-c10.wav'), 2_000);
    return bench;
  }

  it('of a call are listed, oldest first, and no other', async () => {
    const { server } = await buildRecorded();
    const response = await server.inject({ url: '/v1/calls/c1/recordings', headers: authorized });
    expect(response.json()).toEqual({
      recordings: [
        { id: first, since: '2026-11-22T05:00:00.000Z', durationMs: 2_000, complete: true },
        { id: second, since: '2026-11-22T05:01:00.000Z', durationMs: 500, complete: true },
      ],
    });
  });

  it.each([
    ['c10', 200],
    ['c1', 200],
    ['c9', 404],
  ])('are there when the call is over: %s gets %i', async (call, status) => {
    const { server, folder } = await buildHttp();
    writeWav(join(folder, 'calls', '2026-11-22T05-00-00-000Z-c10.wav'), 2_000);
    const response = await server.inject({ url: `/v1/calls/${call}/recordings`, headers: authorized });
    expect(response.statusCode).toBe(status);
  });

  it.each([
    [undefined, 200, undefined, 0, 32_044],
    ['bytes=0-43', 206, 'bytes 0-43/32044', 0, 44],
    ['bytes=32000-', 206, 'bytes 32000-32043/32044', 32_000, 44],
    ['bytes=32000-99999', 206, 'bytes 32000-32043/32044', 32_000, 44],
    ['bytes=-10', 206, 'bytes 32034-32043/32044', 32_034, 10],
    ['bytes=-99999', 206, 'bytes 0-32043/32044', 0, 32_044],
    ['bytes=9-3', 200, undefined, 0, 32_044],
    ['bytes=0-1,4-5', 200, undefined, 0, 32_044],
    ['lines=1-2', 200, undefined, 0, 32_044],
    ['bytes=32044-', 416, 'bytes */32044', 0, undefined],
    ['bytes=-0', 416, 'bytes */32044', 0, undefined],
  ])('are sent as a player asks for them: %s', async (range, status, contentRange, from, length) => {
    const { server } = await buildRecorded();
    const url = `/v1/calls/c1/recordings/${first}/audio`;
    const response = await server.inject({
      url,
      headers: { ...authorized, ...(range === undefined ? {} : { range }) },
    });
    expect([response.statusCode, response.headers['content-range']]).toEqual([status, contentRange]);
    if (length === undefined) return;
    const whole = await server.inject({ url, headers: authorized });
    expect(response.headers['content-type']).toBe('audio/wav');
    expect(response.rawPayload).toEqual(whole.rawPayload.subarray(from, from + length));
  });

  it.each([`/v1/calls/c9/recordings/${first}/audio`, '/v1/calls/c1/recordings/..%2f..%2fetc/audio'])(
    'that are not there are not found: %s',
    async (url) => {
      const { server } = await buildRecorded();
      const response = await server.inject({ url, headers: authorized });
      expect([response.statusCode, response.json()]).toMatchObject([404, { error: { code: 'unknown-recording' } }]);
    },
  );
});

it('tells how the media servers are', async () => {
  const { server } = await buildHttp();
  const response = await server.inject({ url: '/v1/media-servers', headers: authorized });
  expect(response.json()).toEqual({
    mediaServers: [{ name: 'one', state: 'up', isPaused: false, sessions: 3, latencyMs: 0.4 }],
  });
});
