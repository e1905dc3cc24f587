/** Phones that register with one controller of a site can be rung by all: each tells the others, by the ledger's store. */
import type { Clock } from './kernel/clock.js';
import type { AgentId } from './kernel/ids.js';
import type { ContactChange, RedisLedger, StoredContact } from './ledger/redis.js';
import type { ContactShare } from './voice/contact-share.js';
import type { Contact } from './voice/devices.js';

export interface SiteContacts extends ContactShare {
  /** Another controller has told of a phone. */
  heard(change: ContactChange & { readonly node: string }): void;
  /** Reads what others know, and tells again what is known here: at the start, and after the store was away. */
  restore(): Promise<void>;
  stop(): void;
}

interface SiteContactsDeps {
  readonly ledger: Pick<RedisLedger, 'setContact' | 'listContacts'>;
  readonly node: string;
  readonly clock: Clock;
  /** The first phone of an agent has registered anywhere (`true`), or the last one has gone. */
  readonly onReachable: (agent: AgentId, isReachable: boolean) => void;
  readonly onError: (error: unknown) => void;
}

/** How often contacts are looked for whose controller did not live to see them expire. Milliseconds. */
const SWEEP_MS = 30_000;

/** Clocks of controllers may differ by so much. Milliseconds. */
const CLOCK_SKEW_MS = 5_000;

export function createSiteContacts(deps: SiteContactsDeps): SiteContacts {
  const { clock, ledger, node, onError, onReachable } = deps;
  const own = new Map<string, ContactChange>();
  const others = new Map<string, Map<string, StoredContact>>();
  let cancelSweep = clock.after(SWEEP_MS, sweep);

  function tell(change: ContactChange): void {
    ledger
      .setContact(change)
      .then(({ isChanged, left }) => {
        if (!isChanged) return;
        if (change.contact !== undefined && left === 1) onReachable(change.agent, true);
        if (change.contact === undefined && left === 0) onReachable(change.agent, false);
      })
      .catch(onError);
  }

  function remember(entry: StoredContact): void {
    const ofAccount = others.get(entry.account) ?? new Map<string, StoredContact>();
    others.set(entry.account, ofAccount);
    ofAccount.set(entry.uri, entry);
  }

  function forget(account: string, uri: string): void {
    const ofAccount = others.get(account);
    ofAccount?.delete(uri);
    if (ofAccount?.size === 0) others.delete(account);
  }

  function sweep(): void {
    cancelSweep = clock.after(SWEEP_MS, sweep);
    const beforeMs = clock.now() - CLOCK_SKEW_MS;
    for (const ofAccount of others.values()) {
      for (const { agent, account, uri, node: of, contact } of ofAccount.values()) {
        if (contact.expiresAtMs >= beforeMs) continue;
        forget(account, uri);
        tell({ agent, account, uri, of });
      }
    }
  }

  return {
    stored(agent, account, { uri, proxy, expiresAtMs }) {
      const change = { agent, account, uri, contact: { expiresAtMs, ...(proxy === undefined ? {} : { proxy }) } };
      own.set(`${account} ${uri}`, change);
      forget(account, uri);
      tell(change);
    },
    forgotten(agent, account, uri) {
      own.delete(`${account} ${uri}`);
      tell({ agent, account, uri });
    },
    of(account) {
      const nowMs = clock.now();
      const known = [...(others.get(account)?.values() ?? [])].filter(({ contact }) => contact.expiresAtMs > nowMs);
      return known.map(({ uri, contact: { proxy } }): Contact => ({ uri, ...(proxy === undefined ? {} : { proxy }) }));
    },
    heard({ agent, account, uri, node: from, contact }) {
      if (contact === undefined) forget(account, uri);
      else remember({ agent, account, uri, node: from, contact });
    },
    async restore() {
      const entries = await ledger.listContacts();
      others.clear();
      // What a controller of this name knew before it was started anew is as good as what another one knows.
      for (const entry of entries) {
        if (entry.node !== node || !own.has(`${entry.account} ${entry.uri}`)) remember(entry);
      }
      for (const change of own.values()) tell(change);
    },
    stop: () => cancelSweep(),
  };
}
