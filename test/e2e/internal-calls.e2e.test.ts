/** Calls that are not from a queue take the same room: colleagues, calls out, star codes. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-ports.js';
import type { PhoneBank } from '../sipp/phones.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { accountOf, agents, siteYaml } from './site.js';
import { connected, rung, sdpOwner, story } from './wire.js';

const yamlFor = (carrierPort: number) => {
  const { ana, ben, eva, ivo, uma } = agents('ana', 'ben', 'eva', 'ivo', 'uma');
  return siteYaml({
    agents: {
      ana: { ...ana, extension: '201', dial_out: 'main' },
      ben: { ...ben, extension: '202' },
      eva: { ...eva, extension: '203' },
      ivo: { ...ivo, extension: '204' },
      uma: { ...uma, extension: '205', dial_out: 'main' },
    },
    queues: {
      both: { members: ['ana', 'ben'], strategy: 'linear', wrap_up: '0s' },
      ana: { members: ['ana'], strategy: 'linear', wrap_up: '0s' },
      uma: { members: ['uma'], wrap_up: '0s', ring_timeout: '1m' },
    },
    entry_points: {
      'to-both': { queue: 'both', public: true },
      'to-ana': { queue: 'ana', public: true },
      'to-uma': { queue: 'uma', public: true },
    },
    trunks: { main: { host: '127.0.0.1', port: carrierPort, allowed_prefixes: ['+346'] } },
  });
};

const by = (agent: string) => ({ habit: { name: agent, credentials: accountOf(agent), from: agent } });
const talk = (forMs: number) => ({ what: 'talk', forMs }) as const;
const listen = { what: 'listen' } as const;

describe.each(availableSipServers())('internal calls on $name', (server) => {
  let site: RunningSite;
  let carrier: PhoneBank;
  let ben: PhoneBank;
  let ana: PhoneBank;

  beforeAll(async () => {
    const carrierPort = await freePort();
    site = await startSite({ server, yaml: yamlFor(carrierPort) });
    const then = { does: 'answer', afterMs: 30 } as const;
    carrier = await site.carrier(carrierPort, { name: 'carrier', then });
    ana = await site.phones(['ana'], { name: 'ana', then });
    ben = await site.phones(['ben'], { name: 'ben', then });
    await site.phones(['eva'], { then: { does: 'refuse', status: 603, afterMs: 30 } });
    await site.phones(['uma'], { then: { does: 'nothing' } });
  });
  afterEach(() => site.nothingLeft());
  afterAll(() => site.stop());

  const holdsOf = async (name: string) =>
    (await site.switchboard.ledger.snapshot()).agents
      .find(({ agent }) => agent === name)!
      .holds.map(({ state }) => state);

  /** A customer for whom nobody is free. */
  async function waits(number: string) {
    const since = site.lastSeq();
    const callers = await site.startCallers(talk(50), [number]);
    const { call } = await site.eventually('call.waiting', ({ seq }) => seq > since);
    return { callers, call };
  }

  it('an agent calls a colleague, and both hold a call meanwhile', async () => {
    const callers = await site.startCallers(listen, ['202'], by('ana'));
    await site.eventually('call.connected');
    expect([await holdsOf('ana'), await holdsOf('ben')]).toEqual([['active'], ['active']]);
    // Nobody of the queue is free: the customer rings on, and gets one of them afterwards.
    const before = { ana: ana.calls().length, ben: ben.calls().length };
    const customer = await waits('to-both');
    expect([ana.calls().length, ben.calls().length]).toEqual([before.ana, before.ben]);
    site.hangUp(customer.call);
    const done = await callers.done();
    expect(done.code).toBe(0);
    expect(sdpOwner(done.calls[0]!, 'received')).toBe('ben');
    expect((await customer.callers.done()).code).toBe(0);
    expect(connected([...ana.calls().slice(before.ana), ...ben.calls().slice(before.ben)])).toHaveLength(1);
  });

  it('a colleague who is on a call is busy', async () => {
    const since = site.lastSeq();
    const customer = await site.startCallers(listen, ['to-both', 'to-both']);
    await site.eventually('call.connected', ({ agent, seq }) => agent === 'ben' && seq > since);
    const refused = await site.call({ what: 'be-refused', status: 486 }, ['202'], by('ivo'));
    expect(refused.calls).toHaveLength(1);
    site.hangUp();
    expect((await customer.done()).code).toBe(0);
  });

  it('a colleague who declines is heard', async () => {
    await site.call({ what: 'be-refused', status: 603 }, ['203'], by('ana'));
  });

  it('a colleague without a phone cannot be reached', async () => {
    await site.call({ what: 'be-refused', status: 480 }, ['204'], by('ana'));
  });

  it('an agent who dials out holds room: no customer is offered meanwhile', async () => {
    const since = site.lastSeq();
    const out = await site.startCallers(listen, ['+34600111222'], by('ana'));
    await site.eventually('call.arrived', ({ direction }) => direction === 'outbound');
    const before = ana.calls().length;
    const customer = await waits('to-ana');
    await site.eventually('call.connected', ({ seq, call }) => seq > since && call !== customer.call);
    expect(ana.calls()).toHaveLength(before);
    site.hangUp(customer.call);
    expect((await out.done()).code).toBe(0);
    expect(rung(carrier.calls())).toContain('+34600111222');
    expect((await customer.callers.done()).code).toBe(0);
    expect(connected(ana.calls().slice(before))).toEqual(['ana']);
  });

  it('an agent who dials out of a call asks somebody, which takes no more room', async () => {
    const since = site.lastSeq();
    const customer = await site.startCallers(listen, ['to-ana']);
    const first = await site.eventually('call.connected', ({ agent, seq }) => agent === 'ana' && seq > since);
    const asks = await site.startCallers(listen, ['+34600111333'], by('ana'));
    await site.eventually('call.connected', ({ seq }) => seq > first.seq);
    expect(await holdsOf('ana')).toEqual(['active']);
    site.hangUp();
    expect([(await asks.done()).code, (await customer.done()).code]).toEqual([0, 0]);
  });

  it('an agent whose phone rings for a customer cannot take room beside it by dialling', async () => {
    const since = site.lastSeq();
    const customer = await site.startCallers(talk(50), ['to-uma']);
    await site.eventually('call.device_rung', ({ agent, seq }) => agent === 'uma' && seq > since);
    const done = await site.startCallers(talk(50), ['+34600111444'], by('uma'));
    expect((await done.done()).code, 'refused').not.toBe(0);
    expect(carrier.callsTo('+34600111444')).toEqual([]);
    site.hangUp();
    await customer.done();
  });

  it('star codes: away gets no customers, available gets them again', async () => {
    const star = await site.call({ what: 'listen' }, ['*2'], by('ana'));
    expect(story(star.calls[0])).toMatch(/<200 INVITE >ACK <BYE >200 BYE$/);
    await site.eventually('agent.presence_changed', ({ agent, presence }) => agent === 'ana' && presence === 'away');
    const before = ana.calls().length;
    await site.call({ what: 'cancel', after: 180, ms: 300 }, ['to-ana']);
    expect(ana.calls()).toHaveLength(before);
    await site.call({ what: 'listen' }, ['*1'], by('ana'));
    await site.call(talk(50), ['to-ana']);
    expect(ana.calls()).toHaveLength(before + 1);
  });

  it('an agent who is away may still dial, and is away afterwards', async () => {
    await site.call({ what: 'listen' }, ['*2'], by('ana'));
    await site.call(talk(50), ['202'], by('ana'));
    const { agents: all } = await site.switchboard.ledger.snapshot();
    expect(all.find(({ agent }) => agent === 'ana')?.presence.state).toBe('away');
    await site.call({ what: 'listen' }, ['*1'], by('ana'));
  });
});
