import { expect, it } from 'vitest';

import { createEventStream } from '../kernel/event-stream.js';
import type { EventBody } from '../kernel/events.js';
import { agentId, queueId, workId } from '../kernel/ids.js';
import type { Decision } from '../routing/decision.js';
import { createDecisionHistory } from './decision-history.js';

const [ana, ben] = [agentId('ana'), agentId('ben')];
const queue = queueId('support');
const call = workId('c1');

const decision = (...chosen: Decision['chosen'][number][]): Decision => ({
  strategy: 'linear',
  candidates: chosen.map((agent, key) => ({ agent, key })),
  chosen,
  passedOver: [],
});

function watch(limits = { calls: 3, decisions: 3 }) {
  let nowMs = 1000;
  const clock = { now: () => (nowMs += 1), after: () => () => undefined };
  const events = createEventStream({
    clock,
    configVersion: () => 'v1',
    onListenerError(error) {
      throw error;
    },
  });
  const history = createDecisionHistory(events, limits);
  return { history, emit: (...bodies: EventBody[]) => bodies.forEach((body) => events.emit(body)) };
}

const offered = (id: string, attempt: number, ...agents: (typeof ana)[]): EventBody => ({
  type: 'call.offered',
  call: workId(id),
  queue,
  attempt,
  agents,
  decision: decision(...agents),
});

it('tells in order why nobody was free, who was chosen, and what came of it', () => {
  const { history, emit } = watch();
  emit(
    { type: 'call.waiting', call, queue, decision: decision() },
    offered('c1', 1, ana),
    { type: 'call.offer_ended', call, agent: ana, attempt: 1, outcome: 'busy' },
    offered('c1', 2, ana, ben),
    { type: 'call.offer_ended', call, agent: ana, attempt: 2, outcome: 'answered-elsewhere' },
    { type: 'call.accepted', call, queue, agent: ben, waitedMs: 5 },
  );
  const common = { configVersion: 'v1', queue };
  expect(history.of(call)).toEqual({
    call,
    forgotten: 0,
    decisions: [
      { ...common, atMs: 1001, agents: [], decision: decision(), outcomes: {} },
      { ...common, atMs: 1002, attempt: 1, agents: [ana], decision: decision(ana), outcomes: { ana: 'busy' } },
      {
        ...common,
        atMs: 1004,
        attempt: 2,
        agents: [ana, ben],
        decision: decision(ana, ben),
        outcomes: { ana: 'answered-elsewhere', ben: 'accepted' },
      },
    ],
  });
});

it('notes what came of an offer at those who joined the attempt later', () => {
  const { history, emit } = watch();
  emit(offered('c1', 1, ana), offered('c1', 1, ben));
  emit({ type: 'call.offer_ended', call, agent: ana, attempt: 1, outcome: 'answered-elsewhere' });
  emit({ type: 'call.accepted', call, queue, agent: ben, waitedMs: 5 });
  expect(history.of(call)?.decisions.map(({ outcomes }) => outcomes)).toEqual([
    { ana: 'answered-elsewhere' },
    { ben: 'accepted' },
  ]);
});

it('keeps the latest decisions of a call, and says how many it has forgotten', () => {
  const { history, emit } = watch();
  for (const attempt of [1, 2, 3, 4, 5]) emit(offered('c1', attempt, ana));
  const { decisions, forgotten } = history.of(call) ?? { decisions: [], forgotten: 0 };
  expect(decisions.map(({ attempt }) => attempt)).toEqual([3, 4, 5]);
  expect(forgotten).toBe(2);
});

it('keeps the latest calls only, and knows none that never was', () => {
  const { history, emit } = watch();
  for (const id of ['c1', 'c2', 'c3', 'c4']) emit(offered(id, 1, ana));
  expect(['c1', 'c2', 'c3', 'c4', 'c5'].filter((id) => history.of(workId(id)) !== undefined)).toEqual([
    'c2',
    'c3',
    'c4',
  ]);
});

it('hears nothing more once closed', () => {
  const { history, emit } = watch();
  history.close();
  emit(offered('c1', 1, ana));
  expect(history.of(call)).toBeUndefined();
});
