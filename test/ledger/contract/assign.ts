import { expect, it } from 'vitest';
import { workId } from '../../../src/kernel/ids.js';
import { OFFER_TTL_MS } from '../ledger-site.js';
import { openWorld, type CreateLedger } from '../ledger-world.js';

const site = { queues: { support: { members: ['ana', 'ben'] } } };

export function assignContract(create: CreateLedger): void {
  it('takes room for a call that the agent began, whatever the presence', async () => {
    const world = await openWorld(create, site);
    expect(await world.assign('c1', 'ana', { ignorePresence: true })).toEqual({ type: 'assigned', attempt: 1 });
    expect(await world.assign('c1', 'ana', { ignorePresence: true })).toEqual({ type: 'duplicate' });
    expect(await world.assign('c2', 'ana', { ignorePresence: true })).toEqual({
      type: 'refused',
      why: { type: 'at-channel-limit', channel: 'voice', holds: 1, max: 1 },
    });
    expect((await world.agent('ana')).holds).toEqual([
      { work: 'c1', channel: 'voice', weight: 100, state: 'active', sinceMs: world.clock.now() },
    ]);
    await world.bring('ana');
    await world.enqueue('q1');
    expect((await world.match()).type).toBe('nobody-free');
    expect(await world.release('c1')).toEqual({ type: 'released', agent: 'ana' });
    expect(await world.offered()).toEqual(['ana']);
  });

  it('refuses who is not there, with the reason', async () => {
    const world = await openWorld(create, site);
    expect(await world.assign('c1', 'nobody')).toEqual({ type: 'refused', why: { type: 'unknown-agent' } });
    expect(await world.assign('c1', 'ana')).toEqual({
      type: 'refused',
      why: { type: 'presence', presence: { state: 'offline' } },
    });
    await world.presence('ana', { state: 'available' });
    expect(await world.assign('c1', 'ana')).toEqual({
      type: 'refused',
      why: { type: 'unreachable', channel: 'voice' },
    });
    await world.bring('ana');
    expect((await world.assign('c1', 'ana')).type).toBe('assigned');
  });

  it('offers a call to an agent, who accepts as usual', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    expect(await world.assign('c1', 'ana', { as: 'offered' })).toEqual({ type: 'assigned', attempt: 1 });
    expect(await world.ledger.extend({ work: workId('c1'), attempt: 1 })).toEqual({ type: 'nobody-free' });
    expect(await world.accept('c1', 'ana')).toEqual({ type: 'won', losers: [] });
    expect(await world.ledger.abandon(workId('c1'))).toEqual({ type: 'active', agent: 'ana' });
    expect((await world.release('c1', { wrapUpMs: 1_000 })).type).toBe('released');
    await world.pass(1_000);
    expect((await world.agent('ana')).holds).toEqual([]);
  });

  it.each(['declined', 'abandoned', 'expired'] as const)('has no line to go back to when it is %s', async (how) => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.assign('c1', 'ana', { as: 'offered' });
    if (how === 'declined') {
      expect(await world.decline('c1', 'ana')).toEqual({ type: 'declined', remaining: 0, putAway: false });
    }
    if (how === 'abandoned') {
      expect(await world.ledger.abandon(workId('c1'))).toEqual({ type: 'abandoned', offeredTo: ['ana'] });
    }
    if (how === 'expired') await world.pass(OFFER_TTL_MS);
    expect(await world.accept('c1', 'ana')).toEqual({ type: 'gone' });
    expect((await world.agent('ana')).holds).toEqual([]);
    await world.pass(60_000);
    expect((await world.assign('c1', 'ana')).type).toBe('assigned');
  });
}
