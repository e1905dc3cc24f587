/** Debian's softphone as it comes: it signs in, answers a customer, puts them on hold, and calls a colleague. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBaresip, type Baresip } from '../sipp/baresip.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { accountOf, agents, domain, siteYaml } from './site.js';
import { connected, story } from './wire.js';

const yaml = (() => {
  const { ana, ben } = agents('ana', 'ben');
  return siteYaml({
    agents: { ana: { ...ana, extension: '201' }, ben: { ...ben, extension: '202' } },
    queues: { support: { members: ['ana'], wrap_up: '0s' } },
    entry_points: { '1000': { queue: 'support', public: true } },
    // What sites have by default; baresip 1.0 gives up at SHA-256 and must not see it.
    sip: { digest: ['MD5', 'SHA-256'] },
  });
})();

describe.each(availableSipServers())('baresip on $name', (server) => {
  let site: RunningSite;
  let softphone: Baresip;

  beforeAll(async () => {
    site = await startSite({ server, yaml });
    softphone = await startBaresip({ registrar: site.registrar, account: accountOf('ana'), answers: 'when-told' });
    await softphone.registered();
  });
  afterEach(() => site.nothingLeft());
  afterAll(async () => {
    await softphone.stop();
    await site.stop();
  });

  it('registers, and its agent is available', async () => {
    await site.eventually(
      'agent.presence_changed',
      ({ agent, presence }) => agent === 'ana' && presence === 'available',
    );
  });

  it('rings, answers, holds, resumes and hangs up', async () => {
    const callers = await site.startCallers({ what: 'listen' }, ['1000']);
    await softphone.next('CALL_INCOMING');
    softphone.answer();
    await softphone.next('CALL_ESTABLISHED');
    await site.eventually('call.connected', ({ agent }) => agent === 'ana');
    softphone.hold();
    await site.sawOnWire(callers, /<INVITE >200 INVITE <ACK/);
    softphone.resume();
    await site.sawOnWire(callers, /<INVITE >200 INVITE <ACK <INVITE >200 INVITE <ACK/);
    softphone.hangUp();
    const done = await callers.done();
    expect(done.code, done.errors).toBe(0);
    expect(story(done.calls[0])).toMatch(/<BYE >200 BYE$/);
  });

  it('stops ringing when the caller leaves', async () => {
    const closed = softphone.events.filter(({ type }) => type === 'CALL_CLOSED').length;
    await site.call({ what: 'cancel', after: 180, ms: 100 }, ['1000']);
    await softphone.next('CALL_CLOSED', closed);
  });

  it('calls a colleague by extension and hangs up', async () => {
    const ben = await site.phones(['ben'], { then: { does: 'answer', afterMs: 50 } });
    const established = softphone.events.filter(({ type }) => type === 'CALL_ESTABLISHED').length;
    softphone.dial(`sip:202@${domain}`);
    await softphone.next('CALL_ESTABLISHED', established);
    softphone.hangUp();
    await site.nothingLeft();
    expect(connected(ben.calls())).toEqual(['ben']);
  });
});
