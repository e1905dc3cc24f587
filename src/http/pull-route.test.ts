import { describe, expect, it } from 'vitest';

import { ana, authorized, buildHttp } from '../../test/support/http-bench.js';
import { agentId } from '../kernel/ids.js';
import type { PullResult } from '../ledger/ledger.js';

const asked = (payload: object, queue = 'support') => ({
  method: 'POST' as const,
  url: `/v1/queues/${queue}/pull`,
  headers: authorized,
  payload,
});

describe('a pull', () => {
  it.each([
    [{ agent: 'ana' }, 'c2', 'ana pulls the next from support'],
    [{ agent: 'ana', call: 'c7' }, 'c7', 'ana pulls c7 from support'],
    [{ agent: 'ana', even_when_away: true }, 'c2', 'ana pulls the next from support, even when away'],
  ])('offers the call to who asked: %j', async (body, call, act) => {
    const { server, acts } = await buildHttp();
    const response = await server.inject(asked(body));
    expect([response.statusCode, response.json()]).toEqual([200, { result: 'offered', call, agent: ana }]);
    expect(acts).toEqual([act]);
  });

  const refused = (why: Extract<PullResult, { type: 'refused' }>['why']): PullResult => ({ type: 'refused', why });

  it.each<[PullResult, string, RegExp]>([
    [refused({ type: 'not-a-member' }), 'not-a-member', /no member/],
    [refused({ type: 'at-channel-limit', channel: 'voice', holds: 1, max: 1 }), 'agent-unavailable', /has a call/],
    [refused({ type: 'presence', presence: { state: 'away', reason: 'lunch' } }), 'agent-unavailable', /away: lunch/],
    [{ type: 'nothing-waiting' }, 'nothing-waiting', /no call waits/],
    [{ type: 'not-waiting' }, 'not-waiting', /does not wait/],
    [{ type: 'unknown-queue' }, 'unknown-queue', /no such queue/],
  ])('is refused with the reason of the ledger: %j', async (pullResult, code, words) => {
    const { server } = await buildHttp({ pullResult });
    const response = await server.inject(asked({ agent: 'ana' }));
    expect([response.statusCode, response.json()]).toMatchObject([
      409,
      { error: { code, message: expect.stringMatching(words) as string } },
    ]);
  });

  it.each([
    [asked({ agent: 'ana' }, 'sales'), 404, 'unknown-queue'],
    [asked({ agent: agentId('zoe') }), 404, 'unknown-agent'],
    [asked({}), 400, 'bad-request'],
    [asked({ agent: 'ana', call: 'two words' }), 400, 'bad-request'],
    [{ ...asked({ agent: 'ana' }), headers: {} }, 401, 'unauthorized'],
  ])('asks the ledger nothing that makes no sense: %j', async (request, status, code) => {
    const { server, acts } = await buildHttp();
    const response = await server.inject(request);
    expect([response.statusCode, response.json()]).toMatchObject([status, { error: { code } }]);
    expect(acts).toEqual([]);
  });
});
