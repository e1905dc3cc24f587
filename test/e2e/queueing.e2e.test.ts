/** Callers for whom nobody is free: the line, its end, and agents who must not get the next call yet. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-ports.js';
import type { PhoneBank } from '../sipp/phones.js';
import type { WireMessage } from '../sipp/wire-trace.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, siteYaml } from './site.js';
import { connected, rung, sdpOwner, story } from './wire.js';

const overflows = {
  reject: 'reject',
  queue: { queue: 'second' },
  agent: { agent: 'helper' },
  number: { number: '+34600111222', trunk: 'main' },
};

const yamlFor = (carrierPort: number) =>
  siteYaml({
    site: { misses_until_away: 2, back_off: { busy: '2s', declined: '2s', no_answer: '0s', unreachable: '2s' } },
    agents: { ...agents('solo', 'helper', 'second', 'wrapper', 'busy', 'other', 'sleeper', 'absent') },
    queues: {
      // However slow the machine is, nobody is turned away.
      solo: { members: ['solo'], wrap_up: '0s', max_waiting: 1000, max_wait: '10m' },
      full: { members: ['absent'], max_waiting: 1, max_wait: '1m', overflow: { agent: 'helper' } },
      second: { members: ['second'], wrap_up: '0s' },
      ...Object.fromEntries(
        Object.entries(overflows).map(([kind, overflow]) => [
          `over-${kind}`,
          { members: ['absent'], max_wait: '1s', overflow },
        ]),
      ),
      wrapper: { members: ['wrapper'], wrap_up: '1s' },
      busy: { members: ['busy', 'other'], strategy: 'linear', wrap_up: '0s' },
      sleeper: { members: ['sleeper'], ring_timeout: '1s', max_wait: '1m' },
    },
    entry_points: Object.fromEntries(
      ['solo', 'full', ...Object.keys(overflows).map((kind) => `over-${kind}`), 'wrapper', 'busy', 'sleeper'].map(
        (queue) => [`to-${queue}`, { queue, public: true }],
      ),
    ),
    trunks: { main: { host: '127.0.0.1', port: carrierPort, allowed_prefixes: ['+346'] } },
  });

const talk = (forMs: number) => ({ what: 'talk', forMs }) as const;
const answers = { does: 'answer', afterMs: 30 } as const;

describe.each(availableSipServers())('queueing on $name', (server) => {
  let site: RunningSite;
  let carrier: PhoneBank;

  beforeAll(async () => {
    const carrierPort = await freePort();
    site = await startSite({ server, yaml: yamlFor(carrierPort) });
    carrier = await site.carrier(carrierPort, { name: 'carrier', then: answers });
  });
  afterEach(() => site.nothingLeft());
  afterAll(() => site.stop());

  it('callers ring on and are served in the order in which they came', async () => {
    const bank = await site.phones(['solo'], { name: 'solo', then: answers });
    const done = await site.call(talk(150), Array<string>(8).fill('to-solo'), {
      ratePerSecond: 50,
      habit: { from: 'c[call_number]' },
    });
    expect(bank.calls().map(fromUser)).toEqual(['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8']);
    expect(done.calls.every((call) => call.filter(({ status }) => status === 180).length >= 1)).toBe(true);
  });

  it('max_wait, then reject: 480', async () => {
    const done = await site.call({ what: 'be-refused', status: 480 }, ['to-over-reject']);
    expect(story(done.calls[0])).toMatch(/<180 INVITE <480 INVITE >ACK$/);
    await site.eventually('call.overflowed', ({ why }) => why === 'max-wait');
  });

  it('max_wait, then another queue', async () => {
    await site.phones(['second'], { name: 'second', then: answers });
    const done = await site.call(talk(50), ['to-over-queue']);
    expect(sdpOwner(done.calls[0]!, 'received')).toBe('second');
  });

  it('max_wait, then one agent; and that agent at once when the line is full', async () => {
    await site.phones(['helper'], { name: 'helper', then: answers });
    const done = await site.call(talk(50), ['to-over-agent']);
    expect(sdpOwner(done.calls[0]!, 'received')).toBe('helper');
    const first = await site.startCallers({ what: 'cancel', after: 180, ms: 3_000 }, ['to-full']);
    await site.eventually('call.queued', ({ queue }) => queue === 'full');
    const full = await site.call(talk(50), ['to-full']);
    expect(sdpOwner(full.calls[0]!, 'received')).toBe('helper');
    await site.eventually('call.overflowed', ({ why }) => why === 'full');
    expect((await first.done()).code).toBe(0);
  });

  it('max_wait, then an outside number', async () => {
    const done = await site.call(talk(50), ['to-over-number']);
    expect(sdpOwner(done.calls[0]!, 'received')).toBe('carrier');
    expect(rung(carrier.calls())).toEqual(['+34600111222']);
  });

  it('wrap-up: the next call comes when it is over, not before', async () => {
    const bank = await site.phones(['wrapper'], { then: answers });
    await site.call(talk(50), ['to-wrapper', 'to-wrapper']);
    const [first, second] = bank.calls();
    const byeAt = first!.find(({ method }) => method === 'BYE')!.atMs;
    expect(second![0]!.atMs - byeAt).toBeGreaterThan(900);
    await site.nothingLeft();
  });

  it('back-off: who was busy is spared for a while', async () => {
    const busy = await site.phones(['busy'], { then: { does: 'refuse', status: 486, afterMs: 0 } });
    const other = await site.phones(['other'], { then: answers });
    await site.call(talk(50), ['to-busy', 'to-busy', 'to-busy'], { atOnce: 1, ratePerSecond: 20 });
    expect(busy.calls()).toHaveLength(1);
    expect(connected(other.calls())).toEqual(['other', 'other', 'other']);
  });

  it('away after two misses in a row', async () => {
    const bank = await site.phones(['sleeper'], { then: { does: 'nothing' } });
    const waiting = await site.startCallers({ what: 'cancel', after: 180, ms: 4_000 }, ['to-sleeper']);
    await site.eventually(
      'agent.presence_changed',
      ({ agent, presence }) => agent === 'sleeper' && presence === 'away',
    );
    expect(bank.calls().length).toBe(2);
    expect((await waiting.done()).code).toBe(0);
    expect(bank.calls().length).toBe(2);
  });

  it('hundreds of calls, more than the agents can take at once, all find somebody', async () => {
    const before = site.acceptedBy().length;
    const bank = await site.phones(['solo', 'second', 'helper'], { then: { does: 'answer', afterMs: 0 } });
    await site.call(talk(10), Array<string>(150).fill('to-solo'), { ratePerSecond: 60 });
    expect(site.acceptedBy().length - before).toBe(150);
    expect(bank.errors()).toBe('');
  });
});

function fromUser(call: readonly WireMessage[]): string | undefined {
  return /sip:([^@]+)@/.exec(call[0]!.header('From')!)?.[1];
}
