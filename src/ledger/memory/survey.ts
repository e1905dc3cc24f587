/** Who of a queue's members could take its work now, and why the others could not. */
import type { Decision } from '../../routing/decision.js';
import { unavailability, type Unavailability } from '../../routing/availability.js';
import { inOrder, orderingKey, type Candidate } from '../../routing/strategies.js';
import { whyNot } from '../../routing/why-not.js';
import type { AgentRecord, MemberRecord, QueueRecord } from './state.js';

export interface Survey {
  /** In the order in which the queue's strategy would choose them. */
  readonly ordered: readonly Candidate[];
  readonly passedOver: Decision['passedOver'];
}

/** @param leaveOut why a member is not asked in spite of being free; `undefined` for who may be asked */
export function survey(
  queue: QueueRecord,
  nowMs: number,
  leaveOut: (agent: AgentRecord) => string | undefined = () => undefined,
): Survey {
  const candidates: Candidate[] = [];
  const passedOver: Decision['passedOver'][number][] = [];
  for (const member of queue.members) {
    const { agent } = member;
    const reason = unavailability(agent, queue.channel, nowMs, queue.id);
    const why = leaveOut(agent) ?? (reason === undefined ? undefined : inWords(agent, reason));
    if (why === undefined) candidates.push(candidateOf(member));
    else passedOver.push({ agent: agent.id, why });
  }
  return { ordered: inOrder(queue.settings.strategy.kind, candidates), passedOver };
}

export function decisionOf(
  queue: QueueRecord,
  { ordered, passedOver }: Survey,
  chosen: readonly Candidate[],
): Decision {
  const { kind } = queue.settings.strategy;
  return {
    strategy: kind,
    candidates: ordered.map((candidate) => ({ agent: candidate.agent, key: orderingKey(kind, candidate) })),
    chosen: chosen.map((candidate) => candidate.agent),
    passedOver,
  };
}

export function countFree(queue: QueueRecord, nowMs: number): number {
  let free = 0;
  for (const { agent } of queue.members) {
    if (unavailability(agent, queue.channel, nowMs, queue.id) === undefined) free += 1;
  }
  return free;
}

function candidateOf({ queue, agent, order, priority, lastTurn }: MemberRecord): Candidate {
  return {
    agent: agent.id,
    order,
    priority,
    idleSinceMs: agent.idleSinceMs,
    calls: agent.fairCalls,
    talkMs: agent.fairTalkMs,
    running: agent.load.counts[queue.channel],
    lastTurn,
  };
}

function inWords(agent: AgentRecord, reason: Unavailability): string {
  if (reason.type !== 'at-channel-limit') return whyNot(reason);
  const holds = [...agent.holds.values()].filter((hold) => hold.channel === reason.channel);
  return whyNot(
    reason,
    holds.map((hold) => hold.state),
  );
}
