import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

import { authorized, buildHttp, type HttpBench, TOKEN } from '../../test/support/http-bench.js';

describe('the event stream', () => {
  async function listen(bench: HttpBench): Promise<string> {
    const { host, port } = await bench.server.listen();
    return `ws://${host}:${port}/v1/events`;
  }

  /** A client that keeps what it was told. */
  function connect(url: string, options: { protocols?: string[]; headers?: Record<string, string> } = {}) {
    const socket = new WebSocket(url, options.protocols ?? [], { headers: options.headers ?? {} });
    const messages: Record<string, unknown>[] = [];
    const waiting: { count: number; resolve: () => void }[] = [];
    socket.on('message', (data: Buffer) => {
      messages.push(JSON.parse(data.toString()) as Record<string, unknown>);
      for (const one of waiting) if (messages.length >= one.count) one.resolve();
    });
    onTestFinished(() => socket.terminate());
    return {
      socket,
      messages,
      open: new Promise<void>((resolve, reject) => {
        socket.once('open', resolve);
        socket.once('error', reject);
      }),
      closed: new Promise<number>((resolve) => socket.once('close', resolve)),
      until: (count: number) =>
        messages.length >= count
          ? Promise.resolve()
          : new Promise<void>((resolve) => {
              waiting.push({ count, resolve });
            }),
    };
  }

  it.each([
    ['the Authorization header', '', { headers: authorized }],
    ['a subprotocol', '', { protocols: ['switchboard.v1', `bearer.${TOKEN}`] }],
    ['the query', `?access_token=${TOKEN}`, {}],
  ])('takes the token by %s and sends what happens from now on', async (_name, query, options) => {
    const bench = await buildHttp();
    const url = await listen(bench);
    bench.events.emit({ type: 'site.started' });
    const client = connect(url + query, options);
    await client.open;
    bench.events.emit({ type: 'site.stopping' });
    await client.until(1);
    expect(client.messages).toMatchObject([{ type: 'site.stopping', seq: 2, configVersion: 'v1' }]);
  });

  it('refuses a wrong token before the upgrade', async () => {
    const url = await listen(await buildHttp());
    await expect(connect(`${url}?access_token=wrong`).open).rejects.toThrow('401');
  });

  it('refuses a since that is no number before the upgrade', async () => {
    const url = await listen(await buildHttp());
    await expect(connect(`${url}?since=yesterday`, { headers: authorized }).open).rejects.toThrow('400');
  });

  it.each([
    ['what was missed', 4, [2, 3, 4]],
    ['a gap, then what is still known', 2, ['gap 1-3', 3, 4]],
  ])('resumes after an event with %s', async (_name, historySize, expected) => {
    const bench = await buildHttp({ historySize });
    const url = await listen(bench);
    for (let count = 0; count < 4; count += 1) bench.events.emit({ type: 'site.started' });
    const client = connect(`${url}?since=1`, { headers: authorized });
    await client.until(expected.length);
    const seen = client.messages.map((one) =>
      one.type === 'gap' ? `gap ${String(one.after)}-${String(one.next)}` : one.seq,
    );
    expect(seen).toEqual(expected);
  });

  it('starts over after a restart, when the number asked for is ahead', async () => {
    const bench = await buildHttp();
    const url = await listen(bench);
    bench.events.emit({ type: 'site.started' });
    const client = connect(`${url}?since=500`, { headers: authorized });
    await client.until(2);
    expect(client.messages).toMatchObject([
      { type: 'gap', after: 500, next: 1 },
      { type: 'site.started', seq: 1 },
    ]);
  });

  it('drops a reader that falls behind with 1013, and keeps the others', async () => {
    const bench = await buildHttp({ historySize: 8 });
    const url = await listen(bench);
    const [slow, quick] = [connect(url, { headers: authorized }), connect(url, { headers: authorized })];
    await Promise.all([slow.open, quick.open]);
    slow.socket.pause();
    const from = 'x'.repeat(200_000);
    for (let count = 1; count <= 100; count += 1) {
      bench.events.emit({ type: 'sip.auth_failed', address: '127.0.0.1', username: from });
      await quick.until(count);
    }
    slow.socket.resume();
    expect(await slow.closed).toBe(1013);
    expect(quick.messages).toHaveLength(100);
  });

  it('tells its readers when it goes away', async () => {
    const bench = await buildHttp();
    const client = connect(await listen(bench), { headers: authorized });
    await client.open;
    await bench.server.close();
    expect(await client.closed).toBe(1001);
  });
});
