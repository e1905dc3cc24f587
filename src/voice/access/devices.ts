/** Where an agent's devices are right now. The registrar implements it; the call controller asks it. */
import type { DeviceConfig } from '../../config/routing-config.js';
import type { AgentId } from '../../kernel/ids.js';

/** A place to send an INVITE to. */
export interface Contact {
  /** Request-URI. */
  readonly uri: string;
  /** Next hop, when the contact registered from behind NAT. */
  readonly proxy?: string;
}

export interface ContactBook {
  /** All live contacts of a SIP account, freshest first; empty when nothing is registered. */
  contactsOf(username: string): readonly Contact[];
  /** Which agent's device a SIP account is. */
  ownerOf(username: string): { readonly agent: AgentId; readonly device: DeviceConfig } | undefined;
}
