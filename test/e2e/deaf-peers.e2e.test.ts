/**
 * Peers that say nothing any more, ringing or talking. The SIP servers run with a short T1 here, so that 64*T1 is seconds; what the
 * controller itself counts is RFC 3261's 32 s and half of RFC 4028's shortest session, 45 s, hence all of them at once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, siteYaml } from './site.js';
import { completedElsewhere, connected, reasonOf, rung, story } from './wire.js';

const yaml = siteYaml({
  agents: agents('deaf', 'silent', 'quick', 'unacked', 'vanisher', 'dead', 'left'),
  queues: {
    mixed: { strategy: 'ring-to-all', members: ['deaf', 'silent', 'quick'], wrap_up: '0s' },
    unacked: { members: ['unacked'], wrap_up: '0s' },
    vanisher: { members: ['vanisher'], wrap_up: '0s' },
    dead: { members: ['dead'], wrap_up: '0s' },
    left: { members: ['left'], wrap_up: '0s' },
  },
  entry_points: {
    'to-mixed': { queue: 'mixed', public: true },
    'to-unacked': { queue: 'unacked', public: true },
    'to-vanisher': { queue: 'vanisher', public: true },
    'to-dead': { queue: 'dead', public: true },
    'to-left': { queue: 'left', public: true },
  },
  sip: { session_timers: { expires: '90s' } },
});

describe.each(availableSipServers())('deaf peers on $name', (server) => {
  let site: RunningSite;

  beforeAll(async () => {
    site = await startSite({ server, yaml, timers: { t1: 100, t2: 800, t4: 1_000 } });
  });
  afterAll(() => site.stop());

  it('a phone that never answers CANCEL, one that never says anything, a caller without ACK, phones and callers gone', async () => {
    const deaf = await site.phones(['deaf'], { then: { does: 'nothing' }, onCancel: 'ignores' });
    const silent = await site.phones(['silent'], { rings: false, then: { does: 'nothing' }, onCancel: 'ignores' });
    const quick = await site.phones(['quick'], { name: 'quick', then: { does: 'answer', afterMs: 300 } });
    const unacked = await site.phones(['unacked'], { then: { does: 'answer', afterMs: 20 } });
    const vanisher = await site.phones(['vanisher'], {
      then: { does: 'answer', afterMs: 20 },
      afterAnswer: { does: 'vanish' },
    });

    // Nobody hangs up in these two calls: a phone and a caller are gone, and only the session timer can notice.
    const dead = await site.phones(['dead'], {
      then: { does: 'answer', afterMs: 20 },
      afterAnswer: { does: 'vanish' },
    });
    const left = await site.phones(['left'], { then: { does: 'answer', afterMs: 20 } });
    const listener = await site.startCallers({ what: 'listen' }, ['to-dead'], { timeoutSeconds: 80 });
    await site.call({ what: 'vanish' }, ['to-left']);

    // Their agents are free for the next call at once, whatever the phones do: twice.
    const twice = await site.call({ what: 'talk', forMs: 200 }, ['to-mixed', 'to-mixed'], {
      atOnce: 1,
      ratePerSecond: 10,
    });
    const noAck = await site.startCallers({ what: 'never-ack' }, ['to-unacked']);
    // The phone is gone when the BYE comes; the caller gets its 200 all the same.
    await site.call({ what: 'talk', forMs: 300 }, ['to-vanisher']);
    expect((await site.switchboard.ledger.snapshot()).agents.find(({ agent }) => agent === 'vanisher')?.holds).toEqual(
      [],
    );
    // drachtio-server keeps to 32 s for a missing ACK, whatever its T1.
    await site.eventually('call.ended', ({ agent }) => agent === 'unacked', 45_000);

    expect(connected(quick.calls())).toEqual(['quick', 'quick']);
    expect(twice.calls).toHaveLength(2);
    expect(rung(deaf.calls())).toEqual(['deaf', 'deaf']);
    expect(deaf.calls().map(story)).toEqual(Array(2).fill('<INVITE >180 INVITE <CANCEL'));
    expect(deaf.calls().map(reasonOf)).toEqual(Array(2).fill(completedElsewhere));
    // RFC 3261 §9.1: no CANCEL where no provisional came.
    expect(silent.calls().map(story)).toEqual(Array(2).fill('<INVITE'));
    expect(vanisher.calls()).toHaveLength(1);

    await site.nothingLeft(75_000);
    const heard = await listener.done();
    expect(heard.code, heard.errors).toBe(0);
    expect(story(heard.calls[0])).toMatch(/<BYE >200 BYE$/);
    expect(story(left.calls()[0])).toMatch(/<BYE >200 BYE$/);
    expect(dead.calls()).toHaveLength(1);
    expect(unacked.calls().map(story)).toEqual(['<INVITE >180 INVITE >200 INVITE <ACK <BYE >200 BYE']);
    await noAck.stop();
  }, 120_000);
});
