/** Decisions and outcomes in words for people. */
import type { RoutingConfig } from '../../config/routing-config.js';
import type { AgentId, QueueId } from '../../kernel/ids.js';
import type { Decision } from '../../routing/decision.js';

export interface Names {
  /** First name. */
  agent(id: AgentId): string;
  agents(ids: readonly AgentId[]): string;
  queue(id: QueueId): string;
}

export function createNames(config: RoutingConfig): Names {
  const agent = (id: AgentId): string => config.agents.get(id)?.name.split(' ')[0] ?? id;
  return {
    agent,
    agents: (ids) => ids.map(agent).join(', '),
    queue: (id) => config.queues.get(id)?.name ?? id,
  };
}

/** Why these agents are rung, and why the others are not. One sentence. */
export function whyOf(decision: Decision, atMs: number, names: Names): string {
  const passedOver = decision.passedOver.map(({ agent, why }) => `${names.agent(agent)} ${why}`);
  const others = passedOver.length === 0 ? '' : `; not ${passedOver.join(', not ')}`;
  return `${reasonOf(decision, atMs, names)}${others}`;
}

function reasonOf({ strategy, candidates, chosen }: Decision, atMs: number, names: Names): string {
  const free = candidates.length;
  const key = candidates.find(({ agent }) => agent === chosen[0])?.key ?? 0;
  const next = candidates.filter(({ agent }) => !chosen.includes(agent));
  switch (strategy) {
    case 'ring-to-all':
      return free === 1 ? 'the only one free' : `all ${free} who are free, the first to answer has it`;
    case 'random':
      return `by chance, one of ${free} who are free`;
    case 'priority':
      return `priority ${key}${next.length === 0 ? '' : `, before ${withKeys(next, names)}`}`;
    case 'round-robin':
      return `whose turn it is${next.length === 0 ? '' : `, before ${names.agents(next.map(({ agent }) => agent))}`}`;
    case 'longest-idle':
      return `idle for ${seconds(atMs - key)}, longest of ${free}`;
    case 'fewest-calls':
      return `${key} ${key === 1 ? 'call' : 'calls'} so far, fewest of ${free}`;
    case 'least-talk-time':
      return `talked ${seconds(key)} so far, least of ${free}`;
    case 'maximum-utilisation':
      return `${Math.abs(key)} running, most of ${free}`;
    case 'average-utilisation':
      return `${key} running, least of ${free}`;
    case 'linear':
      return `first of the list who is free`;
    case 'widening':
      return `${chosen.length} of ${free} who are free, longest idle first`;
  }
}

function withKeys(candidates: Decision['candidates'], names: Names): string {
  return candidates.map(({ agent, key }) => `${names.agent(agent)} (${key})`).join(', ');
}

/** `1.2 s`, `3:05` from a minute on. */
export function seconds(durationMs: number): string {
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`;
  const whole = Math.floor(durationMs / 1000);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
