/** Several controllers of one site, and chats that outlive one of them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openCluster, type ClusterNode } from '../../test/chat/chat-cluster.js';
import { SteadyAgent, SteadyVisitor, type Dial } from '../../test/chat/steady-pages.js';
import { REDIS_SERVER } from '../../test/ledger/redis-server.js';
import { agentId, conversationId } from '../kernel/ids.js';

const PATIENCE = { timeout: 20_000, interval: 20 };

describe.skipIf(REDIS_SERVER === undefined)(`several controllers with ${REDIS_SERVER ?? 'no redis-server'}`, () => {
  let cluster: Awaited<ReturnType<typeof openCluster>>;
  const pages: { close(): void }[] = [];

  beforeEach(async () => {
    cluster = await openCluster();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) page.close();
    await cluster.close();
  });

  /** Until the test is over. */
  function interval(act: () => void, ms: number): NodeJS.Timeout {
    const timer = setInterval(act, ms);
    pages.push({ close: () => clearInterval(timer) });
    return timer;
  }

  /** As a load balancer without a memory does it. */
  function anyOf(...dials: readonly Dial[]): Dial {
    let turn = 0;
    return (heed) => {
      turn += 1;
      return dials[turn % dials.length]!(heed);
    };
  }

  function visitor(dial: Dial): SteadyVisitor {
    const page = new SteadyVisitor(dial);
    pages.push(page);
    return page;
  }

  async function agent(name: string, dial: Dial): Promise<SteadyAgent> {
    await cluster.observer.setPresence({ agent: agentId(name), presence: { state: 'available' } });
    const page = new SteadyAgent(name, dial);
    pages.push(page);
    return page;
  }

  const kept = (chat: string) =>
    cluster.transcripts.read({ conversation: conversationId(chat), after: 0, limit: 10_000, audience: 'everybody' });

  /** What a visitor wrote is kept once each and in order, and they have seen what is kept, and nothing else. */
  async function nothingIsLost(page: SteadyVisitor): Promise<void> {
    await vi.waitFor(() => expect(page.hasArrived()).toBe(true), PATIENCE);
    await vi.waitFor(async () => {
      const entries = await kept(page.chat);
      expect(page.entries.map(({ seq }) => seq)).toEqual(entries.map(({ seq }) => seq));
    }, PATIENCE);
    const ids = (await kept(page.chat)).flatMap(({ from, clientId }) => (from.kind === 'visitor' ? [clientId] : []));
    expect(ids).toEqual(page.written.map(({ id }) => id));
  }

  const talking = (page: SteadyVisitor): Promise<void> =>
    vi.waitFor(() => expect(page).toMatchObject({ phase: 'talking' }), PATIENCE);

  const start = (...names: string[]): Promise<ClusterNode[]> => Promise.all(names.map((name) => cluster.start(name)));

  it('let a visitor of one talk to an agent of the other, wherever each comes back to', async () => {
    const [a, b] = (await start('a', 'b')) as [ClusterNode, ClusterNode];
    const ana = await agent('ana', b.agents('ana'));
    const page = visitor(anyOf(a.visitors, b.visitors));
    page.write('one');
    await talking(page);
    await nothingIsLost(page);
    const { chat } = page;
    for (const text of ['two', 'three', 'four']) {
      page.reconnect();
      page.write(text);
      await nothingIsLost(page);
    }
    expect(page.chat).toBe(chat);
    expect(ana.own()).toEqual([chat]);
    await vi.waitFor(
      () =>
        expect(page.entries.flatMap(({ from, body }) => (from.kind === 'agent' ? [body.text] : []))).toEqual([
          're one',
          're two',
          're three',
          're four',
        ]),
      PATIENCE,
    );
    expect([...a.center.list(), ...b.center.list()].map((each) => each.chat)).toEqual([chat]);
    page.end();
    await vi.waitFor(async () => expect(await cluster.held()).toMatchObject({ ana: [], ben: [] }), PATIENCE);
    expect(ana.chats.get(chat)).toMatchObject({ phase: 'closed' });
  }, 60_000);

  it('go on with the chats of one that was killed: who talks, with whom, and who waits', async () => {
    const [a, b] = (await start('a', 'b')) as [ClusterNode, ClusterNode];
    const ana = await agent('ana', anyOf(a.agents('ana'), b.agents('ana')));
    const ben = await agent('ben', b.agents('ben'));
    const talkers = [1, 2, 3, 4].map(() => visitor(anyOf(a.visitors, b.visitors)));
    // All of them begin with the one that is to die.
    for (const page of talkers) {
      page.write('hello');
      await talking(page);
    }
    const line = [1, 2].map(() => visitor(anyOf(b.visitors, a.visitors)));
    for (const page of line) await vi.waitFor(() => expect(page.phase).toBe('waiting'), PATIENCE);
    const before = new Map([...talkers, ...line].map((page) => [page, [page.chat, page.agent]]));
    let count = 0;
    const writing = interval(() => {
      count += 1;
      for (const page of [...talkers, ...line]) if (page.written.length < 12) page.write(`message ${count}`);
    }, 100);
    let most = 0;
    interval(() => {
      const note = (held: Record<string, string[]>): void => {
        most = Math.max(most, ...Object.values(held).map(({ length }) => length));
      };
      cluster.held().then(note, () => undefined);
    }, 20);
    await new Promise((resolve) => setTimeout(resolve, 300));
    a.kill();
    await vi.waitFor(() => {
      for (const page of [...talkers, ...line]) expect(page.written.length).toBe(12);
    }, PATIENCE);
    for (const page of [...talkers, ...line]) await nothingIsLost(page);
    clearInterval(writing);
    for (const page of [...talkers, ...line]) expect([page.chat, page.agent]).toEqual(before.get(page));
    for (const page of line) expect(page.phase).toBe('waiting');
    expect([...ana.own(), ...ben.own()].sort()).toEqual(talkers.map(({ chat }) => chat).sort());
    // Each message was answered once, however often it was read.
    for (const page of talkers) {
      const answers = (): string[] => page.entries.flatMap(({ from, id }) => (from.kind === 'agent' ? [id ?? ''] : []));
      await vi.waitFor(() => expect(new Set(answers()).size).toBe(12), PATIENCE);
      expect(answers()).toHaveLength(12);
    }
    talkers[0]!.end();
    await vi.waitFor(() => expect(line.filter(({ phase }) => phase === 'talking')).toEqual([line[0]]), PATIENCE);
    for (const page of [...talkers, ...line]) page.end();
    await vi.waitFor(async () => expect(await cluster.held()).toEqual({ ana: [], ben: [], eva: [] }), PATIENCE);
    expect(most).toBe(2);
  }, 90_000);

  it('leave a chat to the other when they stop', async () => {
    const [a, b] = (await start('a', 'b')) as [ClusterNode, ClusterNode];
    await agent('ana', b.agents('ana'));
    const page = visitor(anyOf(b.visitors, a.visitors));
    page.write('one');
    await talking(page);
    const [{ chat }] = [page];
    expect(a.center.list()).toHaveLength(1);
    await a.stop();
    page.write('two');
    await nothingIsLost(page);
    expect(page).toMatchObject({ chat, phase: 'talking' });
    expect(await cluster.held()).toMatchObject({ ana: [chat] });
    expect(page.entries.filter(({ from }) => from.kind === 'site')).toHaveLength(2);
  }, 60_000);

  it('do nothing more for the chats of one that was taken for dead, when it is back', async () => {
    const [a, b] = (await start('a', 'b')) as [ClusterNode, ClusterNode];
    const ana = await agent('ana', b.agents('ana'));
    const page = visitor(anyOf(b.visitors, a.visitors));
    page.write('one');
    await talking(page);
    const goOn = a.cutOff();
    await vi.waitFor(() => expect(b.center.list().map(({ phase }) => phase)).toEqual(['talking']), PATIENCE);
    // Its page is still connected to the one that is cut off, which tells it of no receipt that might not stand.
    page.write('two');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(page.hasArrived()).toBe(false);
    goOn();
    await vi.waitFor(() => expect(a.center.list()).toEqual([]), PATIENCE);
    await nothingIsLost(page);
    expect(await cluster.held()).toMatchObject({ ana: [page.chat] });
    expect(ana.own()).toEqual([page.chat]);
    page.end();
    await vi.waitFor(async () => expect(await cluster.held()).toMatchObject({ ana: [] }), PATIENCE);
  }, 60_000);
});
