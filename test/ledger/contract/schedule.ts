import { expect, it } from 'vitest';
import { agentId, queueId } from '../../../src/kernel/ids.js';
import type { ScheduledAbsence } from '../../../src/ledger/ledger.js';
import { call, ledgerSite } from '../ledger-site.js';
import { openWorld, type CreateLedger, type World } from '../ledger-world.js';

const site = { queues: { support: { members: ['ana', 'ben'] }, sales: { members: ['ana'] } } };
const LUNCH = 'on a scheduled break until 14:00 (lunch)';

const says = (world: World, agent: string, ...absences: ScheduledAbsence[]) =>
  world.ledger.setSchedule({ agent: agentId(agent), absences });

const lunch = (world: World, ms = 60_000): ScheduledAbsence => ({
  kind: 'break',
  why: LUNCH,
  untilMs: world.clock.now() + ms,
});

export function scheduleContract(create: CreateLedger): void {
  it('gives no work during a scheduled break, says why, and leaves presence as it is', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.enqueue('c1');
    const absence = lunch(world);
    await says(world, 'ana', absence);
    expect(await world.match()).toMatchObject({
      type: 'nobody-free',
      decision: { passedOver: [{ agent: 'ana', why: LUNCH }, { agent: 'ben' }] },
    });
    expect(await world.agent('ana')).toMatchObject({ presence: { state: 'available' }, absences: [absence] });
    expect((await world.news()).filter(({ type }) => type === 'presence')).toEqual([]);
  });

  it('ends a scheduled absence by itself, and says which queues may match', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await says(world, 'ana', lunch(world, 60_000));
    await world.enqueue('c1');
    await world.pass(59_999);
    expect((await world.match()).type).toBe('nobody-free');
    await world.news();
    world.clock.advance(1);
    expect(await world.news()).toEqual([{ type: 'matchable', queues: ['support'] }]);
    expect(await world.agent('ana')).not.toHaveProperty('absences');
    expect(await world.offered()).toEqual(['ana']);
  });

  it('ends each of several absences at its own time', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await says(world, 'ana', lunch(world, 10_000), { ...lunch(world, 20_000), kind: 'off-duty' });
    await world.enqueue('c1');
    await world.pass(10_000);
    expect((await world.agent('ana')).absences).toMatchObject([{ kind: 'off-duty' }]);
    expect((await world.match()).type).toBe('nobody-free');
    await world.pass(10_000);
    expect(await world.offered()).toEqual(['ana']);
  });

  it('takes what is said last in place of all before, and what is over already for nothing', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await says(world, 'ana', { kind: 'off-duty', why: 'off duty' });
    await world.enqueue('c1');
    await world.pass(86_400_000);
    expect((await world.match()).type).toBe('nobody-free');
    await world.news();
    await says(world, 'ana', lunch(world, 0));
    expect(await world.news()).toEqual([{ type: 'matchable', queues: ['support'] }]);
    expect(await world.offered()).toEqual(['ana']);
  });

  it('changes and says nothing when the same is said again, as by another controller', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    const absence = lunch(world);
    await says(world, 'ana', absence);
    await world.enqueue('c1');
    await world.news();
    const before = await world.ledger.snapshot();
    await says(world, 'ana', { ...absence });
    expect(await world.ledger.snapshot()).toEqual(before);
    expect(await world.news()).toEqual([]);
  });

  it('keeps who is off duty for one queue free for the others', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana', 'ben');
    await says(world, 'ana', { kind: 'off-duty', why: 'off duty here', queue: queueId('support') });
    await world.enqueue('c1');
    expect(await world.offered()).toEqual(['ben']);
    await world.enqueue('c2');
    expect(await world.match()).toMatchObject({ decision: { passedOver: [{ why: 'off duty here' }, {}] } });
    await world.ledger.enqueue(call('c3', 'sales'));
    expect(await world.offered('sales')).toEqual(['ana']);
  });

  it('lets work go on that an absence finds, offers included', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana', 'ben');
    await world.serve('c1');
    await world.enqueue('c2');
    expect(await world.offered()).toEqual(['ben']);
    await says(world, 'ana', lunch(world));
    await says(world, 'ben', lunch(world));
    expect((await world.accept('c2', 'ben')).type).toBe('won');
    expect(await world.release('c1')).toEqual({ type: 'released', agent: 'ana' });
  });

  it('refuses to assign during a break, but lets the agent dial out', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana', 'ben');
    const absence = lunch(world);
    await says(world, 'ana', absence);
    await says(world, 'ben', { kind: 'off-duty', why: 'off duty here', queue: queueId('support') });
    expect(await world.assign('c1', 'ana')).toEqual({
      type: 'refused',
      why: { type: 'scheduled', kind: 'break', why: LUNCH, untilMs: absence.untilMs },
    });
    expect((await world.assign('c1', 'ana', { ignorePresence: true })).type).toBe('assigned');
    expect((await world.assign('c2', 'ben')).type, 'off duty for a queue is no absence').toBe('assigned');
  });

  it('shows their own presence first of who is away during a break, and keeps it after', async () => {
    const world = await openWorld(create, site);
    await world.bring('ana');
    await world.presence('ana', { state: 'away', reason: 'dentist' });
    await says(world, 'ana', lunch(world, 1_000));
    await world.enqueue('c1');
    expect(await world.match()).toMatchObject({ decision: { passedOver: [{ why: 'away: dentist' }, {}] } });
    await world.pass(1_000);
    expect((await world.agent('ana')).presence).toEqual({ state: 'away', reason: 'dentist' });
  });

  it('counts who comes back from a break with no fewer calls than those who were there', async () => {
    const world = await openWorld(create, {
      queues: { support: { strategy: 'fewest-calls', members: ['ana', 'ben'] } },
    });
    await world.bring('ana', 'ben');
    await says(world, 'ana', lunch(world, 1_000));
    for (const work of ['c1', 'c2', 'c3']) {
      expect(await world.serve(work)).toBe('ben');
      await world.release(work);
    }
    await world.pass(1_000);
    const servedBy = [];
    for (const work of ['c4', 'c5']) {
      servedBy.push(await world.serve(work));
      await world.release(work);
    }
    expect(servedBy).toEqual(['ana', 'ben']);
  });

  it('keeps the schedule through a new configuration, and forgets it with the agent', async () => {
    const world = await openWorld(create, site);
    await says(world, 'nobody', lunch(world));
    await says(world, 'ana', lunch(world));
    await world.ledger.configure(ledgerSite({ queues: { sales: { members: ['ana'] } } }));
    expect((await world.agent('ana')).absences).toHaveLength(1);
    await world.ledger.configure(ledgerSite({ queues: { sales: { members: ['ben'] } } }));
    await world.ledger.configure(ledgerSite(site));
    expect(await world.agent('ana')).not.toHaveProperty('absences');
    await world.pass(60_000);
  });
}
