/**
 * Who is reachable by voice, and on sites with `sign_in: on_register` also who is there: a registered device makes its
 * agent available, the last one gone takes them offline, unless one is back within `sign_out_after`: phones change their
 * address and lose their network for a moment. Who is away stays away when a phone registers again.
 */
import type { RoutingConfig } from '../../config/routing-config.js';
import type { Clock } from '../../kernel/clock.js';
import type { AgentId } from '../../kernel/ids.js';
import type { Ledger } from '../../ledger/ledger.js';
import type { ContactBook } from './devices.js';

export interface SignIn {
  /** The first device of the agent registered (`true`), or the last one has gone. */
  registrationChanged(agent: AgentId, isRegistered: boolean): void;
  /** Nobody is signed out any more by what happened before. */
  stop(): void;
}

/** @param onError is told when the ledger could not be */
export function createSignIn(options: {
  config: () => RoutingConfig;
  ledger: Ledger;
  clock: Clock;
  /** Where phones are, with whichever controller they have registered. */
  contacts: () => ContactBook;
  onError: (error: unknown) => void;
}): SignIn {
  const { config, ledger, clock, contacts, onError } = options;
  const leaving = new Map<AgentId, () => void>();

  function signOutLater(agent: AgentId, afterMs: number): void {
    const cancel = clock.after(afterMs, () => {
      leaving.delete(agent);
      if (isRegisteredNow(config().agents, agent, contacts())) return;
      ledger.setPresence({ agent, presence: { state: 'offline' } }).catch(onError);
    });
    leaving.set(agent, cancel);
  }

  async function apply(agent: AgentId, isRegistered: boolean): Promise<void> {
    const { agents, site } = config();
    leaving.get(agent)?.();
    leaving.delete(agent);
    const reachable = isRegistered || hasPhone(agents, agent);
    await ledger.setReachable({ agent, channel: 'voice', reachable });
    if (site.signIn !== 'on_register') return;
    if (isRegistered) {
      await ledger.setPresence({ agent, presence: { state: 'available' }, onlyFrom: ['offline'] });
    } else if (site.signOutAfterMs > 0) {
      signOutLater(agent, site.signOutAfterMs);
    } else {
      await ledger.setPresence({ agent, presence: { state: 'offline' } });
    }
  }

  return {
    registrationChanged(agent, isRegistered) {
      apply(agent, isRegistered).catch(onError);
    },
    stop() {
      for (const cancel of leaving.values()) cancel();
      leaving.clear();
    },
  };
}

function isRegisteredNow(agents: RoutingConfig['agents'], agent: AgentId, contacts: ContactBook): boolean {
  const devices = agents.get(agent)?.devices.values() ?? [];
  return [...devices].some((device) => device.kind === 'sip' && contacts.contactsOf(device.username).length > 0);
}

/** Whoever has an outside number as a device can be reached without any phone being registered. */
export async function announcePhones(config: RoutingConfig, ledger: Ledger): Promise<void> {
  for (const agent of config.agents.keys()) {
    if (hasPhone(config.agents, agent)) await ledger.setReachable({ agent, channel: 'voice', reachable: true });
  }
}

/** After a reload: who has come to have an outside number as a device, or has it no more. */
export async function phonesChanged(
  before: RoutingConfig,
  now: RoutingConfig,
  ledger: Ledger,
  contacts: ContactBook,
): Promise<void> {
  for (const agent of now.agents.values()) {
    const reachable = hasPhone(now.agents, agent.id);
    if (reachable === hasPhone(before.agents, agent.id)) continue;
    const isRegistered = isRegisteredNow(now.agents, agent.id, contacts);
    await ledger.setReachable({ agent: agent.id, channel: 'voice', reachable: reachable || isRegistered });
  }
}

function hasPhone(agents: RoutingConfig['agents'], agent: AgentId): boolean {
  const devices = agents.get(agent)?.devices.values() ?? [];
  return [...devices].some((device) => device.kind === 'phone');
}
