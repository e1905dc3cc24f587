/** Another configuration while calls ring, wait and go on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSite } from '../../src/config/parse-site.js';
import { queueId } from '../../src/kernel/ids.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, siteYaml, type SiteParts } from './site.js';

const before: SiteParts = {
  agents: agents('ana', 'ben'),
  queues: { support: { members: ['ana', 'ben'], strategy: 'linear', wrap_up: '0s' } },
  entry_points: { 'to-support': { queue: 'support', public: true }, old: { queue: 'support', public: true } },
};

function load(parts: SiteParts) {
  const parsed = parseSite([{ name: 'site.yaml', text: siteYaml(parts) }], {});
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed;
}

describe.each(availableSipServers())('a new configuration on $name', (server) => {
  let site: RunningSite;

  beforeEach(async () => {
    site = await startSite({ server, yaml: siteYaml(before) });
    await site.phones(['ana', 'ben'], { then: { does: 'answer', afterMs: 0 } });
    for (const agent of ['ana', 'ben'] as const) {
      await site.eventually(
        'agent.presence_changed',
        (event) => event.agent === agent && event.presence === 'available',
      );
    }
  });

  afterEach(() => site.stop());

  it('drops no call, and drops the registrations of who is gone', async () => {
    const callers = await site.startCallers({ what: 'talk', forMs: 1_500 }, ['to-support', 'to-support']);
    await site.eventually('call.connected', (event) => event.agent === 'ben');
    const { version } = load(before).config;
    const next = load({
      agents: agents('ana', 'eva'),
      queues: { support: { members: ['eva', 'ana'], strategy: 'linear', wrap_up: '0s' } },
      entry_points: { 'to-support': { queue: 'support', public: true }, new: { queue: 'support', public: true } },
    });
    expect(await site.switchboard.reload(next)).toEqual({
      type: 'reloaded',
      from: version,
      to: next.config.version,
      // The test's own server is another than the files say, at the start as now.
      needRestart: ['sip.server'],
    });
    const reloaded = await site.eventually('config.reloaded');
    expect(reloaded).toMatchObject({ from: version, to: next.config.version, configVersion: next.config.version });
    await site.eventually('agent.device_unregistered', (event) => event.agent === 'ben' && event.contacts === 0);
    expect(site.switchboard.contacts.contactsOf('ben')).toEqual([]);
    expect(site.switchboard.contacts.contactsOf('ana')).toHaveLength(1);

    const done = await callers.done();
    expect(done.code, done.errors).toBe(0);
    const ends = site.events.filter((event) => event.type === 'call.ended');
    expect(ends).toMatchObject([{ outcome: 'answered' }, { outcome: 'answered' }]);
    for (const { talkedMs } of ends) expect(talkedMs).toBeGreaterThan(1_000);

    await site.call({ what: 'be-refused', status: 401 }, ['old']);
    await site.call({ what: 'talk', forMs: 0 }, ['new']);
    expect(site.acceptedBy(reloaded.seq)).toEqual(['ana']);
    await site.nothingLeft();
    const { agents: left } = await site.switchboard.ledger.snapshot();
    expect(left.map(({ agent }) => agent).toSorted()).toEqual(['ana', 'eva']);
  });

  it('brings a scheduled break over who is free, and takes it back', async () => {
    const always = { '00-24': { 'mon-sun': '00:00-24:00' } };
    const person = agents('ana', 'ben');
    const resting = { ...person, ana: { ...person.ana, breaks: [{ hours: '00-24', reason: 'rest' }] } };
    await site.switchboard.reload(load({ ...before, agents: resting, hours: always }));
    await site.call({ what: 'talk', forMs: 0 }, ['to-support']);
    const preview = await site.switchboard.ledger.preview(queueId('support'));
    expect(preview).toMatchObject({
      decision: { chosen: ['ben'], passedOver: [{ agent: 'ana', why: 'on a scheduled break (rest)' }] },
    });
    await site.switchboard.reload(load(before));
    const sinceSeq = site.lastSeq();
    await site.call({ what: 'talk', forMs: 0 }, ['to-support']);
    expect(site.acceptedBy()).toEqual(['ben', 'ana']);
    expect(site.acceptedBy(sinceSeq)).toEqual(['ana']);
  });

  it('never cuts running work by a smaller capacity, but gives no more', async () => {
    const callers = await site.startCallers({ what: 'talk', forMs: 800 }, ['to-support']);
    await site.eventually('call.connected', (event) => event.agent === 'ana');
    const person = agents('ana', 'ben');
    const full = { ...person, ana: { ...person.ana, capacity: { channels: { voice: { max: 0 } } } } };
    await site.switchboard.reload(load({ ...before, agents: full }));
    expect((await callers.done()).code).toBe(0);
    await site.call({ what: 'talk', forMs: 0 }, ['to-support']);
    expect(site.acceptedBy()).toEqual(['ana', 'ben']);
    await site.nothingLeft();
  });
});
