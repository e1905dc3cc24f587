import { expect, it } from 'vitest';
import { BLENDED, call, ledgerSite } from '../ledger-site.js';
import { openWorld, type CreateLedger } from '../ledger-world.js';

const site = {
  queues: {
    support: { members: ['ana'] },
    chats: { members: ['ana'], channel: 'chat' },
    tickets: { members: ['ana'], channel: 'ticket' },
  },
} as const;

export function capacityContract(create: CreateLedger): void {
  it('calls who has chats, and gives no chat to who is on a call', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await chats(world, 3);
    expect(await world.offered('chats')).toEqual(['ana']);
    expect(await world.offered('chats')).toEqual(['ana']);
    await world.enqueue('c1');
    expect(await world.offered()).toEqual(['ana']);
    expect(await world.match('chats')).toMatchObject({
      type: 'nobody-free',
      decision: { passedOver: [{ agent: 'ana', why: 'no room: load 150 and weight 25 of 100' }] },
    });
    await world.accept('c1', 'ana');
    await world.release('c1', { wrapUpMs: 1_000 });
    expect((await world.match('chats')).type, 'wrap-up counts like the call').toBe('nobody-free');
    await world.pass(1_000);
    expect(await world.offered('chats')).toEqual(['ana']);
  });

  it('counts offers like work that was taken', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await chats(world, 5);
    for (let n = 0; n < 4; n += 1) expect(await world.offered('chats')).toEqual(['ana']);
    expect(await world.match('chats')).toMatchObject({
      type: 'nobody-free',
      decision: { passedOver: [{ agent: 'ana', why: 'has 4 of 4 chats' }] },
    });
    await world.ledger.enqueue(call('k1', 'tickets', { channel: 'ticket' }));
    expect((await world.match('tickets')).type).toBe('nobody-free');
  });

  it('never gives more than the limit, however many ask at once', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await chats(world, 30);
    const answers = await Promise.all(Array.from({ length: 30 }, () => world.match('chats')));
    expect(answers.filter((answer) => answer.type === 'offered')).toHaveLength(4);
    const assigned = await Promise.all(
      Array.from({ length: 10 }, (_, n) => world.assign(`out-${n}`, 'ana', { ignorePresence: true })),
    );
    expect(assigned.filter((answer) => answer.type === 'assigned')).toHaveLength(1);
  });

  it('adds up the weights of channels that do not give way', async () => {
    const world = await openWorld(create, {
      agents: {
        ana: {
          total: 100,
          channels: {
            voice: { weight: 60, max: 2, interruptible: false },
            chat: { weight: 30, max: 9, interruptible: false },
            ticket: { weight: 1, max: 9, interruptible: true },
          },
        },
      },
      queues: site.queues,
    });
    await world.bring('ana');
    await chats(world, 4);
    await world.enqueue('c1', 'c2');
    expect(await world.offered()).toEqual(['ana']);
    expect(await world.offered('chats')).toEqual(['ana']);
    expect((await world.match('chats')).type).toBe('nobody-free');
    expect((await world.match()).type).toBe('nobody-free');
  });

  it('lets running work be when a limit shrinks, and gives no more', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await chats(world, 6);
    for (let n = 1; n <= 3; n += 1) {
      await world.offered('chats');
      await world.accept(`t${n}`, 'ana');
    }
    await world.ledger.configure(
      ledgerSite({
        ...site,
        agents: { ana: { ...BLENDED, channels: { ...BLENDED.channels, chat: { ...BLENDED.channels.chat, max: 2 } } } },
      }),
    );
    expect((await world.agent('ana')).holds).toHaveLength(3);
    expect((await world.match('chats')).type).toBe('nobody-free');
    await world.release('t1');
    expect((await world.match('chats')).type).toBe('nobody-free');
    await world.release('t2');
    expect(await world.offered('chats')).toEqual(['ana']);
  });
}

async function chats(world: Awaited<ReturnType<typeof openWorld>>, count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) await world.ledger.enqueue(call(`t${n}`, 'chats', { channel: 'chat' }));
}
