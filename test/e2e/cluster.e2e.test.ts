/** Two controllers on one Redis, each with a SIP server of its own: one line, one set of limits. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runExplain } from '../../src/cli/explain/explain.js';
import type { RoutingConfig } from '../../src/config/routing-config.js';
import type { SwitchboardEvent } from '../../src/kernel/events.js';
import { agentId } from '../../src/kernel/ids.js';
import { REDIS_SERVER, startRedis, type TestRedis } from '../ledger/redis-server.js';
import type { CallersDone } from '../sipp/callers.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, domain, numbered, siteYaml } from './site.js';
import { fromUser, watchLimits } from './wire.js';

const TEAM = numbered('t', 6);

const yaml = siteYaml({
  agents: agents('solo', 'other', ...TEAM),
  queues: {
    // However slow the machine is, nobody is turned away.
    solo: { members: ['solo'], wrap_up: '0s', max_waiting: 1000, max_wait: '10m' },
    team: { members: TEAM, strategy: 'longest-idle', wrap_up: '0s', max_waiting: 1000, max_wait: '10m' },
  },
  entry_points: { 'to-solo': { queue: 'solo', public: true }, 'to-team': { queue: 'team', public: true } },
});

const talk = (forMs: number) => ({ what: 'talk', forMs }) as const;
const answers = { does: 'answer', afterMs: 30 } as const;
const [server] = availableSipServers();

function report(what: string, figures: Record<string, number | string>): void {
  const words = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  // eslint-disable-next-line no-console -- the figures are what such a run is for
  console.log(`cluster, ${what}: ${words.join(', ')}`);
}

describe.skipIf(REDIS_SERVER === undefined)(`two controllers on ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let redis: TestRedis;
  let sites = 0;
  let storeSite = '';
  let a: RunningSite;
  let b: RunningSite;

  const withStore = (config: RoutingConfig): RoutingConfig => ({
    ...config,
    store: {
      kind: 'redis',
      servers: { kind: 'socket', path: redis.socket, db: 0 },
      tls: false,
      site: storeSite,
      down: 'reject',
    },
  });
  const open = (): Promise<RunningSite> => startSite({ server: server!, yaml, adjust: withStore });

  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true });
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    sites += 1;
    storeSite = `cluster-${sites}`;
    a = await open();
    b = await open();
  });
  afterEach(async () => {
    await a.stop();
    await b.stop();
  });

  /** Ends of two loads at once: how many callers were served, and how many were not. */
  async function load(perSite: number): Promise<{ served: number; lost: number }> {
    const numbers = Array<string>(perSite).fill('to-team');
    const runs = await Promise.all([a, b].map((site) => site.startCallers(talk(300), numbers, { ratePerSecond: 8 })));
    const ends = await Promise.all(runs.map((run) => run.done()));
    const served = ends.flatMap(({ calls }: CallersDone) => calls).filter((call) => wasServed(call)).length;
    return { served, lost: 2 * perSite - served };
  }

  const wasServed = (call: CallersDone['calls'][number]): boolean =>
    call.some(({ status, header }) => status === 200 && (header('CSeq') ?? '').includes('INVITE'));

  const nothingLeft = async (): Promise<void> => {
    await a.nothingLeft();
    await b.nothingLeft();
  };

  it('serve callers in the order in which they came to either, by a phone that registered with the other', async () => {
    const calls = [a, b, a, b, a, b];
    const running = [];
    for (const [index, site] of calls.entries()) {
      const habit = { from: `c${index}`, domain };
      running.push(await site.startCallers(talk(100), ['to-solo'], { habit }));
      await site.eventually('call.queued', () => site.events.filter(isQueued).length > Math.floor(index / 2));
    }
    const bank = await b.phones(['solo'], { name: 'solo', then: answers });
    for (const callers of running) expect((await callers.done()).code).toBe(0);
    expect(bank.calls().map(fromUser)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5']);
    await nothingLeft();
  });

  it('never give an agent more than one call, under load on both', async () => {
    await a.phones(TEAM.slice(0, 3), { name: 'at-a', then: answers });
    await b.phones(TEAM.slice(3), { name: 'at-b', then: answers });
    const limits = watchLimits(a.switchboard.ledger);
    const { served, lost } = await load(40);
    report('load on both', { offered: 80, served, lost, most: await limits.stop() });
    expect(lost).toBe(0);
    expect(await limits.stop()).toBe(1);
    await nothingLeft();
  });

  it('ring an agent who takes a call out of the line by themselves, whichever controller has it', async () => {
    const bank = await b.phones(['solo'], { name: 'solo', then: answers });
    const away = { agent: agentId('solo'), presence: { state: 'away', reason: 'by hand' } } as const;
    await vi.waitFor(
      async () => expect(await a.switchboard.ledger.setPresence(away)).toMatchObject({ type: 'changed' }),
      30_000,
    );
    const running = [];
    for (const [index, site] of [a, b, a].entries()) {
      running.push(await site.startCallers(talk(100), ['to-solo'], { habit: { from: `c${index}`, domain } }));
      await site.eventually('call.queued', () => site.events.filter(isQueued).length > Math.floor(index / 2));
    }
    const [, last] = a.events.filter(isQueued);
    const pull = async (site: RunningSite, body: object): Promise<unknown> => {
      const { host, port, token } = site.switchboard.http;
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const url = `http://${host}:${port}/v1/queues/solo/pull`;
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ agent: 'solo', ...body }) })).json();
    };
    expect(await pull(b, {})).toMatchObject({ error: { code: 'agent-unavailable' } });
    const byHand = { even_when_away: true };
    expect(await pull(b, { ...byHand, call: last?.call })).toMatchObject({ result: 'offered', call: last?.call });
    expect((await running[2]!.done()).code).toBe(0);
    for (const [index, site] of [a, a].entries()) {
      await vi.waitFor(async () => expect(await pull(site, byHand)).toMatchObject({ result: 'offered' }), 30_000);
      expect((await running[index]!.done()).code).toBe(0);
    }
    expect(bank.calls().map(fromUser)).toEqual(['c2', 'c0', 'c1']);
    await nothingLeft();
  });

  it("explain each other's calls", async () => {
    await a.phones(['solo'], { name: 'solo', then: answers });
    await b.call(talk(100), ['to-solo']);
    const { call } = await b.eventually('call.ended');
    const { host, port, token } = a.switchboard.http;
    const lines: string[] = [];
    const terminal = { out: (line: string) => lines.push(line), err: (line: string) => lines.push(line) };
    await vi.waitFor(async () => {
      lines.length = 0;
      const told = await runExplain({ about: { call }, url: `http://${host}:${port}`, token }, terminal);
      expect(told, lines.join()).toBe(0);
      expect(lines.join('\n')).toMatch(/solo \(ring-to-all\): attempt 1 rings solo\n *solo +accepted/);
    }, 30_000);
  });
});

function isQueued(event: SwitchboardEvent): event is Extract<SwitchboardEvent, { type: 'call.queued' }> {
  return event.type === 'call.queued';
}
