/** A contact center of 280 agents in five queues, two of them short of hands, big enough for ten calls a second of half a minute. */
import type { AgentConfig, QueueConfig, RoutingConfig } from '../../src/config/routing-config.js';
import type { Strategy } from '../../src/config/staffing.js';
import { agentId, deviceId, queueId, type AgentId } from '../../src/kernel/ids.js';

const capacity = {
  total: 100,
  channels: {
    voice: { weight: 100, max: 1, interruptible: false },
    chat: { weight: 25, max: 4, interruptible: true },
    ticket: { weight: 10, max: 5, interruptible: true },
  },
};

/** Share of the calls, number of agents and strategy of each queue. */
export const plan: readonly { name: string; share: number; agents: number; strategy: Strategy }[] = [
  { name: 'sales', share: 0.4, agents: 110, strategy: { kind: 'longest-idle' } },
  { name: 'support', share: 0.3, agents: 90, strategy: { kind: 'priority' } },
  { name: 'billing', share: 0.25, agents: 70, strategy: { kind: 'random' } },
  { name: 'vip', share: 0.03, agents: 4, strategy: { kind: 'ring-to-all' } },
  { name: 'night', share: 0.02, agents: 3, strategy: { kind: 'widening', start: 2, add: 2, everyMs: 5_000 } },
];

export function soakConfig(): RoutingConfig {
  const agents = new Map<AgentId, AgentConfig>();
  const queues = new Map<QueueConfig['id'], QueueConfig>();
  for (const { name, agents: count, strategy } of plan) {
    const ids = Array.from({ length: count }, (_, index) => agentId(`${name}-${index}`));
    for (const id of ids) agents.set(id, agentOf(id));
    const id = queueId(name);
    queues.set(id, {
      id,
      name,
      strategy,
      members: ids.map((agent, index) => ({ agent, priority: 1 + (index % 3) })),
      ringTimeoutMs: 20_000,
      maxWaitMs: 120_000,
      maxWaiting: 100,
      overflow: name === 'vip' ? { kind: 'queue', queue: queueId('sales') } : { kind: 'reject' },
      wrapUpMs: 3_000,
      media: 'auto',
      waiting: { kind: 'ringing' },
      recording: 'never',
      language: 'en',
      priority: 0,
      ageingStepMs: 60_000,
    });
  }
  return {
    version: 'soak',
    sip: { domain: 'example.com' },
    site: { timeZone: 'UTC' },
    media: { servers: { kind: 'none' } },
    hours: new Map(),
    trunks: new Map(),
    agents,
    queues,
  } as unknown as RoutingConfig;
}

function agentOf(id: AgentId): AgentConfig {
  const [desk, soft] = [deviceId('desk'), deviceId('soft')];
  return {
    id,
    name: id,
    devices: new Map(
      [desk, soft].map((device) => [device, { kind: 'sip', id: device, username: `${id}-${device}`, password: 'x' }]),
    ),
    hunt: [
      { ring: [desk], forMs: 8_000, keep: false },
      { ring: [soft], forMs: 8_000, keep: true },
    ],
    capacity,
  };
}
