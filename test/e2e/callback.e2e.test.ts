/** Callers who hang up, keep their place, and are called when an agent has accepted: at a phone that plays the carrier. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SoundCall } from '../phones/sound-call.js';
import { SoundPhone } from '../phones/sound-phone.js';
import { makeTonePrompts, type TonePrompts } from '../phones/tone-prompts.js';
import { agents } from './site.js';
import { availableServerSets, startSoundSite, type SoundSite } from './sound-site.js';

const callback = { key: '1', trunk: 'carrier', attempts: 2, ring_timeout: '20s', retry_after: '1s' };
const waiting = { announce: { position: false, expected_wait: false }, callback };

const partsWith = (sounds: string, port: number) => ({
  agents: agents('ana', 'ben'),
  media: { sounds },
  queues: {
    direct: { members: ['ana'], wrap_up: '0s', while_waiting: waiting },
    hasty: {
      members: ['ana'],
      wrap_up: '0s',
      while_waiting: { ...waiting, callback: { ...callback, ring_timeout: '2s' } },
    },
    anchored: { members: ['ben'], wrap_up: '0s', media: 'anchored', while_waiting: waiting },
  },
  trunks: { carrier: { host: '127.0.0.1', port, allowed_prefixes: ['+346'], caller_id: '+34910000000' } },
  entry_points: Object.fromEntries(['direct', 'hasty', 'anchored'].map((queue) => [queue, { queue, public: true }])),
});

describe.each(availableServerSets())('callback, on $name', (set) => {
  let prompts: TonePrompts;
  let site: SoundSite;
  let carrier: SoundPhone;
  const phones: Record<'ana' | 'ben', SoundPhone> = {} as never;

  beforeAll(async () => {
    prompts = await makeTonePrompts();
    carrier = await SoundPhone.carrier();
    site = await startSoundSite(set, partsWith(prompts.folder, carrier.port));
  });
  afterEach(async () => {
    for (const phone of [carrier, ...Object.values(phones)]) phone.hangUpAll();
    site.hangUp();
    await site.nothingLeft();
    for (const phone of Object.values(phones)) await phone.unregister();
  });
  afterAll(async () => {
    await site.stop();
    await carrier.close();
    await prompts.remove();
  });

  async function agent(name: 'ana' | 'ben'): Promise<SoundPhone> {
    return (phones[name] = await site.phone(name, { isAgent: true }));
  }

  /** Presses the key in line, hears that they will be called, and is hung up. */
  async function asks(number: string, queue: string): Promise<SoundCall> {
    const phone = await site.phone(number);
    const call = await phone.call(queue);
    await call.rtp.hears(392, 2);
    call.rtp.press('1');
    await prompts.until(call.rtp, 'en/callback-accepted');
    await call.until('ended');
    return call;
  }

  it.each(['direct', 'anchored'] as const)(
    'calls the customer when an agent has accepted, who hears ringing until then: %s',
    async (queue) => {
      const since = site.lastSeq();
      await asks('+34600111222', queue);
      await site.eventually('callback.requested', ({ seq }) => seq > since);
      const phone = await agent(queue === 'direct' ? 'ana' : 'ben');
      const atAgent = await phone.rung();
      expect(carrier.callCount).toBe(0);
      atAgent.answer();
      atAgent.rtp.tone(925);
      const customer = await carrier.rung();
      expect([customer.dialled, customer.from]).toEqual(['+34600111222', '+34910000000']);
      customer.ring();
      await atAgent.rtp.hears(440, 2);
      customer.answer();
      customer.rtp.tone(725);
      await Promise.all([atAgent.rtp.hears(725), customer.rtp.hears(925)]);
      expect((await site.switchboard.activity()).places).toBe(queue === 'direct' ? 0 : 2);
      customer.hangUp();
      await atAgent.until('ended');
    },
  );

  it('keeps the place: who asked first is called before who came later and waits', async () => {
    await asks('+34600111222', 'direct');
    const later = await (await site.phone('rosa')).call('direct');
    await later.rtp.hears(392, 2);
    const atAna = await (await agent('ana')).rung();
    atAna.answer();
    const customer = await carrier.rung();
    expect(later.has('ended')).toBe(false);
    customer.answer();
    await customer.until('answered');
    customer.hangUp();
    await atAna.until('ended');
    const next = await phones.ana.rung();
    next.answer();
    later.rtp.tone(625);
    await next.rtp.hears(625);
    later.hangUp();
    await next.until('ended');
  });

  it('lets the agent go when the customer is busy or does not answer, and gives up after the last attempt', async () => {
    const since = site.lastSeq();
    await asks('+34600111222', 'hasty');
    const ana = await agent('ana');
    const first = await ana.rung();
    first.answer();
    (await carrier.rung()).reject(486);
    await first.until('ended');
    await site.eventually('callback.failed', ({ seq, attemptsLeft }) => seq > since && attemptsLeft === 1);
    const second = await ana.rung();
    second.answer();
    const silent = await carrier.rung();
    silent.ring();
    await silent.until('cancelled');
    await second.until('ended');
    await site.eventually('callback.failed', ({ seq, attemptsLeft }) => seq > since && attemptsLeft === 0);
    expect(await site.eventually('call.ended', ({ seq }) => seq > since)).toMatchObject({ outcome: 'failed' });
  });

  it('goes to the next agent when one hangs up before the customer has answered', async () => {
    await asks('+34600111222', 'direct');
    const ana = await agent('ana');
    const first = await ana.rung();
    first.answer();
    const lost = await carrier.rung();
    lost.ring();
    first.hangUp();
    await lost.until('cancelled');
    const second = await ana.rung();
    second.answer();
    const customer = await carrier.rung();
    customer.answer();
    customer.rtp.tone(725);
    await second.rtp.hears(725);
    customer.hangUp();
    await second.until('ended');
  });

  it('has kept the place of who rings in again, calls nobody meanwhile, and calls them when they have hung up', async () => {
    const since = site.lastSeq();
    await asks('+34600111222', 'direct');
    const again = await (await site.phone('+34600111222')).call('direct');
    await prompts.until(again.rtp, 'en/callback-kept', 'en/callback-cancel-press', 'en/numbers/1');
    const left = site.switchboard.calls.list().filter(({ phase }) => phase !== 'over');
    expect(left).toHaveLength(1);
    again.hangUp();
    await again.until('ended');
    const atAna = await (await agent('ana')).rung();
    atAna.answer();
    const customer = await carrier.rung();
    customer.answer();
    await customer.until('answered');
    customer.hangUp();
    await atAna.until('ended');
    const told = site.events.filter(({ type, seq }) => type.startsWith('callback.') && seq > since);
    expect(told.map(({ type }) => type)).toEqual(['callback.requested', 'callback.resumed', 'callback.ended']);
  });

  it('keeps the place also of who hangs up right after the key, while the answer is still spoken', async () => {
    const since = site.lastSeq();
    const call = await (await site.phone('+34600111333')).call('direct');
    await call.rtp.hears(392, 2);
    call.rtp.press('1');
    await site.eventually('callback.requested', ({ seq }) => seq > since);
    call.hangUp();
    const atAna = await (await agent('ana')).rung();
    atAna.answer();
    const customer = await carrier.rung();
    expect(customer.dialled).toBe('+34600111333');
    customer.answer();
    await customer.until('answered');
    customer.hangUp();
    await atAna.until('ended');
  });

  it.each(['+44600111222', 'rosa'])('lets %s wait on, whom the trunk may not call', async (number) => {
    const since = site.lastSeq();
    const call = await (await site.phone(number)).call('direct');
    await call.rtp.hears(392, 2);
    call.rtp.press('1');
    await call.rtp.hears(440, 2);
    expect(prompts.heard(call.rtp)).toEqual(['en/callback-press', 'en/numbers/1']);
    expect(site.events.some(({ type, seq }) => type === 'callback.requested' && seq > since)).toBe(false);
    call.hangUp();
  });
});
