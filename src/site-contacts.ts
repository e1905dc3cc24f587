/** Phones that register with one controller of a site can be rung by all: each tells the others, by the ledger's store. */
import type { Clock } from './kernel/clock.js';
import type { AgentId } from './kernel/ids.js';
import type { ContactChange, RedisLedger, StoredContact } from './ledger/redis.js';
import type { ContactShare } from './voice/access/contact-share.js';
import type { Contact } from './voice/access/devices.js';

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
  const others = createContactTable();
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

  function sweep(): void {
    cancelSweep = clock.after(SWEEP_MS, sweep);
    const beforeMs = clock.now() - CLOCK_SKEW_MS;
    for (const { agent, account, uri, node: of, contact } of others.all()) {
      if (contact.expiresAtMs >= beforeMs) continue;
      others.forget(account, uri);
      tell({ agent, account, uri, of });
    }
  }

  return {
    stored(agent, account, { uri, proxy, expiresAtMs }) {
      const change = { agent, account, uri, contact: { expiresAtMs, ...(proxy === undefined ? {} : { proxy }) } };
      own.set(`${account} ${uri}`, change);
      others.forget(account, uri);
      tell(change);
    },
    forgotten(agent, account, uri) {
      own.delete(`${account} ${uri}`);
      tell({ agent, account, uri });
    },
    of(account) {
      const nowMs = clock.now();
      const known = others.of(account).filter(({ contact }) => contact.expiresAtMs > nowMs);
      return known.map(({ uri, contact: { proxy } }): Contact => ({ uri, ...(proxy === undefined ? {} : { proxy }) }));
    },
    heard({ agent, account, uri, node: from, contact }) {
      if (contact === undefined) others.forget(account, uri);
      else others.put({ agent, account, uri, node: from, contact });
    },
    async restore() {
      const entries = await ledger.listContacts();
      others.clear();
      // What a controller of this name knew before it was started anew is as good as what another one knows.
      for (const entry of entries) {
        if (entry.node !== node || !own.has(`${entry.account} ${entry.uri}`)) others.put(entry);
      }
      for (const change of own.values()) tell(change);
    },
    stop: () => cancelSweep(),
  };
}

function createContactTable() {
  const accounts = new Map<string, Map<string, StoredContact>>();
  return {
    put(entry: StoredContact): void {
      const ofAccount = accounts.get(entry.account) ?? new Map<string, StoredContact>();
      accounts.set(entry.account, ofAccount);
      ofAccount.set(entry.uri, entry);
    },
    forget(account: string, uri: string): void {
      const ofAccount = accounts.get(account);
      ofAccount?.delete(uri);
      if (ofAccount?.size === 0) accounts.delete(account);
    },
    of: (account: string): readonly StoredContact[] => [...(accounts.get(account)?.values() ?? [])],
    all: (): readonly StoredContact[] => [...accounts.values()].flatMap((ofAccount) => [...ofAccount.values()]),
    clear: (): void => accounts.clear(),
  };
}
