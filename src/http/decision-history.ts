/** Why each call went to whom it went, for as many calls as are kept: read from the events, and from nothing else. */
import type { EventStream } from '../kernel/event-stream.js';
import type { SwitchboardEvent } from '../kernel/events.js';
import type { AgentId, QueueId, WorkId } from '../kernel/ids.js';
import type { Decision } from '../routing/decision.js';

export interface DecisionHistory {
  /** `undefined` for a call that never was, or that has been forgotten. */
  of(call: WorkId): CallDecisions | undefined;
  close(): void;
}

export interface CallDecisions {
  readonly call: WorkId;
  readonly decisions: readonly DecisionRecord[];
  /** How many earlier ones have been forgotten. */
  readonly forgotten: number;
}

export interface DecisionRecord {
  readonly atMs: number;
  readonly configVersion: string;
  readonly queue?: QueueId;
  /** Absent when nobody was free. */
  readonly attempt?: number;
  readonly agents: readonly AgentId[];
  /** Absent where nothing was to be decided: one agent was asked for. */
  readonly decision?: Decision;
  /** What came of the offer at each agent, as far as it has come to anything. */
  readonly outcomes: Readonly<Record<AgentId, string>>;
}

interface Kept {
  forgotten: number;
  readonly decisions: (DecisionRecord & { readonly outcomes: Record<AgentId, string> })[];
}

/** @param limits how many calls are kept, and of each call how many decisions, the latest of each */
export function createDecisionHistory(
  events: EventStream,
  limits: { readonly calls: number; readonly decisions: number },
): DecisionHistory {
  const kept = new Map<WorkId, Kept>();

  function keep(call: WorkId, record: DecisionRecord): void {
    const history = kept.get(call) ?? { forgotten: 0, decisions: [] };
    kept.set(call, history);
    history.decisions.push(record);
    if (history.decisions.length > limits.decisions) {
      history.decisions.shift();
      history.forgotten += 1;
    }
    // A map keeps its order of insertion: the first call is the oldest.
    const oldest = kept.keys().next().value;
    if (kept.size > limits.calls && oldest !== undefined) kept.delete(oldest);
  }

  function noteOutcome(call: WorkId, agent: AgentId, attempt: number | undefined, outcome: string): void {
    const record = kept
      .get(call)
      ?.decisions.findLast((each) => each.agents.includes(agent) && (attempt ?? each.attempt) === each.attempt);
    if (record !== undefined) record.outcomes[agent] = outcome;
  }

  const close = events.subscribe((event) => {
    const record = recordOf(event);
    if (record !== undefined) keep(record.call, record.record);
    if (event.type === 'call.offer_ended') noteOutcome(event.call, event.agent, event.attempt, event.outcome);
    if (event.type === 'call.accepted') noteOutcome(event.call, event.agent, undefined, 'accepted');
  });

  return {
    of(call) {
      const history = kept.get(call);
      return history === undefined ? undefined : { call, ...history };
    },
    close,
  };
}

function recordOf(event: SwitchboardEvent): { call: WorkId; record: DecisionRecord } | undefined {
  if (event.type !== 'call.offered' && event.type !== 'call.waiting') return undefined;
  const { atMs, configVersion, call, queue } = event;
  const decision = event.decision as Decision | undefined;
  const record = {
    atMs,
    configVersion,
    ...(queue === undefined ? {} : { queue }),
    ...(event.type === 'call.offered' ? { attempt: event.attempt, agents: event.agents } : { agents: [] }),
    ...(decision === undefined ? {} : { decision }),
    outcomes: {},
  };
  return { call, record };
}
