import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { call, ledgerSite } from '../../../test/ledger/ledger-site.js';
import { createManualClock, type ManualClock } from '../../../test/ledger/manual-clock.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../../test/ledger/redis-server.js';
import { agentId, queueId, workId } from '../../kernel/ids.js';
import type { LedgerNotice } from '../ledger.js';
import { createRedisLedger, type OwnWork, type RedisLedger, type StoreChange } from '../redis.js';

const SITE = ledgerSite({
  queues: {
    support: { members: ['ana', 'ben'] },
    chats: { members: ['ana', 'ben'], channel: 'chat' },
  },
});
const [ana, ben] = [agentId('ana'), agentId('ben')];
const [support, chats] = [queueId('support'), queueId('chats')];
const DEAD_AFTER_MS = 5_000;

interface Node {
  readonly ledger: RedisLedger;
  readonly clock: ManualClock;
  readonly notices: LedgerNotice[];
  readonly changes: StoreChange[];
  /** What it says that it runs. */
  readonly works: OwnWork[];
  /** As `kill -9` does it: no farewell, and never a beat again. */
  kill(): void;
  /** Its connection breaks; resolves when it has made another one. */
  reconnect(): Promise<void>;
  /** When its connection breaks, there is no other one until it comes back. */
  stayAway(): void;
  comeBack(): Promise<void>;
}

const own = (work: string, over: Partial<OwnWork> = {}): OwnWork => ({
  work: workId(work),
  channel: 'voice',
  phase: 'active',
  enqueuedAt: 0,
  offerTtlMs: 60_000,
  agents: [ana],
  ...over,
});

describe.skipIf(REDIS_SERVER === undefined)(`controllers with ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let server: TestRedis;
  let site = '';
  let sites = 0;
  /** The store's time; each controller has its own, which stands still when it is dead. */
  let time: ManualClock;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  function begin(): void {
    sites += 1;
    site = `members-${sites}`;
    time = createManualClock();
  }

  async function open(node: string, options: { adopts?: boolean; works?: OwnWork[] } = {}): Promise<Node> {
    const clock = createManualClock();
    const notices: LedgerNotice[] = [];
    const changes: StoreChange[] = [];
    const works = options.works ?? [];
    const clients = [server.connect(), server.connect()] as const;
    for (const client of clients) client.options.enableOfflineQueue = false;
    await Promise.all(clients.map((client) => vi.waitFor(() => expect(client.status).toBe('ready'), 30_000)));
    const ledger = await createRedisLedger({
      redis: clients[0],
      reader: clients[1],
      ...{ site, node, clock },
      random: () => 0,
      now: () => time.now(),
      membership: {
        works: () => works,
        adopts: () => (options.adopts === true ? ['chat'] : []),
        onChange: (change) => changes.push(change),
        onContact: () => undefined,
        deadAfterMs: DEAD_AFTER_MS,
      },
    });
    ledger.subscribe((notice) => notices.push(notice));
    await ledger.takeUp();
    const kill = (): void => clients.forEach((client) => client.disconnect());
    onTestFinished(async () => {
      if (clients[0].status === 'end') return;
      clients.forEach((client) => client.disconnect());
      await ledger.close();
    });
    const reconnect = (): Promise<void> => {
      const ready = once(clients[0], 'ready');
      clients[0].disconnect(true);
      return ready.then(() => undefined);
    };
    const { options: settings } = clients[0];
    const { retryStrategy } = settings;
    const stayAway = (): void => void (settings.retryStrategy = () => null);
    const comeBack = (): Promise<void> => {
      if (retryStrategy !== undefined) settings.retryStrategy = retryStrategy;
      return clients[0].connect();
    };
    return { ledger, clock, notices, changes, works, kill, reconnect, stayAway, comeBack };
  }

  async function bring(ledger: RedisLedger): Promise<void> {
    await ledger.configure(SITE);
    for (const agent of [ana, ben]) {
      for (const channel of ['voice', 'chat'] as const) await ledger.setReachable({ agent, channel, reachable: true });
      await ledger.setPresence({ agent, presence: { state: 'available' } });
    }
  }

  /** Time passes for the store and those who live, a beat at a time. */
  async function pass(ms: number, ...living: Node[]): Promise<void> {
    for (let gone = 0; gone < ms; gone += 1_000) {
      time.advance(1_000);
      for (const { clock } of living) clock.advance(1_000);
      for (const { ledger } of living) await ledger.expire();
    }
  }

  /** Until all have noticed that the store is gone. */
  async function lose(...nodes: Node[]): Promise<void> {
    await server.kill();
    await vi.waitFor(() => {
      for (const { clock } of nodes) clock.advance(1_000);
      expect(nodes.map(({ ledger }) => ledger.isUp())).not.toContain(true);
    }, 30_000);
  }

  const holdsOf = async ({ ledger }: Node): Promise<string[]> =>
    (await ledger.snapshot()).agents.flatMap(({ agent, holds }) =>
      holds.map(({ work, state }) => `${agent} ${work} ${state}`),
    );

  const adopted = ({ notices }: Node) => notices.flatMap((notice) => (notice.type === 'adopted' ? notice.works : []));

  async function take(node: Node, name: string, queue = support): Promise<void> {
    const channel = queue === chats ? 'chat' : 'voice';
    await node.ledger.enqueue(call(name, queue, { channel }));
    const found = await node.ledger.match(queue);
    if (found.type !== 'offered') throw new Error(found.type);
    const { work, agents, attempt } = found;
    await node.ledger.accept({ work, agent: agents[0]!, attempt });
  }

  it('end the calls of one that died, and take over its chats, exactly one of them', async () => {
    begin();
    const [a, b, c] = [await open('a', { adopts: true }), await open('b', { adopts: true }), await open('c')];
    await bring(a.ledger);
    await take(c, 'call');
    await take(c, 'chat', chats);
    for (let n = 1; n <= 3; n += 1) await c.ledger.enqueue(call(`later${n}`, 'chats', { channel: 'chat' }));
    await c.ledger.enqueue(call('waits'));
    const offered = await c.ledger.match(chats);
    c.kill();
    await pass(DEAD_AFTER_MS + 3_000, a, b);
    await vi.waitFor(() => expect(adopted(a).length + adopted(b).length).toBe(4), 30_000);
    await pass(2_000, a, b);
    expect(adopted(a).length + adopted(b).length, 'once').toBe(4);
    expect([...adopted(a), ...adopted(b)].map(({ work, phase, agents }) => [work, phase, agents.length])).toEqual(
      expect.arrayContaining([
        ['chat', 'active', 1],
        ['later1', 'offered', 1],
        ['later2', 'waiting', 0],
        ['later3', 'waiting', 0],
      ]),
    );
    expect(offered).toMatchObject({ type: 'offered', work: 'later1' });
    const { agents, queues } = await a.ledger.snapshot();
    expect(agents.flatMap(({ holds }) => holds.map(({ work }) => work)).sort()).toEqual(['chat', 'later1']);
    expect(queues.find(({ queue }) => queue === support)).toMatchObject({ waiting: [], offered: [], active: 0 });
    expect(queues.find(({ queue }) => queue === chats)?.waiting.map(({ work }) => work)).toEqual(['later2', 'later3']);
    const died = [...a.changes, ...b.changes].filter(({ type }) => type === 'node-died');
    expect(died).toContainEqual({ type: 'node-died', node: 'c', worksEnded: 2, worksAdopted: 4 });
  });

  it('end everything of one that died where nobody takes chats over', async () => {
    begin();
    const [a, c] = [await open('a'), await open('c')];
    await bring(a.ledger);
    await take(c, 'chat', chats);
    c.kill();
    await pass(DEAD_AFTER_MS + 3_000, a);
    await vi.waitFor(async () => expect(await holdsOf(a)).toEqual([]), 30_000);
  });

  it('end at once what one of the same name has left, and take up its chats again', async () => {
    begin();
    const before = await open('a', { adopts: true });
    await bring(before.ledger);
    await take(before, 'call');
    await take(before, 'chat', chats);
    before.kill();
    const after = await open('a', { adopts: true });
    await after.ledger.expire();
    expect(await holdsOf(after)).toEqual([expect.stringContaining('chat active')]);
    await vi.waitFor(() => expect(adopted(after).map(({ work }) => work)).toEqual(['chat']), 30_000);
  });

  it('leave chats to the others when they stop, and nothing else', async () => {
    begin();
    const [a, b] = [await open('a', { adopts: true }), await open('b', { adopts: true })];
    await bring(a.ledger);
    await take(b, 'call');
    await take(b, 'chat', chats);
    await b.ledger.close();
    expect(await holdsOf(a)).toEqual([expect.stringContaining('chat active')]);
    await pass(DEAD_AFTER_MS + 2_000, a);
    await vi.waitFor(() => expect(adopted(a).map(({ work }) => work)).toEqual(['chat']), 30_000);
  });

  it('wait, after the store has lost everything, until all have told what they have', async () => {
    begin();
    const [a, b] = [await open('a'), await open('b')];
    await bring(a.ledger);
    await take(b, 'talk');
    b.works.push(own('talk', { queue: support }));
    await pass(2_000, a, b);
    b.stayAway();
    await lose(a, b);
    await server.restart();
    // What `a` has asked meanwhile waits until `b` is back.
    let isDone = false;
    const matched = a.ledger
      .enqueue(call('next'))
      .then(() => a.ledger.setReachable({ agent: ana, channel: 'voice', reachable: true }))
      .then(() => a.ledger.setPresence({ agent: ana, presence: { state: 'available' } }))
      .then(() => a.ledger.match(support))
      .finally(() => (isDone = true));
    a.works.push(own('next', { phase: 'waiting', queue: support, agents: [] }));
    const redis = server.connect();
    await vi.waitFor(async () => {
      a.clock.advance(1_000);
      expect(await redis.hget(`switchboard:{${site}}:told`, 'a')).toMatch(/^\w{40}$/);
    }, 30_000);
    expect([isDone, a.ledger.isUp()]).toEqual([false, false]);
    await b.comeBack();
    await vi.waitFor(async () => {
      b.clock.advance(1_000);
      a.clock.advance(60);
      await expect.poll(() => isDone, { timeout: 50 }).toBe(true);
    }, 30_000);
    expect(await matched).toMatchObject({ type: 'nobody-free', work: 'next' });
    expect(await holdsOf(a)).toEqual(['ana talk active']);
    expect(a.changes.map(({ type }) => type)).toEqual(['away', 'back']);
  });

  it('do not wait for one that never comes back', async () => {
    begin();
    const [a, b] = [await open('a'), await open('b')];
    await bring(a.ledger);
    await pass(2_000, a, b);
    b.kill();
    await lose(a);
    await server.restart();
    const startedMs = a.clock.now();
    await vi.waitFor(
      () => {
        a.clock.advance(100);
        expect(a.ledger.isUp()).toBe(true);
      },
      { interval: 5, timeout: 30_000 },
    );
    expect(a.clock.now() - startedMs).toBeGreaterThanOrEqual(DEAD_AFTER_MS);
  });

  it('tell what runs to a store that has taken the place of the other between two beats, before anything else', async () => {
    begin();
    const a = await open('a');
    await bring(a.ledger);
    await take(a, 'talk');
    a.works.push(own('talk', { queue: support }));
    // As one that has lost the last moment: all else that it has is as it was.
    const redis = server.connect();
    const works = `switchboard:{${site}}:works`;
    await redis.del(works);
    await a.reconnect();
    await vi.waitFor(() => expect(a.changes.map(({ type }) => type)).toEqual(['away', 'back']), 30_000);
    expect(await redis.hkeys(works)).toEqual(['talk']);
  });

  it('do not wait where only a connection was lost', async () => {
    begin();
    const [a, b] = [await open('a'), await open('b')];
    await bring(a.ledger);
    await pass(2_000, a, b);
    const reconnected = a.reconnect();
    const asked = a.ledger.preview(support);
    await reconnected;
    // The clock stands still: nobody is waited for.
    await vi.waitFor(() => expect(a.changes.map(({ type }) => type)).toEqual(['away', 'back']), 30_000);
    expect(await asked).toMatchObject({ type: 'preview' });
  });

  it('keep the wrap-up and talk time of a call that ended while the store was away, and lost everything', async () => {
    begin();
    const a = await open('a');
    await bring(a.ledger);
    await take(a, 'talk');
    await lose(a);
    const released = a.ledger.release({ work: workId('talk'), wrapUpMs: 10_000, talkMs: 3_000 });
    await server.restart();
    await vi.waitFor(() => {
      a.clock.advance(1_000);
      expect(a.ledger.isUp()).toBe(true);
    }, 30_000);
    expect(await released).toEqual({ type: 'released', agent: ana });
    expect(await holdsOf(a)).toEqual(['ana talk wrap-up']);
    expect((await a.ledger.snapshot()).agents.find(({ agent }) => agent === ana)).toMatchObject({ talkMs: 3_000 });
  });
});
