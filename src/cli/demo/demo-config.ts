/** The example site as the demo plays it: on free ports of this machine, with its own carrier, and in fast motion. */
import type { AgentConfig, QueueConfig, RoutingConfig } from '../../config/routing-config.js';
import type { Peer } from './sip/udp-socket.js';

/** All waiting is so many times shorter than the configuration says. */
export const FAST_MOTION = 5;

const LOOPBACK = '127.0.0.1';
/** Ports that others use are passed over. */
const RTP_PORTS = { from: 20_000, to: 29_999 };

export interface DemoSettings {
  /** Where the simulated carrier listens; every trunk leads there. */
  readonly carrier: Peer;
  /** Nobody wants to watch a caller wait for minutes. */
  readonly longestWaitMs: number;
}

export function demoConfig(config: RoutingConfig, { carrier, longestWaitMs }: DemoSettings): RoutingConfig {
  const { site, sip, http, media, agents, queues, trunks } = config;
  return {
    ...config,
    site: {
      ...site,
      // A programme that lets calls ring out must not send its own agents home.
      missesUntilAway: 0,
      backOff: {
        busyMs: faster(site.backOff.busyMs),
        declinedMs: faster(site.backOff.declinedMs),
        noAnswerMs: faster(site.backOff.noAnswerMs),
        unreachableMs: faster(site.backOff.unreachableMs),
      },
    },
    sip: {
      ...sip,
      listen: [
        { transport: 'udp', host: LOOPBACK, port: 0 },
        { transport: 'tcp', host: LOOPBACK, port: 0 },
      ],
      server: { kind: 'embedded' },
    },
    http: { ...http, host: LOOPBACK, port: 0 },
    media: { ...media, servers: { kind: 'embedded', host: LOOPBACK, rtpPorts: RTP_PORTS } },
    agents: mapValues(agents, fasterHunt),
    queues: mapValues(queues, (queue) => fasterQueue(queue, longestWaitMs)),
    trunks: mapValues(trunks, (trunk) => ({ ...trunk, ...carrier, transport: 'udp' as const })),
  };
}

function fasterHunt(agent: AgentConfig): AgentConfig {
  return { ...agent, hunt: agent.hunt.map((step) => ({ ...step, forMs: faster(step.forMs) })) };
}

function fasterQueue(queue: QueueConfig, longestWaitMs: number): QueueConfig {
  const { strategy } = queue;
  return {
    ...queue,
    ringTimeoutMs: faster(queue.ringTimeoutMs),
    maxWaitMs: Math.min(faster(queue.maxWaitMs), longestWaitMs),
    wrapUpMs: faster(queue.wrapUpMs),
    ageingStepMs: faster(queue.ageingStepMs),
    // Nothing is left on the disk of who looks at a demo.
    recording: 'never',
    strategy: strategy.kind === 'widening' ? { ...strategy, everyMs: faster(strategy.everyMs) } : strategy,
  };
}

function faster(durationMs: number): number {
  return Math.round(durationMs / FAST_MOTION);
}

function mapValues<Key, Value>(map: ReadonlyMap<Key, Value>, change: (value: Value) => Value): ReadonlyMap<Key, Value> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
