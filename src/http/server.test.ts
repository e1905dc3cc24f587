import { describe, expect, it } from 'vitest';

import { queueId, workId } from '../kernel/ids.js';
import { ana, authorized, buildHttp, decision, TOKEN } from '../../test/support/http-bench.js';

describe('health', () => {
  it('is alive without a token', async () => {
    const { server } = await buildHttp();
    const response = await server.inject({ url: '/healthz' });
    expect([response.statusCode, response.json()]).toEqual([200, { ok: true }]);
  });

  it('answers 503 and names the check while it is not ready', async () => {
    const readiness = { ok: false, checks: [{ name: 'sip', ok: false, why: 'no control connection' }] };
    const { server } = await buildHttp({ readiness });
    const response = await server.inject({ url: '/readyz' });
    expect([response.statusCode, response.json()]).toEqual([503, readiness]);
  });
});

describe('the bearer token', () => {
  it.each([
    ['none', {}],
    ['another', { authorization: 'Bearer wrong' }],
    ['one of another length', { authorization: `Bearer ${TOKEN}${TOKEN}` }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
  ])('is asked for: %s gets 401', async (_name, headers) => {
    const { server } = await buildHttp();
    const response = await server.inject({ url: '/v1/agents', headers });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toMatch(/^Bearer realm=/);
    expect(response.json()).toMatchObject({ error: { code: 'unauthorized' } });
  });

  it('does not count in the query of an ordinary request', async () => {
    const { server } = await buildHttp();
    const response = await server.inject({ url: `/v1/agents?access_token=${TOKEN}` });
    expect(response.statusCode).toBe(401);
  });
});

describe('agents, queues and calls', () => {
  it('shows an agent with presence, devices, holds and back-off, and no password', async () => {
    const { server } = await buildHttp();
    const response = await server.inject({ url: '/v1/agents', headers: authorized });
    expect(response.json()).toEqual({
      agents: [
        {
          id: 'ana',
          name: 'Ana',
          extension: '201',
          presence: { state: 'away', reason: 'lunch' },
          absences: [
            { kind: 'break', why: 'on a scheduled break until 00:02 (tea)', until: '1970-01-01T00:02:00.000Z' },
          ],
          reachable: ['voice'],
          channelsOff: ['chat'],
          devices: [
            { id: 'softphone', kind: 'sip', username: 'ana', registered: true, contacts: 1 },
            { id: 'mobile', kind: 'phone', number: '+34600111222', trunk: 'main' },
          ],
          load: 100,
          capacity: 100,
          holds: [
            {
              work: 'c1',
              channel: 'voice',
              weight: 100,
              state: 'offered',
              since: '1970-01-01T00:00:01.000Z',
              expires: '1970-01-01T00:00:31.000Z',
            },
          ],
          backOff: { cause: 'busy', until: '1970-01-01T00:01:10.000Z' },
          missesInARow: 1,
          callsTaken: 2,
          talkMs: 3000,
          idleSince: '1970-01-01T00:00:00.000Z',
        },
      ],
    });
    expect(response.body).not.toContain('secret-of-ana');
  });

  it('shows who waits in a queue, in order, and since when', async () => {
    const { server } = await buildHttp();
    const response = await server.inject({ url: '/v1/queues', headers: authorized });
    expect(response.json()).toEqual({
      queues: [
        {
          id: 'support',
          name: 'Support',
          strategy: 'ring-to-all',
          members: [{ agent: 'ana', priority: 10 }],
          waiting: [{ work: 'c2', position: 1, since: '1970-01-01T00:00:50.000Z', waitedMs: 10_000 }],
          offered: [{ work: 'c1', attempt: 1, agents: ['ana'] }],
          active: 0,
          maxWaiting: 50,
        },
      ],
    });
  });

  it('shows the running calls', async () => {
    const { server } = await buildHttp();
    const response = await server.inject({ url: '/v1/calls', headers: authorized });
    expect(response.json()).toMatchObject({
      calls: [{ id: 'c1', phase: 'offering', queue: 'support', since: '1970-01-01T00:00:01.000Z', waitedMs: 500 }],
    });
  });

  it('answers 404 as JSON for what there is not', async () => {
    const { server } = await buildHttp();
    const response = await server.inject({ url: '/v1/nothing?access_token=x', headers: authorized });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toEqual({ error: { code: 'not-found', message: 'there is no GET /v1/nothing' } });
  });
});

describe('explaining', () => {
  it('says to whom a call would go that came now, and why not to the others', async () => {
    const { server } = await buildHttp();
    const response = await server.inject({ url: '/v1/queues/support/explain', headers: authorized });
    expect(response.json()).toEqual({
      queue: 'support',
      at: expect.stringMatching(/Z$/) as string,
      configVersion: 'v1',
      waiting: 1,
      decision,
    });
  });

  it('tells the decisions of a call', async () => {
    const { server, events } = await buildHttp();
    const call = workId('c1');
    events.emit({ type: 'call.waiting', call, queue: queueId('support'), decision: { ...decision, chosen: [] } });
    events.emit({ type: 'call.offered', call, queue: queueId('support'), attempt: 1, agents: [ana], decision });
    const response = await server.inject({ url: '/v1/calls/c1/decisions', headers: authorized });
    expect(response.json()).toMatchObject({
      call: 'c1',
      forgotten: 0,
      decisions: [
        { queue: 'support', agents: [] },
        { at: expect.stringMatching(/Z$/) as string, attempt: 1, agents: ['ana'], decision, outcomes: {} },
      ],
    });
  });

  it.each([
    ['/v1/calls/c9/decisions', 'unknown-call'],
    ['/v1/queues/nowhere/explain', 'unknown-queue'],
  ])('answers 404 for %s', async (url, code) => {
    const { server } = await buildHttp();
    const response = await server.inject({ url, headers: authorized });
    expect([response.statusCode, response.json()]).toMatchObject([404, { error: { code } }]);
  });
});

describe('setting presence', () => {
  const put = (payload: unknown, id = 'ana') => ({
    method: 'PUT' as const,
    url: `/v1/agents/${id}/presence`,
    headers: { ...authorized, 'content-type': 'application/json' },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });

  it.each([
    [{ presence: 'available' }, { state: 'available' }, false],
    [{ presence: 'offline', when_free: true }, { state: 'offline' }, true],
    [{ presence: 'away', reason: 'lunch' }, { state: 'away', reason: 'lunch' }, false],
    [{ presence: 'away' }, { state: 'away', reason: 'away' }, false],
    [
      { presence: 'break', until: '2100-01-01T00:00:00+01:00' },
      { state: 'break', untilMs: Date.UTC(2099, 11, 31, 23) },
      false,
    ],
  ])('takes %j', async (body, presence, whenFree) => {
    const { server, changes } = await buildHttp();
    const response = await server.inject(put(body));
    expect(response.statusCode).toBe(200);
    expect(changes).toEqual([{ agent: ana, presence, whenFree }]);
  });

  it('says that it will change when the agent is free', async () => {
    const { server } = await buildHttp({ result: { type: 'pending', to: { state: 'offline' } } });
    const response = await server.inject(put({ presence: 'offline', when_free: true }));
    expect(response.json()).toEqual({ result: 'pending', pendingPresence: { state: 'offline' } });
  });

  it.each([
    ['no JSON', '{presence', 400],
    ['nothing', {}, 400],
    ['a list', [], 400],
    ['an unknown presence', { presence: 'asleep' }, 400],
    ['an unknown field', { presence: 'available', color: 'green' }, 400],
    ['a break without end', { presence: 'break' }, 400],
    ['a break that is over', { presence: 'break', until: '2001-01-01T00:00:00Z' }, 400],
    ['a reason where none belongs', { presence: 'offline', reason: 'tired' }, 400],
    ['a body that is too large', { presence: 'away', reason: 'x'.repeat(20_000) }, 413],
  ])('refuses %s and says what would be right', async (_name, body, status) => {
    const { server, changes } = await buildHttp();
    const response = await server.inject(put(body));
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ error: { message: expect.any(String) as string } });
    expect(changes).toEqual([]);
  });

  it('answers 404 for an agent there is not', async () => {
    const { server } = await buildHttp();
    const response = await server.inject(put({ presence: 'available' }, 'nobody'));
    expect([response.statusCode, response.json()]).toEqual([
      404,
      { error: { code: 'unknown-agent', message: 'no agent is called nobody' } },
    ]);
  });
});

it('says which port could not be opened', async () => {
  const { port } = await (await buildHttp()).server.listen();
  const second = await buildHttp({ port });
  await expect(second.server.listen()).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
});
