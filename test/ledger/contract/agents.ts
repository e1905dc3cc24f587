import { expect, it } from 'vitest';
import { agentId } from '../../../src/kernel/ids.js';
import type { Presence } from '../../../src/ledger/ledger.js';
import { call } from '../ledger-site.js';
import { openWorld, type CreateLedger } from '../ledger-world.js';

const AVAILABLE: Presence = { state: 'available' };
const OFFLINE: Presence = { state: 'offline' };
const LUNCH: Presence = { state: 'away', reason: 'lunch' };
const site = { queues: { support: { members: ['ana', 'ben'] } } };

export function agentContract(create: CreateLedger): void {
  it('knows an agent as offline and unreachable at first', async () => {
    const world = await openWorld(create, site);
    expect(await world.agent('ana')).toMatchObject({
      presence: OFFLINE,
      reachable: [],
      channelsOff: [],
      holds: [],
      missesInARow: 0,
      callsTaken: 0,
      talkMs: 0,
    });
  });

  it('changes presence, says so, and says when nothing changed', async () => {
    const world = await openWorld(create, site);
    expect(await world.presence('ana', AVAILABLE)).toEqual({ type: 'changed', from: OFFLINE, to: AVAILABLE });
    expect(await world.presence('ana', AVAILABLE)).toEqual({ type: 'unchanged', presence: AVAILABLE });
    expect(await world.presence('ana', LUNCH)).toEqual({ type: 'changed', from: AVAILABLE, to: LUNCH });
    const school: Presence = { state: 'away', reason: 'school' };
    expect(await world.presence('ana', school)).toEqual({ type: 'changed', from: LUNCH, to: school });
    expect(await world.presence('nobody', AVAILABLE)).toEqual({ type: 'unknown-agent' });
    expect((await world.news()).filter((notice) => notice.type === 'presence')).toEqual([
      { type: 'presence', agent: 'ana', presence: AVAILABLE },
      { type: 'presence', agent: 'ana', presence: LUNCH },
      { type: 'presence', agent: 'ana', presence: school },
    ]);
  });

  it('leaves who is away alone when a change is meant for who is offline', async () => {
    const world = await openWorld(create, site);
    const signIn = { agent: agentId('ana'), presence: AVAILABLE, onlyFrom: ['offline'] as const };
    await world.presence('ana', LUNCH);
    expect(await world.ledger.setPresence(signIn)).toEqual({ type: 'unchanged', presence: LUNCH });
    await world.presence('ana', OFFLINE);
    expect(await world.ledger.setPresence(signIn)).toEqual({ type: 'changed', from: OFFLINE, to: AVAILABLE });
  });

  it('changes at once when asked to change when free, and free', async () => {
    const world = await openWorld(create, site);
    expect(await world.presence('ana', LUNCH, true)).toEqual({ type: 'changed', from: OFFLINE, to: LUNCH });
  });

  it('keeps a presence pending until the last hold has ended, wrap-up included', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.serve('c1');
    expect(await world.presence('ana', LUNCH, true)).toEqual({ type: 'pending', to: LUNCH });
    expect(await world.agent('ana')).toMatchObject({ presence: AVAILABLE, pending: LUNCH });
    await world.release('c1', { wrapUpMs: 5_000 });
    expect((await world.agent('ana')).presence).toEqual(AVAILABLE);
    await world.pass(5_000);
    const ana = await world.agent('ana');
    expect(ana.presence).toEqual(LUNCH);
    expect(ana).not.toHaveProperty('pending');
    expect(await world.news()).toContainEqual({ type: 'presence', agent: 'ana', presence: LUNCH });
  });

  it('forgets a pending presence when another change comes, also one that changes nothing', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.serve('c1');
    await world.presence('ana', LUNCH, true);
    expect(await world.presence('ana', AVAILABLE)).toEqual({ type: 'unchanged', presence: AVAILABLE });
    await world.release('c1');
    expect((await world.agent('ana')).presence).toEqual(AVAILABLE);
  });

  it('does not forget a pending presence for a change that was not meant for this state', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.serve('c1');
    await world.presence('ana', LUNCH, true);
    await world.ledger.setPresence({ agent: agentId('ana'), presence: AVAILABLE, onlyFrom: ['offline'] });
    await world.release('c1');
    expect((await world.agent('ana')).presence).toEqual(LUNCH);
  });

  it('ends a break by itself', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.enqueue('c1');
    await world.presence('ana', { state: 'break', untilMs: world.clock.now() + 60_000 });
    expect((await world.match()).type).toBe('nobody-free');
    await world.pass(59_999);
    expect((await world.match()).type).toBe('nobody-free');
    await world.news();
    world.clock.advance(1);
    expect(await world.news()).toEqual([
      { type: 'presence', agent: 'ana', presence: AVAILABLE },
      { type: 'matchable', queues: ['support'] },
    ]);
    expect(await world.offered()).toEqual(['ana']);
  });

  it('forgets the end of a break that was broken off', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.presence('ana', { state: 'break', untilMs: world.clock.now() + 1_000 });
    await world.presence('ana', LUNCH);
    await world.pass(2_000);
    expect((await world.agent('ana')).presence).toEqual(LUNCH);
  });

  it('offers nothing to who is unreachable or has switched the channel off', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.enqueue('c1');
    const ana = { agent: agentId('ana'), channel: 'voice' as const };
    await world.ledger.setReachable({ ...ana, reachable: false });
    expect((await world.agent('ana')).reachable).toEqual(['chat', 'ticket']);
    expect((await world.match()).type).toBe('nobody-free');
    await world.ledger.setReachable({ ...ana, reachable: true });
    await world.ledger.switchChannel({ ...ana, on: false });
    expect((await world.agent('ana')).channelsOff).toEqual(['voice']);
    expect((await world.match()).type).toBe('nobody-free');
    await world.ledger.switchChannel({ ...ana, on: true });
    expect(await world.offered()).toEqual(['ana']);
  });

  it('takes no notice of who it does not know', async () => {
    const world = await openWorld(create, site);
    await world.ledger.setReachable({ agent: agentId('nobody'), channel: 'voice', reachable: true });
    await world.ledger.switchChannel({ agent: agentId('nobody'), channel: 'voice', on: false });
    expect(await world.ledger.endWrapUp(agentId('nobody'))).toEqual({ type: 'nothing-to-end' });
    expect((await world.ledger.snapshot()).agents.map(({ agent }) => agent).sort()).toEqual(['ana', 'ben']);
  });

  it('backs off by the cause of a miss', async () => {
    const world = await openWorld(create, { queues: { support: { members: ['ana'] } } });
    await world.bring('ana');
    await world.enqueue('c1');
    for (const [attempt, [cause, backOffMs]] of Object.entries([
      ['busy', 5_000],
      ['declined', 10_000],
      ['no-answer', 20_000],
      ['unreachable', 30_000],
    ] as const)) {
      expect(await world.offered(), cause).toEqual(['ana']);
      await world.decline('c1', 'ana', cause, Number(attempt) + 1);
      expect((await world.agent('ana')).backOff).toEqual({ cause, untilMs: world.clock.now() + backOffMs });
      await world.pass(backOffMs - 1);
      expect((await world.match()).type, cause).toBe('nobody-free');
      await world.pass(1);
      expect(await world.agent('ana')).not.toHaveProperty('backOff');
    }
  });

  it('does not shorten a longer back-off by a shorter one', async () => {
    const world = await openWorld(create, {
      queues: { support: { members: ['ana'] }, chats: { members: ['ana'], channel: 'chat' } },
    });
    await world.bring('ana');
    await world.enqueue('c1');
    await world.ledger.enqueue(call('t1', 'chats', { channel: 'chat' }));
    await world.offered('chats');
    await world.offered('support');
    const untilMs = world.clock.now() + 30_000;
    await world.decline('c1', 'ana', 'unreachable');
    await world.decline('t1', 'ana', 'busy');
    expect((await world.agent('ana')).backOff).toEqual({ cause: 'unreachable', untilMs });
  });

  it('puts away who missed too many in a row, whatever the causes', async () => {
    const world = await openWorld(create, { queues: { support: { members: ['ana'] } }, missesUntilAway: 3 });
    await world.bring('ana');
    await world.enqueue('c1');
    const putAway: boolean[] = [];
    for (const [attempt, cause] of (['busy', 'unreachable', 'no-answer'] as const).entries()) {
      await world.pass(60_000);
      await world.offered();
      const result = await world.decline('c1', 'ana', cause, attempt + 1);
      if (result.type === 'declined') putAway.push(result.putAway);
    }
    expect(putAway).toEqual([false, false, true]);
    expect(await world.agent('ana')).toMatchObject({
      presence: { state: 'away', reason: 'missed calls' },
      missesInARow: 3,
    });
    expect(await world.news()).toContainEqual({
      type: 'presence',
      agent: 'ana',
      presence: { state: 'away', reason: 'missed calls' },
    });
    await world.presence('ana', AVAILABLE);
    const ana = await world.agent('ana');
    expect(ana.missesInARow).toBe(0);
    expect(ana, 'who says that they are back is offered work at once').not.toHaveProperty('backOff');
  });

  it('starts the count of misses anew with every call taken', async () => {
    const world = await openWorld(create, { queues: { support: { members: ['ana'] } }, missesUntilAway: 2 });
    await world.bring('ana');
    for (const work of ['c1', 'c2', 'c3']) {
      await world.enqueue(work);
      await world.offered();
      await world.decline(work, 'ana', 'busy');
      await world.pass(5_000);
      await world.offered();
      expect((await world.accept(work, 'ana', 2)).type).toBe('won');
      await world.release(work);
    }
    expect(await world.agent('ana')).toMatchObject({ presence: AVAILABLE, missesInARow: 0, callsTaken: 3 });
  });

  it('blames nobody who lost to another or whose caller left', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'ring-to-all', members: ['ana', 'ben'] } },
      missesUntilAway: 1,
    });
    await world.bring('ana', 'ben');
    const idleSince = (await world.agent('ben')).idleSinceMs;
    await world.enqueue('c1', 'c2');
    await world.offered();
    await world.accept('c1', 'ana');
    await world.offered();
    await world.ledger.abandon((await world.queue()).offered[0]!.work);
    const ben = await world.agent('ben');
    expect(ben).toMatchObject({ presence: AVAILABLE, missesInARow: 0, idleSinceMs: idleSince, holds: [] });
    expect(ben).not.toHaveProperty('backOff');
  });

  it('counts idle time from the end of the last work, wrap-up included, and from coming in', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    const cameIn = world.clock.now() - 1;
    expect((await world.agent('ana')).idleSinceMs).toBe(cameIn);
    await world.presence('ana', LUNCH);
    await world.pass(1_000);
    await world.presence('ana', AVAILABLE);
    expect((await world.agent('ana')).idleSinceMs, 'lunch is no work').toBe(cameIn);
    await world.serve('c1');
    await world.pass(1_000);
    await world.release('c1', { wrapUpMs: 500 });
    expect((await world.agent('ana')).idleSinceMs).toBe(cameIn);
    const over = world.clock.now() + 500;
    await world.pass(2_000);
    expect((await world.agent('ana')).idleSinceMs, 'when it was over, not when it was noticed').toBe(over);
  });
}
