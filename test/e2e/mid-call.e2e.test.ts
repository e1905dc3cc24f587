/** What happens inside a call: hold in both directions, late offers, both sides hanging up. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PhoneHabit } from '../sipp/phone-scenarios.js';
import type { WireMessage } from '../sipp/wire-trace.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, siteYaml } from './site.js';
import { sdpOwner, story } from './wire.js';

const names = [
  'still-INVITE',
  'still-UPDATE',
  'late',
  'tcp',
  'crosser',
  'holder',
  'updater',
  'leaver',
  'vanisher',
  'timed',
];
const yaml = siteYaml({
  agents: agents(...names),
  queues: Object.fromEntries(names.map((name) => [name, { members: [name], wrap_up: '0s' }])),
  entry_points: Object.fromEntries(names.map((name) => [`to-${name}`, { queue: name, public: true }])),
});

const answers = { does: 'answer', afterMs: 30 } as const;
const phone = (name: string, afterAnswer?: PhoneHabit['afterAnswer']): PhoneHabit => ({
  name,
  then: answers,
  ...(afterAnswer ? { afterAnswer } : {}),
});

describe.each(availableSipServers())('inside a call on $name', (server) => {
  let site: RunningSite;

  beforeAll(async () => {
    site = await startSite({ server, yaml });
  });
  afterEach(() => site.nothingLeft());
  afterAll(() => site.stop());

  it.each(['INVITE', 'UPDATE'] as const)('the caller holds and resumes by %s', async (by) => {
    const bank = await site.phones([`still-${by}`], phone('still'));
    const done = await site.call({ what: 'hold', by, everyMs: 100 }, [`to-still-${by}`]);
    const call = bank.calls()[0]!;
    const changes = call.filter(
      ({ direction, method, body }) => direction === 'received' && method === by && body !== '',
    );
    const offered = changes.map(directionOf);
    expect(offered.slice(by === 'INVITE' ? 1 : 0)).toEqual(['sendonly', 'sendrecv']);
    expect(changes.every((message) => sdpOwner([message], 'received') === 'caller')).toBe(true);
    const answersBack = done.calls[0]!.filter(
      ({ status, cseq, body }) => status === 200 && cseq.method === by && body !== '',
    );
    expect(answersBack.every((message) => sdpOwner([message], 'received') === 'still')).toBe(true);
    expect(bank.errors()).toBe('');
  });

  it.each([
    ['INVITE', 'holder'],
    ['UPDATE', 'updater'],
  ] as const)('the phone holds and resumes by %s', async (by, name) => {
    const bank = await site.phones([name], phone(name, { does: 'hold', by, afterMs: 100 }));
    const done = await site.call({ what: 'be-held', forMs: 1_500 }, [`to-${name}`]);
    const changes = done.calls[0]!.filter(
      ({ direction, method, body }) => direction === 'received' && method === by && body !== '',
    );
    expect(changes.map(directionOf)).toEqual(['sendonly', 'sendrecv']);
    expect(changes.every((message) => sdpOwner([message], 'received') === name)).toBe(true);
    expect(bank.errors()).toBe('');
  });

  it('a caller whose offer comes late: the phone offers, and the ACK carries the answer', async () => {
    const bank = await site.phones(['late'], phone('late'));
    const done = await site.call({ what: 'talk', forMs: 100 }, ['to-late'], { habit: { offer: 'late' } });
    const call = bank.calls()[0]!;
    expect(call[0]!.body).toBe('');
    expect(sdpOwner(done.calls[0]!, 'received')).toBe('late');
    const ack = call.filter(({ method }) => method === 'ACK');
    expect(sdpOwner(ack, 'received')).toBe('caller');
  });

  it('phones and callers on TCP', async () => {
    const bank = await site.phones(['tcp'], phone('tcp'), { transport: 'tcp' });
    const done = await site.call({ what: 'talk', forMs: 50 }, ['to-tcp', 'to-tcp'], {
      transport: 'tcp',
      atOnce: 1,
    });
    expect(sdpOwner(done.calls[0]!, 'received')).toBe('tcp');
    expect(bank.calls()).toHaveLength(2);
  });

  it('the phone hangs up and the caller hears it', async () => {
    await site.phones(['leaver'], phone('leaver', { does: 'hang-up', afterMs: 100 }));
    const done = await site.call({ what: 'listen' }, ['to-leaver']);
    expect(story(done.calls[0])).toMatch(/>ACK <BYE >200 BYE$/);
  });

  it('both hang up at once', async () => {
    await site.phones(['crosser'], phone('crosser', { does: 'hang-up', afterMs: 100 }));
    for (const forMs of [96, 98, 100, 102]) {
      const callers = await site.startCallers({ what: 'talk', forMs }, ['to-crosser', 'to-crosser'], { atOnce: 1 });
      // SIPp may take the BYE that crosses its own for a fault; what counts is that nothing is left.
      await callers.done();
      await site.nothingLeft();
    }
  });
});

function directionOf(message: WireMessage): string | undefined {
  return /^a=(sendonly|sendrecv|recvonly|inactive)/m.exec(message.body)?.[1];
}
