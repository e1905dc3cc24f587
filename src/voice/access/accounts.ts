/** Who signs in under which name: the SIP accounts of agents' devices, and those of carriers without fixed addresses. */
import type { DeviceConfig, RoutingConfig, SipDevice, TrunkConfig } from '../../config/routing-config.js';
import type { AgentId } from '../../kernel/ids.js';
import { createAddressMatcher } from '../../routing/address-match.js';

export interface Accounts {
  /** Which agent's device an account is. */
  deviceOf(username: string): { readonly agent: AgentId; readonly device: SipDevice } | undefined;
  /** The carrier that signs in to us with this account. */
  trunkOf(username: string): TrunkConfig | undefined;
  /** The carrier whose calls come from this address. */
  trunkAt(address: string): TrunkConfig | undefined;
  passwordOf(username: string): string | undefined;
  /** The colleague that is meant by what an agent dials: an extension, an account's name or the agent's own id. */
  agentDialledAs(dialled: string): AgentId | undefined;
}

interface Index {
  readonly devices: ReadonlyMap<string, { readonly agent: AgentId; readonly device: SipDevice }>;
  readonly trunkAccounts: ReadonlyMap<string, TrunkConfig>;
  readonly trunkAddresses: readonly { readonly matches: (address: string) => boolean; readonly trunk: TrunkConfig }[];
  readonly dialled: ReadonlyMap<string, AgentId>;
}

/** @param config asked each time; the index is made anew when a reload has replaced it */
export function createAccounts(config: () => RoutingConfig): Accounts {
  let indexed: RoutingConfig | undefined;
  let index: Index | undefined;
  const current = (): Index => {
    const latest = config();
    if (index === undefined || indexed !== latest) {
      index = buildIndex(latest);
      indexed = latest;
    }
    return index;
  };
  return {
    deviceOf: (username) => current().devices.get(username),
    trunkOf: (username) => current().trunkAccounts.get(username),
    trunkAt: (address) => current().trunkAddresses.find(({ matches }) => matches(address))?.trunk,
    passwordOf: (username) =>
      current().devices.get(username)?.device.password ?? current().trunkAccounts.get(username)?.inbound?.password,
    agentDialledAs: (dialled) => current().dialled.get(dialled),
  };
}

function buildIndex(config: RoutingConfig): Index {
  const devices = new Map<string, { agent: AgentId; device: SipDevice }>();
  const dialled = new Map<string, AgentId>();
  for (const agent of config.agents.values()) {
    for (const device of agent.devices.values()) {
      if (isSipDevice(device)) devices.set(device.username, { agent: agent.id, device });
    }
  }
  // An extension is what people were told to dial: it goes before names, whosever they are.
  for (const agent of config.agents.values()) dialled.set(agent.id, agent.id);
  for (const [username, { agent }] of devices) dialled.set(username, agent);
  for (const agent of config.agents.values()) if (agent.extension !== undefined) dialled.set(agent.extension, agent.id);

  const trunks = [...config.trunks.values()];
  return {
    devices,
    dialled,
    trunkAccounts: new Map(
      trunks.flatMap((trunk) => (trunk.inbound === undefined ? [] : [[trunk.inbound.username, trunk] as const])),
    ),
    trunkAddresses: trunks
      .filter(({ addresses }) => addresses.length > 0)
      .map((trunk) => ({ matches: createAddressMatcher(trunk.addresses), trunk })),
  };
}

function isSipDevice(device: DeviceConfig): device is SipDevice {
  return device.kind === 'sip';
}
