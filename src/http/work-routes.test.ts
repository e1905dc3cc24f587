import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { ana, buildWorkSite, type WorkSite } from '../../test/work/work-site.js';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { settled } from '../../test/support/manual-clock.js';
import type { RoutingConfig } from '../config/routing-config.js';
import { itemId } from '../kernel/ids.js';
import type { WorkDesk } from '../work/work-desk.js';
import { addAgentChannelRoute } from './agent-channel-route.js';
import { addWorkRoutes } from './work-routes.js';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const config = { agents: new Map([[ana, {}]]) } as unknown as RoutingConfig;

interface Bench {
  readonly site: WorkSite;
  readonly api: FastifyInstance;
  ask(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    payload?: object,
    headers?: Record<string, string>,
  ): Promise<Reply>;
}

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Record<string, unknown>;
}

async function build(options: { isUp?: boolean; desk?: Partial<WorkDesk> } = {}): Promise<Bench> {
  const site = await buildWorkSite();
  const api = fastify();
  stops.push(
    () => site.stop(),
    () => api.close(),
  );
  const desk = options.desk === undefined ? site.desk : (options.desk as WorkDesk);
  addWorkRoutes(api, { desk, config: () => config, isUp: () => options.isUp ?? true, log: silentLog });
  return {
    site,
    api,
    async ask(method, url, payload, headers = {}) {
      const response = await api.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
      const body = response.body === '' ? {} : response.json<Record<string, unknown>>();
      return { status: response.statusCode, body, headers: response.headers };
    },
  };
}

const codeOf = ({ status, body }: Reply): unknown[] => [status, (body.error as { code: string } | undefined)?.code];

describe('work of other systems by the API', () => {
  it('is sent, offered, accepted and closed', async () => {
    const { ask, site } = await build();
    await site.comesIn(ana);
    const sent = await ask('POST', '/work', { id: '4711', queue: 'tickets', priority: -2 });
    expect([sent.status, sent.headers.location, sent.body]).toMatchObject([
      201,
      '/v1/work/4711',
      { id: '4711', queue: 'tickets', channel: 'ticket', priority: -2, node: 'one' },
    ]);
    await settled();
    expect((await ask('GET', '/work/4711')).body).toMatchObject({
      phase: 'offered',
      attempt: 1,
      offers: [{ agent: 'ana', until: new Date(site.clock.now() + 20_000).toISOString() }],
    });
    const accepted = await ask('POST', '/work/4711/accept', { agent: 'ana' });
    expect(accepted).toMatchObject({ status: 200, body: { phase: 'active', agent: 'ana' } });
    expect((await ask('GET', '/work')).body.work).toMatchObject([{ id: '4711', phase: 'active' }]);
    const closed = await ask('POST', '/work/4711/close');
    expect(closed).toMatchObject({ status: 200, body: { phase: 'ended', why: 'closed', agent: 'ana' } });
    expect((await ask('GET', '/work')).body.work).toEqual([]);
  });

  it.each([
    ['by its own id', { id: '4711' }, {}, '4711'],
    ['by the key of the request', {}, { 'idempotency-key': 'k-1' }, /^key-[0-9a-f]{32}$/],
  ])('is sent once when it is sent twice, %s', async (_, more, headers, id) => {
    const { ask } = await build();
    const first = await ask('POST', '/work', { queue: 'tickets', ...more }, headers);
    const second = await ask('POST', '/work', { queue: 'tickets', ...more }, headers);
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(first.body.id).toEqual(typeof id === 'string' ? id : expect.stringMatching(id));
    expect(second.body).toMatchObject({ id: first.body.id, position: 1 });
  });

  it('is new each time without either', async () => {
    const { ask } = await build();
    const sent = [await ask('POST', '/work', { queue: 'tickets' }), await ask('POST', '/work', { queue: 'tickets' })];
    expect(new Set(sent.map(({ body }) => body.id)).size).toBe(2);
  });

  it('is taken back, again and again', async () => {
    const { ask } = await build();
    await ask('POST', '/work', { id: '4711', queue: 'tickets' });
    expect((await ask('DELETE', '/work/4711')).status).toBe(204);
    expect((await ask('DELETE', '/work/4711')).status).toBe(204);
  });

  it('may be acted on without a body by clients that always name a type', async () => {
    const { ask } = await build();
    const json = { 'content-type': 'application/json' };
    await ask('POST', '/work', { id: '4711', queue: 'tickets' });
    expect(codeOf(await ask('POST', '/work/4711/close', undefined, json))).toEqual([409, 'not-active']);
    expect((await ask('DELETE', '/work/4711', undefined, json)).status).toBe(204);
  });

  it('keeps the age that it had', async () => {
    const { ask, site } = await build();
    await ask('POST', '/work', { id: 'young', queue: 'tickets' });
    const since = new Date(site.clock.now() - 60_000).toISOString();
    expect((await ask('POST', '/work', { id: 'old', queue: 'tickets', since })).body).toMatchObject({
      since,
      position: 1,
    });
  });
});

describe('what cannot be done', () => {
  const refused: readonly (readonly [string, 'POST' | 'GET' | 'DELETE', string, object | undefined, number, string])[] =
    [
      ['no queue', 'POST', '/work', {}, 400, 'bad-request'],
      ['an unknown queue', 'POST', '/work', { queue: 'nowhere' }, 404, 'unknown-queue'],
      ['an id that is none', 'POST', '/work', { queue: 'tickets', id: 'a/b' }, 400, 'bad-request'],
      ['an address to tell', 'POST', '/work', { queue: 'tickets', webhook: 'http://10.0.0.1' }, 400, 'bad-request'],
      ['an id in use', 'POST', '/work', { queue: 'tickets', id: '4711', priority: 9 }, 409, 'conflict'],
      ['work that nobody knows', 'GET', '/work/never', undefined, 404, 'unknown-work'],
      ['to take such back', 'DELETE', '/work/never', undefined, 404, 'unknown-work'],
      ['to accept what is not offered', 'POST', '/work/4711/accept', { agent: 'ana' }, 409, 'not-offered'],
      ['to accept as nobody', 'POST', '/work/4711/accept', { agent: 'zoe' }, 404, 'unknown-agent'],
      ['to accept without a word', 'POST', '/work/4711/accept', undefined, 400, 'bad-request'],
      ['to decline as nobody', 'POST', '/work/4711/decline', { agent: 'zoe' }, 404, 'unknown-agent'],
      ['to decline for no cause', 'POST', '/work/4711/decline', { agent: 'ana', cause: 'bored' }, 400, 'bad-request'],
      ['to pull as nobody', 'POST', '/work/pull', { agent: 'zoe', queue: 'tickets' }, 404, 'unknown-agent'],
      ['to pull from nowhere', 'POST', '/work/pull', { agent: 'ana', queue: 'nowhere' }, 404, 'unknown-queue'],
      ['to pull while away', 'POST', '/work/pull', { agent: 'ana', queue: 'tickets' }, 409, 'agent-unavailable'],
      ['to close what nobody has', 'POST', '/work/4711/close', {}, 409, 'not-active'],
    ];
  it.each(refused)('is said with a code: %s', async (_, method, url, payload, status, code) => {
    const { ask } = await build();
    await ask('POST', '/work', { id: '4711', queue: 'tickets' });
    expect(codeOf(await ask(method, url, payload))).toEqual([status, code]);
  });

  it('is to be asked again while the store or the controller that has it does not answer', async () => {
    const away = await build({ isUp: false });
    const reply = await away.ask('GET', '/work/4711');
    expect([...codeOf(reply), reply.headers['retry-after']]).toEqual([503, 'unavailable', '1']);
    const silent = await build({ desk: { act: () => Promise.resolve({ type: 'no-answer', node: 'two' }) } });
    const asked = await silent.ask('POST', '/work/4711/close');
    expect(codeOf(asked)).toEqual([503, 'unavailable']);
    expect(JSON.stringify(asked.body)).toContain('the controller two');
  });

  it('is declined for its cause', async () => {
    const { ask, site } = await build();
    await site.comesIn(ana);
    await ask('POST', '/work', { id: '4711', queue: 'tickets' });
    await settled();
    expect((await ask('POST', '/work/4711/decline', { agent: 'ana', cause: 'busy' })).status).toBe(200);
    expect(site.items.get(itemId('4711'))?.state.phase.name).toBe('waiting');
    expect(site.story()).toContain('busy ana');
  });
});

describe("an agent's channel by the API", () => {
  async function put(channel: string, payload: object, options: { chat?: boolean; work?: boolean } = {}) {
    const done: object[] = [];
    const note = (change: object): Promise<void> => Promise.resolve(void done.push(change));
    const api = fastify();
    stops.push(() => api.close());
    addAgentChannelRoute(api, {
      config: () => ({ ...config, ...(options.chat === true ? { chat: {} } : {}) }) as RoutingConfig,
      ledger: { switchChannel: note },
      ...(options.work === false ? {} : { setReachable: note }),
      log: silentLog,
    });
    const response = await api.inject({ method: 'PUT', url: `/agents/ana/channels/${channel}`, payload });
    return [response.statusCode, done];
  }

  it('is switched, and said to be reachable', async () => {
    expect(await put('ticket', { on: false, reachable: true })).toEqual([
      200,
      [
        { agent: 'ana', channel: 'ticket', on: false },
        { agent: 'ana', channel: 'ticket', reachable: true },
      ],
    ]);
  });

  it.each([
    ['nothing', 'ticket', {}, {}, 400],
    ['a channel that is none', 'fax', { on: true }, {}, 404],
    ['to be reachable for calls', 'voice', { reachable: true }, {}, 409],
    ['to be reachable for chats of the site', 'chat', { reachable: true }, { chat: true }, 409],
    ['to be reachable on a site without such work', 'ticket', { reachable: true }, { work: false }, 409],
  ])('is not told %s', async (_, channel, payload, options, status) => {
    expect(await put(channel, payload, options)).toEqual([status, []]);
  });

  it.each([
    ['voice', { on: false }, { work: false }],
    ['chat', { reachable: false }, {}],
  ])('is told of %s what may be', async (channel, payload, options) => {
    expect(await put(channel, payload, options)).toEqual([200, [{ agent: 'ana', channel, ...payload }]]);
  });
});
