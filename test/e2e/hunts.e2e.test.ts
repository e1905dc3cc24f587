/** Design: "Hunting a person's devices": softphone, desk phone and a mobile through a carrier that asks for a password. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isSignedWith } from '../sipp/digest.js';
import { freePort } from '../support/free-ports.js';
import type { PhoneBank } from '../sipp/phones.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, sipDevice, siteYaml } from './site.js';
import { completedElsewhere, connected, reasonOf, rung, sdpOwner, story } from './wire.js';

const outbound = { username: 'site', password: 'secret-of-the-site' };
const rings = { then: { does: 'nothing' } } as const;
const threeSteps = [
  { ring: ['soft'], for: '1s' },
  { ring: ['desk'], for: '1s', keep: true },
  { ring: ['mobile'], for: '5s' },
];

function person(name: string, number: string, trunk = 'main', hunt: unknown = threeSteps) {
  const devices = {
    soft: sipDevice(`${name}-soft`),
    desk: sipDevice(`${name}-desk`),
    mobile: { phone: number, trunk, ...(trunk === 'confirming' || trunk === 'voicemail' ? { confirm: '1' } : {}) },
  };
  return { devices, hunt };
}

const people = ['ana', 'ben', 'eva', 'gus', 'ivo', 'vic'];
const yamlFor = (ports: { main: number; confirming: number; voicemail: number }) =>
  siteYaml({
    // Who declined is not asked again while another is free.
    site: { back_off: { busy: '30s', declined: '30s', no_answer: '30s', unreachable: '30s' } },
    agents: {
      ana: person('ana', '+34600000001'),
      ben: person('ben', '+34600000002'),
      eva: person('eva', '+34600000003'),
      gus: person('gus', '+34600000004'),
      ivo: person('ivo', '+34600000005', 'confirming', [{ ring: ['soft', 'mobile'], for: '5s' }]),
      vic: person('vic', '+34600000006', 'voicemail', [{ ring: ['soft', 'mobile'], for: '5s' }]),
      ...agents('fay'),
    },
    queues: {
      ...Object.fromEntries(people.map((name) => [name, { members: [name], strategy: 'linear', wrap_up: '0s' }])),
      eva: { members: ['eva', 'fay'], strategy: 'linear', wrap_up: '0s' },
    },
    entry_points: Object.fromEntries(people.map((name) => [`to-${name}`, { queue: name, public: true }])),
    trunks: Object.fromEntries(
      Object.entries(ports).map(([name, port]) => [
        name,
        { host: '127.0.0.1', port, outbound, allowed_prefixes: ['+346'] },
      ]),
    ),
  });

describe.each(availableSipServers())('hunts on $name', (server) => {
  let site: RunningSite;
  let carrier: PhoneBank;
  let confirming: PhoneBank;
  let voicemail: PhoneBank;

  beforeAll(async () => {
    const ports = { main: await freePort(), confirming: await freePort(), voicemail: await freePort() };
    site = await startSite({ server, yaml: yamlFor(ports) });
    const challenges = { realm: 'carrier.example', algorithm: 'MD5' } as const;
    const answer = { does: 'answer', afterMs: 50 } as const;
    carrier = await site.carrier(ports.main, { name: 'carrier', challenges, then: answer });
    confirming = await site.carrier(ports.confirming, {
      ...{ name: 'mobile', then: answer },
      afterAnswer: { does: 'press', digit: '1', afterMs: 200 },
    });
    voicemail = await site.carrier(ports.voicemail, { name: 'voicemail', then: answer });
  });
  afterEach(() => site.nothingLeft());
  afterAll(() => site.stop());

  it('goes from the softphone to the desk phone beside it, and on to the mobile alone', async () => {
    const soft = await site.phones(['ana-soft'], rings);
    const desk = await site.phones(['ana-desk'], rings);
    const done = await site.call({ what: 'talk', forMs: 100 }, ['to-ana']);
    await site.nothingLeft();
    const [softCall, deskCall, mobileCall] = [soft.calls()[0]!, desk.calls()[0]!, carrier.callsTo('+34600000001')[0]!];
    const cancelled = '<INVITE >180 INVITE <CANCEL >200 CANCEL >487 INVITE <ACK';
    expect([story(softCall), story(deskCall)]).toEqual([cancelled, cancelled]);
    const cancelAt = softCall.find(({ method }) => method === 'CANCEL')!.atMs;
    expect(deskCall[0]!.atMs, 'the desk phone rang beside the softphone').toBeLessThan(cancelAt);
    expect(mobileCall[0]!.atMs).toBeGreaterThan(deskCall[0]!.atMs);
    expect([reasonOf(softCall), reasonOf(deskCall)]).not.toContain(completedElsewhere);
    expect(sdpOwner(done.calls[0]!, 'received')).toBe('carrier');
    const signed = mobileCall.flatMap((message) => message.header('Proxy-Authorization') ?? []);
    expect(signed).toHaveLength(1);
    expect(isSignedWith(signed[0]!, outbound.password, 'INVITE')).toBe(true);
  });

  it('a busy softphone sends the call on to the next device at once', async () => {
    const soft = await site.phones(['ben-soft'], { rings: false, then: { does: 'refuse', status: 486, afterMs: 0 } });
    const desk = await site.phones(['ben-desk'], { name: 'desk', then: { does: 'answer', afterMs: 50 } });
    const done = await site.call({ what: 'talk', forMs: 100 }, ['to-ben']);
    expect(soft.calls().map(story)).toEqual(['<INVITE >486 INVITE <ACK']);
    expect(connected(desk.calls())).toEqual(['ben-desk']);
    expect(sdpOwner(done.calls[0]!, 'received')).toBe('desk');
    expect(carrier.callsTo('+34600000002')).toEqual([]);
  });

  it('a 603 declines for the person: no other device of theirs rings, the next agent does', async () => {
    await site.phones(['eva-soft'], { then: { does: 'refuse', status: 603, afterMs: 50 } });
    const desk = await site.phones(['eva-desk'], rings);
    const next = await site.phones(['fay'], { then: { does: 'answer', afterMs: 50 } });
    await site.call({ what: 'talk', forMs: 100 }, ['to-eva']);
    expect(desk.calls()).toEqual([]);
    expect(connected(next.calls())).toEqual(['fay']);
    expect(carrier.callsTo('+34600000003')).toEqual([]);
  });

  it('passes over a softphone that is not registered', async () => {
    const desk = await site.phones(['gus-desk'], { then: { does: 'answer', afterMs: 50 } });
    await site.call({ what: 'talk', forMs: 100 }, ['to-gus']);
    expect(connected(desk.calls())).toEqual(['gus-desk']);
    expect(rung(carrier.callsTo('+34600000004'))).toEqual([]);
  });

  it('a mobile that must confirm wins when the key is pressed, not when it answers', async () => {
    const soft = await site.phones(['ivo-soft'], rings);
    const done = await site.call({ what: 'talk', forMs: 300 }, ['to-ivo']);
    await site.nothingLeft();
    expect(sdpOwner(done.calls[0]!, 'received')).toBe('mobile');
    const mobile = confirming.calls()[0]!;
    const pressedAt = mobile.find(({ method }) => method === 'INFO')!.atMs;
    expect(done.calls[0]!.find(({ status }) => status === 200)!.atMs).toBeGreaterThan(pressedAt);
    const softEnded = soft.calls()[0]!.find(({ method }) => method === 'CANCEL')!;
    expect(softEnded.atMs).toBeGreaterThan(pressedAt);
    expect(reasonOf(soft.calls()[0]!)).toBe(completedElsewhere);
  });

  it('a voicemail that answers and presses nothing never gets the caller', async () => {
    await site.phones(['vic-soft'], { name: 'soft', then: { does: 'answer', afterMs: 1_000 } });
    const done = await site.call({ what: 'talk', forMs: 100 }, ['to-vic']);
    await site.nothingLeft();
    expect(sdpOwner(done.calls[0]!, 'received')).toBe('soft');
    expect(voicemail.calls().map(story)).toEqual(['<INVITE >180 INVITE >200 INVITE <ACK <BYE >200 BYE']);
    expect(reasonOf(voicemail.calls()[0]!)).toBe(completedElsewhere);
  });
});
