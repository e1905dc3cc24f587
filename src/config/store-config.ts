/** Where the ledger keeps who is there, what each holds and who waits. */
export type StoreConfig = { readonly kind: 'memory' } | RedisStoreConfig;

export interface RedisStoreConfig {
  readonly kind: 'redis';
  readonly servers: RedisServers;
  readonly tls: boolean;
  /** Paths of PEM files: whom to trust beyond the authorities of this machine, and what to show. */
  readonly tlsFiles?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly username?: string;
  readonly password?: string;
  /** Controllers that say the same share one ledger. */
  readonly site: string;
  /** Names this controller among them; without one the composition root makes one up at each start. */
  readonly node?: string;
  /** New calls while the store is away: 503, or the standby list of their queue, where it has one. */
  readonly down: 'reject' | 'standby';
}

export type RedisServers =
  | { readonly kind: 'single'; readonly host: string; readonly port: number; readonly db: number }
  | { readonly kind: 'socket'; readonly path: string; readonly db: number }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly ServerAddress[];
      readonly master: string;
      readonly db: number;
    }
  | { readonly kind: 'cluster'; readonly nodes: readonly ServerAddress[] };

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}
