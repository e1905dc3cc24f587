/** The contact center of the bench: 60 agents who answer at once, 50 phones that ring at once, and a queue of nobody. */
import { stringify } from 'yaml';
import type { Account } from '../test/sipp/phones.js';

export const benchDomain = 'bench.example';
export const agentCount = 60;
export const ringAllCount = 50;
/** How long callers to 5000 hear music before they are given to an agent. */
export const musicMs = 2_000;

const musicOnly = { announce: { position: false, expected_wait: false } };

export function accountsFor(name: 'agent' | 'all', count: number): Account[] {
  return Array.from({ length: count }, (_, index) => ({
    username: `${name}${index}`,
    password: `secret-${name}${index}`,
  }));
}

/** Of `media` in YAML: servers that run already. */
export type BenchMedia = readonly {
  readonly name: string;
  readonly event_socket: string;
  readonly password: string;
  readonly sip: string;
}[];

/** As an admin would write it; with `media` there are queues whose calls stay on a media server. */
export function benchSiteYaml(media?: BenchMedia): string {
  const agents = accountsFor('agent', agentCount);
  const all = accountsFor('all', ringAllCount);
  return stringify({
    site: { name: 'Bench', misses_until_away: 0 },
    sip: {
      domain: benchDomain,
      listen: ['udp:127.0.0.1:0'],
      digest: ['MD5', 'SHA-256'],
      registrar: { keep_alive: '0s' },
      protection: { max_requests_per_second: 100_000 },
    },
    media: media === undefined ? { server: 'none' } : { servers: media },
    http: { listen: '127.0.0.1:0', token: 'only-on-this-machine' },
    agents: {
      ...Object.fromEntries(
        [...agents, ...all].map(({ username, password }) => [
          username,
          { devices: { phone: { sip: username, password } } },
        ]),
      ),
      absent: { devices: { phone: { sip: 'absent', password: 'never-registers' } } },
    },
    queues: {
      main: {
        strategy: 'longest-idle',
        members: agents.map(({ username }) => username),
        wrap_up: '0s',
        max_waiting: 100_000,
      },
      all: { strategy: 'ring-to-all', members: all.map(({ username }) => username), wrap_up: '0s' },
      nobody: { members: ['absent'], max_wait: '1h', max_waiting: 100_000 },
      anchored: {
        strategy: 'random',
        members: agents.map(({ username }) => username),
        wrap_up: '0s',
        max_waiting: 100_000,
        media: 'anchored',
        while_waiting: musicOnly,
      },
      // Nobody is there, so that everybody waits; and then all are.
      first: {
        members: ['absent'],
        max_wait: `${String(musicMs / 1000)}s`,
        max_waiting: 100_000,
        media: 'anchored',
        while_waiting: musicOnly,
        overflow: { queue: 'anchored' },
      },
    },
    entry_points: {
      '1000': { queue: 'main', public: true },
      '2000': { queue: 'all', public: true },
      '3000': { queue: 'nobody', public: true },
      '4000': { queue: 'anchored', public: true },
      '5000': { queue: 'first', public: true },
    },
  });
}
