/**
 * Who is reachable by voice, and on sites with `sign_in: on_register` also who is there: a registered device makes its
 * agent available, the last one gone takes them offline. Who is away stays away when a phone registers again.
 */
import type { RoutingConfig } from '../config/routing-config.js';
import type { AgentId } from '../kernel/ids.js';
import type { Ledger } from '../ledger/ledger.js';

export interface SignIn {
  /** The first device of the agent registered (`true`), or the last one has gone. */
  registrationChanged(agent: AgentId, isRegistered: boolean): void;
}

/** @param onError is told when the ledger could not be */
export function createSignIn(options: {
  config: () => RoutingConfig;
  ledger: Ledger;
  onError: (error: unknown) => void;
}): SignIn {
  const { config, ledger, onError } = options;

  async function apply(agent: AgentId, isRegistered: boolean): Promise<void> {
    const { agents, site } = config();
    const reachable = isRegistered || hasPhone(agents, agent);
    await ledger.setReachable({ agent, channel: 'voice', reachable });
    if (site.signIn !== 'on_register') return;
    if (isRegistered) {
      await ledger.setPresence({ agent, presence: { state: 'available' }, onlyFrom: ['offline'] });
    } else {
      await ledger.setPresence({ agent, presence: { state: 'offline' } });
    }
  }

  return {
    registrationChanged(agent, isRegistered) {
      apply(agent, isRegistered).catch(onError);
    },
  };
}

/** Whoever has an outside number as a device can be reached without any phone being registered. */
export async function announcePhones(config: RoutingConfig, ledger: Ledger): Promise<void> {
  for (const agent of config.agents.keys()) {
    if (hasPhone(config.agents, agent)) await ledger.setReachable({ agent, channel: 'voice', reachable: true });
  }
}

function hasPhone(agents: RoutingConfig['agents'], agent: AgentId): boolean {
  const devices = agents.get(agent)?.devices.values() ?? [];
  return [...devices].some((device) => device.kind === 'phone');
}
