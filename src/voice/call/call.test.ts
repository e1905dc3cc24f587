import { describe, expect, it } from 'vitest';
import { agentId, deviceId, legId, queueId, trunkId, type AgentId } from '../../kernel/ids.js';
import type { HuntPlan } from '../../routing/hunt-plan.js';
import { playCall } from '../../../test/support/played-call.js';
import type { CallCommand } from './call-messages.js';
import type { Destination, QueueRules } from './call-types.js';

const elsewhere = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' };
const caller = legId('c/0');
const ana = agentId('ana');
const ben = agentId('ben');
const eva = agentId('eva');

const support: QueueRules = {
  queue: queueId('support'),
  strategy: { kind: 'ring-to-all' },
  ringTimeoutMs: 20_000,
  maxWaitMs: 60_000,
  wrapUpMs: 5_000,
  overflow: { kind: 'reject' },
};

/** One softphone that rings for 15 s. */
function softphone(
  name: string,
  options: { confirmKey?: string; forMs?: number; keep?: boolean } = {},
): HuntPlan['steps'][number] {
  const { forMs = 15_000, keep = false, ...confirm } = options;
  const target = {
    device: deviceId(name),
    route: { kind: 'contact', uri: `sip:${name}@127.0.0.1` } as const,
    ...confirm,
  };
  return { targets: [target], forMs, keep };
}

const second: QueueRules = { ...support, queue: queueId('second'), maxWaitMs: 9_000 };

const play = (destination: Destination, options: { sdpOffer?: string; dialler?: AgentId } = { sdpOffer: 'offer' }) =>
  playCall(destination, { ...options, queues: [second] });

const of = <T extends CallCommand['type']>(commands: readonly CallCommand[], type: T) =>
  commands.filter((command): command is Extract<CallCommand, { type: T }> => command.type === type);
const events = (commands: readonly CallCommand[]) => of(commands, 'emit').map((command) => command.event);
const leg = (n: number) => legId(`c/${String(n)}`);

function ringing(plans: Record<string, HuntPlan>, rules: QueueRules = support) {
  const call = play({ kind: 'queue', rules });
  call.give({ type: 'started' });
  call.give({ type: 'enqueued', result: { type: 'enqueued', position: 1, enqueuedAt: 1_000 } });
  call.offer(1, plans);
  return call;
}

const three = () =>
  ringing({
    ana: { steps: [softphone('ana')] },
    ben: { steps: [softphone('ben')] },
    eva: { steps: [softphone('eva')] },
  });

describe('a call to a queue', () => {
  it('rings the caller, gets in line and rings every offered agent with the same offer', () => {
    const call = play({ kind: 'queue', rules: support });
    const first = call.give({ type: 'started' });
    expect(of(first, 'progress')).toEqual([{ type: 'progress', status: 180 }]);
    expect(of(first, 'enqueue')).toEqual([{ type: 'enqueue', work: 'c', queue: 'support', enqueuedAt: 1_000 }]);
    const rung = call.offer(1, { ana: { steps: [softphone('ana')] }, ben: { steps: [softphone('ben')] } });
    expect(of(rung, 'ring').map((ring) => [ring.leg, ring.sdpOffer])).toEqual([
      ['c/1', 'offer'],
      ['c/2', 'offer'],
    ]);
  });

  it('connects exactly the one whom the ledger names, and tells all others that it was completed elsewhere', () => {
    const call = three();
    for (const n of [1, 2])
      expect(of(call.leg(leg(n), { type: 'answered', sdp: `sdp ${String(n)}` }), 'accept')).toHaveLength(1);
    const won = call.decided(leg(2), ben, { type: 'won', losers: [ana, eva] });
    expect(of(won, 'answer')).toEqual([{ type: 'answer', sdp: 'sdp 2' }]);
    expect(of(won, 'bye')).toEqual([{ type: 'bye', leg: 'c/1', reason: elsewhere }]);
    expect(of(won, 'cancel')).toEqual([{ type: 'cancel', leg: 'c/3', reason: elsewhere }]);
    expect(of(won, 'decline')).toEqual([]);
    expect(call.decided(leg(1), ana, { type: 'lost', to: ben })).toEqual([]);
    expect(call.state.phase).toMatchObject({ name: 'talking', peer: 'c/2', agent: 'ben' });
  });

  it('sends a phone away that answers after another had won', () => {
    const call = three();
    call.leg(leg(1), { type: 'answered', sdp: 'one' });
    call.decided(leg(1), ana, { type: 'won', losers: [ben, eva] });
    expect(of(call.leg(leg(2), { type: 'answered', sdp: 'two' }), 'bye')).toMatchObject([{ leg: 'c/2' }]);
  });

  it('frees the agent with wrap-up and talk time when either side hangs up, and forgets the call at the last leg', () => {
    for (const [by, event] of [['caller', caller] as const, ['agent', leg(1)] as const]) {
      const call = three();
      call.leg(leg(1), { type: 'answered', sdp: 'one' });
      call.decided(leg(1), ana, { type: 'won', losers: [ben, eva] });
      call.leg(leg(2), { type: 'failed', status: 487 });
      call.leg(leg(3), { type: 'failed', status: 487 });
      call.pass(30_000);
      const ended = call.leg(event, { type: 'ended', by: 'peer' });
      expect(of(ended, 'release')).toEqual([
        { type: 'release', agent: 'ana', work: 'c', wrapUpMs: 5_000, talkMs: 30_000 },
      ]);
      expect(events(ended)).toMatchObject([{ type: 'call.ended', by, outcome: 'answered', talkedMs: 30_000 }]);
      const other = by === 'caller' ? leg(1) : caller;
      expect(of(ended, 'bye')).toEqual([{ type: 'bye', leg: other }]);
      expect(of(call.leg(other, { type: 'ended', by: 'us' }), 'forget')).toHaveLength(1);
    }
  });

  it.each([
    ['in line', (call: ReturnType<typeof three>) => call],
    ['while phones ring', (call: ReturnType<typeof three>) => call],
    [
      'while the ledger decides',
      (call: ReturnType<typeof three>) => (call.leg(leg(1), { type: 'answered', sdp: 'x' }), call),
    ],
  ])('ends everything without blame when the caller hangs up %s', (when, prepare) => {
    const call = when === 'in line' ? ringing({}) : prepare(three());
    const left = call.leg(caller, { type: 'cancelled' });
    expect(of(left, 'abandon')).toHaveLength(1);
    expect(of(left, 'decline')).toEqual([]);
    for (const bye of [...of(left, 'cancel'), ...of(left, 'bye')]) expect(bye.reason).toBeUndefined();
    expect(events(left).at(-1)).toMatchObject({ type: 'call.ended', by: 'caller', outcome: 'abandoned' });
    if (when === 'while the ledger decides') {
      // The runner gives the room back when `abandon` finds the acceptance decided; the leg is gone already.
      expect(call.decided(leg(1), ana, { type: 'won', losers: [] })).toEqual([]);
      expect(of(left, 'bye')).toMatchObject([{ leg: 'c/1' }]);
    }
  });

  it('goes back to its place in line when the winner hung up before the ledger had spoken', () => {
    const call = three();
    call.leg(leg(1), { type: 'answered', sdp: 'one' });
    call.leg(leg(1), { type: 'ended', by: 'peer' });
    call.pass(4_000);
    const result = call.decided(leg(1), ana, { type: 'won', losers: [ben, eva] });
    expect(of(result, 'release')).toMatchObject([{ work: 'c', wrapUpMs: 0 }]);
    expect(of(result, 'enqueue')).toEqual([{ type: 'enqueue', work: 'c', queue: 'support', enqueuedAt: 1_000 }]);
    expect(of(result, 'cancel').map((cancel) => cancel.leg)).toEqual(['c/2', 'c/3']);
    expect(call.state.phase.name).toBe('waiting');
  });

  it('waits again when the last offer came to nothing, and rings on while one is left', () => {
    const call = three();
    expect(of(call.leg(leg(1), { type: 'failed', status: 486 }), 'decline')).toEqual([
      { type: 'decline', work: 'c', agent: 'ana', attempt: 1, cause: 'busy' },
    ]);
    expect(call.state.phase.name).toBe('offering');
    call.leg(leg(2), { type: 'failed', status: 603 });
    call.leg(leg(3), { type: 'failed', status: 503 });
    expect(call.state.phase.name).toBe('waiting');
  });

  it.each([['max wait', 'left', { type: 'reject', status: 480 }]] as const)(
    'overflows at %s, unless an acceptance came first',
    (_name, outcome, reject) => {
      const late = three();
      expect(of(late.give({ type: 'timer', timer: { name: 'max-wait' } }), 'leave-queue')).toHaveLength(1);
      expect(late.give({ type: 'left-queue', outcome: 'too-late' })).toEqual([]);
      const call = three();
      const left = call.give({ type: 'left-queue', outcome });
      expect(of(left, 'reject')).toEqual([reject]);
      expect(of(left, 'cancel')).toHaveLength(3);
      expect(events(left).map((event) => event.type)).toContain('call.overflowed');
    },
  );

  it('keeps its age when it overflows to another queue', () => {
    const call = ringing({}, { ...support, overflow: { kind: 'queue', queue: second.queue } });
    call.pass(60_000);
    const left = call.give({ type: 'left-queue', outcome: 'left' });
    expect(of(left, 'enqueue')).toEqual([{ type: 'enqueue', work: 'c', queue: 'second', enqueuedAt: 1_000 }]);
    expect(of(left, 'set-timer')).toContainEqual({ type: 'set-timer', timer: { name: 'max-wait' }, afterMs: 9_000 });
  });

  it('adds who becomes free while it rings to all', () => {
    const call = ringing({ ana: { steps: [softphone('ana')] } });
    expect(of(call.give({ type: 'more-agents-free' }), 'extend')).toEqual([{ type: 'extend', work: 'c', attempt: 1 }]);
    const more = call.give({
      type: 'extended',
      attempt: 1,
      offers: [{ agent: ben, plan: { steps: [softphone('ben')] } }],
    });
    expect(of(more, 'ring').map((ring) => ring.leg)).toEqual(['c/2']);
    expect(call.state.phase).toMatchObject({ name: 'offering', attempt: 1 });
  });

  it('widens by the clock', () => {
    const rules: QueueRules = { ...support, strategy: { kind: 'widening', start: 1, add: 2, everyMs: 5_000 } };
    const call = ringing({ ana: { steps: [softphone('ana')] } }, rules);
    const widened = call.give({ type: 'timer', timer: { name: 'widen' } });
    expect(of(widened, 'extend')).toEqual([{ type: 'extend', work: 'c', attempt: 1, count: 2 }]);
    expect(of(widened, 'set-timer')).toEqual([{ type: 'set-timer', timer: { name: 'widen' }, afterMs: 5_000 }]);
  });

  it('passes the answer in the ACK on when the caller left the offer to us', () => {
    const call = play({ kind: 'queue', rules: support }, {});
    call.give({ type: 'started' });
    expect(of(call.offer(1, { ana: { steps: [softphone('ana')] } }), 'ring')[0]).not.toHaveProperty('sdpOffer');
    call.leg(leg(1), { type: 'answered', sdp: 'their offer' });
    expect(of(call.decided(leg(1), ana, { type: 'won', losers: [] }), 'answer')).toEqual([
      { type: 'answer', sdp: 'their offer' },
    ]);
    expect(of(call.leg(caller, { type: 'acked', sdp: 'answer' }), 'ack')).toEqual([
      { type: 'ack', leg: 'c/1', sdp: 'answer' },
    ]);
  });
});

describe("a hunt over one person's devices", () => {
  const hunt = (...steps: HuntPlan['steps'][number][]) => ringing({ ana: { steps } });

  it('goes to the next device when one is busy, and declines with the nearest cause at the end', () => {
    const call = hunt(softphone('desk'), softphone('mobile'));
    const next = call.leg(leg(1), { type: 'failed', status: 486 });
    expect(of(next, 'ring').map((ring) => ring.leg)).toEqual(['c/2']);
    call.leg(leg(2), { type: 'progress', status: 180 });
    const over = call.give({ type: 'timer', timer: { name: 'step', agent: ana } });
    expect(of(over, 'decline')).toMatchObject([{ cause: 'no-answer' }]);
    expect(of(over, 'cancel').map((cancel) => cancel.leg)).toEqual(['c/2']);
  });

  it('stops at a 603: the person has declined', () => {
    const call = hunt(softphone('desk'), softphone('mobile'));
    const over = call.leg(leg(1), { type: 'failed', status: 603 });
    expect(of(over, 'ring')).toEqual([]);
    expect(of(over, 'decline')).toMatchObject([{ cause: 'declined' }]);
  });

  it('cancels the earlier device at the next step, and lets it ring on where the step says keep', () => {
    const moved = hunt(softphone('desk'), softphone('mobile')).give({
      type: 'timer',
      timer: { name: 'step', agent: ana },
    });
    expect(of(moved, 'cancel').map((cancel) => cancel.leg)).toEqual(['c/1']);
    const kept = hunt(softphone('desk'), softphone('mobile', { keep: true }));
    expect(of(kept.give({ type: 'timer', timer: { name: 'step', agent: ana } }), 'cancel')).toEqual([]);
    expect(of(kept.leg(leg(2), { type: 'failed', status: 486 }), 'decline')).toEqual([]);
    expect(of(kept.leg(leg(1), { type: 'answered', sdp: 'x' }), 'accept')).toMatchObject([{ leg: 'c/1' }]);
  });

  it('says unreachable of a phone that never said a word, and no answer of one that rang', () => {
    const silent = hunt(softphone('desk')).give({ type: 'timer', timer: { name: 'ring', agent: ana } });
    expect(of(silent, 'decline')).toMatchObject([{ cause: 'unreachable' }]);
  });

  it('declines at once when nothing can ring, and leaves the others ringing', () => {
    const call = ringing({ ana: { steps: [] }, ben: { steps: [softphone('ben')] } });
    expect(call.state.phase).toMatchObject({ name: 'offering' });
    expect(call.state.phase.name === 'offering' && [...call.state.phase.offers.keys()]).toEqual(['ben']);
  });

  it('counts an answer on a mobile only when the key was pressed', () => {
    const call = hunt(softphone('mobile', { confirmKey: '1' }));
    expect(of(call.leg(leg(1), { type: 'answered', sdp: 'm' }), 'accept')).toEqual([]);
    const pressed = call.leg(leg(1), { type: 'request', token: 7, method: 'INFO', digit: '1' });
    expect(of(pressed, 'respond')).toEqual([{ type: 'respond', leg: 'c/1', token: 7, status: 200 }]);
    expect(of(pressed, 'accept')).toMatchObject([{ leg: 'c/1', agent: 'ana' }]);
  });

  it('takes another key for no, and silence of a voicemail for no answer', () => {
    const no = hunt(softphone('mobile', { confirmKey: '1' }));
    no.leg(leg(1), { type: 'answered', sdp: 'm' });
    expect(of(no.leg(leg(1), { type: 'request', token: 7, method: 'INFO', digit: '2' }), 'decline')).toMatchObject([
      { cause: 'declined' },
    ]);
    const voicemail = hunt(softphone('mobile', { confirmKey: '1' }));
    voicemail.leg(leg(1), { type: 'answered', sdp: 'm' });
    const silence = voicemail.give({ type: 'timer', timer: { name: 'step', agent: ana } });
    expect(of(silence, 'bye').map((bye) => bye.leg)).toEqual(['c/1']);
    expect(of(silence, 'decline')).toMatchObject([{ cause: 'no-answer' }]);
  });

  it('asks the ledger once when two devices of one person answer, and releases the second', () => {
    const both = { ...softphone('desk'), targets: [...softphone('desk').targets, ...softphone('soft').targets] };
    const call = hunt(both);
    call.leg(leg(1), { type: 'answered', sdp: 'one' });
    expect(of(call.leg(leg(2), { type: 'answered', sdp: 'two' }), 'accept')).toEqual([]);
    expect(of(call.decided(leg(1), ana, { type: 'won', losers: [] }), 'bye')).toEqual([
      { type: 'bye', leg: 'c/2', reason: elsewhere },
    ]);
  });
});

describe('a call that is not from a queue', () => {
  const out: Destination = { kind: 'number', number: '+34600', trunk: trunkId('main') };

  it("takes the dialling agent's room before anything rings, and gives it back", () => {
    const call = play(out, { sdpOffer: 'offer', dialler: ana });
    expect(call.give({ type: 'started' })).toEqual([{ type: 'take-dialler-room', agent: 'ana', work: 'c/dial' }]);
    const dialled = call.give({ type: 'dialler-room', result: { type: 'assigned', attempt: 1 } });
    expect(of(dialled, 'ring')).toMatchObject([{ target: { route: { kind: 'trunk', number: '+34600' } } }]);
    call.leg(leg(1), { type: 'answered', sdp: 'a' });
    call.pass(2_000);
    expect(of(call.leg(caller, { type: 'ended', by: 'peer' }), 'release')).toContainEqual({
      type: 'release',
      agent: 'ana',
      work: 'c/dial',
      wrapUpMs: 0,
      talkMs: 2_000,
    });
  });

  it('is refused with 486 when the dialling agent has no room', () => {
    const call = play(out, { sdpOffer: 'offer', dialler: ana });
    call.give({ type: 'started' });
    const why = { type: 'no-room', load: 100, weight: 100, total: 100 } as const;
    expect(of(call.give({ type: 'dialler-room', result: { type: 'refused', why } }), 'reject')).toEqual([
      { type: 'reject', status: 486 },
    ]);
  });

  it.each([
    [486, 486],
    [404, 404],
    [401, 503],
    [302, 503],
  ])("shows the carrier's %i as %i, and its early media before", (status, shown) => {
    const call = play(out);
    call.give({ type: 'started' });
    expect(of(call.leg(leg(1), { type: 'progress', status: 183, sdp: 'early' }), 'progress')).toEqual([
      { type: 'progress', status: 183, sdp: 'early' },
    ]);
    expect(of(call.leg(leg(1), { type: 'failed', status }), 'reject')).toEqual([{ type: 'reject', status: shown }]);
  });

  it.each([
    ['busy', 486, 486],
    ['declined', 603, 603],
    ['unreachable', 503, 480],
  ])('tells who dials a colleague that they are %s', (_name, status, shown) => {
    const call = play({ kind: 'agent', agent: ben, ignorePresence: true });
    call.give({ type: 'started' });
    call.offer(1, { ben: { steps: [softphone('ben')] } });
    expect(of(call.leg(leg(1), { type: 'failed', status }), 'reject')).toEqual([{ type: 'reject', status: shown }]);
  });
});

describe('two who talk', () => {
  const talking = () => {
    const call = three();
    call.leg(leg(1), { type: 'answered', sdp: 'one' });
    call.decided(leg(1), ana, { type: 'won', losers: [ben, eva] });
    return call;
  };

  it.each(['INVITE', 'UPDATE', 'INFO', 'MESSAGE', 'NOTIFY'] as const)('pass %s on in both directions', (method) => {
    const call = talking();
    expect(call.leg(caller, { type: 'request', token: 1, method })).toEqual([{ type: 'relay', to: 'c/1', token: 1 }]);
    expect(call.leg(leg(1), { type: 'request', token: 2, method })).toEqual([{ type: 'relay', to: 'c/0', token: 2 }]);
  });

  it('refuse a re-INVITE of a leg that has lost', () => {
    expect(talking().leg(leg(2), { type: 'request', token: 1, method: 'INVITE' })).toEqual([
      { type: 'respond', leg: 'c/2', token: 1, status: 491 },
    ]);
  });

  it('are hung up by a stop, and so is who waits, with 503 and Retry-After', () => {
    expect(of(talking().give({ type: 'hang-up', why: 'stopping' }), 'bye').map((bye) => bye.leg)).toEqual([
      'c/1',
      'c/0',
    ]);
    expect(of(three().give({ type: 'hang-up', why: 'stopping' }), 'reject')).toEqual([
      { type: 'reject', status: 503, retryAfterS: 10 },
    ]);
  });
});
