/** Who was what, for a store that has lost it: else whoever has a phone would be available, also at lunch. */
import type { AgentId } from './kernel/ids.js';
import type { Ledger, Presence } from './ledger/ledger.js';

export interface SitePresence {
  /** Tells the ledger what it has forgotten; what it knows better is left alone. */
  restore(): Promise<void>;
}

/** Reads what is, and listens from then on. */
export async function rememberPresence(
  ledger: Pick<Ledger, 'snapshot' | 'subscribe' | 'setPresence'>,
): Promise<SitePresence> {
  const known = new Map<AgentId, Presence>();
  ledger.subscribe((notice) => {
    if (notice.type === 'presence') known.set(notice.agent, notice.presence);
  });
  for (const { agent, presence } of (await ledger.snapshot()).agents) {
    if (!known.has(agent)) known.set(agent, presence);
  }
  return {
    async restore() {
      const before = new Map(known);
      for (const { agent, presence: now } of (await ledger.snapshot()).agents) {
        const presence = before.get(agent);
        if (presence === undefined || presence.state === 'offline' || now.state !== 'offline') continue;
        await ledger.setPresence({ agent, presence, onlyFrom: ['offline'] });
      }
    },
  };
}
