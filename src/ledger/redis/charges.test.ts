/** Who is in charge of what, and who says that an agent can be reached, with several controllers that come and go. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { call, ledgerSite } from '../../../test/ledger/ledger-site.js';
import { createManualClock, type ManualClock } from '../../../test/ledger/manual-clock.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../../test/ledger/redis-server.js';
import { agentId, queueId, workId, type WorkId } from '../../kernel/ids.js';
import { NotInCharge, type Charge } from '../charges.js';
import type { LedgerNotice } from '../ledger.js';
import { createRedisLedger, type OwnWork, type RedisLedger } from '../redis.js';

const SITE = ledgerSite({ queues: { chats: { members: ['ana', 'ben'], channel: 'chat' } } });
const ana = agentId('ana');
const chats = queueId('chats');
const DEAD_AFTER_MS = 5_000;
const PATIENCE = { timeout: 20_000 };

interface Node {
  readonly ledger: RedisLedger;
  readonly clock: ManualClock;
  readonly notices: LedgerNotice[];
  readonly works: OwnWork[];
  readonly charges: Charge[];
}

/** `c1/2` is work of `c1`. */
const chargeOf = (work: WorkId): string | undefined => /^(.*)\/\d+$/.exec(work)?.[1];

describe.skipIf(REDIS_SERVER === undefined)(`charges with ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let server: TestRedis;
  let site = '';
  let sites = 0;
  let time: ManualClock;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    sites += 1;
    site = `charges-${sites}`;
    time = createManualClock();
  });

  async function open(node: string, adoptsCharges = true): Promise<Node> {
    const clock = createManualClock();
    const notices: LedgerNotice[] = [];
    const [works, charges]: [OwnWork[], Charge[]] = [[], []];
    const clients = [server.connect(), server.connect()] as const;
    for (const client of clients) client.options.enableOfflineQueue = false;
    await Promise.all(clients.map((client) => vi.waitFor(() => expect(client.status).toBe('ready'), PATIENCE)));
    const ledger = await createRedisLedger({
      ...{ redis: clients[0], reader: clients[1], site, node, clock },
      random: () => 0,
      now: () => time.now(),
      membership: {
        ...{ works: () => works, charges: () => charges, chargeOf, adoptsCharges },
        adopts: () => (adoptsCharges ? ['chat'] : []),
        ...{ onChange: () => undefined, onContact: () => undefined },
        deadAfterMs: DEAD_AFTER_MS,
      },
    });
    ledger.subscribe((notice) => notices.push(notice));
    await ledger.configure(SITE);
    await ledger.takeUp();
    onTestFinished(async () => {
      clients.forEach((client) => client.disconnect());
      await ledger.close();
    });
    return { ledger, clock, notices, works, charges };
  }

  /** Time passes for the store and those who live; the others stand still. */
  async function pass(ms: number, ...living: Node[]): Promise<void> {
    for (let gone = 0; gone < ms; gone += 1_000) {
      time.advance(1_000);
      for (const { clock } of living) clock.advance(1_000);
      for (const { ledger } of living) await ledger.expire();
    }
  }

  const adopted = ({ notices }: Node) =>
    notices.flatMap((notice) => (notice.type === 'adopted' ? [{ charges: notice.charges, works: notice.works }] : []));

  const lost = ({ notices }: Node) =>
    notices.flatMap((notice) => (notice.type === 'charges-lost' ? notice.charges : []));

  async function talk(node: Node, work: string): Promise<void> {
    await node.ledger.setReachable({ agent: ana, channel: 'chat', reachable: true });
    await node.ledger.setPresence({ agent: ana, presence: { state: 'available' } });
    await node.ledger.enqueue(call(work, 'chats', { channel: 'chat' }));
    const found = await node.ledger.match(chats);
    if (found.type !== 'offered') throw new Error(found.type);
    await node.ledger.accept({ work: workId(work), agent: ana, attempt: found.attempt });
  }

  const heldBy = async ({ ledger }: Node): Promise<string[]> =>
    (await ledger.snapshot()).agents.flatMap(({ holds }) => holds.map(({ work }) => work));

  it('are one controller’s at a time, until it lets go', async () => {
    const [a, b] = [await open('a'), await open('b')];
    expect(await a.ledger.charges.take('c1')).toEqual({ type: 'ours', isNew: true });
    expect(await a.ledger.charges.take('c1')).toEqual({ type: 'ours', isNew: false });
    expect(await b.ledger.charges.take('c1')).toEqual({ type: 'elsewhere', node: 'a' });
    expect([await b.ledger.charges.find('c1'), await b.ledger.charges.find('c2')]).toEqual([
      { type: 'elsewhere', node: 'a' },
      undefined,
    ]);
    expect([await a.ledger.charges.keep('c1', () => 'x'), await b.ledger.charges.keep('c1', () => 'y')]).toEqual([
      true,
      false,
    ]);
    await b.ledger.charges.drop('c1');
    expect(await b.ledger.charges.find('c1'), 'not theirs to drop').toEqual({ type: 'elsewhere', node: 'a' });
    await a.ledger.charges.drop('c1');
    expect(await b.ledger.charges.take('c1')).toEqual({ type: 'ours', isNew: true });
  });

  it('go with their work to who finds their controller dead, which can do nothing more with either', async () => {
    const [a, b] = [await open('a'), await open('b')];
    await a.ledger.charges.take('c1');
    await a.ledger.charges.keep('c1', () => 'as it was');
    await a.ledger.charges.take('quiet');
    await talk(a, 'c1/1');
    a.charges.push({ id: 'c1', state: 'as it was' }, { id: 'quiet' });
    a.works.push({
      ...{ work: workId('c1/1'), channel: 'chat', phase: 'active', queue: chats },
      ...{ enqueuedAt: 0, offerTtlMs: 1_000, agents: [ana] },
    });
    expect(a.ledger.charges.isSure()).toBe(true);
    await pass(DEAD_AFTER_MS + 3_000, b);
    await vi.waitFor(() => expect(adopted(b)).toHaveLength(1), PATIENCE);
    expect(adopted(b)[0]?.charges).toEqual(expect.arrayContaining([{ id: 'c1', state: 'as it was' }, { id: 'quiet' }]));
    expect(adopted(b)[0]?.works).toMatchObject([{ work: 'c1/1', phase: 'active', agents: ['ana'] }]);
    b.charges.push(...adopted(b)[0]!.charges);
    // It has only stood still, and wants to go on.
    await expect(a.ledger.release({ work: workId('c1/1'), wrapUpMs: 0, talkMs: 0 })).rejects.toThrow(NotInCharge);
    await expect(
      a.ledger.assign({
        ...{ work: workId('c1/2'), channel: 'chat', agent: ana, as: 'active' },
        ...{ offerTtlMs: 1_000, ignorePresence: false },
      }),
    ).rejects.toThrow(NotInCharge);
    expect(await a.ledger.charges.keep('c1', () => 'late')).toBe(false);
    expect(await heldBy(b)).toEqual(['c1/1']);
    a.clock.advance(DEAD_AFTER_MS);
    expect(a.ledger.charges.isSure()).toBe(false);
    await vi.waitFor(() => {
      a.clock.advance(1_000);
      expect(lost(a).sort()).toEqual(['c1', 'quiet']);
    }, PATIENCE);
    expect(await heldBy(b), 'what it said to run is not its own').toEqual(['c1/1']);
    await b.ledger.release({ work: workId('c1/1'), wrapUpMs: 0, talkMs: 0 });
    expect(await heldBy(b)).toEqual([]);
  });

  it('are nobody’s when their controller is dead and nobody can go on with them', async () => {
    const [a, b] = [await open('a', false), await open('b', false)];
    await a.ledger.charges.take('c1');
    await pass(DEAD_AFTER_MS + 3_000, b);
    await vi.waitFor(
      async () => expect(await b.ledger.charges.take('c1')).toEqual({ type: 'ours', isNew: true }),
      PATIENCE,
    );
    expect(adopted(b)).toEqual([]);
  });

  it('wait for another controller when theirs stops', async () => {
    const [a, b] = [await open('a'), await open('b')];
    await a.ledger.charges.take('c1');
    await a.ledger.charges.keep('c1', () => 'as it was');
    await pass(DEAD_AFTER_MS + 1_000, a, b);
    await a.ledger.close();
    await pass(2_000, b);
    await vi.waitFor(
      () => expect(adopted(b).flatMap(({ charges }) => charges)).toEqual([{ id: 'c1', state: 'as it was' }]),
      PATIENCE,
    );
  });

  it('reach an agent as long as any controller says so, and one that has died says nothing', async () => {
    const [a, b] = [await open('a'), await open('b')];
    const reach = async (): Promise<boolean> => {
      const { agents } = await b.ledger.snapshot();
      return agents.find(({ agent }) => agent === ana)!.reachable.includes('chat');
    };
    const says = (node: Node, reachable: boolean): Promise<void> =>
      node.ledger.setReachable({ agent: ana, channel: 'chat', reachable, here: true });
    await says(a, true);
    await says(b, true);
    await says(a, false);
    expect(await reach(), 'closed on one, open on the other').toBe(true);
    await says(b, false);
    expect(await reach()).toBe(false);
    await says(a, true);
    expect(await reach()).toBe(true);
    await pass(DEAD_AFTER_MS + 3_000, b);
    await vi.waitFor(async () => expect(await reach()).toBe(false), PATIENCE);
  });
});
