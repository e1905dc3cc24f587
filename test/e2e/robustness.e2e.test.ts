/** Broken messages while calls run, and a stop while calls run: neither hurts who is talking. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSipPeer, requestText, type SipPeer } from '../sipp/sip-peer.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, domain, numbered, siteYaml } from './site.js';
import { story } from './wire.js';

const names = numbered('agent-', 6);
const yaml = siteYaml({
  agents: agents(...names),
  // However slow the machine is, nobody is turned away.
  queues: { main: { members: names, strategy: 'longest-idle', wrap_up: '0s', max_waiting: 1000, max_wait: '10m' } },
  entry_points: { '1000': { queue: 'main', public: true } },
});

/** Texts that no SIP peer sends, made of some that any peer might; where one gets through, nobody has the number. */
function brokenMessages(peer: SipPeer): string[] {
  const whole = (method: string, headers: string[] = []) =>
    requestText(peer, { method, uri: `sip:9999@${domain}`, fromUser: 'x', toUser: '9999', domain, headers });
  const invite = () => whole('INVITE', [`Contact: <sip:${peer.host}:${peer.port}>`]);
  return [
    '',
    '\n\n',
    '\0'.repeat(64),
    'GET / HTTP/1.1\nHost: example.com\n\n',
    invite().slice(0, 40),
    invite().replace(/^Via: .*\n/m, ''),
    invite().replace(/^CSeq: .*$/m, 'CSeq: many INVITE'),
    invite().replace(/^CSeq: .*$/m, 'CSeq: 1 BYE'),
    invite().replace(/^Call-ID: .*\n/m, ''),
    invite().replace(/^From: .*\n/m, ''),
    invite().replace(/^To: .*$/m, 'To: <sip:9999@'),
    invite().replace(/^Contact: .*$/m, 'Contact: <<<>>>'),
    invite().replace(/^Content-Length: .*$/m, 'Content-Length: 99999'),
    invite().replace(/^Content-Length: .*$/m, 'Content-Length: -1'),
    invite().replace('SIP/2.0', 'SIP/7.0'),
    invite().replace(/^Max-Forwards: .*$/m, 'Max-Forwards: 0'),
    invite().replace(`sip:9999@${domain}`, 'tel:+34600111222'),
    invite().replace(`sip:9999@${domain}`, `sip:${'%00'.repeat(50)}@${domain}`),
    invite().replace(/^From: .*$/m, `From: "${'x'.repeat(5000)}" <sip:x@${domain}>;tag=1`),
    whole('INVITE', ['Require: what-nobody-knows', `Contact: <sip:${peer.host}:${peer.port}>`]),
    whole('BYE'),
    whole('CANCEL'),
    whole('ACK'),
    whole('NONSENSE'),
    whole('REGISTER', ['Contact: *', 'Expires: 1', 'Authorization: Digest']),
    whole('REGISTER', ['Authorization: Digest username="x", realm=, nonce="', `Contact: <sip:${peer.host}>`]),
    'SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bKnobody\nCall-ID: none\nCSeq: 1 INVITE\n\n',
  ];
}

describe.each(availableSipServers())('robustness on $name', (server) => {
  let site: RunningSite;
  let peer: SipPeer;

  beforeAll(async () => {
    site = await startSite({ server, yaml });
    await site.phones(names, { then: { does: 'answer', afterMs: 10 } });
    peer = await openSipPeer(site.udp, '127.0.0.8');
  });
  afterEach(() => site.nothingLeft());
  afterAll(async () => {
    await peer.close();
    await site.stop();
  });

  it('calls go on while somebody sends nonsense', async () => {
    const callers = await site.startCallers({ what: 'talk', forMs: 50 }, Array<string>(120).fill('1000'), {
      ratePerSecond: 60,
    });
    const pouring = setInterval(() => {
      for (const text of brokenMessages(peer)) peer.send(text);
    }, 40);
    const done = await callers.done().finally(() => clearInterval(pouring));
    expect(done.code, done.errors).toBe(0);
    const accepted = peer.received.filter(({ status }) => status !== undefined && status >= 200 && status < 300);
    expect(accepted.map(({ startLine, cseq }) => `${startLine} ${cseq.method}`)).toEqual([]);
  });
});

describe.each(availableSipServers())('a stop on $name', (server) => {
  let site: RunningSite;

  beforeAll(async () => {
    site = await startSite({ server, yaml });
    await site.phones(names, { then: { does: 'answer', afterMs: 10 } });
  });
  afterAll(() => site.stop());

  it('takes no new calls, lets running ones end, and says BYE to those that do not', async () => {
    const brief = await site.startCallers({ what: 'talk', forMs: 700 }, ['1000']);
    const endless = await site.startCallers({ what: 'listen' }, ['1000', '1000']);
    await vi.waitFor(() => expect(site.events.filter(({ type }) => type === 'call.connected')).toHaveLength(3), 30_000);
    const stopped = site.switchboard.stop({ graceMs: 4_000 });
    await site.call({ what: 'be-refused', status: 503 }, ['1000']);
    const ended = { brief: await brief.done(), endless: await endless.done() };
    await stopped;
    expect([ended.brief.code, ended.endless.code], ended.endless.errors).toEqual([0, 0]);
    expect(story(ended.brief.calls[0])).toMatch(/>BYE <200 BYE$/);
    for (const call of ended.endless.calls) expect(story(call)).toMatch(/<BYE >200 BYE$/);
  });
});
