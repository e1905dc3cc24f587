import { expect, it } from 'vitest';
import { agentId, queueId, workId } from '../../../src/kernel/ids.js';
import type { Ledger, PullRequest, TransferRequest } from '../../../src/ledger/ledger.js';
import { BLENDED, call } from '../ledger-site.js';
import { openWorld, type CreateLedger } from '../ledger-world.js';

const site = {
  queues: {
    support: { members: ['ana', 'ben'] },
    tickets: { members: ['ana', 'ben'], channel: 'ticket' },
  },
  agents: { eva: BLENDED },
} as const;

function transfer(ledger: Ledger, from: string, to: string, over: Partial<TransferRequest> = {}) {
  return ledger.transfer({
    work: workId('q1'),
    from: agentId(from),
    to: agentId(to),
    ignorePresence: false,
    talkMs: 0,
    ...over,
  });
}

function pull(ledger: Ledger, agent: string, token: string, over: Partial<PullRequest> = {}) {
  const queue = queueId('tickets');
  return ledger.pull({ agent: agentId(agent), queue, token, as: 'active', ignorePresence: false, ...over });
}

export function handOverContract(create: CreateLedger): void {
  it('moves active work from one agent to another, with what each has done for it', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana', 'ben');
    expect(await world.serve('q1')).toBe('ana');
    expect(await transfer(world.ledger, 'ana', 'ben', { talkMs: 1_500 })).toEqual({ type: 'transferred' });
    expect(await world.agent('ana')).toMatchObject({ holds: [], talkMs: 1_500, callsTaken: 1 });
    expect(await world.agent('ben')).toMatchObject({ holds: [{ work: 'q1', state: 'active' }], callsTaken: 1 });
    expect(await world.queue()).toMatchObject({ active: 1 });
    expect(await transfer(world.ledger, 'ana', 'ben'), 'asked again').toEqual({ type: 'transferred' });
    expect(await world.accept('q1', 'ana'), 'a late answer').toEqual({ type: 'lost', to: 'ben' });
    expect(await world.accept('q1', 'ben')).toEqual({ type: 'won', losers: [] });
    expect(await world.release('q1', { wrapUpMs: 5_000, talkMs: 10 })).toEqual({ type: 'released', agent: 'ben' });
    expect((await world.agent('ben')).holds).toMatchObject([{ state: 'wrap-up' }]);
  });

  it('gives the room of who gave work away to what waits', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana', 'ben');
    await world.serve('q1');
    await world.presence('ben', { state: 'away', reason: 'lunch' });
    await world.enqueue('q2');
    await world.news();
    await transfer(world.ledger, 'ana', 'ben', { ignorePresence: true });
    expect(await world.news()).toEqual([{ type: 'matchable', queues: ['support'] }]);
    expect(await world.offered()).toEqual(['ana']);
  });

  it.each([
    ['who is away', 'ben', { type: 'presence', presence: { state: 'away', reason: 'lunch' } }],
    ['who is not connected', 'eva', { type: 'presence', presence: { state: 'offline' } }],
    ['who is nobody', 'none', { type: 'unknown-agent' }],
  ])('does not transfer to %s, and leaves the work where it is', async (_, to, why) => {
    const world = await openWorld(create, site);
    await world.bring('ana', 'ben');
    await world.serve('q1');
    await world.presence('ben', { state: 'away', reason: 'lunch' });
    expect(await transfer(world.ledger, 'ana', to)).toEqual({ type: 'refused', why });
    expect((await world.agent('ana')).holds).toMatchObject([{ work: 'q1', state: 'active' }]);
  });

  it('does not transfer to who has no room, whatever may be ignored', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana', 'ben');
    await world.serve('q1');
    await world.serve('q2');
    expect(await transfer(world.ledger, 'ana', 'ben', { ignorePresence: true })).toEqual({
      type: 'refused',
      why: { type: 'at-channel-limit', channel: 'voice', holds: 1, max: 1 },
    });
  });

  it('transfers only what is with the one who gives it', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana', 'ben');
    expect(await transfer(world.ledger, 'ana', 'ben')).toEqual({ type: 'gone' });
    await world.enqueue('q1');
    expect(await transfer(world.ledger, 'ana', 'ben'), 'it waits').toEqual({ type: 'gone' });
    await world.match();
    expect(await transfer(world.ledger, 'ana', 'ben'), 'it rings').toEqual({ type: 'gone' });
    await world.accept('q1', 'ana');
    expect(await transfer(world.ledger, 'ben', 'eva')).toEqual({ type: 'elsewhere', agent: 'ana' });
  });

  it('gives who pulls the head of the line, or a piece by name', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana', 'ben');
    for (const name of ['t1', 't2', 't3']) await world.ledger.enqueue(call(name, 'tickets', { channel: 'ticket' }));
    expect(await pull(world.ledger, 'ana', 'a')).toEqual({ type: 'pulled', work: 't1', attempt: 1 });
    expect(await pull(world.ledger, 'ben', 'b', { work: workId('t3') })).toMatchObject({ work: 't3' });
    expect(await pull(world.ledger, 'ana', 'c', { work: workId('t3') })).toEqual({ type: 'not-waiting' });
    expect(await world.agent('ana')).toMatchObject({ holds: [{ work: 't1', state: 'active' }], callsTaken: 1 });
    expect(await world.queue('tickets')).toMatchObject({ waiting: [{ work: 't2' }], offered: [], active: 2 });
    expect(await world.ledger.match(queueId('tickets'))).toMatchObject({ type: 'offered', work: 't2' });
    expect(await pull(world.ledger, 'ana', 'd')).toEqual({ type: 'nothing-waiting' });
    expect(await world.release('t1')).toEqual({ type: 'released', agent: 'ana' });
  });

  it('answers a pull that is asked again as before, and takes no more', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    for (const name of ['t1', 't2']) await world.ledger.enqueue(call(name, 'tickets', { channel: 'ticket' }));
    const first = await pull(world.ledger, 'ana', 'a');
    expect(await pull(world.ledger, 'ana', 'a')).toEqual(first);
    expect((await world.agent('ana')).holds).toHaveLength(1);
    expect(await pull(world.ledger, 'ana', 'b')).toMatchObject({ work: 't2' });
  });

  it('offers what was pulled where a phone has to be rung first; it goes back when that comes to nothing', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana', 'ben');
    await world.enqueue('q1');
    const queue = queueId('support');
    const pulled = { type: 'pulled', work: 'q1', attempt: 1 };
    expect(await pull(world.ledger, 'ben', 'b', { queue, as: 'offered' })).toEqual(pulled);
    expect(await world.queue()).toMatchObject({ waiting: [], offered: [{ work: 'q1', attempt: 1, agents: ['ben'] }] });
    expect(await world.decline('q1', 'ben')).toMatchObject({ type: 'declined', remaining: 0 });
    expect(await world.queue()).toMatchObject({ waiting: [{ work: 'q1' }] });
    expect(await pull(world.ledger, 'ben', 'c', { queue, as: 'offered' }), 'whoever asks is there').toMatchObject({
      type: 'pulled',
      attempt: 2,
    });
    expect(await world.accept('q1', 'ben', 2)).toEqual({ type: 'won', losers: [] });
  });

  it.each([
    ['no member', 'eva', {}, { type: 'not-a-member' }],
    ['nobody', 'none', {}, { type: 'unknown-agent' }],
    ['away', 'ben', {}, { type: 'presence', presence: { state: 'away', reason: 'lunch' } }],
    ['on a call', 'ana', { ignorePresence: true }, { type: 'no-room', load: 100, weight: 10, total: 100 }],
  ])('lets nobody pull who is %s', async (_, agent, over, why) => {
    const world = await openWorld(create, site);
    await world.bring('ana', 'ben', 'eva');
    await world.serve('q1');
    await world.presence('ben', { state: 'away', reason: 'lunch' });
    await world.ledger.enqueue(call('t1', 'tickets', { channel: 'ticket' }));
    expect(await pull(world.ledger, agent, 'a', over)).toEqual({ type: 'refused', why });
    expect(await world.queue('tickets')).toMatchObject({ waiting: [{ work: 't1' }] });
    if (agent === 'ben') {
      expect(await pull(world.ledger, 'ben', 'b', { ignorePresence: true })).toMatchObject({ type: 'pulled' });
    }
  });

  it('knows no line of a queue that is not there', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    expect(await pull(world.ledger, 'ana', 'a', { queue: queueId('none') })).toEqual({ type: 'unknown-queue' });
  });
}
