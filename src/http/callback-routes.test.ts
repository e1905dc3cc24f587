import { expect, it } from 'vitest';

import { authorized, buildHttp } from '../../test/support/http-bench.js';

it('tells who is to be called back', async () => {
  const { server } = await buildHttp();
  const response = await server.inject({ url: '/v1/callbacks', headers: authorized });
  const times = { waitingSince: '1970-01-01T00:00:01.000Z', requestedAt: '1970-01-01T00:01:01.000Z' };
  const rest = { ...times, until: '1970-01-01T01:01:01.000Z', attemptsLeft: 2, node: 'one' };
  expect(response.json()).toEqual({ callbacks: [{ call: 'c7', queue: 'support', number: '+34600111222', ...rest }] });
});

it.each([
  ['c7', 204, ['cancel call back']],
  ['c1', 404, []],
])('cancels one: %s gets %i', async (call, status, done) => {
  const { server, acts } = await buildHttp();
  const response = await server.inject({ method: 'DELETE', url: `/v1/callbacks/${call}`, headers: authorized });
  expect(response.statusCode).toBe(status);
  expect(acts).toEqual(done);
});

it.each(['GET', 'DELETE'] as const)('asks for the token: %s', async (method) => {
  const { server, acts } = await buildHttp();
  const url = method === 'GET' ? '/v1/callbacks' : '/v1/callbacks/c7';
  expect((await server.inject({ method, url })).statusCode).toBe(401);
  expect(acts).toEqual([]);
});
