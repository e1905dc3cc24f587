/** Random histories: sites, and steps that aim at what is going on at that moment, so that most of them hit. */
import fc from 'fast-check';
import type { Capacity, Channel } from '../../../src/config/routing-config.js';
import type { Strategy } from '../../../src/config/staffing.js';
import { agentId, queueId, workId, type AgentId, type QueueId, type WorkId } from '../../../src/kernel/ids.js';
import type { DeclineCause, LedgerSite, OfferRef, Presence, ScheduledAbsence } from '../../../src/ledger/ledger.js';
import { BLENDED } from '../ledger-site.js';
import type { LedgerCall } from './ledger-call.js';
import type { NaiveLedger } from './naive-ledger.js';

export interface History {
  readonly sites: readonly LedgerSite[];
  readonly steps: readonly Step[];
  /** Whether timers fire, or everything due is left to the next operation. */
  readonly timersFire: boolean;
  readonly seed: number;
}

export interface Step {
  readonly kind: (typeof kinds)[number];
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const kinds = [
  ...['enqueue', 'enqueue', 'enqueue', 'match', 'match', 'match', 'match', 'accept', 'accept', 'accept'],
  ...[
    'decline',
    'decline',
    'release',
    'release',
    'presence',
    'presence',
    'schedule',
    'preview',
    'reach',
    'switch',
    'extend',
    'extend',
  ],
  ...[
    'transfer',
    'transfer',
    'pull',
    'pull',
    'abandon',
    'requeue',
    'endWrapUp',
    'assign',
    'assign',
    'pass',
    'pass',
    'pass',
    'expire',
    'configure',
  ],
] as const;

const agents = ['ana', 'ben', 'eva', 'joe', 'kim', 'lea'].map(agentId);
/** The channel of a queue of that name is always the same: it cannot change while there is work. */
const queues: Readonly<Record<string, Channel>> = {
  support: 'voice',
  sales: 'voice',
  chats: 'chat',
  tickets: 'ticket',
};
const works = Array.from({ length: 14 }, (_, index) => workId(`w${index}`));

const strategy: fc.Arbitrary<Strategy> = fc.oneof(
  fc
    .constantFrom<Exclude<Strategy['kind'], 'widening'>>(
      ...(['ring-to-all', 'random', 'priority', 'round-robin', 'longest-idle'] as const),
      ...(['fewest-calls', 'least-talk-time', 'linear', 'maximum-utilisation', 'average-utilisation'] as const),
    )
    .map((kind) => ({ kind })),
  fc.record({
    kind: fc.constant('widening' as const),
    start: fc.integer({ min: 1, max: 3 }),
    add: fc.constant(1),
    everyMs: fc.constant(5_000),
  }),
);

const channelCapacity = fc.record({
  weight: fc.constantFrom(10, 25, 50, 100),
  max: fc.constantFrom(0, 1, 1, 2, 4),
  interruptible: fc.boolean(),
});

const capacity: fc.Arbitrary<Capacity> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(BLENDED) },
  {
    weight: 2,
    arbitrary: fc.record({
      total: fc.constantFrom(50, 100, 100, 150),
      channels: fc.record({ voice: channelCapacity, chat: channelCapacity, ticket: channelCapacity }),
    }),
  },
);

const members = fc.uniqueArray(
  fc.record({ agent: fc.constantFrom(...agents), priority: fc.constantFrom(1, 10, 10, 100) }),
  { selector: (member) => member.agent, minLength: 2, maxLength: agents.length, size: 'max' },
);

const site: fc.Arbitrary<LedgerSite> = fc
  .record({
    agents: fc.uniqueArray(fc.record({ id: fc.constantFrom(...agents), capacity }), {
      selector: (agent) => agent.id,
      minLength: 4,
      maxLength: agents.length,
      size: 'max',
    }),
    queues: fc.uniqueArray(
      fc.record({
        id: fc.constantFrom(...Object.keys(queues)),
        strategy,
        members,
        priority: fc.integer({ min: 0, max: 2 }),
        ageingStepMs: fc.constantFrom(0, 1_000, 30_000),
        maxWaiting: fc.constantFrom(0, 1, 2, 5, 100),
      }),
      { selector: (queue) => queue.id, minLength: 2, maxLength: Object.keys(queues).length, size: 'max' },
    ),
    backOff: fc.record({
      busy: fc.constantFrom(0, 3, 5_000),
      declined: fc.constantFrom(0, 10_000),
      'no-answer': fc.constantFrom(0, 20_000),
      unreachable: fc.constantFrom(1, 30_000),
    }),
    missesUntilAway: fc.constantFrom(0, 1, 2, 3),
  })
  .map((sketch) => {
    const known = new Set(sketch.agents.map((agent) => agent.id));
    return {
      agents: new Map(sketch.agents.map((agent) => [agent.id, { capacity: agent.capacity }])),
      queues: new Map(
        sketch.queues.map(({ id, ...queue }) => [
          queueId(id),
          { ...queue, channel: queues[id]!, members: queue.members.filter(({ agent }) => known.has(agent)) },
        ]),
      ),
      backOff: sketch.backOff,
      missesUntilAway: sketch.missesUntilAway,
    };
  });

export function histories(maxSteps: number): fc.Arbitrary<History> {
  const number = fc.nat({ max: 1_000_000 });
  return fc.record({
    sites: fc.array(site, { minLength: 1, maxLength: 3, size: 'max' }),
    steps: fc.array(fc.record({ kind: fc.constantFrom(...kinds), a: number, b: number, c: number }), {
      maxLength: maxSteps,
      size: 'max',
    }),
    timersFire: fc.boolean(),
    seed: fc.nat(),
  });
}

/** What a step comes to at this moment: an operation, or so many milliseconds of time. */
export function concrete(
  step: Step,
  model: NaiveLedger,
  sites: readonly LedgerSite[],
  nowMs: number,
): LedgerCall | number {
  const { a, b, c } = step;
  const agent = pick(agents, a);
  const work = pick(works, a);
  const queue = queueId(pick(Object.keys(queues), b));
  switch (step.kind) {
    case 'enqueue':
      return { op: 'enqueue', work: newWork(step, nowMs) };
    case 'match':
      return { op: 'match', queue: busyQueue(model, b) ?? queue };
    case 'accept':
      return { op: 'accept', offer: someOffer(model, step) };
    case 'decline': {
      const causes: DeclineCause[] = ['busy', 'declined', 'no-answer', 'unreachable'];
      return { op: 'decline', offer: someOffer(model, step), cause: pick(causes, c >> 3) };
    }
    case 'release':
      return { op: 'release', work: active(model, a) ?? work, wrapUpMs: pick([0, 0, 5, 10_000], b), talkMs: c % 1_000 };
    case 'presence':
      return { op: 'setPresence', change: presenceChange(agent, b, c, nowMs) };
    case 'schedule':
      return { op: 'setSchedule', agent, absences: absences(b, c, nowMs) };
    case 'preview':
      return { op: 'preview', queue };
    case 'reach':
      return { op: 'setReachable', agent, channel: pick(CHANNELS, b), reachable: c % 8 !== 0 };
    case 'switch':
      return { op: 'switchChannel', agent, channel: pick(CHANNELS, b), on: c % 3 !== 0 };
    case 'extend': {
      const ringing = model.works.filter((other) => other.holds[0]?.state === 'offered');
      const target = ringing[a % Math.max(1, ringing.length)];
      const attempt = (target?.attempt ?? 1) + (b % 8 === 0 ? 1 : 0);
      return { op: 'extend', work: target?.id ?? work, attempt, ...(c % 2 === 0 && { count: 1 + (c % 3) }) };
    }
    case 'abandon':
      return { op: 'abandon', work };
    case 'requeue':
      return { op: 'requeue', work: someWaiting(model, a) ?? work, queue };
    case 'endWrapUp':
      return { op: 'endWrapUp', agent };
    case 'assign': {
      const as = c % 2 === 0 ? 'offered' : 'active';
      const channel = pick(CHANNELS, c >> 1);
      const request = {
        work: pick(works, b),
        agent,
        channel,
        as,
        offerTtlMs: 7_000,
        ignorePresence: c % 3 === 0,
      } as const;
      return { op: 'assign', request };
    }
    case 'transfer': {
      const taken = model.works.filter((other) => other.holds[0]?.state === 'active');
      const given = taken[b % Math.max(1, taken.length)];
      const from = c % 8 === 0 ? agent : (given?.holds[0]?.agent ?? agent);
      const request = { work: given?.id ?? work, from, to: agent, ignorePresence: c % 3 === 0, talkMs: c % 1_000 };
      return { op: 'transfer', request };
    }
    case 'pull': {
      const named = c % 3 === 0 ? { work: someWaiting(model, a) ?? work } : {};
      const as = c % 2 === 0 ? 'offered' : 'active';
      const request = {
        agent,
        queue: busyQueue(model, b) ?? queue,
        ...named,
        token: `t${c % 5 === 0 ? 0 : c}`,
        as,
        ignorePresence: c % 7 === 0,
      } as const;
      return { op: 'pull', request };
    }
    case 'pass':
      return someTime(model, step, nowMs);
    case 'expire':
      return { op: 'expire' };
    case 'configure':
      return { op: 'configure', site: pick(sites, a) };
  }
}

const CHANNELS: readonly Channel[] = ['voice', 'chat', 'ticket'];

function pick<Item>(items: readonly Item[], number: number): Item {
  return items[number % items.length]!;
}

function newWork({ a, b, c }: Step, nowMs: number) {
  const name = pick(Object.keys(queues), b);
  return {
    work: pick(works, a),
    // Now and then work of the wrong channel.
    channel: c % 16 === 0 ? pick(CHANNELS, c >> 4) : queues[name]!,
    queue: queueId(name),
    offerTtlMs: pick([3, 5_000, 60_000], c),
    ...(c % 5 === 0 && { priority: c % 3 }),
    ...(c % 7 === 0 && { enqueuedAt: nowMs - (c % 100_000) }),
  };
}

function busyQueue(model: NaiveLedger, number: number): QueueId | undefined {
  const waiting = model.works.flatMap((work) =>
    work.queue !== undefined && work.holds.length === 0 ? [work.queue] : [],
  );
  return waiting[number % Math.max(1, waiting.length)];
}

function someWaiting(model: NaiveLedger, number: number): WorkId | undefined {
  const waiting = model.works.filter((work) => work.holds.length === 0);
  return waiting[number % Math.max(1, waiting.length)]?.id;
}

function active(model: NaiveLedger, number: number): WorkId | undefined {
  const taken = model.works.filter((work) => work.holds[0]?.state === 'active');
  return taken[number % Math.max(1, taken.length)]?.id;
}

/** Mostly an offer that stands; else one of another attempt, or from somebody else. */
function someOffer(model: NaiveLedger, { a, b, c }: Step): OfferRef {
  const standing = model.works.flatMap((work) =>
    work.holds.map((hold) => ({ work: work.id, agent: hold.agent, attempt: work.attempt })),
  );
  const offer = standing[a % Math.max(1, standing.length)] ?? {
    work: pick(works, a),
    agent: pick(agents, b),
    attempt: 1,
  };
  if (c % 8 === 0) return { ...offer, attempt: Math.max(1, offer.attempt - 1) };
  if (c % 8 === 1) return { ...offer, agent: pick(agents, b) };
  return offer;
}

function presenceChange(agent: AgentId, b: number, c: number, nowMs: number) {
  const presences: Presence[] = [
    ...Array.from({ length: 8 }, () => ({ state: 'available' as const })),
    { state: 'away', reason: 'lunch' },
    { state: 'away', reason: 'school' },
    { state: 'break', untilMs: nowMs + ((b >> 4) % 20_000) - 10 },
    { state: 'offline' },
  ];
  return {
    agent,
    presence: pick(presences, b),
    ...(c % 4 === 0 && { whenFree: true }),
    ...(c % 9 === 0 && { onlyFrom: ['offline', 'break'] as const }),
  };
}

/** Mostly none; else a break, or off duty for all work or for one queue, with and without an end. */
function absences(b: number, c: number, nowMs: number): readonly ScheduledAbsence[] {
  const untilMs = nowMs + (b % 20_000) - 10;
  const lunch: ScheduledAbsence = { kind: 'break', why: 'lunch', untilMs };
  const night: ScheduledAbsence = { kind: 'off-duty', why: 'night' };
  const elsewhere: ScheduledAbsence = {
    kind: 'off-duty',
    why: 'elsewhere',
    queue: queueId(pick(Object.keys(queues), b >> 3)),
    ...(b % 2 === 0 && { untilMs: untilMs + 1_000 }),
  };
  return pick([[], [], [], [], [lunch], [elsewhere], [elsewhere, lunch], [night]], c);
}

/** To just before or just when something falls due, or any time. */
function someTime(model: NaiveLedger, { a, b }: Step, nowMs: number): number {
  const due = model.nextDue();
  const untilDue = due === undefined ? 0 : Math.max(0, due.atMs - nowMs);
  return pick([0, 1, b % 50, untilDue, untilDue, Math.max(0, untilDue - 1), b % 100_000], a);
}
