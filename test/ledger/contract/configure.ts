import { expect, it } from 'vitest';
import { agentId, queueId, workId } from '../../../src/kernel/ids.js';
import { BLENDED, call, ledgerSite } from '../ledger-site.js';
import { openWorld, type CreateLedger } from '../ledger-world.js';

const site = { queues: { support: { members: ['ana', 'ben'] } } };

export function configureContract(create: CreateLedger): void {
  it('keeps what agents are and hold', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.serve('c1');
    const before = await world.agent('ana');
    await world.ledger.configure(ledgerSite({ queues: { support: { members: ['eva', 'ana'], strategy: 'linear' } } }));
    expect(await world.agent('ana')).toEqual(before);
    expect((await world.ledger.snapshot()).agents.map(({ agent }) => agent).sort()).toEqual(['ana', 'eva']);
    await world.bring('eva');
    expect(await world.serve('c2')).toBe('eva');
    expect(await world.release('c1')).toEqual({ type: 'released', agent: 'ana' });
  });

  it('keeps an agent who was dropped until their work is over, and gives them no more', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.serve('c1');
    await world.ledger.configure(ledgerSite({ queues: { support: { members: ['ben'] } } }));
    expect((await world.agent('ana')).holds).toHaveLength(1);
    expect(await world.presence('ana', { state: 'offline' })).toEqual({ type: 'unknown-agent' });
    expect(await world.assign('c2', 'ana', { ignorePresence: true })).toEqual({
      type: 'refused',
      why: { type: 'unknown-agent' },
    });
    await world.release('c1', { wrapUpMs: 1_000 });
    await world.pass(1_000);
    expect((await world.ledger.snapshot()).agents.map(({ agent }) => agent)).toEqual(['ben']);
  });

  it('takes an answer from an agent who was dropped while it rang', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.enqueue('c1');
    await world.offered();
    await world.ledger.configure(ledgerSite({ queues: { support: { members: ['ben'] } } }));
    expect(await world.accept('c1', 'ana')).toEqual({ type: 'won', losers: [] });
    await world.release('c1');
    expect((await world.ledger.snapshot()).agents.map(({ agent }) => agent)).toEqual(['ben']);
  });

  it('takes an agent back as they were who was dropped only while on a call', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.serve('c1');
    await world.ledger.configure(ledgerSite({ queues: { support: { members: ['ben'] } } }));
    await world.ledger.configure(ledgerSite(site));
    await world.release('c1');
    expect((await world.agent('ana')).presence).toEqual({ state: 'available' });
    expect(await world.serve('c2')).toBe('ana');
  });

  it('keeps the work of a queue that was dropped, until its owner moves it or gives it up', async () => {
    const world = await openWorld(create, { queues: { ...site.queues, sales: { members: ['ana'] } } });
    await world.bring('ana');
    await world.serve('s0', 'sales');
    await world.ledger.enqueue(call('s1', 'sales'));
    await world.ledger.enqueue(call('s2', 'sales'));
    await world.ledger.configure(ledgerSite(site));
    await world.release('s0');
    expect((await world.match('sales')).type).toBe('nobody-free');
    expect(await world.ledger.enqueue(call('s3', 'sales'))).toEqual({ type: 'unknown-queue' });
    expect(await world.ledger.requeue({ work: workId('s1'), queue: queueId('support') })).toMatchObject({
      position: 1,
    });
    expect(await world.offered('support')).toEqual(['ana']);
    expect(await world.ledger.abandon(workId('s2'))).toEqual({ type: 'abandoned', offeredTo: [] });
    expect((await world.ledger.snapshot()).queues.map(({ queue }) => queue)).toEqual(['support']);
  });

  it('says which queues may match when a limit was raised', async () => {
    const none = { ...BLENDED, channels: { ...BLENDED.channels, voice: { ...BLENDED.channels.voice, max: 0 } } };
    const world = await openWorld(create, { ...site, agents: { ana: none } });
    await world.bring('ana');
    await world.enqueue('c1');
    expect(await world.match()).toMatchObject({
      decision: { passedOver: [{ why: 'takes no calls' }, { why: 'offline' }] },
    });
    await world.news();
    await world.ledger.configure(ledgerSite(site));
    expect(await world.news()).toEqual([{ type: 'matchable', queues: ['support'] }]);
    expect(await world.offered()).toEqual(['ana']);
  });

  it('keeps whose turn it is', async () => {
    const round = { queues: { support: { strategy: 'round-robin', members: ['ana', 'ben', 'eva'] } } } as const;
    const world = await openWorld(create, round);
    await world.bring('ana', 'ben', 'eva');
    expect(await world.serve('c1')).toBe('ana');
    await world.release('c1');
    await world.ledger.configure(ledgerSite(round));
    expect(await world.serve('c2')).toBe('ben');
  });

  it('drops the reach and presence of an agent that is dropped', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.presence('ana', { state: 'break', untilMs: world.clock.now() + 1_000 });
    await world.ledger.configure(ledgerSite({ queues: { support: { members: ['ben'] } } }));
    await world.ledger.setReachable({ agent: agentId('ana'), channel: 'voice', reachable: true });
    await world.ledger.configure(ledgerSite(site));
    expect(await world.agent('ana')).toMatchObject({ presence: { state: 'offline' }, reachable: [] });
    await world.pass(1_000);
    expect((await world.agent('ana')).presence).toEqual({ state: 'offline' });
  });
}
