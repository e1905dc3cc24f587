/** Design: "Ring to all, exactly". Every race that one SIPp can be late or early for. */
import { setTimeout as passed } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PhoneBank } from '../sipp/phones.js';
import type { WireMessage } from '../sipp/wire-trace.js';
import { availableSipServers } from '../support/sip-servers.js';
import { until } from '../support/until.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, numbered, siteYaml } from './site.js';
import { completedElsewhere, connected, reasonOf, rung, sdpOwner, story } from './wire.js';

const ten = numbered('ten-', 10);
const crossing = numbered('crossing-', 3);

const yaml = siteYaml({
  agents: agents(...ten, ...crossing, 'quick', 'alone', 'shy', 'slow', 'leaver'),
  queues: {
    ten: { strategy: 'ring-to-all', members: ten, wrap_up: '0s' },
    crossing: { strategy: 'ring-to-all', members: [...crossing, 'quick'], wrap_up: '0s' },
    'crossing-only': { strategy: 'ring-to-all', members: crossing, wrap_up: '0s' },
    alone: { members: ['alone'], wrap_up: '0s' },
    shy: { members: ['shy'], wrap_up: '0s' },
    slow: { members: ['slow'], wrap_up: '0s' },
    leaver: { members: ['leaver'], wrap_up: '0s' },
  },
  entry_points: Object.fromEntries(
    ['ten', 'crossing', 'crossing-only', 'alone', 'shy', 'slow', 'leaver'].map((queue) => [
      `to-${queue}`,
      { queue, public: true },
    ]),
  ),
});

const cancelledStory = '<INVITE >180 INVITE <CANCEL >200 CANCEL >487 INVITE <ACK';
/** Answered while our CANCEL was on its way. */
const crossedStory = '<INVITE >180 INVITE >200 INVITE <CANCEL >200 CANCEL <ACK <BYE >200 BYE';
const answeredStory = '<INVITE >180 INVITE >200 INVITE <ACK <BYE >200 BYE';

describe.each(availableSipServers())('races on $name', (server) => {
  let site: RunningSite;

  beforeAll(async () => {
    site = await startSite({ server, yaml });
  });
  afterEach(() => site.nothingLeft());
  afterAll(() => site.stop());

  it('ten phones answer in the same millisecond: one is connected, nine get ACK and BYE', async () => {
    const bank = await site.phones(ten, { name: 'agent', then: { does: 'answer', afterMs: 300 } });
    const hasRung = (call: readonly WireMessage[]) => story(call).startsWith('<INVITE >180 INVITE');
    let isAllInTime = false;
    // They stand still until all are due, and so answer in one go; on a machine that is busy some may have answered before.
    for (let round = 0; round < 3 || (!isAllInTime && round < 30); round += 1) {
      const calls = () => bank.calls().slice(10 * round);
      const caller = await site.startCallers({ what: 'talk', forMs: 300 }, ['to-ten']);
      await until('all ring', () => calls().filter(hasRung).length === 10);
      process.kill(bank.pid, 'SIGSTOP');
      await passed(400);
      process.kill(bank.pid, 'SIGCONT');
      expect((await caller.done()).code).toBe(0);
      await site.nothingLeft();
      expect(rung(calls()).sort()).toEqual([...ten].sort());
      expect(connected(calls())).toHaveLength(1);
      for (const call of calls()) expect([answeredStory, crossedStory, cancelledStory]).toContain(story(call));
      expect(calls().filter((call) => reasonOf(call) === completedElsewhere)).toHaveLength(9);
      isAllInTime ||= calls().every((call) => story(call) !== cancelledStory);
    }
    expect(isAllInTime, 'all ten were in time').toBe(true);
    expect(bank.errors()).toBe('');
    const missed = (await site.switchboard.ledger.snapshot()).agents.filter(({ missesInARow }) => missesInARow > 0);
    expect(missed).toEqual([]);
  });

  it('a 200 that crosses the CANCEL of a lost race is acknowledged and ended with the same reason', async () => {
    const late = await site.phones(crossing, { then: { does: 'nothing' }, onCancel: 'answers' });
    const quick = await site.phones(['quick'], { name: 'quick', then: { does: 'answer', afterMs: 100 } });
    const done = await site.call({ what: 'talk', forMs: 200 }, ['to-crossing']);
    expect(sdpOwner(done.calls[0]!, 'received')).toBe('quick');
    expect(connected(quick.calls())).toEqual(['quick']);
    expect(late.calls().map(story)).toEqual(
      Array(3).fill('<INVITE >180 INVITE <CANCEL >200 CANCEL >200 INVITE <ACK <BYE >200 BYE'),
    );
    for (const call of late.calls()) {
      const [cancel, bye] = endings(call).map((ending) => reasonOf([ending]));
      expect(cancel).toBe(completedElsewhere);
      // drachtio-server sends this BYE by itself, with words of its own and the same cause.
      expect(bye).toMatch(/^SIP;cause=200;/);
    }
  });

  it('a 200 that crosses the CANCEL of a caller who left is ended, and nobody is told of an answer elsewhere', async () => {
    const late = await site.phones(crossing, { then: { does: 'nothing' }, onCancel: 'answers' });
    await site.call({ what: 'cancel', after: 180, ms: 100 }, ['to-crossing-only']);
    await site.nothingLeft();
    expect(late.calls().map(story)).toEqual(
      Array(3).fill('<INVITE >180 INVITE <CANCEL >200 CANCEL >200 INVITE <ACK <BYE >200 BYE'),
    );
    expect(
      late
        .calls()
        .flatMap(endings)
        .map((ending) => reasonOf([ending])),
    ).not.toContain(completedElsewhere);
  });

  describe('a caller who hangs up', () => {
    let bank: PhoneBank;
    beforeAll(async () => {
      bank = await site.phones(['alone'], { name: 'alone', then: { does: 'answer', afterMs: 150 } });
    });

    it('at the first 100, before any phone rings', async () => {
      const shy = await site.phones(['shy'], { rings: false, then: { does: 'answer', afterMs: 1_000 } });
      const done = await site.call({ what: 'cancel', after: 100, ms: 0 }, ['to-shy', 'to-shy', 'to-shy'], oneByOne);
      await site.nothingLeft();
      for (const call of done.calls) expect(story(call)).toMatch(/>CANCEL.* <487 INVITE >ACK/);
      for (const call of shy.calls()) expect(reasonOf(call)).not.toBe(completedElsewhere);
      await expectNoMiss('shy');
    });

    it('while the phone rings', async () => {
      const slow = await site.phones(['slow'], { then: { does: 'nothing' } });
      await site.call({ what: 'cancel', after: 180, ms: 100 }, ['to-slow']);
      await site.nothingLeft();
      expect(slow.calls().map(story)).toEqual([cancelledStory]);
      expect(slow.calls().map(reasonOf)).toEqual(['none']);
      await expectNoMiss('slow');
    });

    it('in the moments around the answer', async () => {
      for (const ms of [138, 142, 146, 150, 154, 158, 162]) {
        await site.call({ what: 'cancel', after: 180, ms }, ['to-alone', 'to-alone'], oneByOne);
        await site.nothingLeft();
      }
      const stories = bank.calls().map(story);
      expect(stories).toHaveLength(14);
      for (const each of stories) {
        expect([
          cancelledStory,
          answeredStory,
          '<INVITE >180 INVITE >200 INVITE <CANCEL >200 CANCEL <ACK <BYE >200 BYE',
        ]).toContain(each);
      }
      expect(
        bank
          .calls()
          .flatMap(endings)
          .map((ending) => reasonOf([ending])),
      ).not.toContain(completedElsewhere);
      await expectNoMiss('alone');
    });

    it('by BYE right behind its ACK', async () => {
      const before = bank.calls().length;
      await site.call({ what: 'talk', forMs: 0 }, Array<string>(5).fill('to-alone'), oneByOne);
      await site.nothingLeft();
      expect(bank.calls().slice(before).map(story)).toEqual(Array(5).fill(answeredStory));
    });

    it('while waiting for somebody to become free', async () => {
      const busy = await site.startCallers({ what: 'talk', forMs: 1_500 }, ['to-alone']);
      await site.eventually('call.connected');
      await site.call({ what: 'cancel', after: 180, ms: 100 }, ['to-alone', 'to-alone', 'to-alone']);
      expect((await busy.done()).code).toBe(0);
    });
  });

  it('a phone that hangs up ends the call at the caller', async () => {
    await site.phones(['leaver'], {
      then: { does: 'answer', afterMs: 20 },
      afterAnswer: { does: 'hang-up', afterMs: 100 },
    });
    const done = await site.call({ what: 'listen' }, ['to-leaver', 'to-leaver'], oneByOne);
    for (const call of done.calls) expect(story(call)).toMatch(/>ACK <BYE >200 BYE$/);
  });

  async function expectNoMiss(name: string): Promise<void> {
    const { agents: all } = await site.switchboard.ledger.snapshot();
    expect(all.find(({ agent }) => agent === name)?.missesInARow).toBe(0);
  }
});

const oneByOne = { atOnce: 1, ratePerSecond: 10 };

/** The CANCEL and BYE that a phone received. */
function endings(call: readonly WireMessage[]): WireMessage[] {
  return call.filter(({ direction, method }) => direction === 'received' && (method === 'CANCEL' || method === 'BYE'));
}
