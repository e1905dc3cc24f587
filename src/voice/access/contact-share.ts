/** What controllers of a site tell each other of the phones that have registered with them. */
import type { AgentId } from '../../kernel/ids.js';
import type { Contact } from './devices.js';

export interface ContactShare {
  /** A phone has registered here, or has refreshed its registration. */
  stored(agent: AgentId, username: string, contact: Contact & { readonly expiresAtMs: number }): void;
  forgotten(agent: AgentId, username: string, uri: string): void;
  /** Where the account's phones are that have registered with other controllers. */
  of(username: string): readonly Contact[];
}
